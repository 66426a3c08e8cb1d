import { IPSEC, PACKET_PROBLEM, type PacketFields } from '../src/packet/index.ts';

/** How a result of nDPI differs from what is in the capture. Each was looked at with tshark. */
export interface NdpiDifference {
  /** Packets that nDPI leaves out. */
  readonly leavesOut?: (p: PacketFields) => boolean;
  /** Makes of a packet what nDPI reads in it. */
  readonly change?: (p: PacketFields) => void;
  /** Directions that nDPI has alone. */
  readonly onlyThere?: readonly string[];
  /** Flows that they make up. */
  readonly flowsOnlyThere?: number;
}

export const NDPI_DIFFERS: Readonly<Record<string, NdpiDifference>> = {
  // Its two longest packets were cut by a snap length of 1,010 bytes: nDPI leaves such packets out.
  'rsh-syslog-false-positive.pcap': { leavesOut: (p) => p.cut },
  // nDPI does not look behind the authentication header.
  'ah.pcapng': {
    change: (p) => {
      if (p.ipsec !== IPSEC.ah) return;
      p.protocol = 51;
      p.icmpType = 255;
      p.icmpCode = 255;
    },
  },
  // nDPI reads the ports of TCP and UDP alone.
  'sctp.cap': { change: withoutPorts },
  // Bits turned at random. nDPI leaves out packets whose IP length is more than was captured, and fragments behind the first; it
  // reads no ports of a TCP header that is cut; and it follows an IPv4 header of 4 bytes, which RFC 791 section 3.1 does not allow.
  'fuzz-2006-06-26-2594.pcap': {
    leavesOut: (p) => p.cut || p.fragmentOffset > 0,
    change: (p) => {
      if (p.problem === PACKET_PROBLEM.truncated) withoutPorts(p);
    },
    onlyThere: ['17 241.168.1.2 27315 > 192.168.1.1 0: 1 packets, 86 bytes'],
    flowsOnlyThere: 1,
  },
};

function withoutPorts(p: PacketFields): void {
  p.srcPort = 0;
  p.dstPort = 0;
}
