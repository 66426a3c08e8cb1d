import { join } from 'node:path';
import { foldLedger, type LedgerEntry, mergeLedger } from '../truth/index.ts';
import { type HourLedger, sumsOf } from './hour-ledger.ts';
import { DAY_MS, HOUR_MS } from './layout.ts';
import { LedgerCache } from './ledger-cache.ts';
import type { LedgerDays } from './ledger-days.ts';
import { hourOfFile, isMerged, parseLines, readHead, readPart } from './ledger-format.ts';
import type { LedgerIndex } from './ledger-index.ts';
import { blockOf, dayOf, overlap, type Piece, piecesOf } from './ledger-range.ts';
import type { TimeRange } from './reader.ts';

export type Damaged = (file: string, reason: string, range: TimeRange) => void;

const CACHED_ENTRIES = 200_000;

/** What the ledger at rest says of a minute, an hour, a day or a month, read once and kept while there is room. */
export class LedgerReading {
  /** Hours that this process appends to. */
  readonly live = new Map<number, HourLedger>();
  private readonly folder: string;
  private readonly index: LedgerIndex;
  private readonly days: LedgerDays;
  private readonly damaged: Damaged;
  private readonly cache = new LedgerCache(CACHED_ENTRIES);

  constructor(folder: string, index: LedgerIndex, days: LedgerDays, damaged: Damaged) {
    this.folder = folder;
    this.index = index;
    this.days = days;
    this.damaged = damaged;
  }

  /** Reads what a `read` of the range needs in pieces, so that the thread can do other things in between. */
  async prepare(range: TimeRange): Promise<void> {
    for (const piece of [...this.pieces(range)]) {
      // A block is made of its days: one at a time.
      const parts = piece.is === 'block' && !this.cache.has(`b${piece.at}`) ? this.daysOfBlock(piece.at) : [piece.at];
      const is = parts[0] === piece.at && piece.is !== 'block' ? piece.is : 'day';
      for (const at of parts) {
        if (is === 'kept' || this.live.has(at) || this.cache.has(`${KEY[is]}${at}`)) continue;
        // Expired meanwhile.
        if (is !== 'day' && !this.index.byHour.has(at)) continue;
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
    for (const { is, at } of this.pieces(range)) {
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

  private pieces(range: TimeRange): Generator<Piece> {
    return piecesOf(range, this.index.byDay, this.index.end, (day) => this.days.of(day).length > 0);
  }

  private daysOfBlock(block: number): number[] {
    return [...this.index.byDay.keys()].filter((day) => blockOf(day) === block);
  }

  private block(block: number): readonly LedgerEntry[] {
    return this.cache.get(`b${block}`, () =>
      foldLedger(sumsOf(this.daysOfBlock(block).flatMap((day) => [...this.day(day)]))),
    );
  }

  day(day: number): readonly LedgerEntry[] {
    return this.cache.get(`d${day}`, () => {
      const hours = this.index.hoursOf(day);
      const known = this.days.summary(day, this.index.lengthsOf(hours));
      if (known) return known;
      return foldLedger(sumsOf([...this.days.of(day), ...hours.flatMap((hour) => [...this.sums(hour)])]));
    });
  }

  private sums(hour: number): readonly LedgerEntry[] {
    const live = this.live.get(hour);
    if (live) return live.sums();
    return this.cache.get(`s${hour}`, () => {
      const file = this.index.byHour.get(hour)!;
      const path = join(this.folder, file);
      const head = isMerged(file) ? this.guarded(file, () => readHead(path, this.index.lengths[file]!), null) : null;
      if (head?.bad) this.tell(file, head.bad);
      return sumsOf(head ? head.entries : this.minutes(hour));
    });
  }

  minutes(hour: number): readonly LedgerEntry[] {
    const live = this.live.get(hour);
    if (live) return live.minutes();
    return this.cache.get(`m${hour}`, () => {
      const file = this.index.byHour.get(hour)!;
      const read = () => readPart(join(this.folder, file), 0, this.index.lengths[file]!).toString();
      const { entries, bad } = parseLines(this.guarded(file, read, ''));
      if (bad) this.tell(file, bad);
      return mergeLedger(entries);
    });
  }

  /** What was read of an hour is no more true, nor is what was made of it. */
  forget(hour: number): void {
    const day = dayOf(hour);
    for (const key of [`m${hour}`, `s${hour}`, `d${day}`, `b${blockOf(day)}`]) this.cache.delete(key);
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
    tellOfHour(this.damaged, file, reason);
  }
}

/** Damage of the file of one hour. */
export function tellOfHour(damaged: Damaged, file: string, reason: string): void {
  const hour = hourOfFile(file);
  damaged(file, reason, { from: hour, to: hour + HOUR_MS });
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
