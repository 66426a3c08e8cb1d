import type { PacketFields } from '../packet/index.ts';

const TCP = 6;
const UDP = 17;
const UDP_BYTES = 8;

/**
 * Bytes of the IP and transport headers that each segment repeats when a packet is cut into segments; 0 where they are not known, and nothing is cut. `view` is
 * what was dissected: of what came out of ESP the network card cuts nothing.
 */
export function repeatedBytes(
  { data, ipAt, transportAt, transportLength, protocol }: PacketFields,
  view: DataView,
): number {
  if (data !== view || ipAt < 0 || transportAt < ipAt) return 0;
  if (protocol === UDP) return transportAt - ipAt + UDP_BYTES;
  if (protocol !== TCP || transportLength < 13) return 0;
  return transportAt - ipAt + (view.getUint8(transportAt + 12) >>> 4) * 4;
}

/** How many packets go over the wire for one of `octets` from its IP header on, cut into segments of so much payload. */
export function segmentsOf(octets: number, repeated: number, segmentBytes: number): number {
  if (segmentBytes === 0 || repeated === 0) return 1;
  return Math.max(1, Math.ceil((octets - repeated) / segmentBytes));
}
