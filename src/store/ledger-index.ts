import { HOUR_MS } from './layout.ts';
import { hourOfFile, isMerged } from './ledger-format.ts';
import { dayOf } from './ledger-range.ts';

export type Lengths = Readonly<Record<string, number>>;

/** Which hours and days of the ledger have a file, and how long each counts, as the manifest says it. */
export class LedgerIndex {
  /** Of all files. */
  lengths: Lengths = {};
  /** Of all files together. */
  bytes = 0;
  /** The first and the last hour that has a file; infinite without one. */
  oldest = Number.POSITIVE_INFINITY;
  newest = Number.NEGATIVE_INFINITY;
  /** The file of an hour. */
  readonly byHour = new Map<number, string>();
  /** Hours that have a file by their day, oldest day first; none where only the summary is left. */
  readonly byDay = new Map<number, number[]>();
  /** Hours whose file is not merged. */
  readonly unmerged = new Set<number>();

  /** `keptDays`: those of which only the summary is left. */
  set(lengths: Lengths, keptDays: Iterable<number>): void {
    this.lengths = { ...lengths };
    this.byHour.clear();
    this.byDay.clear();
    this.unmerged.clear();
    this.bytes = 0;
    this.oldest = Number.POSITIVE_INFINITY;
    this.newest = Number.NEGATIVE_INFINITY;
    const days = new Map<number, number[]>();
    for (const day of keptDays) days.set(day, []);
    for (const [file, length] of Object.entries(this.lengths)) {
      const hour = hourOfFile(file);
      this.byHour.set(hour, file);
      this.oldest = Math.min(this.oldest, hour);
      this.newest = Math.max(this.newest, hour);
      if (!isMerged(file)) this.unmerged.add(hour);
      this.bytes += length;
      const hours = days.get(dayOf(hour));
      if (hours) hours.push(hour);
      else days.set(dayOf(hour), [hour]);
    }
    for (const day of [...days.keys()].sort((a, b) => a - b)) this.byDay.set(day, days.get(day)!);
  }

  /** The end of the newest hour. */
  get end(): number {
    return this.newest + HOUR_MS;
  }

  hoursOf(day: number): readonly number[] {
    return this.byDay.get(day) ?? [];
  }

  lengthsOf(hours: readonly number[]): Lengths {
    return Object.fromEntries(hours.map((hour) => [this.byHour.get(hour)!, this.lengths[this.byHour.get(hour)!]!]));
  }

  /** Files of days that are over before `hour`. */
  before(hour: number): string[] {
    const day = dayOf(hour);
    if (!(this.oldest < day)) return [];
    return [...this.byHour].filter(([start]) => start < day).map(([, file]) => file);
  }

  /** The lengths without these files, for a manifest that lets them go. */
  without(files: readonly string[]): Lengths {
    const gone = new Set(files);
    return Object.fromEntries(Object.entries(this.lengths).filter(([file]) => !gone.has(file)));
  }
}
