/**
 * How far the payload of a flow was looked at without anything being kept of it, in the word of its record that names an inspection otherwise: of each side how many
 * payloads recognisers were given, and whether its others are passed over; and how many packets with payload there were. A record has both sides, or its own.
 */
/** No position is as large, and V8 keeps it without a box. */
const MARK = 0x4000_0000;
const TURNS = 15;
const SIDE_BITS = 4;
const DONE_SHIFT = 8;
const PACKETS_SHIFT = 12;
const PACKETS = 31;

/** Whether the word names no inspection. */
export function isBare(word: number): boolean {
  return word === 0 || word >= MARK;
}

export function turnsIn(word: number, side: number): number {
  return (word >>> (SIDE_BITS * side)) & TURNS;
}

export function isDoneIn(word: number, side: number): boolean {
  return ((word >>> (DONE_SHIFT + side)) & 1) !== 0;
}

export function packetsIn(word: number): number {
  return (word >>> PACKETS_SHIFT) & PACKETS;
}

/** One packet with payload more, of `PACKETS` at most. */
export function withPacket(word: number): number {
  return (packetsIn(word) < PACKETS ? word + (1 << PACKETS_SHIFT) : word) | MARK;
}

/** One payload more that recognisers were given, of `TURNS` at most. */
export function withTurn(word: number, side: number): number {
  return turnsIn(word, side) < TURNS ? word + (1 << (SIDE_BITS * side)) : word;
}

export function withDone(word: number, side: number): number {
  return word | (1 << (DONE_SHIFT + side));
}
