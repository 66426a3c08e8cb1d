import { type HashSecrets, hashStep } from '../base/index.ts';

export { type HashSecrets, hashSecrets, hashStep } from '../base/index.ts';

const MAPPED = 0xffff;

/** Of an address and a port, each in a step of its own: together in one, they would cancel each other out whatever the secrets are. */
export function hashEnd(secrets: HashSecrets, words: Uint32Array, port: number): number {
  const m = secrets.multiplier;
  let h = hashStep(secrets.start, words[3]!, m);
  if (words[2] !== MAPPED || words[1] !== 0 || words[0] !== 0) {
    h = hashStep(h, words[2]!, m);
    h = hashStep(h, words[1]!, m);
    h = hashStep(h, words[0]!, m);
  }
  return hashStep(h, port, m);
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
  let h = hashStep((a + b) | 0, Math.imul(a ^ b, secrets.finish) ^ kind, m);
  if ((tunnel | spi) !== 0) h = hashStep(hashStep(h, tunnel, m), spi, m);
  h = Math.imul(h ^ (h >>> 16), secrets.finish);
  return h ^ (h >>> 15);
}
