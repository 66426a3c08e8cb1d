import type { MeasuredLoad } from '../ingest/index.ts';
import type { loadConfig } from '../server/index.ts';
import { CUBES, LEVELS } from '../store/index.ts';
import type { Measured } from './doctor-plan-measure.ts';

export type Config = ReturnType<typeof loadConfig>;

/** A level of history under the load. */
export interface LevelPlan {
  readonly level: string;
  /** With the flows that were measured; and with the most rows that its tables keep, each of the measured size. */
  readonly bytes_a_day: number;
  readonly bytes_a_day_bound: number;
  readonly age_days: number | null;
  /** Where no age is set: after ten years. */
  readonly at_full_age: number;
  readonly at_full_age_bound: number;
  /** Where its byte limit comes before its age. */
  readonly days_kept: number | null;
}

export interface DiskPlan {
  readonly write_bytes_per_second: number;
  readonly can_write_bytes_per_second: number;
  readonly sync_bytes: number;
  readonly sync_ms: number;
  readonly slowest_sync_ms: number;
  readonly journal_bytes: number;
  readonly records_bytes_a_day: number;
  readonly history: readonly LevelPlan[];
  readonly retention_bytes: number;
  /** For records, once history has its full age; with the bounds of history. */
  readonly days_of_records: number;
  readonly days_of_records_bound: number;
  readonly free_bytes: number;
}

const DAY_MS = 86_400_000;
const DAY_S = 86_400;
const NAMES = ['1m', '5m', '1h', '1d'] as const;
const YEARS_MS = 3_650 * DAY_MS;
/** Of the budget: what records keep when history takes the rest. */
const RECORDS_SHARE = 0.1;
/** A journal file goes on for so long before its rows can all be in segments. */
const JOURNAL_FILE_S = 60;

export function planDisk(rate: number, { load, disk }: Measured, config: Config, segmentSeconds: number): DiskPlan {
  const journal = rate * (load.journalBytes / load.flows);
  const segments = rate * (load.segmentBytes / load.flows);
  const history = NAMES.map((name, i) => planLevel(name, i, load, config));
  const historyBytes = history.reduce((n, level) => n + level.bytes_a_day, 0) / DAY_S;
  const journalAtWork = journal * (segmentSeconds + JOURNAL_FILE_S);
  const days = (pick: (level: LevelPlan) => number) => {
    const taken = journalAtWork + history.reduce((n, level) => n + pick(level), 0);
    const room = Math.max(RECORDS_SHARE * config.retention_bytes, config.retention_bytes - taken);
    return Math.min(config.retention_age / DAY_MS, room / (segments * DAY_S));
  };
  return {
    write_bytes_per_second: journal + segments + historyBytes,
    can_write_bytes_per_second: disk.writeBytesPerSecond,
    sync_bytes: disk.syncBytes,
    sync_ms: disk.syncMs,
    slowest_sync_ms: disk.slowestSyncMs,
    journal_bytes: journalAtWork,
    records_bytes_a_day: segments * DAY_S,
    history,
    retention_bytes: config.retention_bytes,
    days_of_records: days((level) => level.at_full_age),
    days_of_records_bound: days((level) => level.at_full_age_bound),
    free_bytes: disk.freeBytes,
  };
}

function planLevel(name: (typeof NAMES)[number], i: number, load: MeasuredLoad, config: Config): LevelPlan {
  const measured = load.history.levels.find((l) => l.level === name);
  if (!measured) throw new Error(`the level ${name} was not measured`);
  const { bytes, rows, buckets } = measured;
  const aDay = (DAY_MS / LEVELS[i]!) * (bytes / buckets);
  const bound = Math.max(aDay, (DAY_MS / LEVELS[i]!) * mostRows(i, config) * (bytes / rows));
  const age = config[`retention_${name}_age`];
  const most = config[`retention_${name}_bytes`];
  const atFullAge = (a: number) => Math.min(most, (a * (age ?? YEARS_MS)) / DAY_MS);
  return {
    level: name,
    bytes_a_day: aDay,
    bytes_a_day_bound: bound,
    age_days: age === null ? null : age / DAY_MS,
    at_full_age: atFullAge(aDay),
    at_full_age_bound: atFullAge(bound),
    days_kept: atFullAge(aDay) < most ? null : most / aDay,
  };
}

/** Rows of a bucket: the keys that each table keeps, its rest, and the sketches of hosts in and out, in total and by site. */
function mostRows(level: number, { sites }: Config): number {
  return CUBES.reduce((n, { bound }) => n + bound[level as 0 | 1 | 2 | 3] + 1, 2 + 2 * Object.keys(sites).length);
}
