import type { LedgerEntry } from '../truth/index.ts';

/** Lists of entries that were read, up to a number of entries in all: the least recently used go first. */
export class LedgerCache {
  private readonly lists = new Map<string, readonly LedgerEntry[]>();
  private readonly limit: number;
  private held = 0;

  constructor(limit: number) {
    this.limit = limit;
  }

  get entries(): number {
    return this.held;
  }

  has(key: string): boolean {
    return this.lists.has(key);
  }

  get(key: string, read: () => readonly LedgerEntry[]): readonly LedgerEntry[] {
    const list = this.lists.get(key) ?? read();
    this.delete(key);
    this.lists.set(key, list);
    this.held += list.length;
    for (const oldest of this.lists.keys()) {
      if (this.held <= this.limit || oldest === key) break;
      this.delete(oldest);
    }
    return list;
  }

  delete(key: string): void {
    this.held -= this.lists.get(key)?.length ?? 0;
    this.lists.delete(key);
  }
}
