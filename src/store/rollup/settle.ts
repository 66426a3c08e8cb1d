import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { WeirError } from '../../base/index.ts';
import { DAY_MS, HOUR_MS } from '../layout.ts';
import type { ManifestState, RollupEntry } from '../manifest.ts';
import type { TimeRange } from '../reader.ts';
import { CUBES, HOSTS_ID, LEVELS, type Level } from './cubes.ts';
import { DELTA_SQL } from './delta-table.ts';
import { type HistoryHost, removeUncommitted } from './history-host.ts';
import { filesSql, within } from './history-sql.ts';
import { mergeSketches } from './merge-sketches.ts';
import { writeRollup } from './rollup-file.ts';
import { periodOfDay, periodOfHour, periodOfMonth } from './rollup-paths.ts';
import { inPiece, type Piece, piecesOf, type Rows } from './settle-pieces.ts';
import { keptSql, settledSql, sketchesSql } from './settle-sql.ts';

const [ONE_MINUTE, FIVE_MINUTES, ONE_HOUR, ONE_DAY] = LEVELS;

const TIMEOUT_MS = 60_000;

/** What one step of settling changes: files that leave and files that come, in one commit. */
export interface Settled {
  readonly removed: readonly RollupEntry[];
  readonly added: readonly RollupEntry[];
}

/**
 * Makes the rows of coarser levels out of finer ones, as new files that nothing names yet. Sums of what is there are never changed in place: a file is written
 * again as a whole, with the rows of other hours or days as they were.
 */
export class Settling {
  private readonly host: HistoryHost;
  private readonly state: ManifestState;
  private readonly removed = new Map<number, RollupEntry>();
  private readonly added = new Map<number, RollupEntry>();

  constructor(host: HistoryHost) {
    this.host = host;
    this.state = host.manifest.state;
  }

  get result(): Settled {
    return { removed: [...this.removed.values()], added: [...this.added.values()] };
  }

  /** Removes the files that were written: they are not to be committed. */
  undo(): void {
    removeUncommitted(this.host, [...this.added.values()]);
  }

  /** One file of 1 min in place of several. */
  async mergeHour(hour: number): Promise<void> {
    const files = this.files(ONE_MINUTE, periodOfHour(hour));
    if (files.length > 1)
      await this.rewrite(ONE_MINUTE, periodOfHour(hour), [{ files, ranges: [periodOfHour(hour)] }], files);
  }

  /** Hours of one day: their rows of 5 min and of 1 h. `dayIsOver`: no other hour of the day is to come. */
  async hours(hours: readonly number[], dayIsOver: boolean): Promise<void> {
    const has = (level: Level) => (hour: number) => hour + HOUR_MS > (this.state.rollupsExpired[level] ?? 0);
    const whole: number[] = [];
    for (const hour of hours.filter(has(ONE_MINUTE))) if (!(await this.hasFewer(hour))) whole.push(hour);
    const late = hours.filter((hour) => !has(ONE_MINUTE)(hour));
    // A minute can stand in several files, and its peak is the sum of them.
    for (const hour of [...whole, ...late]) await this.mergeHour(hour);
    const day = periodOfDay(hours[0]!);
    const five = this.files(FIVE_MINUTES, day);
    if (dayIsOver || five.some((f) => f.to - f.from === DAY_MS))
      await this.coarser(FIVE_MINUTES, day, whole, late.filter(has(FIVE_MINUTES)));
    else
      for (const hour of hours.filter(has(FIVE_MINUTES)))
        await this.coarser(
          FIVE_MINUTES,
          periodOfHour(hour),
          whole.filter((h) => h === hour),
          late.filter((h) => h === hour),
        );
    await this.coarser(ONE_HOUR, day, whole, late.filter(has(ONE_HOUR)));
    await this.coarser(
      ONE_DAY,
      periodOfMonth(day.from),
      [],
      late.filter((hour) => !has(ONE_HOUR)(hour)),
    );
    for (const hour of late) for (const file of this.files(ONE_MINUTE, periodOfHour(hour))) this.remove(file);
  }

  /** The rows of 1 h of a day out of those of 5 min. */
  async hoursOfFives(day: number): Promise<void> {
    const period = periodOfDay(day);
    const rows = rowsOf(this.files(FIVE_MINUTES, period), [period]);
    await this.rewrite(ONE_HOUR, period, rows, this.files(ONE_HOUR, period));
  }

  /** Days of one month: their rows of 1 day; and one file of 5 min for each. */
  async days(days: readonly number[]): Promise<void> {
    for (const day of days.map(periodOfDay)) {
      const files = this.files(FIVE_MINUTES, day);
      if (files.length > 1) await this.rewrite(FIVE_MINUTES, day, [], files, [day]);
    }
    const month = periodOfMonth(days[0]!);
    const ranges: TimeRange[] = [];
    for (const day of days.map(periodOfDay)) if (await this.hasHours(day)) ranges.push(day);
    const sources = ranges.flatMap((day) => this.files(ONE_HOUR, day));
    await this.rewrite(ONE_DAY, month, rowsOf(sources, ranges), this.files(ONE_DAY, month), others(month, ranges));
  }

  /** New rows for `whole` hours; rows that come to what is there for `late` ones, whose minutes are gone. */
  private async coarser(
    level: Level,
    period: TimeRange,
    whole: readonly number[],
    late: readonly number[],
  ): Promise<void> {
    if (whole.length + late.length === 0) return;
    const old = this.files(level, period);
    const minutes = (hours: readonly number[]) => hours.flatMap((hour) => this.files(ONE_MINUTE, periodOfHour(hour)));
    const lateBuckets = late.map((hour) => (level === ONE_DAY ? periodOfDay(hour) : periodOfHour(hour)));
    await this.rewrite(
      level,
      period,
      [
        ...rowsOf(minutes(whole), whole.map(periodOfHour)),
        ...rowsOf(minutes(late), late.map(periodOfHour)),
        ...rowsOf(old, unique(lateBuckets)),
      ],
      old,
      others(period, [...whole.map(periodOfHour), ...lateBuckets]),
    );
  }

  /** One file of a period in place of `old` ones, of which the rows in `kept` stay as they are. */
  private async rewrite(
    level: Level,
    period: TimeRange,
    rows: readonly Rows[],
    old: readonly RollupEntry[],
    kept: readonly TimeRange[] = [],
  ): Promise<void> {
    const { duck, layout, ids } = this.host;
    const keptRows = rowsOf(old, kept);
    for (const { files } of [...rows, ...keptRows]) await this.trust(files);
    const pieces = piecesOf(level, period, [...rows, ...keptRows]);
    const { expired } = this.state;
    const replaces = old.map((file) => file.id);
    const entry = await writeRollup(duck, layout, {
      id: ids.next(),
      level,
      period,
      parts: pieces.map((piece) => (write) => this.writePiece(level, rows, keptRows, piece, write)),
      expired,
      replaces,
    });
    if (entry) this.added.set(entry.id, entry);
    for (const file of old) this.remove(file);
  }

  private async writePiece(
    level: Level,
    all: readonly Rows[],
    allKept: readonly Rows[],
    piece: Piece,
    write: (sql: string) => Promise<void>,
  ): Promise<void> {
    const { duck, layout } = this.host;
    const within = (sources: readonly Rows[]) => sources.map((r) => inPiece(r, piece)).filter((r) => r !== null);
    const rows = within(all);
    const parts = within(allKept).map((r) => keptSql(layout.rollups, r, piece));
    let set: number | null = null;
    if (rows.length > 0) {
      if (piece.firstCube !== HOSTS_ID)
        parts.unshift(`SELECT * FROM (${settledSql(layout.rollups, level, rows, piece)})`);
      if (piece.lastCube === HOSTS_ID) {
        const delta = await mergeSketches(duck, sketchesSql(layout.rollups, level, rows));
        set = duck.deltas.add({ delta, rows: Uint32Array.from({ length: delta.rows }, (_, i) => i) });
        parts.push(`SELECT ${DELTA_SQL} FROM rollup_rows(${set})`);
      }
    }
    try {
      if (parts.length > 0) await write(`SELECT * FROM (${parts.join(' UNION ALL ')})`);
    } finally {
      if (set !== null) duck.deltas.remove(set);
    }
  }

  /** Whether a day can be made of its hours. Else its row stays, and where there is none it is lost as they are. */
  private async hasHours(day: TimeRange): Promise<boolean> {
    const { damaged } = this.host;
    if (!damaged.isLost(ONE_HOUR, day)) return true;
    if ((await this.recordsOf(this.files(ONE_DAY, day), day)) === 0)
      damaged.lose(ONE_DAY, day, 'it could not be made again: its rows of 1 h are lost');
    return false;
  }

  /** Whether rows of 1 min of an hour are known to be lost, and those of 1 h were made when they were there: then these stay. */
  private async hasFewer(hour: number): Promise<boolean> {
    const period = periodOfHour(hour);
    if (!this.host.damaged.isLost(ONE_MINUTE, period)) return false;
    const records = (level: Level) => this.recordsOf(this.files(level, period), period);
    return (await records(ONE_HOUR)) > (await records(ONE_MINUTE));
  }

  private async recordsOf(files: readonly RollupEntry[], period: TimeRange): Promise<number> {
    if (files.length === 0) return 0;
    await this.trust(files);
    const { duck, layout } = this.host;
    const sql = `SELECT coalesce(sum(records), 0) FROM ${filesSql(layout.rollups, files)} WHERE cube = ${CUBES[0]!.id} AND ${within([period])}`;
    const { rows } = await duck.run(sql, [], { timeoutMs: TIMEOUT_MS });
    return Number(rows[0]![0]);
  }

  private async trust(files: readonly RollupEntry[]): Promise<void> {
    for (const file of files)
      if (!this.added.has(file.id) && !(await this.host.trustedRollup(file)))
        throw new WeirError('corrupt', `rollups/${file.file} is damaged`);
  }

  private remove(file: RollupEntry): void {
    if (!this.added.delete(file.id)) this.removed.set(file.id, file);
    else rmSync(join(this.host.layout.rollups, file.file), { force: true });
  }

  /** Files of a level that touch a period, as they are at this point of the step. */
  private files(level: Level, { from, to }: TimeRange): RollupEntry[] {
    return [...this.state.rollups, ...this.added.values()].filter(
      (file) => file.level === level && file.from < to && file.to > from && !this.removed.has(file.id),
    );
  }
}

/** Nothing where there are no files or no time. */
function rowsOf(files: readonly RollupEntry[], ranges: readonly TimeRange[]): Rows[] {
  const touched = files.filter((f) => ranges.some((r) => f.from < r.to && f.to > r.from));
  return touched.length > 0 ? [{ files: touched, ranges }] : [];
}

function unique(ranges: readonly TimeRange[]): TimeRange[] {
  return [...new Map(ranges.map((r) => [r.from, r])).values()];
}

/** What is left of a period without some stretches of it. */
function others(period: TimeRange, stretches: readonly TimeRange[]): TimeRange[] {
  const left: TimeRange[] = [];
  let { from } = period;
  for (const stretch of unique(stretches).sort((a, b) => a.from - b.from)) {
    if (stretch.from > from) left.push({ from, to: stretch.from });
    from = Math.max(from, stretch.to);
  }
  if (from < period.to) left.push({ from, to: period.to });
  return left;
}
