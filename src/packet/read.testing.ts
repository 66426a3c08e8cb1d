import { type AddressWords, formatAddress } from '../flow/index.ts';
import { viewOf } from './frames.testing.ts';
import { dissectLink, LINK_TYPE, newPacketFields, type PacketFields } from './index.ts';

/** The fields of one packet. */
export function read(
  frame: Uint8Array,
  linkType: number = LINK_TYPE.ethernet,
  tunnels: 'outer' | 'inner' = 'outer',
): PacketFields {
  const out = newPacketFields();
  dissectLink(viewOf(frame), 0, frame.length, linkType, out, { tunnels });
  return out;
}

export function text(words: Uint32Array): string {
  return formatAddress([...words] as unknown as AddressWords);
}

/** The tuple in one line: source:port > destination:port protocol. */
export function tuple(out: PacketFields): string {
  return `${text(out.srcAddr)}:${out.srcPort} > ${text(out.dstAddr)}:${out.dstPort} ${out.protocol}`;
}
