/**
 * sFlow version 5 (https://sflow.org/sflow_version_5.txt) and its extensions (https://sflow.org/developers/structures.php): XDR
 * (RFC 4506), all in words of four bytes, network byte order. A datagram is a header and samples; a sample is a
 * header and records; samples and records say their format and length, so that unknown ones are stepped over.
 */
export const SFLOW_VERSION = 5;

/** Samples of which nothing but format and length is there, in the largest UDP payload: no datagram announces more. */
export const SFLOW_MOST_SAMPLES = 8_191;

/** Rows of one datagram at most: the least sample that tells of a packet, a discarded one without records, takes 40 bytes, and UDP carries 65,535. */
export const SFLOW_MOST_ROWS = 1_638;

/** Formats of samples; the upper 20 bits of a format are the enterprise that defined it, 0 for sflow.org. */
export const SAMPLE = { flow: 1, counters: 2, expandedFlow: 3, expandedCounters: 4, discarded: 5 } as const;

/** Those that say something of a row; the others (802.11, queues, outer frames of tunnels, applications ...) are stepped over. */
export const FLOW_RECORD = {
  rawHeader: 1,
  ethernet: 2,
  ipv4: 3,
  ipv6: 4,
  switch: 1001,
  router: 1002,
  gateway: 1003,
  user: 1004,
  url: 1005,
  mpls: 1006,
  nat: 1007,
  vlanTunnel: 1012,
  natPorts: 1020,
  ipv4TunnelEgress: 1023,
  ipv4TunnelIngress: 1024,
  ipv6TunnelEgress: 1025,
  ipv6TunnelIngress: 1026,
  vniEgress: 1029,
  vniIngress: 1030,
  vlanIn: 1034,
  vlanOut: 1035,
} as const;

export const COUNTER_RECORD = { genericInterface: 1, portName: 1005 } as const;

/** What a raw header begins with. */
export const HEADER_PROTOCOL = { ethernet: 1, ppp: 7, ipv4: 11, ipv6: 12, mpls: 13, pos: 14 } as const;

/** Opaque data are padded to whole words (RFC 4506 section 4.10). */
export function padded(length: number): number {
  return (length + 3) & ~3;
}
