import { worthOf } from '../../autonomous-systems.ts';

/** BGP path attributes (RFC 4271 section 4.3; RFC 6793 for AS4_PATH). */
const AS_PATH = 2;
const AS4_PATH = 17;
const EXTENDED_LENGTH = 0x10;
const AS_SET = 1;
const AS_SEQUENCE = 2;
const AS_CONFED_SEQUENCE = 3;
const AS_CONFED_SET = 4;
/** Stands for a number that does not fit into 16 bits (RFC 6793). */
const AS_TRANS = 23_456;

/** Why attributes tell no origin, as numbers that are no autonomous system. */
const NO_ORIGIN = { damaged: -1, noPath: -2, asSet: -3, asTrans: -4, reserved: -5 } as const;
export const NO_ORIGIN_CAUSES: Readonly<Record<number, string>> = {
  [NO_ORIGIN.damaged]: 'damaged attributes',
  [NO_ORIGIN.noPath]: 'empty AS_PATH',
  [NO_ORIGIN.asSet]: 'origin AS_SET',
  [NO_ORIGIN.asTrans]: 'origin AS_TRANS',
  [NO_ORIGIN.reserved]: 'origin reserved',
};

/**
 * The autonomous system that a route comes from: the last of its path, below 0 where there is none. One whose path ends in an AS_SET was put together of
 * routes of several, which of them is not known (RFC 9774); a number that is reserved is nobody's. `asBytes`: 2 in TABLE_DUMP, 4 in TABLE_DUMP_V2 (RFC 6396 section 4.3.4).
 */
export function pathOrigin(view: DataView, from: number, to: number, asBytes: 2 | 4): number {
  let origin: number = NO_ORIGIN.noPath;
  let origin4: number = NO_ORIGIN.noPath;
  let at = from;
  while (at < to) {
    if (at + 3 > to) return NO_ORIGIN.damaged;
    const extended = (view.getUint8(at) & EXTENDED_LENGTH) !== 0;
    const type = view.getUint8(at + 1);
    if (extended && at + 4 > to) return NO_ORIGIN.damaged;
    const length = extended ? view.getUint16(at + 2) : view.getUint8(at + 2);
    const body = at + (extended ? 4 : 3);
    at = body + length;
    if (at > to) return NO_ORIGIN.damaged;
    if (type === AS_PATH) origin = lastOfPath(view, body, at, asBytes);
    else if (type === AS4_PATH) origin4 = lastOfPath(view, body, at, 4);
  }
  if (origin === AS_TRANS) origin = origin4 > 0 && origin4 !== AS_TRANS ? origin4 : NO_ORIGIN.asTrans;
  return origin > 0 && worthOf(origin) === 0 ? NO_ORIGIN.reserved : origin;
}

function lastOfPath(view: DataView, from: number, to: number, asBytes: 2 | 4): number {
  let origin: number = NO_ORIGIN.noPath;
  let at = from;
  while (at < to) {
    if (at + 2 > to) return NO_ORIGIN.damaged;
    const type = view.getUint8(at);
    const count = view.getUint8(at + 1);
    const end = at + 2 + asBytes * count;
    if (end > to) return NO_ORIGIN.damaged;
    if (type === AS_SET) origin = NO_ORIGIN.asSet;
    else if (type === AS_SEQUENCE) {
      if (count > 0) origin = asBytes === 4 ? view.getUint32(end - 4) : view.getUint16(end - 2);
    } else if (type !== AS_CONFED_SEQUENCE && type !== AS_CONFED_SET) return NO_ORIGIN.damaged;
    at = end;
  }
  return origin === 0 ? NO_ORIGIN.noPath : origin;
}
