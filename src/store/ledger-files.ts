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
import { checkedLine } from './checked-line.ts';
import { fsyncDirectory, replaceFile } from './files.ts';
import { HourLedger, sumsOf } from './hour-ledger.ts';
import { hourOf, type Layout } from './layout.ts';
import { LedgerDays } from './ledger-days.ts';
import { DAYS_FILE, hourOfFile, isMerged, mergedName, mergedText, plainName } from './ledger-format.ts';
import { LedgerIndex, type Lengths } from './ledger-index.ts';
import { dayOf } from './ledger-range.ts';
import { type Damaged, LedgerReading, tellOfHour } from './ledger-reading.ts';
import type { TimeRange } from './reader.ts';

/**
 * The ledger at rest: one file for each hour of receipt. A file counts up to the length that the manifest names: what a crash
 * left behind it is cut off, so the ledger and the segments agree always.
 */
export class LedgerFiles {
  private readonly layout: Layout;
  private readonly index = new LedgerIndex();
  private readonly days: LedgerDays;
  private readonly reading: LedgerReading;
  /** Days whose summary may be missing or old. */
  private readonly unsummarised: Set<number>;
  /** What the last `append` wrote, for the commit of its lengths. */
  private pending: { lengths: Lengths; hours: { hour: number; entries: readonly LedgerEntry[] }[] } | null = null;
  /** Files that the manifest names no more. */
  private readonly leftover = new Set<string>();
  /** Files whose end is a piece of a line. */
  private readonly cut = new Set<string>();

  constructor(layout: Layout, named: Lengths, damaged: Damaged) {
    this.layout = layout;
    const lengths: Record<string, number> = { ...named };
    for (const [file, length] of Object.entries(named)) {
      const path = join(layout.ledger, file);
      // What a crash left of the change from one name to the other.
      rmSync(join(layout.ledger, isMerged(file) ? plainName(hourOfFile(file)) : mergedName(file)), { force: true });
      const size = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
      if (size > length) truncateSync(path, length);
      if (size < length) {
        lengths[file] = size;
        this.cut.add(file);
        tellOfHour(damaged, file, `it has ${size} bytes, the manifest says ${length}`);
      }
    }
    this.days = new LedgerDays(join(layout.ledger, DAYS_FILE), lengths, (reason) =>
      damaged(DAYS_FILE, reason, { from: 0, to: this.index.end }),
    );
    this.reading = new LedgerReading(layout.ledger, this.index, this.days, damaged);
    this.unsummarised = new Set(Object.keys(lengths).map((file) => dayOf(hourOfFile(file))));
    this.index.set(lengths, this.days.keptDays);
  }

  get bytes(): number {
    return this.days.bytes + this.index.bytes;
  }
  /** The first day of which something is told; null without one. */
  get oldestDay(): number | null {
    return this.index.byDay.keys().next().value ?? null;
  }

  /** Appends entries to their hours' files and syncs them; the new lengths count once the manifest has them (`commit`). */
  append(entries: readonly LedgerEntry[]): Lengths {
    const lengths: Record<string, number> = { ...this.index.lengths };
    const hours = new Map<number, LedgerEntry[]>();
    this.pending = { lengths, hours: [] };
    for (const entry of entries) {
      const hour = hourOf(entry.minute);
      const list = hours.get(hour);
      if (list) list.push(entry);
      else hours.set(hour, [entry]);
    }
    for (const [hour, list] of hours) {
      const file = this.index.byHour.get(hour) ?? plainName(hour);
      const merged = mergeLedger(list);
      lengths[file] = this.write(file, `${this.cut.has(file) ? '\n' : ''}${checkedLine(merged)}`);
      this.pending.hours.push({ hour, entries: merged });
    }
    this.mergeOne(hours, lengths);
    this.summariseOne(this.index.newest);
    return lengths;
  }

  private write(file: string, text: string): number {
    const path = join(this.layout.ledger, file);
    const fresh = !existsSync(path);
    mkdirSync(dirname(path), { recursive: true, mode: 0o750 });
    const line = Buffer.from(text);
    const at = this.index.lengths[file] ?? 0;
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
    for (const hour of this.index.unmerged) {
      if (hour >= newest || written.has(hour)) continue;
      const file = this.index.byHour.get(hour)!;
      const minutes = this.reading.minutes(hour);
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
      const file = this.index.byHour.get(hour);
      // A file that an earlier process began is read whole when it is asked for.
      if (!file) this.reading.live.set(hour, new HourLedger());
      this.reading.live.get(hour)?.add(entries);
      if (file) this.cut.delete(file);
      this.forget(hour);
    }
    this.pending = null;
    for (const file of Object.keys(this.index.lengths)) {
      if (file in lengths) continue;
      this.leftover.add(file);
      this.reading.live.delete(hourOfFile(file));
      this.forget(hourOfFile(file));
    }
    const gone = Object.keys(this.index.lengths).filter((file) => !(file in lengths));
    const left = new Set(Object.keys(lengths).map((file) => dayOf(hourOfFile(file))));
    this.days.hoursGone(gone.map((file) => dayOf(hourOfFile(file))).filter((day) => !left.has(day)));
    this.index.set(lengths, this.days.keptDays);
    if (durable) this.removeLeftover();
  }

  private removeLeftover(): void {
    for (const file of this.leftover) {
      // Begun again meanwhile.
      if (!(file in this.index.lengths)) rmSync(join(this.layout.ledger, file), { force: true });
    }
    this.leftover.clear();
  }

  /** Writes the summary of one day that is over: one, so that a commit is not held up after a long stop. */
  private summariseOne(newest: number): void {
    for (const day of this.unsummarised) {
      if (day >= dayOf(newest)) continue;
      const hours = this.index.hoursOf(day);
      // Those of today's changes are merged first: their files get other names by that.
      if (hours.some((hour) => this.index.unmerged.has(hour))) continue;
      this.unsummarised.delete(day);
      this.summarise(day, hours);
      return;
    }
  }

  private summarise(day: number, hours: readonly number[]): void {
    const lengths = this.index.lengthsOf(hours);
    if (hours.length > 0 && !this.days.summary(day, lengths)) this.days.add(day, lengths, this.reading.day(day));
  }

  /** Reads what a `read` of the range needs in pieces, so that the thread can do other things in between. */
  prepare(range: TimeRange): Promise<void> {
    return this.reading.prepare(range);
  }
  /** What happened in the range; see LedgerReading. */
  read(range: TimeRange): LedgerEntry[] {
    return this.reading.read(range);
  }

  /** Files of days that are over before `hour`. */
  before(hour: number): string[] {
    return this.index.before(hour);
  }
  /** Writes down in short what these files say, which are about to go: all of a day at once. */
  keepSummaries(files: readonly string[]): void {
    for (const day of new Set(files.map((file) => dayOf(hourOfFile(file)))))
      this.summarise(day, this.index.hoursOf(day));
  }
  /** The lengths without these files, for a manifest that lets them go. */
  without(files: readonly string[]): Lengths {
    return this.index.without(files);
  }

  private forget(hour: number): void {
    this.unsummarised.add(dayOf(hour));
    this.reading.forget(hour);
  }
}
