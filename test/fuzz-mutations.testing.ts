import type { Random } from './fuzz-random.testing.ts';

const SHORTS = [
  0, 1, 2, 3, 4, 5, 7, 8, 9, 10, 15, 16, 20, 24, 254, 255, 256, 257, 1_024, 1_025, 32_768, 33_024, 65_531, 65_535,
];
const WORDS = [0, 1, 2, 3, 4, 5, 255, 256, 0x7fff_ffff, 0x8000_0000, 0xffff_fff0, 0xffff_ffff];
const MOST_BYTES = 65_507;

type Mutation = (random: Random, bytes: Uint8Array, other: Uint8Array) => Uint8Array;

/** One of them may make a datagram empty; the others leave empty ones as they are. */
const MUTATIONS: readonly Mutation[] = [
  function flip(random, bytes) {
    const bit = random.below(bytes.length * 8);
    bytes[bit >> 3]! ^= 1 << (bit & 7);
    return bytes;
  },
  function byte(random, bytes) {
    bytes[random.below(bytes.length)] = random.u32();
    return bytes;
  },
  function short(random, bytes) {
    return put(bytes, random.below(bytes.length), random.of(SHORTS), 2);
  },
  function word(random, bytes) {
    return put(bytes, 4 * random.below(bytes.length / 4), random.of(WORDS), 4);
  },
  function near(random, bytes) {
    const at = 2 * random.below(bytes.length / 2);
    const value = bytes[at]! * 256 + (bytes[at + 1] ?? 0);
    return put(bytes, at, value + random.below(9) - 4, 2);
  },
  function cut(random, bytes) {
    return bytes.subarray(0, random.below(bytes.length + 1));
  },
  function leaveOut(random, bytes) {
    const at = random.below(bytes.length);
    return joined(bytes.subarray(0, at), bytes.subarray(at + 1 + random.below(24)));
  },
  function twice(random, bytes) {
    const at = random.below(bytes.length);
    const end = at + random.below(bytes.length - at);
    return joined(bytes.subarray(0, end), bytes.subarray(at));
  },
  function splice(random, bytes, other) {
    const at = random.below(bytes.length);
    const from = random.below(other.length + 1);
    return joined(bytes.subarray(0, at), other.subarray(from, from + random.below(200)), bytes.subarray(at));
  },
  function cross(random, bytes, other) {
    return joined(bytes.subarray(0, random.below(bytes.length + 1)), other.subarray(random.below(other.length + 1)));
  },
  function longer(random, bytes) {
    return joined(bytes, Uint8Array.from(random.bytes(1 + random.below(64))));
  },
  setNumber,
  setLength,
  setsTurned,
];

/** The sets of a NetFlow v9 or IPFIX message, by where they begin. */
function setsOf(bytes: Uint8Array): number[] {
  const version = bytes.length > 16 ? bytes[0]! * 256 + bytes[1]! : 0;
  const found: number[] = [];
  if (version !== 9 && version !== 10) return found;
  for (let at = version === 9 ? 20 : 16; at + 4 <= bytes.length; ) {
    found.push(at);
    at += Math.max(4, bytes[at + 2]! * 256 + bytes[at + 3]!);
  }
  return found;
}

function setNumber(random: Random, bytes: Uint8Array): Uint8Array {
  const sets = setsOf(bytes);
  const id = random.chance(0.5) ? random.below(6) : 254 + random.below(60);
  return sets.length === 0 ? bytes : put(bytes, random.of(sets), id, 2);
}

function setLength(random: Random, bytes: Uint8Array): Uint8Array {
  const sets = setsOf(bytes);
  return sets.length === 0 ? bytes : put(bytes, random.of(sets) + 2, random.of(SHORTS), 2);
}

/** Sets in another order, some of them twice or not at all. */
function setsTurned(random: Random, bytes: Uint8Array): Uint8Array {
  const sets = setsOf(bytes);
  if (sets.length === 0) return bytes;
  const parts = sets.map((at, i) => bytes.subarray(at, sets[i + 1] ?? bytes.length));
  const chosen = Array.from({ length: 1 + random.below(2 * parts.length) }, () => random.of(parts));
  return joined(bytes.subarray(0, sets[0]!), ...chosen);
}

function put(bytes: Uint8Array, at: number, value: number, width: number): Uint8Array {
  for (let i = 0; i < width; i++) if (at + i < bytes.length) bytes[at + i] = value >>> (8 * (width - 1 - i));
  return bytes;
}

function joined(...parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(Buffer.concat(parts)).subarray(0, MOST_BYTES);
}

/** IPFIX says how long it is: half of what is made goes past that check. */
function withLength(bytes: Uint8Array): Uint8Array {
  return bytes.length >= 4 && bytes[0] === 0 && bytes[1] === 10 ? put(bytes, 2, bytes.length, 2) : bytes;
}

/** A copy with up to four changes of any kind. */
export function mutated(random: Random, original: Uint8Array, other: Uint8Array): Uint8Array {
  let bytes: Uint8Array = Uint8Array.from(original);
  for (let n = 1 + random.below(4); n > 0 && bytes.length > 0; n--)
    bytes = random.of(MUTATIONS)(random, Uint8Array.from(bytes), other);
  return random.chance(0.5) ? withLength(Uint8Array.from(bytes)) : bytes;
}
