/**
 * MurmurHash3 x86 32-bit (A. Appleby, https://github.com/aappleby/smhasher, public domain) of 16 bytes given as four 32-bit words. Sketches at rest are made
 * of it: it must never change.
 */
export function murmur3(w0: number, w1: number, w2: number, w3: number, seed: number): number {
  let h = step(step(step(step(seed, w0), w1), w2), w3) ^ 16;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

function step(hash: number, word: number): number {
  let k = Math.imul(word, 0xcc9e2d51);
  k = Math.imul((k << 15) | (k >>> 17), 0x1b873593);
  const h = hash ^ k;
  return (Math.imul((h << 13) | (h >>> 19), 5) + 0xe6546b64) | 0;
}
