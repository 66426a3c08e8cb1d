import type { FlowBatch } from '../../flow/index.ts';

/** Texts of one delta, at most. */
export const MOST_TEXTS = 262_144;

/**
 * The texts of a delta by codes of its own: batches come from several producers, each with dictionaries that give way to new ones. A code of a dictionary is looked up once.
 */
export class TextCodes {
  texts: string[] = [''];
  private codes = new Map<string, number>([['', 0]]);
  /** By the list of a dictionary's texts: code there -> code here + 1, 0 where it was not asked for yet. */
  private known = new Map<readonly string[], Uint32Array>();

  /** Codes are below this. */
  get count(): number {
    return this.texts.length;
  }

  clear(): void {
    this.texts = [''];
    this.codes = new Map([['', 0]]);
    this.known = new Map();
  }

  /** Writes the codes of rows [from, from + count) of a text column to `out`. */
  read(batch: FlowBatch, column: string, from: number, count: number, out: Uint32Array): void {
    const codes = batch.array(column);
    if (!codes) {
      out.fill(0, 0, count);
      return;
    }
    const texts = batch.textsOf(column);
    let known = this.known.get(texts);
    if (!known || known.length < texts.length) {
      const longer = new Uint32Array(2 * texts.length);
      if (known) longer.set(known);
      known = longer;
      this.known.set(texts, known);
    }
    for (let i = 0; i < count; i++) {
      const code = codes[from + i]!;
      const mine = code < known.length ? known[code]! : 0;
      out[i] = mine !== 0 ? mine - 1 : this.learn(known, texts, code);
    }
  }

  private learn(known: Uint32Array, texts: readonly string[], code: number): number {
    const text = texts[code];
    if (text === undefined) return 0;
    let mine = this.codes.get(text);
    if (mine === undefined) {
      mine = this.texts.length;
      this.texts.push(text);
      this.codes.set(text, mine);
    }
    known[code] = mine + 1;
    return mine;
  }
}
