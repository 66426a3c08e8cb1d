import type { OriginVotes } from './origin-votes.ts';
import { NO_ORIGIN_CAUSES, pathOrigin } from './path-origin.ts';

/** Subtypes of TABLE_DUMP_V2 (RFC 6396 section 4.3, RFC 8050 section 4). */
const RIB_IPV4_UNICAST = 2;
const RIB_IPV6_UNICAST = 4;
const RIB_IPV4_UNICAST_ADDPATH = 8;
const RIB_IPV6_UNICAST_ADDPATH = 10;
const PEER_INDEX_TABLE = 1;
const OTHER: Readonly<Record<number, string>> = {
  3: 'RIB_IPV4_MULTICAST',
  5: 'RIB_IPV6_MULTICAST',
  6: 'RIB_GENERIC',
  7: 'GEO_PEER_TABLE',
  9: 'RIB_IPV4_MULTICAST_ADDPATH',
  11: 'RIB_IPV6_MULTICAST_ADDPATH',
  12: 'RIB_GENERIC_ADDPATH',
};

/** One prefix with what each neighbour tells of it. Returns why the record, or part of it, says nothing; null where it does. */
export function readRibRecord(subtype: number, view: DataView, votes: OriginVotes): string | null {
  if (subtype === PEER_INDEX_TABLE) return null;
  const ipv4 = subtype === RIB_IPV4_UNICAST || subtype === RIB_IPV4_UNICAST_ADDPATH;
  const ipv6 = subtype === RIB_IPV6_UNICAST || subtype === RIB_IPV6_UNICAST_ADDPATH;
  if (!ipv4 && !ipv6) return OTHER[subtype] ?? `TABLE_DUMP_V2 subtype ${subtype}`;
  const length = view.byteLength;
  if (length < 5) return 'damaged record';
  const bits = view.getUint8(4);
  let at = 5 + ((bits + 7) >>> 3);
  if (bits > (ipv4 ? 32 : 128) || at + 2 > length) return 'damaged record';
  const word = (w: number) => prefixWord(view, 5, bits, w);
  votes.of(ipv4, bits, word(0), word(1), word(2), word(3));
  // Neighbour, time and, with several paths, the path's number; then the attributes.
  const head = subtype >= RIB_IPV4_UNICAST_ADDPATH ? 10 : 6;
  let cause: string | null = null;
  const entries = view.getUint16(at);
  at += 2;
  for (let n = 0; n < entries; n++) {
    if (at + head + 2 > length) return 'damaged record';
    const attributes = at + head + 2;
    at = attributes + view.getUint16(at + head);
    if (at > length) return 'damaged record';
    const origin = pathOrigin(view, attributes, at, 4);
    if (origin > 0) votes.vote(origin);
    else cause = NO_ORIGIN_CAUSES[origin]!;
  }
  return cause;
}

/** Word `w` of a prefix of which only the bytes that it needs stand there; bits behind it are cleared. */
function prefixWord(view: DataView, from: number, bits: number, w: number): number {
  let word = 0;
  for (let b = 0; b < 4; b++) {
    const at = 4 * w + b;
    word = (word << 8) | (8 * at < bits ? view.getUint8(from + at) : 0);
  }
  const kept = bits - 32 * w;
  return kept <= 0 ? 0 : (kept >= 32 ? word : word & (0xffff_ffff << (32 - kept))) >>> 0;
}
