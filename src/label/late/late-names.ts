import type { FlowBatch } from '../../flow/index.ts';
import { MOST_NAMES } from './fact-table.ts';

/** No name: what is known of a flow does not fit together. */
export const DOUBT = MOST_NAMES - 1;

/** What a dictionary's codes mean here: the texts of one column of one producing thread, which only grow. */
interface Known {
  readonly codes: Map<string, number>;
  /** How many of the texts are in `codes`. */
  upTo: number;
}

/**
 * Names across the dictionaries of all producing threads: each has one number here, by which facts carry it. Numbers depend on the order of arrival, so that
 * nothing may be decided by them.
 */
export class LateNames {
  private readonly numbers = new Map<string, number>([['', 0]]);
  private readonly names: string[] = [''];
  private readonly known = new WeakMap<readonly string[], Known>();
  /** Times that a name found no number. */
  refused = 0;

  /** Enters names that this node has itself: words that exporters make up later take no number from them. */
  enter(names: Iterable<string>): void {
    for (const name of names) this.number(name);
  }

  /** 0 for none, and for those beyond the bound. */
  number(name: string): number {
    const known = this.numbers.get(name);
    if (known !== undefined) return known;
    if (this.names.length >= DOUBT) {
      this.refused += 1;
      return 0;
    }
    this.numbers.set(name, this.names.length);
    return this.names.push(name) - 1;
  }

  name(number: number): string {
    return this.names[number] ?? '';
  }

  /** The code of a text in the dictionary that the batch has for a column; undefined where its thread does not know the text. */
  codeIn(batch: FlowBatch, column: string, text: string): number | undefined {
    if (text === '') return 0;
    const texts = batch.textsOf(column);
    let known = this.known.get(texts);
    if (!known) {
      known = { codes: new Map(), upTo: 0 };
      this.known.set(texts, known);
    }
    for (; known.upTo < texts.length; known.upTo++) known.codes.set(texts[known.upTo]!, known.upTo);
    return known.codes.get(text);
  }
}
