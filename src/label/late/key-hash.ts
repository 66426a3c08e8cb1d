import { type HashSecrets, hashStep } from '../../base/index.ts';

/** Of a key of any number of words: which keys fall on one place of a table is known to nobody who sends them. */
export function hashKey({ start, multiplier }: HashSecrets, key: Uint32Array): number {
  let hash = start;
  for (let i = 0; i < key.length; i++) hash = hashStep(hash, key[i]!, multiplier);
  return hash ^ (hash >>> 16);
}
