const MAPPED = 0xffff;

/** Multicast (224.0.0.0/4, ff00::/8) or the broadcast address 255.255.255.255; `at` is the first of its four words. */
export function isGroup(words: Uint32Array, at: number): boolean {
  if (words[at] === 0 && words[at + 1] === 0 && words[at + 2] === MAPPED) {
    const address = words[at + 3]!;
    return address >>> 28 === 14 || address === 0xffff_ffff;
  }
  return words[at]! >>> 24 === 0xff;
}
