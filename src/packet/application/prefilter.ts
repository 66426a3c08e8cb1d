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
    for (const [i, place] of this.places.entries()) this.enterPlace(forms, place, i * VALUES);
    for (const [bit, { shortest = 1 }] of forms.entries())
      for (let length = Math.min(shortest, MOST_LENGTH); length <= MOST_LENGTH; length++)
        set(this.ofLength, length, bit);
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

  /** The rows of a place, from row `from` on: forms that do not name it allow all values, and that the payload ends before. */
  private enterPlace(forms: readonly Form[], place: number, from: number): void {
    const { rows } = this;
    for (const [bit, { at }] of forms.entries()) if (!at?.[place]) set(rows, from, bit);
    for (let row = from + 1; row < from + VALUES; row++)
      rows.copyWithin(row << ROW_SHIFT, from << ROW_SHIFT, (from << ROW_SHIFT) + WORDS);
    for (const [bit, { at }] of forms.entries()) for (const value of at?.[place] ?? []) set(rows, from + value, bit);
  }
}

function set(rows: Int32Array, row: number, bit: number): void {
  rows[(row << ROW_SHIFT) + (bit >>> 5)]! |= 1 << (bit & 31);
}

/** Those that most forms name come first: they leave the least. */
function placesOf(forms: readonly Form[]): number[] {
  const counts = new Map<number, number>();
  for (const { at = {} } of forms)
    for (const place of Object.keys(at).map(Number)) counts.set(place, (counts.get(place) ?? 0) + 1);
  return [...counts].sort(([a, ofA], [b, ofB]) => ofB - ofA || a - b).map(([place]) => place);
}
