import type { FlowBatch } from './batch.ts';
import { Dictionary, type DictionaryHandle } from './dictionary.ts';
import { columns } from './schema.ts';

/**
 * The dictionaries of one producing thread, one for each text column, made when they are first needed. A dictionary that is nearly full gives
 * way to a new one when a batch begins, so that one flood of names does not blind a column for ever.
 */
export class TextColumns {
  private readonly dictionaries = new Map<string, Dictionary>();
  /** Raised when codes of before are of no use any more: whoever keeps codes asks for them again. */
  generation = 0;
  private gone = 0;

  of(column: string): Dictionary {
    let dictionary = this.dictionaries.get(column);
    if (!dictionary) {
      dictionary = new Dictionary();
      this.dictionaries.set(column, dictionary);
    }
    return dictionary;
  }

  /** Values that found no room, ever. */
  get overflowed(): number {
    let n = this.gone;
    for (const d of this.dictionaries.values()) n += d.overflowed;
    return n;
  }

  /** Before the first row of a batch: its texts are those of these dictionaries. */
  begin(batch: FlowBatch): void {
    for (const [column, dictionary] of this.dictionaries) {
      if (!dictionary.full) continue;
      this.gone += dictionary.overflowed;
      this.dictionaries.delete(column);
      this.generation += 1;
    }
    const handles: Record<string, DictionaryHandle> = {};
    // All of them, also those without a text yet: the batch's handle is on its way before the first text comes.
    for (const name of batch.room) if (TEXTS.has(name)) handles[name] = this.of(name).handle;
    batch.dictionaries = handles;
  }
}

const TEXTS = new Set(columns.filter((c) => c.type === 'text').map((c) => c.name));
