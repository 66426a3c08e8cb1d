import { ETHER_TYPE } from './ether-types.ts';
import { PACKET_PROBLEM } from './packet-codes.ts';
import { noteProblem, type PacketFields } from './packet-fields.ts';

/** Link types whose header belongs to the capturing system and never was on a wire. All of them are little-endian here, as their makers' machines are. */

/** What the netfilter log calls the packet itself. */
const NFLOG_PAYLOAD = 9;
const MAX_NFLOG_FIELDS = 32;

/**
 * LINKTYPE_NFLOG: address family, version and a resource id, then fields of length and type in 16 bits each, padded to four bytes. The offset
 * of the IP packet, or -1 with the problem noted.
 */
export function readNflog(view: DataView, at: number, end: number, out: PacketFields): number {
  let next = at + 4;
  for (let field = 0; field < MAX_NFLOG_FIELDS && next + 4 <= end; field++) {
    const length = view.getUint16(next, true);
    if (view.getUint16(next + 2, true) === NFLOG_PAYLOAD) {
      out.etherType = ETHER_TYPE.ipv4;
      return next + 4;
    }
    if (length < 4) return fail(out, PACKET_PROBLEM.not_ip);
    next += (length + 3) & ~3;
  }
  return fail(out, PACKET_PROBLEM.truncated);
}

/** Offset behind the header of PPI (version, flags, length, link type), or -1; the link type of what follows is at `at + 4`. */
export function skipPpi(view: DataView, at: number, end: number, out: PacketFields): number {
  if (at + 8 > end) return fail(out, PACKET_PROBLEM.truncated);
  return skip(at, view.getUint16(at + 2, true), end, out);
}

/** Offset behind the header of radiotap (version, padding, length, fields), or -1. */
export function skipRadiotap(view: DataView, at: number, end: number, out: PacketFields): number {
  if (at + 8 > end) return fail(out, PACKET_PROBLEM.truncated);
  return skip(at, view.getUint16(at + 2, true), end, out);
}

function skip(at: number, length: number, end: number, out: PacketFields): number {
  if (length < 8) return fail(out, PACKET_PROBLEM.bad_length);
  return at + length > end ? fail(out, PACKET_PROBLEM.truncated) : at + length;
}

function fail(out: PacketFields, problem: number): number {
  noteProblem(out, problem);
  return -1;
}
