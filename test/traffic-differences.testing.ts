import { IPSEC, PACKET_PROBLEM, type PacketFields } from '../src/packet/index.ts';

/** How a result of nDPI differs from what is in the capture. Each was looked at with tshark. */
export interface NdpiDifference {
  /** Packets that nDPI leaves out. */
  readonly leavesOut?: (p: PacketFields) => boolean;
  /** The protocol by which nDPI knows a packet. */
  readonly protocol?: (p: PacketFields) => number;
  /** Packets whose ports nDPI does not read. */
  readonly noPorts?: (p: PacketFields) => boolean;
  /** Directions that nDPI has alone. */
  readonly onlyThere?: readonly string[];
}

export const NDPI_DIFFERS: Readonly<Record<string, NdpiDifference>> = {
  // Its two longest packets were cut by a snap length of 1,010 bytes: nDPI leaves such packets out.
  'rsh-syslog-false-positive.pcap': { leavesOut: (p) => p.cut },
  // nDPI does not look behind the authentication header.
  'ah.pcapng': { protocol: (p) => (p.ipsec === IPSEC.ah ? 51 : p.protocol) },
  // nDPI reads the ports of TCP and UDP alone.
  'sctp.cap': { noPorts: (p) => p.protocol === 132 },
  // Bits turned at random. nDPI leaves out packets whose IP length is more than was captured, and fragments behind the first; it
  // reads no ports of a TCP header that is cut; and it follows an IPv4 header of 4 bytes, which RFC 791 section 3.1 does not allow.
  'fuzz-2006-06-26-2594.pcap': {
    leavesOut: (p) => p.cut || p.fragmentOffset > 0,
    noPorts: (p) => p.problem === PACKET_PROBLEM.truncated,
    onlyThere: ['17 241.168.1.2 27315 > 192.168.1.1 0: 1 packets, 86 bytes'],
  },
  // Captured with a header of its own on each packet (link type 192, PPI), which is not read: named as unsupported_link.
  'someip_sd_sample.pcap': {
    onlyThere: [
      '17 192.168.88.73 30490 > 192.168.88.77 30490: 2 packets, 204 bytes',
      '17 192.168.88.73 30490 > 235.2.3.5 30490: 2 packets, 228 bytes',
      '17 192.168.88.77 30490 > 192.168.88.73 30490: 2 packets, 228 bytes',
    ],
  },
};
