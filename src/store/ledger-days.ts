import { appendFileSync, existsSync, readFileSync, statSync, truncateSync } from 'node:fs';
import type { LedgerEntry } from '../truth/index.ts';
import { checkedLine, readLine } from './checked-line.ts';
import { fsyncFile, replaceFile } from './files.ts';

/** Committed length of each hour's file, by its name. */
type Lengths = Readonly<Record<string, number>>;

/** A line of the file. */
interface DayLine {
  readonly day: number;
  /** The hours that the entries were made of, as long as their files were. */
  readonly of: Lengths;
  readonly entries: readonly LedgerEntry[];
}

/** Lines that say nothing any more are cleared away when they are more than the others and this many. */
const OLD_LINES = 100;

/**
 * Summaries of days: one JSON line for each with its checksum (checked-line.ts), the last of a day counts. While a day's hours are there its line only saves reading them, and is good as long as they are
 * what it was made of. When retention has taken the hours, the line is all that is left: from then on what comes late for that day is
 * beside it. So whether a line is the one or the other is told by the manifest, and a crash between the two changes nothing.
 */
export class LedgerDays {
  private readonly path: string;
  /** Of days whose hours are gone, and what came after they went. */
  private readonly kept = new Map<number, DayLine>();
  /** Of days whose hours are there. */
  private readonly made = new Map<number, DayLine>();
  private lines = 0;
  private size = 0;

  /** @param tell why lines could not be read. */
  constructor(path: string, lengths: Lengths, tell: (reason: string) => void) {
    this.path = path;
    if (!existsSync(path)) return;
    const text = readFileSync(path, 'utf8');
    let bad = 0;
    for (const piece of text.split('\n')) {
      if (!piece) continue;
      this.lines++;
      const line = readDayLine(piece);
      if (!line) bad++;
      else if (Object.keys(line.of).some((file) => file in lengths)) this.made.set(line.day, line);
      else this.kept.set(line.day, line);
    }
    this.size = Buffer.byteLength(text);
    const last = text.slice(text.lastIndexOf('\n') + 1);
    // The last line of a crash is no damage: the hours that it was made of are there. It goes, or the next start would take it for one that was changed.
    const torn = last !== '' && readDayLine(last) === null;
    if (torn) this.cut(Buffer.byteLength(last));
    else if (last !== '') this.append('\n');
    if (bad > Number(torn)) tell(`${bad - Number(torn)} of ${this.lines} lines are torn or were changed`);
  }

  get bytes(): number {
    return this.size;
  }
  /** Days whose hours retention took. */
  get keptDays(): Iterable<number> {
    return this.kept.keys();
  }

  /** What is left of hours that are gone. */
  of(day: number): readonly LedgerEntry[] {
    return this.kept.get(day)?.entries ?? [];
  }

  /** The summary of the hours as they are, with what is left of those that are gone; undefined where it has to be made. */
  summary(day: number, hours: Lengths): readonly LedgerEntry[] | undefined {
    const line = this.made.get(day);
    return line && isSame(line.of, hours) ? line.entries : undefined;
  }

  /** Writes a summary; it is on disk when this returns. */
  add(day: number, hours: Lengths, entries: readonly LedgerEntry[]): void {
    const line = { day, of: hours, entries };
    this.append(checkedLine(line));
    this.lines++;
    this.made.set(day, line);
  }

  /** The manifest names the hours of these days no more. */
  hoursGone(days: Iterable<number>): void {
    for (const day of days) {
      const line = this.made.get(day);
      if (line) this.kept.set(day, line);
      this.made.delete(day);
    }
    if (this.lines > 2 * (this.kept.size + this.made.size) + OLD_LINES) this.rewrite();
  }

  private cut(bytes: number): void {
    this.size -= bytes;
    this.lines -= 1;
    truncateSync(this.path, this.size);
    fsyncFile(this.path);
  }

  private append(text: string): void {
    try {
      appendFileSync(this.path, text, { mode: 0o640 });
    } catch (error) {
      // A piece of a line would spoil the next one.
      if (existsSync(this.path)) truncateSync(this.path, this.size);
      throw error;
    }
    fsyncFile(this.path);
    this.size = statSync(this.path).size;
  }

  private rewrite(): void {
    const lines = [...this.kept.values(), ...this.made.values()].map(checkedLine);
    replaceFile(this.path, lines.join(''));
    this.lines = lines.length;
    this.size = statSync(this.path).size;
  }
}

/** A line of the file; null where it cannot be believed. */
export function readDayLine(text: string): DayLine | null {
  const line = readLine(text) as DayLine | undefined;
  return Number.isFinite(line?.day) && typeof line!.of === 'object' && Array.isArray(line!.entries) ? line! : null;
}

function isSame(a: Lengths, b: Lengths): boolean {
  const files = Object.keys(a);
  return files.length === Object.keys(b).length && files.every((file) => a[file] === b[file]);
}
