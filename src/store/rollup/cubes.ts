/**
 * The cubes of history: separate tables of few keys, never one joint table, so that each has a bound of its own. Every flow is in every cube: keys
 * that are not known are a key as well, and what does not fit is in the `rest` row of its bucket, so that the totals of all cubes are equal.
 *
 * `id` is permanent: files carry it. A cube is removed by leaving its number behind.
 */

/** Widths of the levels of history in ms, finest first: 1 min, 5 min, 1 h, 1 day (UTC). */
export const LEVELS = [60_000, 300_000, 3_600_000, 86_400_000] as const;
export type Level = (typeof LEVELS)[number];

export interface Cube {
  readonly id: number;
  readonly name: string;
  /** Dimensions of the query model that are its keys, in the order in which they are stored: columns of a flow, and `VIRTUAL_COLUMNS`. */
  readonly keys: readonly string[];
  /** Most keys of one bucket at rest, by level in the order of LEVELS; the rest is in `rest`. An hour that is not settled may have more for a while: each delta of a minute has this many. */
  readonly bound: readonly [number, number, number, number];
  /** Costly: given up first when there is more than the machine can do. */
  readonly extra?: true;
}

const SMALL = [256, 256, 256, 256] as const;
const WIDE = [512, 1_024, 2_048, 4_096] as const;

export const CUBES: readonly Cube[] = [
  { id: 1, name: 'total', keys: [], bound: SMALL },
  { id: 2, name: 'sampling_origin', keys: ['sampling_origin'], bound: SMALL },
  { id: 3, name: 'direction', keys: ['direction'], bound: SMALL },
  { id: 4, name: 'site', keys: ['site'], bound: WIDE },
  { id: 5, name: 'category', keys: ['category'], bound: SMALL },
  { id: 6, name: 'category-direction-site', keys: ['category', 'direction', 'site'], bound: WIDE },
  { id: 7, name: 'site-pair', keys: ['src_site', 'dst_site'], bound: WIDE },
  { id: 8, name: 'subnet', keys: ['subnet'], bound: WIDE },
  { id: 9, name: 'subnet-direction', keys: ['subnet', 'direction'], bound: WIDE },
  { id: 10, name: 'exporter', keys: ['exporter'], bound: [4_096, 4_096, 4_096, 4_096] },
  { id: 11, name: 'exporter-input', keys: ['exporter', 'in_if'], bound: WIDE },
  { id: 12, name: 'exporter-output', keys: ['exporter', 'out_if'], bound: WIDE },
  { id: 13, name: 'protocol', keys: ['protocol'], bound: SMALL },
  { id: 14, name: 'service_port', keys: ['service_port'], bound: WIDE },
  { id: 15, name: 'protocol-service_port', keys: ['protocol', 'service_port'], bound: WIDE },
  { id: 16, name: 'src_as', keys: ['src_as'], bound: WIDE },
  { id: 17, name: 'dst_as', keys: ['dst_as'], bound: WIDE },
  { id: 18, name: 'src_peer_as', keys: ['src_peer_as'], bound: WIDE },
  { id: 19, name: 'dst_peer_as', keys: ['dst_peer_as'], bound: WIDE },
  { id: 20, name: 'as-pair', keys: ['src_as', 'dst_as'], bound: WIDE },
  { id: 21, name: 'application', keys: ['application'], bound: WIDE },
  { id: 22, name: 'user', keys: ['user'], bound: WIDE },
  { id: 23, name: 'process', keys: ['process'], bound: WIDE },
  { id: 24, name: 'host', keys: ['host'], bound: WIDE },
  { id: 25, name: 'src_addr', keys: ['src_addr'], bound: WIDE, extra: true },
  { id: 26, name: 'dst_addr', keys: ['dst_addr'], bound: WIDE, extra: true },
  { id: 27, name: 'app', keys: ['app'], bound: WIDE },
  { id: 28, name: 'remote_net', keys: ['remote_net'], bound: WIDE },
  {
    id: 29,
    name: 'application-evidence-direction',
    keys: ['application', 'application_evidence', 'direction'],
    bound: WIDE,
  },
  // 30 is HOSTS_ID.
  { id: 31, name: 'service-direction', keys: ['service', 'direction'], bound: WIDE },
  { id: 32, name: 'application-service-direction', keys: ['application', 'service', 'direction'], bound: WIDE },
  {
    id: 33,
    name: 'category-evidence-direction',
    keys: ['category', 'application_evidence', 'direction'],
    bound: WIDE,
  },
  { id: 34, name: 'source-system', keys: ['src_as', 'src_peer_as', 'direction'], bound: WIDE },
  { id: 35, name: 'destination-system', keys: ['dst_as', 'dst_peer_as', 'direction'], bound: WIDE },
  { id: 36, name: 'src_country-direction', keys: ['src_country', 'direction'], bound: WIDE },
  { id: 37, name: 'dst_country-direction', keys: ['dst_country', 'direction'], bound: WIDE },
  { id: 38, name: 'reach', keys: ['reach'], bound: SMALL },
  { id: 39, name: 'security', keys: ['security'], bound: SMALL },
  { id: 40, name: 'blocklist', keys: ['blocklist', 'blocklist_side'], bound: SMALL },
];

/** The cubes that history had before the manifest said which ones it has. */
export const FIRST_CUBES: readonly number[] = Array.from({ length: 28 }, (_, i) => i + 1);

/**
 * Not a cube of sums: rows of this id carry a sketch (HyperLogLog) of the home addresses that were senders (`side` 0: hosts out) or receivers
 * (`side` 1: hosts in) of traffic across the border. Key words: k0 = side, k1 = 1 for the whole network and 0 for one site, t0 = that site.
 * Buckets are of 5 min and coarser, also in files of the level of 1 min.
 */
export const HOSTS_ID = 30;
