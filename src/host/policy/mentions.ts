import { type AddressWords, formatAddress, isMappedIPv4 } from '../../flow/index.ts';

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

/** How an address may be written in a name: as text, with dashes (ip-10-0-0-1), and IPv6 in full. */
export function addressForms(words: AddressWords): readonly string[] {
  const text = formatAddress(words);
  if (isMappedIPv4(words)) return [text, text.replaceAll('.', '-'), text.replaceAll('.', '_')];
  const groups = words.flatMap((w) => [w >>> 16, w & 0xffff]);
  const full = groups.map((g) => g.toString(16).padStart(4, '0'));
  const forms = [text, full.join(':'), full.join(''), full.join('-'), groups.map((g) => g.toString(16)).join(':')];
  return [...forms, text.replaceAll(':', '-')];
}

/** Dotted, dashed or underlined IPv4; colons, two dashes with hexadecimal digits between them, or 32 digits, for IPv6. */
const LIKE_ADDRESS = /\d[._-]\d{1,3}[._-]\d{1,3}[._-]\d|:|-[0-9a-f]*-|[0-9a-f]{32}/i;

/** False for most names: they need not be searched for forms of an address. */
export function mayHoldAddress(text: string): boolean {
  return LIKE_ADDRESS.test(text);
}
