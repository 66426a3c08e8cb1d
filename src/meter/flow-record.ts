/**
 * How a flow lies in memory: 192 bytes in a row, so that a packet touches two lines of the processor's cache and not one for each column. These are
 * offsets in units of 8 bytes (F64) and of 4 bytes (U32) from the beginning of the record.
 */
export const RECORD_BYTES = 192;
export const RECORD_F64 = RECORD_BYTES / 8;
export const RECORD_U32 = RECORD_BYTES / 4;

/** First line: the counters. Those of the reverse direction lie `REVERSE` behind. */
export const F64 = {
  bytes: 0,
  packets: 1,
  start: 2,
  end: 3,
  revBytes: 4,
  revPackets: 5,
  revStart: 6,
  revEnd: 7,
} as const;
export const REVERSE = 4;

export const U32 = {
  /** Second line: the key, four words for each address. */
  src: 16,
  dst: 20,
  /** Source port in the upper half. */
  ports: 24,
  /** Protocol, ICMP type and code: what `packetKind` gives. */
  kind: 25,
  tunnelKey: 26,
  spiKey: 27,
  hash: 28,
  /** TCP flags, those of the reverse, the smallest TTL, STATE. */
  flags: 29,
  /** Neighbours in a list of the expiry wheel. */
  before: 30,
  after: 31,
  /** Third line: what is read when the flow is over. */
  tunnel: 32,
  spi: 33,
  /** Type of service, that of the reverse, code in IPSEC. */
  tos: 34,
  flowLabel: 35,
  /** Outer VLAN in the lower half, inner one in the upper. */
  vlans: 36,
  /** Upper 16 bits of the source's MAC in the lower half, of the destination's in the upper. */
  macsHi: 37,
  srcMacLo: 38,
  dstMacLo: 39,
  mplsLabel: 40,
  inIf: 41,
  /** Sequence number of the SYN. */
  isn: 42,
  /** Application, evidence, security, source of the server's name, which end began: flow-naming.ts. */
  naming: 43,
  /** The list of the expiry wheel that the flow is in. */
  list: 44,
  /** ICMP type and code of the first packet. */
  icmp: 45,
  /** Position of the server's name; 0 none. */
  serverName: 46,
  /** Position of what is kept while the payload is looked at, or how far it was looked at without (first-looks.ts); 0 neither. */
  inspection: 47,
} as const;

/** In the word of the MPLS label: there is none. */
export const NO_LABEL = 0xffff_ffff;

/** Bits of the upper byte of `flags`. */
export const STATE = {
  fin: 1,
  revFin: 2,
  /** FIN in both directions, or RST. */
  closed: 4,
  isn: 8,
  /** The payload of what follows is not looked at. */
  settled: 16,
  continued: 32,
  /** The forward direction is that of who was asked. */
  responder: 64,
  /** The payload of what follows in the forward direction is not looked at. */
  passed: 128,
} as const;
export const STATE_SHIFT = 24;
