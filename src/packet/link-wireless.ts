import { PACKET_PROBLEM } from './packet-codes.ts';
import { noteProblem, type PacketFields } from './packet-fields.ts';

/** The first byte of frame control (IEEE 802.11-2020 section 9.2.4.1): type in bits 2 and 3, subtype above. */
const TYPE = 0x0c;
const DATA = 0x08;
const WITHOUT_DATA = 0x40;
const QUALITY = 0x80;

/** The second byte. */
const TO_DISTRIBUTION = 0x01;
const FROM_DISTRIBUTION = 0x02;
const PROTECTED = 0x40;
const HIGH_THROUGHPUT = 0x80;

/** In the control field of quality of service: several frames in one, which are not taken apart. */
const AGGREGATE = 0x80;

/** A data frame of 802.11; `out.etherType` 0 leads to its LLC header. Management, control and encrypted frames are no IP. */
export function readWireless(view: DataView, at: number, end: number, out: PacketFields): number {
  if (at + 24 > end) return fail(out, PACKET_PROBLEM.truncated);
  const kind = view.getUint8(at);
  const flags = view.getUint8(at + 1);
  if ((kind & TYPE) !== DATA || (kind & WITHOUT_DATA) !== 0 || (flags & PROTECTED) !== 0) {
    return fail(out, PACKET_PROBLEM.not_ip);
  }
  const toDistribution = (flags & TO_DISTRIBUTION) !== 0;
  const fromDistribution = (flags & FROM_DISTRIBUTION) !== 0;
  let next = at + (toDistribution && fromDistribution ? 30 : 24);
  if (next > end) return fail(out, PACKET_PROBLEM.truncated);
  setAddresses(view, at, toDistribution, fromDistribution, out);
  if ((kind & QUALITY) !== 0) {
    if (next + 2 > end) return fail(out, PACKET_PROBLEM.truncated);
    if ((view.getUint8(next) & AGGREGATE) !== 0) return fail(out, PACKET_PROBLEM.not_ip);
    next += (flags & HIGH_THROUGHPUT) !== 0 ? 6 : 2;
  }
  out.etherType = 0;
  return next;
}

/** Which of the three or four addresses are the two ends is said by the two flags of the distribution system (table 9-30). */
function setAddresses(view: DataView, at: number, to: boolean, from: boolean, out: PacketFields): void {
  const dst = to ? at + 16 : at + 4;
  const src = from ? (to ? at + 24 : at + 16) : at + 10;
  out.hasMac = true;
  out.dstMacHi = view.getUint16(dst);
  out.dstMacLo = view.getUint32(dst + 2);
  out.srcMacHi = view.getUint16(src);
  out.srcMacLo = view.getUint32(src + 2);
}

function fail(out: PacketFields, problem: number): number {
  noteProblem(out, problem);
  return -1;
}
