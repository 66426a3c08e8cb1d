import type { PacketFields } from '../packet-fields.ts';
import { PROTOCOL } from '../transport-header.ts';
import { isChecksumRight } from './checksum.ts';
import { CARRIED } from './next-headers.ts';
import { CONTRADICTED, isPlausible } from './plain-evidence.ts';

/*
 * Packets that were captured in part (a snap length): the trailer with the next header is not there, the header of the payload is.
 * `plainEnd` is where the trailer ends in the packet as it was on the wire, so that the length of the payload is known but for
 * the padding. Of that there is as much as the cipher's block asks for.
 */

/** With NULL encryption nothing but the alignment to 4 bytes asks for padding. */
export const ALIGNING_PADDING = 3;

/** Bits of evidence that a cut payload is plain text; see plain-evidence.ts. 0 where it is no contradiction, but nothing more. */
export function cutEvidence(view: DataView, at: number, captured: number, plainEnd: number): number {
  const fits = fitting(view, at, captured, plainEnd, ALIGNING_PADDING);
  if (fits & CARRIED.ipv4) {
    return isChecksumRight(view, at, at + 4 * (view.getUint8(at) & 15), 0) ? 32 : CONTRADICTED;
  }
  if (fits & CARRIED.ipv6) return 16;
  if (fits & CARRIED.udp) return 12;
  return fits & CARRIED.tcp ? 0 : CONTRADICTED;
}

/**
 * The next header of a cut payload of an association that is known to be readable and that carried `carried`; -1 when it is not certain. A
 * length that fits is 14 bits of evidence, so that it is believed before a header that merely could be.
 */
export function nextHeaderOfCut(
  view: DataView,
  at: number,
  captured: number,
  plainEnd: number,
  mostPadding: number,
  carried: number,
  fields: PacketFields,
): number {
  const fits = fitting(view, at, captured, plainEnd, mostPadding);
  const byLength = fits & (CARRIED.udp | CARRIED.ipv4 | CARRIED.ipv6);
  const byForm = (fits & carried & (CARRIED.tcp | CARRIED.icmp)) | (carried & CARRIED.other);
  if (byLength !== 0) return (byLength & carried) !== 0 || byForm === 0 ? protocolOf(byLength, fields) : -1;
  return protocolOf(byForm, fields);
}

/**
 * The same for the first fragment of a packet, whose length is in the last one: IPv4 is told by the checksum of its header, the rest by form alone. Later fragments
 * have no header.
 */
export function nextHeaderOfFirstFragment(
  view: DataView,
  at: number,
  captured: number,
  carried: number,
  fields: PacketFields,
): number {
  const there = captured - at;
  if (there < 40) return -1;
  const first = view.getUint8(at);
  const header = 4 * (first & 15);
  if (first >>> 4 === 4 && header >= 20 && header <= there && isChecksumRight(view, at, at + header, 0)) {
    return PROTOCOL.ipv4;
  }
  let fits = carried & CARRIED.other;
  if (isPlausible(view, at, captured, PROTOCOL.tcp)) fits |= CARRIED.tcp;
  if (view.getUint16(at + 4) > there) fits |= CARRIED.udp;
  if (isEcho(view.getUint16(at))) fits |= CARRIED.icmp;
  if (first >>> 4 === 6 && view.getUint16(at + 4) + 40 > there) fits |= CARRIED.ipv6;
  return protocolOf(fits & carried, fields);
}

/** The protocol of one bit of CARRIED; -1 for none, for several, and for those that are not told apart. */
function protocolOf(kind: number, fields: PacketFields): number {
  switch (kind) {
    case CARRIED.tcp:
      return PROTOCOL.tcp;
    case CARRIED.udp:
      return PROTOCOL.udp;
    case CARRIED.ipv4:
      return PROTOCOL.ipv4;
    case CARRIED.ipv6:
      return PROTOCOL.ipv6;
    case CARRIED.icmp:
      return fields.ipVersion === 4 ? PROTOCOL.icmp : PROTOCOL.icmpv6;
    default:
      return -1;
  }
}

/** Bits of CARRIED: what the captured bytes can be the head of. */
function fitting(view: DataView, at: number, captured: number, plainEnd: number, padding: number): number {
  const there = captured - at;
  const most = plainEnd - 2 - at;
  if (there < 8) return 0;
  let fits = 0;
  if (isLength(view.getUint16(at + 4), most, padding)) fits |= CARRIED.udp;
  if (isEcho(view.getUint16(at))) fits |= CARRIED.icmp;
  if (there < 20) return fits;
  if (isPlausible(view, at, plainEnd - 2, PROTOCOL.tcp)) fits |= CARRIED.tcp;
  const first = view.getUint8(at);
  const header = 4 * (first & 15);
  if (first >>> 4 === 4 && header >= 20 && header <= there && isLength(view.getUint16(at + 2), most, padding))
    fits |= CARRIED.ipv4;
  if (there >= 40 && first >>> 4 === 6 && isLength(view.getUint16(at + 4) + 40, most, padding)) fits |= CARRIED.ipv6;
  return fits;
}

function isLength(length: number, most: number, padding: number): boolean {
  return length <= most && length >= most - padding;
}

/** Type and code of the only messages that are long: RFC 792, RFC 4443 section 4. */
function isEcho(typeAndCode: number): boolean {
  return typeAndCode === 0 || typeAndCode === 0x0800 || typeAndCode === 0x8000 || typeAndCode === 0x8100;
}
