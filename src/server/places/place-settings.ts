import { onOff } from '../host-settings.ts';
import { setting } from '../setting.ts';
import { list } from '../setting-schemas.ts';

/** What can be set of the table of networks and places. */
export const PLACE_SETTINGS = {
  as_data: setting<readonly string[]>({
    schema: list('files such as /var/lib/weir/rib.gz,/var/lib/GeoIP/GeoLite2-ASN.mmdb', (t) => t),
    fallback: [],
    meaning:
      'files that know autonomous systems or countries: dumps of routes (MRT) and MaxMind DB files; of each address the first that knows it counts',
    flag: 'FILE,...',
  }),
  bundled_data: setting<boolean>({
    schema: onOff,
    fallback: true,
    meaning:
      'autonomous systems and countries of addresses that no file of as_data knows, from open data that comes with Weir',
    flag: 'on|off',
  }),
} as const;
