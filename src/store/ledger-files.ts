import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  rmSync,
  statSync,
  truncateSync,
  writeSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { type LedgerEntry, mergeLedger } from '../truth/index.ts';
import { fsyncDirectory, replaceFile } from './files.ts';
import { HourLedger, sumsOf } from './hour-ledger.ts';
import { HOUR_MS, hourOf, type Layout } from './layout.ts';
import { LedgerCache } from './ledger-cache.ts';
import {
  hourOfFile,
  isMerged,
  mergedName,
  mergedText,
  parseLines,
  plainName,
  readHead,
  readPart,
} from './ledger-format.ts';
import type { TimeRange } from './reader.ts';

type Lengths = Readonly<Record<string, number>>;
type Damaged = (file: string, reason: string, range: TimeRange) => void;

const CACHED_ENTRIES = 200_000;
const DAY_MS = 24 * HOUR_MS;
/** In ranges longer than this a stream has one entry for each whole day, in shorter ones one for each whole hour. */
const HOURLY_MS = 7 * DAY_MS;

/**
 * The ledger at rest: one file for each hour of receipt. A file counts up to the length that the manifest names: what a crash
 * left behind it is cut off, so the ledger and the segments agree always.
 */
export class LedgerFiles {
  private readonly layout: Layout;
  private readonly damaged: Damaged;
  private lengths: Record<string, number>;
  private total = 0;
  private oldest = Number.POSITIVE_INFINITY;
  private newest = Number.NEGATIVE_INFINITY;
  private readonly byHour = new Map<number, string>();
  /** Hours that this process appends to. */
  private readonly live = new Map<number, HourLedger>();
  /** Hours whose file is not merged. */
  private readonly unmerged = new Set<number>();
  private readonly cache = new LedgerCache(CACHED_ENTRIES);
  /** What the last `append` wrote, for the commit of its lengths. */
  private pending: { lengths: Lengths; hours: { hour: number; entries: readonly LedgerEntry[] }[] } | null = null;
  /** Files that the manifest names no more. */
  private readonly leftover = new Set<string>();
  /** Files whose end is a piece of a line. */
  private readonly cut = new Set<string>();

  constructor(layout: Layout, lengths: Lengths, damaged: Damaged) {
    this.layout = layout;
    this.damaged = damaged;
    this.lengths = { ...lengths };
    for (const [file, length] of Object.entries(lengths)) {
      const path = join(layout.ledger, file);
      // What a crash left of the change from one name to the other.
      rmSync(join(layout.ledger, isMerged(file) ? plainName(hourOfFile(file)) : mergedName(file)), { force: true });
      const size = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
      if (size > length) truncateSync(path, length);
      if (size < length) {
        this.lengths[file] = size;
        this.cut.add(file);
        this.tell(file, `it has ${size} bytes, the manifest says ${length}`);
      }
    }
    this.index();
  }

  get bytes(): number {
    return this.total;
  }
  /** The first hour that has a file; infinite without one. */
  get oldestHour(): number {
    return this.oldest;
  }

  /** Appends entries to their hours' files and syncs them; the new lengths count once the manifest has them (`commit`). */
  append(entries: readonly LedgerEntry[]): Lengths {
    const lengths: Record<string, number> = { ...this.lengths };
    const hours = new Map<number, LedgerEntry[]>();
    this.pending = { lengths, hours: [] };
    for (const entry of entries) {
      const hour = hourOf(entry.minute);
      const list = hours.get(hour);
      if (list) list.push(entry);
      else hours.set(hour, [entry]);
    }
    for (const [hour, list] of hours) {
      const file = this.byHour.get(hour) ?? plainName(hour);
      const merged = mergeLedger(list);
      lengths[file] = this.write(file, `${this.cut.has(file) ? '\n' : ''}${JSON.stringify(merged)}\n`);
      this.pending.hours.push({ hour, entries: merged });
    }
    this.mergeOne(hours, lengths);
    return lengths;
  }

  private write(file: string, text: string): number {
    const path = join(this.layout.ledger, file);
    const fresh = !existsSync(path);
    mkdirSync(dirname(path), { recursive: true, mode: 0o750 });
    const line = Buffer.from(text);
    const at = this.lengths[file] ?? 0;
    const fd = openSync(path, fresh ? 'w' : 'r+', 0o640);
    try {
      for (let done = 0; done < line.length; ) done += writeSync(fd, line, done, line.length - done, at + done);
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
    if (fresh) for (const folder of [dirname(path), this.layout.ledger]) fsyncDirectory(folder);
    return at + line.length;
  }

  /** Writes one hour that is over as its merged file: one, so that a commit is not held up after a long stop. */
  private mergeOne(written: ReadonlyMap<number, unknown>, lengths: Record<string, number>): void {
    let newest = Number.NEGATIVE_INFINITY;
    for (const hour of written.keys()) newest = Math.max(newest, hour);
    for (const hour of this.unmerged) {
      if (hour >= newest || written.has(hour)) continue;
      const file = this.byHour.get(hour)!;
      const minutes = this.minutes(hour);
      const text = mergedText(sumsOf(minutes), minutes);
      replaceFile(join(this.layout.ledger, mergedName(file)), text);
      delete lengths[file];
      lengths[mergedName(file)] = Buffer.byteLength(text);
      return;
    }
  }

  /** The manifest has the lengths now; files that it names no more go, unless a power loss could bring the old one back. */
  commit(lengths: Lengths, durable: boolean): void {
    for (const { hour, entries } of this.pending?.lengths === lengths ? this.pending.hours : []) {
      const file = this.byHour.get(hour);
      // A file that an earlier process began is read whole when it is asked for.
      if (!file) this.live.set(hour, new HourLedger());
      this.live.get(hour)?.add(entries);
      if (file) this.cut.delete(file);
      this.forget(hour);
    }
    this.pending = null;
    for (const file of Object.keys(this.lengths)) {
      if (file in lengths) continue;
      this.leftover.add(file);
      this.live.delete(hourOfFile(file));
      this.forget(hourOfFile(file));
    }
    this.lengths = { ...lengths };
    this.index();
    if (durable) this.removeLeftover();
  }

  private removeLeftover(): void {
    for (const file of this.leftover) {
      // Begun again meanwhile.
      if (!(file in this.lengths)) rmSync(join(this.layout.ledger, file), { force: true });
    }
    this.leftover.clear();
  }

  /** Reads what a `read` of the range needs in pieces, so that the thread can do other things in between. */
  async prepare(range: TimeRange): Promise<void> {
    for (const hour of [...this.byHour.keys()]) {
      if (!touches(hour, range) || !this.byHour.has(hour) || this.live.has(hour)) continue;
      const day = this.isLong(range) && this.isWhole(dayOf(hour), DAY_MS, range);
      const whole = this.isWhole(hour, HOUR_MS, range);
      if (this.cache.has(day ? `d${dayOf(hour)}` : whole ? `s${hour}` : `m${hour}`)) continue;
      if (day) this.day(dayOf(hour));
      else if (whole) this.sums(hour);
      else this.minutes(hour);
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  /**
   * What happened in the range: by minute in hours that are only partly in it, else one sum per stream and hour, or day, dated to the
   * earliest minute in it.
   */
  read(range: TimeRange): LedgerEntry[] {
    const found: LedgerEntry[] = [];
    const add = (entries: readonly LedgerEntry[]) => {
      for (const entry of entries) found.push(entry);
    };
    const days = new Set<number>();
    for (const hour of this.byHour.keys()) {
      if (!touches(hour, range)) continue;
      if (this.isLong(range) && this.isWhole(dayOf(hour), DAY_MS, range)) days.add(dayOf(hour));
      else if (this.isWhole(hour, HOUR_MS, range)) add(this.sums(hour));
      else add(this.minutes(hour).filter((e) => e.minute + 60_000 > range.from && e.minute < range.to));
    }
    for (const day of days) add(this.day(day));
    return found;
  }

  private isWhole(start: number, length: number, range: TimeRange): boolean {
    return start >= range.from && start + length <= range.to;
  }

  /** As far as there is a ledger: a range without a start is not long for that. */
  private isLong({ from, to }: TimeRange): boolean {
    return Math.min(to, this.newest + HOUR_MS) - Math.max(from, this.oldest) > HOURLY_MS;
  }

  private day(day: number): readonly LedgerEntry[] {
    return this.cache.get(`d${day}`, () => {
      const hours: LedgerEntry[] = [];
      for (let hour = day; hour < day + DAY_MS; hour += HOUR_MS)
        if (this.byHour.has(hour)) for (const entry of this.sums(hour)) hours.push(entry);
      return sumsOf(hours);
    });
  }

  private sums(hour: number): readonly LedgerEntry[] {
    const live = this.live.get(hour);
    if (live) return live.sums();
    return this.cache.get(`s${hour}`, () => {
      const file = this.byHour.get(hour)!;
      const head = isMerged(file)
        ? this.guarded(file, () => readHead(join(this.layout.ledger, file), this.lengths[file]!), null)
        : null;
      if (head?.bad) this.tell(file, `not readable: ${head.bad}`);
      return sumsOf(head ? head.entries : this.minutes(hour));
    });
  }

  private minutes(hour: number): readonly LedgerEntry[] {
    const live = this.live.get(hour);
    if (live) return live.minutes();
    return this.cache.get(`m${hour}`, () => {
      const file = this.byHour.get(hour)!;
      const read = () => readPart(join(this.layout.ledger, file), 0, this.lengths[file]!).toString();
      const { entries, bad } = parseLines(this.guarded(file, read, ''));
      if (bad) this.tell(file, `not readable: ${bad}`);
      return mergeLedger(entries);
    });
  }

  private guarded<T>(file: string, read: () => T, otherwise: T): T {
    try {
      return read();
    } catch (error) {
      this.tell(file, `not readable: ${error instanceof Error ? error.message : String(error)}`);
      return otherwise;
    }
  }

  private tell(file: string, reason: string): void {
    const hour = hourOfFile(file);
    this.damaged(file, reason, { from: hour, to: hour + HOUR_MS });
  }

  /** Files of hours that begin before `hour`. */
  before(hour: number): string[] {
    return [...this.byHour].filter(([start]) => start < hour).map(([, file]) => file);
  }
  /** The lengths without these files, for a manifest that lets them go. */
  without(files: readonly string[]): Lengths {
    const gone = new Set(files);
    return Object.fromEntries(Object.entries(this.lengths).filter(([file]) => !gone.has(file)));
  }

  private forget(hour: number): void {
    for (const key of [`m${hour}`, `s${hour}`, `d${dayOf(hour)}`]) this.cache.delete(key);
  }

  private index(): void {
    this.byHour.clear();
    this.unmerged.clear();
    this.total = 0;
    this.oldest = Number.POSITIVE_INFINITY;
    this.newest = Number.NEGATIVE_INFINITY;
    for (const [file, length] of Object.entries(this.lengths)) {
      const hour = hourOfFile(file);
      this.byHour.set(hour, file);
      this.oldest = Math.min(this.oldest, hour);
      this.newest = Math.max(this.newest, hour);
      if (!isMerged(file)) this.unmerged.add(hour);
      this.total += length;
    }
  }
}

function touches(hour: number, range: TimeRange): boolean {
  return hour < range.to && hour + HOUR_MS > range.from;
}

function dayOf(hour: number): number {
  return Math.floor(hour / DAY_MS) * DAY_MS;
}
