/**
 * Text values as codes, for one producing thread. Code 0 is the empty string, which means "not known". Bounded: beyond
 * `limit` distinct values a new one gets the code of `OVERFLOW_TEXT` and is counted, so that a flood of names costs neither
 * memory nor truth.
 */
export const OVERFLOW_TEXT = '(too many values)';

export class Dictionary {
  private readonly codes = new Map<string, number>([['', 0]]);
  private readonly texts: string[] = [''];
  private readonly limit: number;
  /** Values that got the overflow code. */
  overflowed = 0;

  constructor(limit = 65_536) {
    this.limit = limit;
  }

  /** The code of `text`, which is entered when it is new. */
  code(text: string): number {
    const known = this.codes.get(text);
    if (known !== undefined) return known;
    if (this.texts.length >= this.limit) {
      this.overflowed += 1;
      if (text !== OVERFLOW_TEXT && this.texts.length === this.limit) this.enter(OVERFLOW_TEXT);
      return this.codes.get(OVERFLOW_TEXT)!;
    }
    return this.enter(text);
  }

  text(code: number): string {
    return this.texts[code] ?? '';
  }
  get size(): number {
    return this.texts.length;
  }
  /** The texts from code `from` on: what another thread has not seen yet. */
  since(from: number): readonly string[] {
    return this.texts.slice(from);
  }

  private enter(text: string): number {
    const code = this.texts.length;
    this.texts.push(text);
    this.codes.set(text, code);
    return code;
  }
}
