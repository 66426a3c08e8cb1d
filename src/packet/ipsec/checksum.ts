import type { PacketFields } from '../packet-fields.ts';

/** True when the ones' complement sum of the bytes, the checksum among them, is that of a right one (RFC 1071). */
export function isChecksumRight(view: DataView, at: number, end: number, start: number): boolean {
  let sum = start;
  let next = at;
  for (; next + 2 <= end; next += 2) sum += view.getUint16(next);
  if (next < end) sum += view.getUint8(next) << 8;
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return sum === 0xffff;
}

/** The sum of the pseudo header (RFC 9293 section 3.1, RFC 8200 section 8.1) with the addresses in `fields`. */
export function pseudoHeaderSum(fields: PacketFields, protocol: number, length: number): number {
  const { srcAddr, dstAddr } = fields;
  let sum = protocol + length;
  for (let word = fields.ipVersion === 4 ? 3 : 0; word < 4; word++) {
    sum += (srcAddr[word]! >>> 16) + (srcAddr[word]! & 0xffff) + (dstAddr[word]! >>> 16) + (dstAddr[word]! & 0xffff);
  }
  return sum;
}
