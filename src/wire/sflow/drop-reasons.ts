/**
 * What the forwarding status of RFC 7270 section 4.12 (column `forwarding`) calls a reason of sFlow's. Both lists have names of their
 * own: a reason without a counterpart is 128, dropped for a reason that is not told, rather than a neighbour's meaning.
 * Reasons below 16 are the codes of ICMP's "destination unreachable" (RFC 792, RFC 1812 section 5.2.7.1), the others are in
 * https://sflow.org/sflow_drops.txt.
 */
const DROPPED = {
  unknown: 128,
  aclDeny: 129,
  aclDrop: 130,
  unroutable: 131,
  adjacency: 132,
  fragmentation: 133,
  badTtl: 137,
  policer: 138,
  earlyDetection: 139,
  reversePath: 140,
} as const;

/** By code of ICMP; the others, such as an unreachable protocol or port, are not told apart by RFC 7270. */
const BY_ICMP_CODE = new Map<number, number>([
  [0, DROPPED.unroutable], // network unreachable
  [1, DROPPED.unroutable], // host unreachable
  [4, DROPPED.fragmentation],
  [5, DROPPED.unroutable], // source route failed
  [6, DROPPED.unroutable], // destination network unknown
  [7, DROPPED.unroutable], // destination host unknown
  [9, DROPPED.aclDeny], // network prohibited
  [10, DROPPED.aclDeny], // host prohibited
  [11, DROPPED.unroutable], // network unreachable for this type of service
  [12, DROPPED.unroutable], // host unreachable for this type of service
  [13, DROPPED.aclDeny], // communication prohibited
]);

const BY_REASON = new Map<number, number>([
  ...BY_ICMP_CODE,
  [257, DROPPED.badTtl],
  [258, DROPPED.aclDrop],
  [260, DROPPED.earlyDetection],
  [261, DROPPED.policer], // traffic shaping
  [262, DROPPED.fragmentation], // packet too big
  [269, DROPPED.unroutable], // black hole route
  [279, DROPPED.adjacency], // unresolved neighbour
  [280, DROPPED.reversePath], // of multicast
  [292, DROPPED.adjacency], // black hole neighbour
  [302, DROPPED.reversePath], // of unicast
]);

/** A code of the column `forwarding`, always one of dropped packets. */
export function forwardingOf(dropReason: number): number {
  return BY_REASON.get(dropReason) ?? DROPPED.unknown;
}
