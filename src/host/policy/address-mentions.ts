import { type AddressWords, formatAddress, isMappedIPv4 } from '../../flow/index.ts';

/** Which of these an address is written with differs from name to name. */
const SEPARATORS = /[:_-]/g;
/** Shorter decimal numbers stand in names for much else. */
const LEAST_DECIMALS = 8;

/** How an address may be written in a name, in small letters and with a full stop for each separator. */
export interface AddressForms {
  readonly anywhere: readonly string[];
  /** The address as one decimal number: only where no digit is next to it. */
  readonly number: RegExp | null;
}

/** As text, as names of DNS have it (reversed, with dashes, zero-filled, in hexadecimal digits, without separators), and IPv6 in full and by its nibbles. */
export function addressForms(words: AddressWords): AddressForms {
  return isMappedIPv4(words) ? formsOfIPv4(words[3]) : formsOfIPv6(words);
}

/** Whether an address with these forms stands in `text`. */
export function mentionsAddress(text: string, { anywhere, number }: AddressForms): boolean {
  const written = text.toLowerCase().replace(SEPARATORS, '.');
  return anywhere.some((form) => written.includes(form)) || number?.test(written) === true;
}

function formsOfIPv4(word: number): AddressForms {
  const octets = [24, 16, 8, 0].map((shift) => (word >>> shift) & 0xff);
  const anywhere = [octets, octets.toReversed()].flatMap((order) => {
    const filled = order.map((octet) => String(octet).padStart(3, '0'));
    const hex = order.map((octet) => octet.toString(16));
    const filledHex = hex.map((digits) => digits.padStart(2, '0'));
    const dotted = [order, filled, hex, filledHex].map((form) => form.join('.'));
    return [...dotted, filled.join(''), filledHex.join('')];
  });
  const decimals = String(word >>> 0);
  return { anywhere, number: decimals.length < LEAST_DECIMALS ? null : new RegExp(`(?<!\\d)${decimals}(?!\\d)`) };
}

function formsOfIPv6(words: AddressWords): AddressForms {
  const groups = words.flatMap((word) => [word >>> 16, word & 0xffff]).map((group) => group.toString(16));
  const full = groups.map((group) => group.padStart(4, '0'));
  const nibbles = [...full.join('')];
  const reversed = nibbles.toReversed();
  const dotted = [groups, full, nibbles, reversed].map((form) => form.join('.'));
  const text = formatAddress(words).replace(SEPARATORS, '.');
  return { anywhere: [text, ...dotted, nibbles.join(''), reversed.join('')], number: null };
}

/** Something between two separators, or eight digits in a row: decimal ones, or hexadecimal ones. */
const LIKE_ADDRESS = /[.:_-][0-9a-f]*[.:_-]|[0-9a-f]{8}/i;

/** False for most names: they need not be searched for forms of an address. */
export function mayHoldAddress(text: string): boolean {
  return LIKE_ADDRESS.test(text);
}
