/**
 * Next headers that are taken for what ESP carries: those that are carried in it by use (RFC 5879 section 8.3 asks for a short list, as each more
 * makes random bytes pass more often). In the order of their bits in `SecurityAssociations.carried`, the rest share one.
 */
const KINDS = [
  [6], // TCP
  [17], // UDP
  [4], // IPv4
  [41], // IPv6
  [1, 58], // ICMP
  [2, 47, 50, 59, 89, 97, 103, 108, 115, 132], // IGMP, GRE, ESP, none, OSPF, EtherIP, PIM, IPComp, L2TP, SCTP
] as const;

/** Bits of `SecurityAssociations.carried`. */
export const CARRIED = { tcp: 1, udp: 2, ipv4: 4, ipv6: 8, icmp: 16, other: 32 } as const;

const BITS = new Uint8Array(256);
for (const [position, protocols] of KINDS.entries()) for (const protocol of protocols) BITS[protocol] = 1 << position;

/** The bit in CARRIED of a next header, 0 when it is not taken for one. */
export function kindOf(nextHeader: number): number {
  return BITS[nextHeader]!;
}
