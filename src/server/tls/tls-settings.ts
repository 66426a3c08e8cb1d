import { onOff } from '../host-settings.ts';
import { setting } from '../setting.ts';
import { text } from '../setting-schemas.ts';

/** How the API and the dashboard are served over the network. */
export const TLS_SETTINGS = {
  https: setting<boolean>({
    schema: onOff,
    fallback: false,
    meaning: 'the API and the dashboard are served over TLS; without tls_cert with a certificate that the node makes',
    flag: 'on|off',
  }),
  tls_cert: setting<string | null>({
    schema: text('a file with a certificate in PEM'),
    fallback: null,
    meaning: 'certificate in PEM, followed by those that vouch for it; with it https is on',
    flag: 'FILE',
  }),
  tls_key: setting<string | null>({
    schema: text('a file with a private key in PEM'),
    fallback: null,
    meaning: 'its private key in PEM, without a passphrase',
    flag: 'FILE',
  }),
} as const;
