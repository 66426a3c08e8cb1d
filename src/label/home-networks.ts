import { type AddressWords, parsePrefix } from '../flow/index.ts';

/** What configuration says is inside: plain data, so that it crosses to the threads that decode, and stands at the head of journal files. */
export interface HomeNetworks {
  /** Prefixes that are inside without a site. */
  readonly home: readonly string[];
  /** Prefixes by the name of their site; they are inside too. A site that only exporters and VLANs tell has none. */
  readonly sites: Readonly<Record<string, readonly string[]>>;
  /** Sites that exporters and VLANs tell where no prefix does; absent: none. */
  readonly exporterSites?: readonly ExporterSite[];
  /** Prefixes of subnets by the name of the subnet; absent: none. */
  readonly subnets?: Readonly<Record<string, readonly string[]>>;
}

/** What these exporters send is of this site: all of it, or what has one of these VLANs. */
export interface ExporterSite {
  readonly site: string;
  /** A prefix of addresses that exports come from. */
  readonly exporters: string;
  /** First and last VLAN; null: whatever the VLAN. */
  readonly vlans: readonly [first: number, last: number] | null;
}

export const NO_HOME: HomeNetworks = { home: [], sites: {} };

/** What a prefix is: outside, at home without a site, or the site of this number (`SITE_0` is the first). */
export const OUTSIDE = 0;
export const HOME = 1;
export const SITE_0 = 2;

export interface PlacedPrefix {
  readonly address: AddressWords;
  /** Of 128. */
  readonly bits: number;
  readonly place: number;
}

/**
 * Addresses that no router carries to another network, and groups, whose members may be anywhere: traffic to them does not leave because of them.
 * RFC 1122 section 3.2.1.3 (this host, loopback, broadcast), RFC 3927 and RFC 4291 (link-local, loopback, multicast), RFC 5771 (multicast).
 */
const NO_BORDER = [
  '0.0.0.0/8',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '224.0.0.0/4',
  '255.255.255.255/32',
  '::1/128',
  'fe80::/10',
  'ff00::/8',
];

/** Every prefix inside; names of the sites by number. Of a prefix that is there twice the site counts. Empty where no prefix is configured. */
export function placedPrefixes(networks: HomeNetworks): { prefixes: PlacedPrefix[]; names: string[] } {
  const { home, sites } = networks;
  const names = Object.keys(sites);
  const placed = new Map<string, PlacedPrefix>();
  const enter = (texts: readonly string[], place: number) => {
    for (const text of texts) {
      const prefix = parsePrefix(text);
      if (prefix) placed.set(`${prefix.address.join()}/${prefix.bits}`, { ...prefix, place });
    }
  };
  if (homePrefixes(networks).length > 0) enter(NO_BORDER, HOME);
  enter(home, HOME);
  names.forEach((name, i) => {
    enter(sites[name]!, SITE_0 + i);
  });
  return { prefixes: [...placed.values()], names };
}

/** The named sets of filters: `@home` is what is inside. */
export function filterSets(networks: HomeNetworks): Readonly<Record<string, readonly string[]>> {
  const home = homePrefixes(networks);
  return home.length > 0 ? { home } : {};
}

/** Prefixes of all that is inside, those of sites too. */
export function homePrefixes({ home, sites }: HomeNetworks): readonly string[] {
  return [...new Set([...home, ...Object.values(sites).flat()])];
}
