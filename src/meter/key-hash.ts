import { randomBytes } from 'node:crypto';

const MAPPED = 0xffff;

/** The secrets of one meter: hashes of another one say nothing of its own. */
export interface HashSecrets {
  readonly start: number;
  /** Odd. */
  readonly multiplier: number;
  readonly finish: number;
}

/**
 * Drawn at random, or from `seed`. Keys come from whoever sends packets: with a known hash they could all be made to fall on one place. So the
 * multiplier is secret too, and what differs is spread before it is multiplied: no difference of two keys cancels out whatever the secrets are,
 * as it does in hashes that only start from a secret.
 */
export function hashSecrets(seed?: number): HashSecrets {
  if (seed !== undefined) return { start: seed | 0, multiplier: 0x85ebca6b, finish: 0xc2b2ae35 };
  const bytes = randomBytes(12);
  return { start: bytes.readInt32LE(0), multiplier: bytes.readInt32LE(4) | 1, finish: bytes.readInt32LE(8) | 1 };
}

/** Of an address and a port, each in a step of its own: together in one, they would cancel each other out whatever the secrets are. */
export function hashEnd(secrets: HashSecrets, words: Uint32Array, port: number): number {
  const m = secrets.multiplier;
  let h = step(secrets.start, words[3]!, m);
  if (words[2] !== MAPPED || words[1] !== 0 || words[0] !== 0) {
    h = step(h, words[2]!, m);
    h = step(h, words[1]!, m);
    h = step(h, words[0]!, m);
  }
  return step(h, port, m);
}

/** The same for both directions; an integer of 32 bits with its sign, as all hashes here: V8 keeps such numbers in fields without a box. */
export function hashPair(
  secrets: HashSecrets,
  a: number,
  b: number,
  kind: number,
  tunnel: number,
  spi: number,
): number {
  const m = secrets.multiplier;
  let h = step((a + b) | 0, Math.imul(a ^ b, secrets.finish) ^ kind, m);
  if ((tunnel | spi) !== 0) h = step(step(h, tunnel, m), spi, m);
  h = Math.imul(h ^ (h >>> 16), secrets.finish);
  return h ^ (h >>> 15);
}

/** One word more. */
export function step(hash: number, word: number, multiplier: number): number {
  let h = hash ^ word;
  h = Math.imul(h ^ (h >>> 16), multiplier);
  return h ^ (h >>> 15);
}
