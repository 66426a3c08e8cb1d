import type { FlowBatch } from './batch.ts';
import { Dictionary, type DictionaryHandle } from './dictionary.ts';
import { columns } from './schema.ts';

const RENEW_MS = 60_000;

/**
 * The dictionaries of one producing thread, one for each text column, made when they are first needed. A dictionary that is nearly full gives
 * way to a new one when a batch begins, so that one flood of names does not blind a column for ever; where flows are received, not more often
 * than once a minute: all batches in memory keep theirs.
 */
export class TextColumns {
  private readonly dictionaries = new Map<string, Dictionary>();
  /** Raised when codes of before are of no use any more: whoever keeps codes asks for them again. */
  generation = 0;
  private gone = 0;
  private readonly renewedMs = new Map<string, number>();

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

  /**
   * Before the first row of a batch: its texts are those of these dictionaries. With the time of receipt the memory that they take is bounded; without
   * it (a file is read, which waits for the store) every value has its code.
   */
  begin(batch: FlowBatch, nowMs?: number): void {
    for (const [column, dictionary] of this.dictionaries) {
      if (!dictionary.full || !this.mayRenew(column, nowMs)) continue;
      this.gone += dictionary.overflowed;
      this.dictionaries.delete(column);
      this.generation += 1;
    }
    const handles: Record<string, DictionaryHandle> = {};
    // All of them, also those without a text yet: the batch's handle is on its way before the first text comes.
    for (const name of batch.room) if (TEXTS.has(name)) handles[name] = this.of(name).handle;
    batch.dictionaries = handles;
  }

  private mayRenew(column: string, nowMs: number | undefined): boolean {
    if (nowMs === undefined) return true;
    const before = this.renewedMs.get(column);
    if (before !== undefined && Math.abs(nowMs - before) < RENEW_MS) return false;
    this.renewedMs.set(column, nowMs);
    return true;
  }
}

const TEXTS = new Set(columns.filter((c) => c.type === 'text').map((c) => c.name));
