/** TCP flags by letter, as nfdump writes them: CWR is C, ECE is E (RFC 9293 section 3.1, RFC 3168). */
const LETTERS = [
  ['C', 0x80],
  ['E', 0x40],
  ['U', 0x20],
  ['A', 0x10],
  ['P', 0x08],
  ['R', 0x04],
  ['S', 0x02],
  ['F', 0x01],
] as const;

/** `SA` to 0x12; `X` is all of the six classic flags. Null when a letter is no flag. */
export function parseTcpFlags(text: string): number | null {
  let flags = 0;
  for (const letter of text.toUpperCase()) {
    if (letter === 'X') flags |= 0x3f;
    else {
      const known = LETTERS.find(([l]) => l === letter);
      if (!known) return null;
      flags |= known[1];
    }
  }
  return flags;
}

/** 0x12 to `...A..S.`: one place per flag, a dot where it is not set. */
export function formatTcpFlags(flags: number): string {
  return LETTERS.map(([letter, bit]) => (flags & bit ? letter : '.')).join('');
}
