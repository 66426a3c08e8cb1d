/** Shorter names stand in other words by chance: they are looked for where they stand alone. */
const ALONE_BELOW = 3;
const LETTER_OR_DIGIT = /[\p{L}\p{N}]/u;

/** Whether `value` stands in `text`, in capitals or not; numbers and very short names only where no letter or digit is next to them. */
export function mentions(text: string, value: string): boolean {
  return placeOf(text.toLowerCase(), value.toLowerCase(), 0) >= 0;
}

/** The text with a pseudonym wherever the value stood. */
export function withPseudonym(text: string, value: string, pseudonym: string): string {
  const low = text.toLowerCase();
  const wanted = value.toLowerCase();
  // Other scripts may have capitals of another length: then the places differ, and nothing of the text is kept.
  if (low.length !== text.length || wanted.length !== value.length) return pseudonym;
  let out = '';
  let from = 0;
  for (;;) {
    const at = placeOf(low, wanted, from);
    if (at < 0) return out + text.slice(from);
    out += text.slice(from, at) + pseudonym;
    from = at + wanted.length;
  }
}

function placeOf(text: string, value: string, from: number): number {
  if (value === '') return -1;
  const alone = value.length < ALONE_BELOW || /^\d+$/.test(value);
  for (let at = text.indexOf(value, from); at >= 0; at = text.indexOf(value, at + 1)) {
    if (!alone || (!isWord(text[at - 1]) && !isWord(text[at + value.length]))) return at;
  }
  return -1;
}

function isWord(character: string | undefined): boolean {
  return character !== undefined && LETTER_OR_DIGIT.test(character);
}

/** systemd names its units and folders by the number of the user's account: user@1000.service, user-1000.slice, /run/user/1000. */
const ACCOUNT = /(user[-@/]|uid[-=:]?)\d+/gi;

/** The text without numbers of accounts. */
export function withoutAccounts(text: string): string {
  return text.replace(ACCOUNT, '$1x');
}
