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
import { foldLedger, type LedgerEntry, mergeLedger } from '../truth/index.ts';
import { checkedLine } from './checked-line.ts';
import { fsyncDirectory, replaceFile } from './files.ts';
import { HourLedger, sumsOf } from './hour-ledger.ts';
import { DAY_MS, HOUR_MS, hourOf, type Layout } from './layout.ts';
import { LedgerCache } from './ledger-cache.ts';
import { LedgerDays } from './ledger-days.ts';
import {
  DAYS_FILE,
  hourOfFile,
  isMerged,
  mergedName,
  mergedText,
  parseLines,
  plainName,
  readHead,
  readPart,
} from './ledger-format.ts';
import { blockOf, dayOf, overlap, type Piece, piecesOf } from './ledger-range.ts';
import type { TimeRange } from './reader.ts';

type Lengths = Readonly<Record<string, number>>;
type Damaged = (file: string, reason: string, range: TimeRange) => void;

const CACHED_ENTRIES = 200_000;

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
  /** Hours that have a file by their day, oldest day first; none where only the summary is left. */
  private readonly byDay = new Map<number, number[]>();
  private readonly days: LedgerDays;
  /** Days whose summary may be missing or old. */
  private readonly unsummarised: Set<number>;
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
    this.days = new LedgerDays(join(layout.ledger, DAYS_FILE), this.lengths, (reason) =>
      this.damaged(DAYS_FILE, reason, { from: 0, to: this.newest + HOUR_MS }),
    );
    this.unsummarised = new Set(Object.keys(this.lengths).map((file) => dayOf(hourOfFile(file))));
    this.index();
  }

  get bytes(): number {
    return this.total;
  }
  /** The first day of which something is told; null without one. */
  get oldestDay(): number | null {
    return this.byDay.keys().next().value ?? null;
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
      lengths[file] = this.write(file, `${this.cut.has(file) ? '\n' : ''}${checkedLine(merged)}`);
      this.pending.hours.push({ hour, entries: merged });
    }
    this.mergeOne(hours, lengths);
    this.summariseOne(this.newest);
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
    const gone = Object.keys(this.lengths).filter((file) => !(file in lengths));
    this.lengths = { ...lengths };
    const left = new Set(Object.keys(lengths).map((file) => dayOf(hourOfFile(file))));
    this.days.hoursGone(gone.map((file) => dayOf(hourOfFile(file))).filter((day) => !left.has(day)));
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
    for (const piece of [
      ...piecesOf(range, this.byDay, this.newest + HOUR_MS, (day) => this.days.of(day).length > 0),
    ]) {
      // A block is made of its days: one at a time.
      const parts = piece.is === 'block' && !this.cache.has(`b${piece.at}`) ? this.daysOfBlock(piece.at) : [piece.at];
      const is = parts[0] === piece.at && piece.is !== 'block' ? piece.is : 'day';
      for (const at of parts) {
        if (is === 'kept' || this.live.has(at) || this.cache.has(`${KEY[is]}${at}`)) continue;
        // Expired meanwhile.
        if (is !== 'day' && !this.byHour.has(at)) continue;
        if (is === 'day') this.day(at);
        else if (is === 'hour') this.sums(at);
        else this.minutes(at);
        await new Promise((resolve) => setImmediate(resolve));
      }
      // Before its days leave the cache.
      if (piece.is === 'block') this.block(piece.at);
    }
  }

  /**
   * What happened in the range: by minute in hours that are only partly in it, else one sum per stream and hour, dated to the earliest minute in it. In long ranges
   * one summary for whole days and months. Of days whose hours are gone the summary's share of the range.
   */
  read(range: TimeRange): LedgerEntry[] {
    const found: LedgerEntry[] = [];
    for (const { is, at } of piecesOf(
      range,
      this.byDay,
      this.newest + HOUR_MS,
      (day) => this.days.of(day).length > 0,
    )) {
      if (is === 'block') append(found, this.block(at));
      else if (is === 'day') append(found, this.day(at));
      else if (is === 'hour') append(found, this.sums(at));
      else if (is === 'kept') append(found, shareOf(this.days.of(at), overlap(at, range) / DAY_MS));
      else
        append(
          found,
          this.minutes(at).filter((e) => e.minute + 60_000 > range.from && e.minute < range.to),
        );
    }
    return found;
  }

  private daysOfBlock(block: number): number[] {
    return [...this.byDay.keys()].filter((day) => blockOf(day) === block);
  }

  private block(block: number): readonly LedgerEntry[] {
    return this.cache.get(`b${block}`, () =>
      foldLedger(sumsOf(this.daysOfBlock(block).flatMap((day) => [...this.day(day)]))),
    );
  }

  private day(day: number): readonly LedgerEntry[] {
    return this.cache.get(`d${day}`, () => {
      const hours = this.byDay.get(day) ?? [];
      const known = this.days.summary(day, this.lengthsOf(hours));
      if (known) return known;
      return foldLedger(sumsOf([...this.days.of(day), ...hours.flatMap((hour) => [...this.sums(hour)])]));
    });
  }

  private lengthsOf(hours: readonly number[]): Lengths {
    return Object.fromEntries(hours.map((hour) => [this.byHour.get(hour)!, this.lengths[this.byHour.get(hour)!]!]));
  }

  /** Writes the summary of one day that is over: one, so that a commit is not held up after a long stop. */
  private summariseOne(newest: number): void {
    for (const day of this.unsummarised) {
      if (day >= dayOf(newest)) continue;
      const hours = this.byDay.get(day) ?? [];
      // Those of today's changes are merged first: their files get other names by that.
      if (hours.some((hour) => this.unmerged.has(hour))) continue;
      this.unsummarised.delete(day);
      this.summarise(day, hours);
      return;
    }
  }

  private summarise(day: number, hours: readonly number[]): void {
    const lengths = this.lengthsOf(hours);
    if (hours.length > 0 && !this.days.summary(day, lengths)) this.days.add(day, lengths, this.day(day));
  }

  private sums(hour: number): readonly LedgerEntry[] {
    const live = this.live.get(hour);
    if (live) return live.sums();
    return this.cache.get(`s${hour}`, () => {
      const file = this.byHour.get(hour)!;
      const head = isMerged(file)
        ? this.guarded(file, () => readHead(join(this.layout.ledger, file), this.lengths[file]!), null)
        : null;
      if (head?.bad) this.tell(file, head.bad);
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
      if (bad) this.tell(file, bad);
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

  /** Files of days that are over before `hour`. */
  before(hour: number): string[] {
    const day = dayOf(hour);
    if (!(this.oldest < day)) return [];
    return [...this.byHour].filter(([start]) => start < day).map(([, file]) => file);
  }
  /** Writes down in short what these files say, which are about to go: all of a day at once. */
  keepSummaries(files: readonly string[]): void {
    for (const day of new Set(files.map((file) => dayOf(hourOfFile(file)))))
      this.summarise(day, this.byDay.get(day) ?? []);
  }
  /** The lengths without these files, for a manifest that lets them go. */
  without(files: readonly string[]): Lengths {
    const gone = new Set(files);
    return Object.fromEntries(Object.entries(this.lengths).filter(([file]) => !gone.has(file)));
  }

  private forget(hour: number): void {
    const day = dayOf(hour);
    this.unsummarised.add(day);
    for (const key of [`m${hour}`, `s${hour}`, `d${day}`, `b${blockOf(day)}`]) this.cache.delete(key);
  }

  private index(): void {
    this.byHour.clear();
    this.byDay.clear();
    this.unmerged.clear();
    this.total = this.days.bytes;
    this.oldest = Number.POSITIVE_INFINITY;
    this.newest = Number.NEGATIVE_INFINITY;
    const days = new Map<number, number[]>();
    for (const day of this.days.keptDays) days.set(day, []);
    for (const [file, length] of Object.entries(this.lengths)) {
      const hour = hourOfFile(file);
      this.byHour.set(hour, file);
      this.oldest = Math.min(this.oldest, hour);
      this.newest = Math.max(this.newest, hour);
      if (!isMerged(file)) this.unmerged.add(hour);
      this.total += length;
      const hours = days.get(dayOf(hour));
      if (hours) hours.push(hour);
      else days.set(dayOf(hour), [hour]);
    }
    for (const day of [...days.keys()].sort((a, b) => a - b)) this.byDay.set(day, days.get(day)!);
  }
}

const KEY: Readonly<Record<Piece['is'], string>> = { block: 'b', day: 'd', hour: 's', minutes: 'm', kept: '' };

function append(list: LedgerEntry[], more: readonly LedgerEntry[]): void {
  for (const entry of more) list.push(entry);
}

/** Entries as if they had happened evenly: of a part of a day nobody knows more any more. */
function shareOf(entries: readonly LedgerEntry[], share: number): readonly LedgerEntry[] {
  if (share >= 1) return entries;
  return entries.map((entry) => {
    const counts = Object.entries(entry.counts).map(([counter, n]) => [counter, Math.round(n * share)]);
    return { ...entry, counts: Object.fromEntries(counts) };
  });
}
