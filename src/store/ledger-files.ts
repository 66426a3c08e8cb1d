import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { type LedgerEntry, mergeLedger } from '../truth/index.ts';
import { fsyncDirectory } from './files.ts';
import { HOUR_MS, hourFolder, type Layout } from './layout.ts';
import type { TimeRange } from './reader.ts';

const CACHED_HOURS = 256;

/**
 * The ledger at rest: one file for each hour of receipt, one JSON line for each commit. A file counts up to the length that
 * the manifest names: what a crash left behind it is cut off, so the ledger and the segments agree always.
 */
export class LedgerFiles {
  private readonly layout: Layout;
  private lengths: Readonly<Record<string, number>>;
  /** Merged entries of hours that were read, most recently used last. */
  private readonly cache = new Map<string, readonly LedgerEntry[]>();

  constructor(layout: Layout, lengths: Readonly<Record<string, number>>) {
    this.layout = layout;
    this.lengths = lengths;
    for (const [file, length] of Object.entries(lengths)) {
      const path = join(layout.ledger, file);
      if (existsSync(path)) truncateSync(path, length);
    }
  }

  /** Appends entries to their hours' files and syncs them; the new lengths count once the manifest has them (`commit`). */
  append(entries: readonly LedgerEntry[]): Readonly<Record<string, number>> {
    const byFile = new Map<string, LedgerEntry[]>();
    for (const entry of entries) {
      const file = `${hourFolder(entry.minute)}.jsonl`;
      const list = byFile.get(file);
      if (list) list.push(entry);
      else byFile.set(file, [entry]);
    }
    const lengths: Record<string, number> = { ...this.lengths };
    for (const [file, list] of byFile) {
      const path = join(this.layout.ledger, file);
      const fresh = !existsSync(path);
      mkdirSync(dirname(path), { recursive: true, mode: 0o750 });
      const line = Buffer.from(`${JSON.stringify(mergeLedger(list))}\n`);
      const at = lengths[file] ?? 0;
      const fd = openSync(path, fresh ? 'w' : 'r+', 0o640);
      try {
        for (let done = 0; done < line.length; ) done += writeSync(fd, line, done, line.length - done, at + done);
        fsyncSync(fd);
      } finally {
        closeSync(fd);
      }
      if (fresh) for (const folder of [dirname(path), this.layout.ledger]) fsyncDirectory(folder);
      lengths[file] = at + line.length;
    }
    return lengths;
  }

  commit(lengths: Readonly<Record<string, number>>): void {
    for (const file of Object.keys(lengths)) if (lengths[file] !== this.lengths[file]) this.cache.delete(file);
    this.lengths = lengths;
  }

  /** Entries of the minutes that touch the range; unreadable files are named in `damaged`. */
  read(range: TimeRange, damaged: (file: string, reason: string) => void): LedgerEntry[] {
    const found: LedgerEntry[] = [];
    for (const file of Object.keys(this.lengths)) {
      const hour = hourOfFile(file);
      if (hour >= range.to || hour + HOUR_MS <= range.from) continue;
      for (const entry of this.hour(file, damaged)) {
        if (entry.minute + 60_000 > range.from && entry.minute < range.to) found.push(entry);
      }
    }
    return found;
  }

  /** The lengths without the hours before `hour`, whose files are removed by `drop` after the manifest is written. */
  before(hour: number): string[] {
    return Object.keys(this.lengths).filter((file) => hourOfFile(file) < hour);
  }
  drop(files: readonly string[]): void {
    for (const file of files) rmSync(join(this.layout.ledger, file), { force: true });
  }

  private hour(file: string, damaged: (file: string, reason: string) => void): readonly LedgerEntry[] {
    const known = this.cache.get(file);
    if (known) {
      this.cache.delete(file);
      this.cache.set(file, known);
      return known;
    }
    let entries: LedgerEntry[] = [];
    try {
      const text = readFileSync(join(this.layout.ledger, file)).subarray(0, this.lengths[file]).toString();
      entries = mergeLedger(text.split('\n').flatMap((line) => (line ? (JSON.parse(line) as LedgerEntry[]) : [])));
    } catch (error) {
      damaged(`ledger/${file}`, `not readable: ${error instanceof Error ? error.message : String(error)}`);
    }
    this.cache.set(file, entries);
    if (this.cache.size > CACHED_HOURS) this.cache.delete(this.cache.keys().next().value!);
    return entries;
  }
}

/** `2026-11-21/14.jsonl` to the start of that hour. */
function hourOfFile(file: string): number {
  return Date.parse(`${file.slice(0, 10)}T${file.slice(11, 13)}:00:00Z`);
}
