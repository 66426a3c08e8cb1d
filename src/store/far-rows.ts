import { type ColumnArray, FlowBatch, physicalColumns } from '../flow/index.ts';
import { signedAt, timesOf, upperBits } from './column-scan.ts';
import type { BatchRows, HourGroup } from './hot-batches.ts';
import { DAY_MS } from './layout.ts';

/** Flows end before they are received; this is how far a clock that is believed may be ahead. */
const AHEAD_MS = DAY_MS;
/** What an exporter held back may be as old as this when it comes; an import may be of any age. */
const BEHIND_MS = 3 * DAY_MS;
/** An import may touch so many days with one segment, a month and a few, whatever each of them has. */
const FREE_DAYS = 35;
/** Beyond that a day must have so many rows in the segment. */
const DAY_ROWS = 1_000;
const WORD = 4_294_967_296;
const NO_ROWS = new Uint32Array(0);
/** Bytes or packets of one record, scaled by sampling, that no flow has: a terabyte. Few of them would fill the sums of history, which are exact below 2^53. */
const HUGE = 2 ** 40;

/** Rows that become one segment. */
export interface SegmentRows extends HourGroup {
  /** Their times or counters cannot be believed: they stay records, and are in no roll-up. */
  readonly far: boolean;
}

/**
 * Takes apart the rows whose counters, or whose `time`, cannot be believed: before 1970, later than they were received, of a live exporter days before, or of an import that is scattered over
 * time without end. They are stored and answered as they are, but as segments of their own that are never rolled up: in history each would cost a row of every cube in
 * an hour of its own, and that hour a file of each level.
 */
export function separateFar(groups: readonly HourGroup[]): SegmentRows[] {
  return groups.flatMap(({ hour, batches }) => {
    const days = daysOfImports(batches);
    const near: BatchRows[] = [];
    const far: BatchRows[] = [];
    for (const part of batches) {
      const rows = farRows(part, days);
      if (rows.length < part.rows) near.push(rows.length > 0 ? pick(part, others(rows, part.rows)) : part);
      if (rows.length > 0) far.push(rows.length < part.rows ? pick(part, rows) : part);
    }
    return [
      ...(near.length > 0 ? [{ hour, batches: near, far: false }] : []),
      ...(far.length > 0 ? [{ hour, batches: far, far: true }] : []),
    ];
  });
}

/** Whether rows, by the day of their time, are so scattered that history would cost more than it tells. */
export function isScattered(rowsByDay: ReadonlyMap<number, number>): boolean {
  if (rowsByDay.size <= FREE_DAYS) return false;
  for (const rows of rowsByDay.values()) if (rows < DAY_ROWS) return true;
  return false;
}

/** The days that imported rows may have; null for any. */
function daysOfImports(batches: readonly BatchRows[]): ReadonlySet<number> | null {
  const days = new Map<number, number>();
  for (const { batch, rows, live } of batches) {
    if (live) continue;
    const times = batch.u32('time');
    for (let row = 0; row < rows; row++) {
      const day = Math.floor(signedAt(times, row) / DAY_MS);
      days.set(day, (days.get(day) ?? 0) + 1);
    }
  }
  if (!isScattered(days)) return null;
  return new Set([...days].filter(([, rows]) => rows >= DAY_ROWS).map(([day]) => day));
}

function farRows({ batch, rows, live }: BatchRows, days: ReadonlySet<number> | null): Uint32Array {
  const times = batch.u32('time');
  const received = batch.u32('received');
  const sampling = batch.array('sampling');
  const counters = ['raw_bytes', 'raw_packets'].flatMap((name) => batch.array(name) ?? []);
  const found: number[] = [];
  const time = timesOf(times, rows);
  const receipt = timesOf(received, rows);
  const isPlain = live && time.min >= 0 && receipt.min - time.max >= -AHEAD_MS && receipt.max - time.min <= BEHIND_MS;
  if (isPlain && counters.every((words) => upperBits(words, rows) === 0) && !isSampledMuch(sampling, rows))
    return NO_ROWS;
  for (let row = 0; row < rows; row++) {
    const time = signedAt(times, row);
    const age = signedAt(received, row) - time;
    const isNear =
      time >= 0 && age >= -AHEAD_MS && (live ? age <= BEHIND_MS : (days?.has(Math.floor(time / DAY_MS)) ?? true));
    if (!isNear || isHuge(counters, sampling, row)) found.push(row);
  }
  return Uint32Array.from(found);
}

/** Whether a rate makes something huge of a counter of 32 bits. */
function isSampledMuch(sampling: ColumnArray | undefined, rows: number): boolean {
  for (let row = 0; row < rows; row++) if ((sampling?.[row] ?? 1) * WORD > HUGE) return true;
  return false;
}

function isHuge(counters: readonly ColumnArray[], sampling: ColumnArray | undefined, row: number): boolean {
  const rate = Math.max(1, sampling?.[row] ?? 1);
  for (const words of counters) if ((words[2 * row + 1]! * WORD + words[2 * row]!) * rate >= HUGE) return true;
  return false;
}

function others(rows: Uint32Array, count: number): Uint32Array {
  const left = new Uint32Array(count - rows.length);
  let at = 0;
  for (let row = 0, next = 0; row < count; row++) {
    if (rows[next] === row) next += 1;
    else left[at++] = row;
  }
  return left;
}

/** These rows of a batch as a batch of their own. */
function pick({ batch, live }: BatchRows, rows: Uint32Array): BatchRows {
  const picked = new FlowBatch(rows.length, batch.shape);
  for (const { name, word } of physicalColumns) {
    const from = batch.array(name);
    const to = picked.array(name);
    if (!from || !to) continue;
    if (word === 'u64')
      for (let i = 0; i < rows.length; i++) {
        to[2 * i] = from[2 * rows[i]!]!;
        to[2 * i + 1] = from[2 * rows[i]! + 1]!;
      }
    else for (let i = 0; i < rows.length; i++) to[i] = from[rows[i]!]!;
  }
  picked.texts = batch.texts;
  picked.dictionaries = batch.dictionaries;
  picked.rows = rows.length;
  return { batch: picked, rows: rows.length, live };
}
