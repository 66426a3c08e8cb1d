import type { OriginVotes } from './origin-votes.ts';
import { NO_ORIGIN_CAUSES, pathOrigin } from './path-origin.ts';

/** Subtypes of TABLE_DUMP, which are families of addresses. */
const AFI_IPV4 = 1;
const AFI_IPV6 = 2;

/** A route as one neighbour tells it, in the older form (RFC 6396 section 4.2). Returns why it says nothing; null where it does. */
export function readTableDump(subtype: number, view: DataView, votes: OriginVotes): string | null {
  const ipv4 = subtype === AFI_IPV4;
  if (!ipv4 && subtype !== AFI_IPV6) return `TABLE_DUMP subtype ${subtype}`;
  const addressBytes = ipv4 ? 4 : 16;
  // View and sequence; prefix, its length, status, time; neighbour's address and autonomous system; length of the attributes.
  const bitsAt = 4 + addressBytes;
  const attributes = bitsAt + 1 + 1 + 4 + addressBytes + 2 + 2;
  if (view.byteLength < attributes) return 'damaged record';
  const bits = view.getUint8(bitsAt);
  const end = attributes + view.getUint16(attributes - 2);
  if (bits > 8 * addressBytes || end > view.byteLength) return 'damaged record';
  const word = (w: number) => (w > 0 && ipv4 ? 0 : kept(view.getUint32(4 + 4 * w), bits - 32 * w));
  votes.of(ipv4, bits, word(0), word(1), word(2), word(3));
  const origin = pathOrigin(view, attributes, end, 2);
  if (origin <= 0) return NO_ORIGIN_CAUSES[origin]!;
  votes.vote(origin);
  return null;
}

function kept(word: number, bits: number): number {
  return bits <= 0 ? 0 : (bits >= 32 ? word : word & (0xffff_ffff << (32 - bits))) >>> 0;
}
