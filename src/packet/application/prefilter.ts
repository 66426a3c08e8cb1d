import type { Form } from './forms.ts';

/** Forms are bits of three words; the fourth of each row is not used, so that rows are found by shifts. */
const WORDS = 3;
const ROW_SHIFT = 2;
const MOST_FORMS = 32 * WORDS;
/** Longer payloads are alike to all forms. */
const MOST_LENGTH = 127;
/** In place of a value: the payload ends before. */
const ABSENT = 256;
const VALUES = 257;

/**
 * Which of some forms a payload may be of: for each place that one of them names, and each value there, a row of bits, of which those of the forms are set that allow it. A
 * few of these rows, put together by AND, leave next to none of the forms for bytes that are of nobody, as the prefilters of intrusion detection do.
 */
export class Prefilter {
  /** What `look` has left: bits of forms in their order. */
  first = 0;
  second = 0;
  third = 0;
  private readonly places: readonly number[];
  private readonly ofLength: Int32Array;
  private readonly rows: Int32Array;

  constructor(forms: readonly Form[]) {
    if (forms.length > MOST_FORMS) throw new RangeError(`${forms.length} forms, and room for ${MOST_FORMS}`);
    this.places = placesOf(forms);
    this.ofLength = new Int32Array((MOST_LENGTH + 1) << ROW_SHIFT);
    this.rows = new Int32Array((this.places.length * VALUES) << ROW_SHIFT);
    for (const [bit, form] of forms.entries()) this.enter(form, bit);
  }

  /** False: the payload of `length` bytes at `at` is of no form. */
  look(data: DataView, at: number, length: number): boolean {
    const { places, ofLength, rows } = this;
    let row = Math.min(length, MOST_LENGTH) << ROW_SHIFT;
    let first = ofLength[row]!;
    let second = ofLength[row + 1]!;
    let third = ofLength[row + 2]!;
    for (let i = 0; i < places.length; i++) {
      const place = places[i]!;
      row = (i * VALUES + (place < length ? data.getUint8(at + place) : ABSENT)) << ROW_SHIFT;
      first &= rows[row]!;
      second &= rows[row + 1]!;
      third &= rows[row + 2]!;
      if ((first | second | third) === 0) return false;
    }
    this.first = first;
    this.second = second;
    this.third = third;
    return true;
  }

  private enter({ shortest = 1, at = {} }: Form, bit: number): void {
    for (let length = Math.min(shortest, MOST_LENGTH); length <= MOST_LENGTH; length++) set(this.ofLength, length, bit);
    for (const [i, place] of this.places.entries())
      for (const value of at[place] ?? Array(VALUES).keys()) set(this.rows, i * VALUES + value, bit);
  }
}

function set(rows: Int32Array, row: number, bit: number): void {
  rows[(row << ROW_SHIFT) + (bit >>> 5)]! |= 1 << (bit & 31);
}

/** Those that most forms name come first: they leave the least. */
function placesOf(forms: readonly Form[]): number[] {
  const named = forms.flatMap(({ at = {} }) => Object.keys(at).map(Number));
  const count = (place: number) => named.filter((other) => other === place).length;
  return [...new Set(named)].sort((a, b) => count(b) - count(a) || a - b);
}
