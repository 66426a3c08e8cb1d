/**
 * What payloads of a recogniser look like, so far that bytes can be looked up in tables: where the values of some places are known, and how many bytes there are at
 * least. A payload that lacks one of the places is not of the form.
 */
export interface Form {
  readonly shortest?: number;
  /** By place, the first is 0: the values that may stand there. */
  readonly at?: Readonly<Record<number, readonly number[]>>;
}

/** More places of a text tell little that the first ones do not. */
const MOST_TEXT_PLACES = 5;

/** All values from `least` to `most`. */
export function range(least: number, most: number): number[] {
  return Array.from({ length: most - least + 1 }, (_, i) => least + i);
}

/** Values of a byte for which it holds. */
export function bytesWhere(holds: (byte: number) => boolean): number[] {
  return range(0, 255).filter(holds);
}

/** Codes of characters. */
export function codesOf(characters: string): number[] {
  return [...characters].map((character) => character.charCodeAt(0));
}

/** Texts that a payload begins with: exactly one of these. The places are looked at one by one, so that a mixture of them is of the form too. */
export function beginsExactly(...texts: readonly (string | Uint8Array)[]): Form {
  return beginning(texts, (byte) => [byte]);
}

/** The same in small and large letters; the texts are in small ones. */
export function beginsInAnyCase(...texts: readonly (string | Uint8Array)[]): Form {
  return beginning(texts, (byte) => (byte >= 0x61 && byte <= 0x7a ? [byte, byte & 0xdf] : [byte]));
}

/** The values of places that follow each other from `from` on. */
export function bytesFrom(from: number, ...values: readonly number[]): Readonly<Record<number, readonly number[]>> {
  return Object.fromEntries(values.map((value, i) => [from + i, [value]]));
}

function beginning(texts: readonly (string | Uint8Array)[], valuesOf: (byte: number) => number[]): Form {
  const all = texts.map((text) => (typeof text === 'string' ? Uint8Array.from(codesOf(text)) : text));
  const shortest = Math.min(...all.map(({ length }) => length));
  const places = range(0, Math.min(shortest, MOST_TEXT_PLACES) - 1);
  const at = places.map((place) => [place, [...new Set(all.flatMap((text) => valuesOf(text[place]!)))]] as const);
  return { shortest, at: Object.fromEntries(at) };
}
