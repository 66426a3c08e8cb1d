import { type LedgerEntry, mergeLedger } from '../truth/index.ts';

/** More entries than this are merged where no batch comes to carry them. */
const MANY = 10_000;

/**
 * What a receive thread has counted and no batch carries yet. Each change is shown to the store, so that an answer that is asked for now says it,
 * and says it once.
 */
export class HeldLedger {
  private list: LedgerEntry[] = [];
  private shown = false;
  private readonly post: (message: { type: 'held'; entries: LedgerEntry[] }) => void;

  constructor(post: (message: { type: 'held'; entries: LedgerEntry[] }) => void) {
    this.post = post;
  }

  get entries(): readonly LedgerEntry[] {
    return this.list;
  }

  /** Not shown before `show`: a batch may carry them at once. */
  add(entries: readonly LedgerEntry[]): void {
    for (const e of entries) this.list.push(e);
  }

  /** Lets all go: a batch or a journal file has them. */
  clear(): void {
    this.list = [];
    this.show();
  }

  show(): void {
    if (this.list.length === 0 && !this.shown) return;
    // Within a minute they are one for each stream.
    if (this.list.length > MANY) this.list = mergeLedger(this.list);
    this.shown = this.list.length > 0;
    this.post({ type: 'held', entries: mergeLedger(this.list) });
  }
}
