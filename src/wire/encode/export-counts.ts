/** What is not sent, by cause. */
export const LEFT_OUT = {
  ipv6: 'IPv6, which NetFlow v5 cannot hold',
  no_address: 'without addresses, which NetFlow v5 must have',
  sampling_rate: 'sampled 1 in more than 16,383, which the header of NetFlow v5 cannot state',
  counter: 'with a counter above 4 x 10^12, which is too large to be split for NetFlow v5',
  streams: 'of a sampling rate beyond the first 256, which have an engine each',
  size: 'longer than a datagram may be',
} as const;
export type LeftOut = keyof typeof LEFT_OUT;

/** What is sent otherwise than it is stored. */
export const CHANGED = {
  split: 'split into several records, because a counter is above 4,294,967,295',
  as: 'with an AS number above 65,535, sent as AS_TRANS (23456)',
  interface: 'with an interface index above 65,535, sent as 0',
  next_hop: 'with a next hop that is IPv6, sent as 0',
  start: 'longer than 24 days, sent with a later start',
  text: 'with a name above 254 octets, or names too long for one datagram, cut',
  frames: 'whose octets count frames or payload, sent as octets of IP packets',
  rate: 'sampled at a rate that is not known, which the collector cannot scale',
} as const;
export type Changed = keyof typeof CHANGED;

/** What an export came to. */
export interface ExportCounts {
  /** Flow records that were given, and those that left (more where some were split). */
  given: number;
  records: number;
  datagrams: number;
  bytes: number;
  readonly leftOut: Partial<Record<LeftOut, number>>;
  readonly changed: Partial<Record<Changed, number>>;
}

export function newExportCounts(): ExportCounts {
  return { given: 0, records: 0, datagrams: 0, bytes: 0, leftOut: {}, changed: {} };
}

export function countLeftOut(counts: ExportCounts, cause: LeftOut): void {
  counts.leftOut[cause] = (counts.leftOut[cause] ?? 0) + 1;
}

export function countChanged(counts: ExportCounts, what: Changed): void {
  counts.changed[what] = (counts.changed[what] ?? 0) + 1;
}
