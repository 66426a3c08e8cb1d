import { isInPrefix, parseAddress, parsePrefix } from '../../flow/index.ts';
import { ExporterSites } from '../exporter-sites.ts';
import { HOME, type HomeNetworks, placedPrefixes, SITE_0 } from '../home-networks.ts';
import { type Explanation, type NamedRecord, numberOf, textOf } from './explanation.ts';

const SIDES = ['src', 'dst'] as const;
type Side = (typeof SIDES)[number];
const VLAN: Readonly<Record<Side, string>> = { src: 'vlan', dst: 'out_vlan' };

/** Why a flow has its direction, sites, subnets and reach. */
export function explainSites(record: NamedRecord, networks: HomeNetworks): Explanation[] {
  return [
    explainDirection(record, networks),
    ...SIDES.map((side) => explainSite(record, networks, side)),
    ...(networks.subnets === undefined ? [] : SIDES.map((side) => explainSubnet(record, networks, side))),
    {
      name: 'reach',
      value: textOf(record, 'reach') || null,
      evidence: null,
      because:
        'it follows from the direction, the subnets and routes of both ends, and the kind of the destination address',
      stronger: null,
    },
  ];
}

/** The longest configured prefix around an address, in words. */
export function around(networks: HomeNetworks, address: string): string {
  const words = parseAddress(address);
  if (!words) return 'its address is not known';
  const { prefixes, names } = placedPrefixes(networks);
  const inside = prefixes.filter((p) => isInPrefix(words, p)).sort((a, b) => b.bits - a.bits)[0];
  if (!inside) return `${address} is in no home network`;
  const place = inside.place === HOME ? 'home' : `site ${names[inside.place - SITE_0]}`;
  const given = longest([...networks.home, ...Object.values(networks.sites).flat()], address);
  return `${address} is in ${given ?? 'a network without a border (RFC 1122, 4291, 5771)'} (${place})`;
}

/** Of prefixes as they are written the longest that holds the address; undefined where none does. */
function longest(prefixes: readonly string[], address: string): string | undefined {
  const words = parseAddress(address);
  if (!words) return undefined;
  return prefixes
    .map((text) => ({ text, prefix: parsePrefix(text)! }))
    .filter(({ prefix }) => isInPrefix(words, prefix))
    .sort((a, b) => b.prefix.bits - a.prefix.bits)[0]?.text;
}

function explainDirection(record: NamedRecord, networks: HomeNetworks): Explanation {
  const configured = placedPrefixes(networks).prefixes.length > 0;
  const ends = SIDES.map((side) => around(networks, textOf(record, `${side}_addr`)));
  return {
    name: 'direction',
    value: textOf(record, 'direction') || null,
    evidence: null,
    because: configured ? ends.join('; ') : 'no home networks are configured here',
    stronger: configured ? null : 'set `home` or `sites` in the configuration',
  };
}

function explainSite(record: NamedRecord, networks: HomeNetworks, side: Side): Explanation {
  const value = textOf(record, `${side}_site`);
  const byPrefix = around(networks, textOf(record, `${side}_addr`));
  const told = value === '' ? null : byExporter(record, networks, side, value);
  return {
    name: `${side}_site`,
    value: value || null,
    evidence: null,
    because: told === null ? byPrefix : `${byPrefix}; ${told}`,
    stronger: told === null ? null : 'prefixes of the site in the configuration',
  };
}

/** Where no prefix tells the site that a flow has: whether its exporter or VLAN does. */
function byExporter(record: NamedRecord, networks: HomeNetworks, side: Side, site: string): string | null {
  const names = Object.keys(networks.sites);
  const exporter = parseAddress(textOf(record, 'exporter'));
  if (!exporter || networks.exporterSites === undefined) return null;
  if (longest(networks.sites[site] ?? [], textOf(record, `${side}_addr`)) !== undefined) return null;
  const sites = new ExporterSites(networks.exporterSites, names);
  const [w0, w1, w2, w3] = exporter;
  sites.ask(Uint32Array.of(w1, w0), Uint32Array.of(w3, w2), 0);
  const vlan = numberOf(record, VLAN[side]);
  const at = `exporter ${textOf(record, 'exporter')}`;
  if (names[sites.byVlan[vlan]! - SITE_0] === site) return `${VLAN[side]} ${vlan} of ${at} is of site ${site}`;
  if (names[sites.always - SITE_0] === site) return `${at} is of site ${site}`;
  return null;
}

function explainSubnet(record: NamedRecord, { subnets = {} }: HomeNetworks, side: Side): Explanation {
  const address = textOf(record, `${side}_addr`);
  const prefix = longest(Object.values(subnets).flat(), address);
  const because = prefix === undefined ? `${address} is in no configured subnet` : `${address} is in ${prefix}`;
  const value = textOf(record, `${side}_subnet`) || null;
  return { name: `${side}_subnet`, value, evidence: null, because, stronger: null };
}
