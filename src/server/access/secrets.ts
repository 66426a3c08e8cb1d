import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

/** So many random bits as text that may stand in a URL, a header and a cookie. */
export function newSecret(bits: 128 | 256): string {
  return randomBytes(bits / 8).toString('base64url');
}

/** Secrets of Weir's own making are kept as this: they are random, and need no salt and no slow hash. */
export function hashOf(secret: string): string {
  return createHash('sha256').update(secret).digest('hex');
}

/** Equal hashes of equal length take the same time to compare wherever they differ, and hide the length of the secret. */
export function sameSecret(a: string, b: string): boolean {
  const hash = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(hash(a), hash(b));
}
