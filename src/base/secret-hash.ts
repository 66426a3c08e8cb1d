import { randomBytes } from 'node:crypto';

/** The secrets of one table, or of one meter: hashes of another one say nothing of its own. */
export interface HashSecrets {
  readonly start: number;
  /** Odd. */
  readonly multiplier: number;
  readonly finish: number;
}

/**
 * Drawn at random, or from `seed`. Keys come from whoever sends: with a known hash they could all be made to fall on one place. So the
 * multiplier is secret too, and what differs is spread before it is multiplied: no difference of two keys cancels out whatever the secrets are,
 * as it does in hashes that only start from a secret.
 */
export function hashSecrets(seed?: number): HashSecrets {
  if (seed !== undefined) return { start: seed | 0, multiplier: 0x85ebca6b, finish: 0xc2b2ae35 };
  const bytes = randomBytes(12);
  return { start: bytes.readInt32LE(0), multiplier: bytes.readInt32LE(4) | 1, finish: bytes.readInt32LE(8) | 1 };
}

/** One word more. */
export function hashStep(hash: number, word: number, multiplier: number): number {
  let h = hash ^ word;
  h = Math.imul(h ^ (h >>> 16), multiplier);
  return h ^ (h >>> 15);
}
