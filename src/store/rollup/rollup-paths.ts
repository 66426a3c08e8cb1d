import { DAY_MS, HOUR_MS, hourOf } from '../layout.ts';
import type { TimeRange } from '../reader.ts';
import { LEVELS, type Level } from './cubes.ts';

const FOLDERS: Record<Level, string> = { 60000: '1m', 300000: '5m', 3600000: '1h', 86400000: '1d' };

/** The level of a file by its path below the data directory; null when it is none of roll-ups. */
export function levelOfFile(file: string): Level | null {
  const [folder, name] = file.split('/');
  return folder === 'rollups' ? (LEVELS.find((level) => FOLDERS[level] === name) ?? null) : null;
}

export function periodOfHour(ms: number): TimeRange {
  const from = hourOf(ms);
  return { from, to: from + HOUR_MS };
}

export function periodOfDay(ms: number): TimeRange {
  const from = Math.floor(ms / DAY_MS) * DAY_MS;
  return { from, to: from + DAY_MS };
}

export function periodOfMonth(ms: number): TimeRange {
  const at = new Date(ms);
  const from = Date.UTC(at.getUTCFullYear(), at.getUTCMonth());
  return { from, to: Date.UTC(at.getUTCFullYear(), at.getUTCMonth() + 1) };
}

/** Path below `rollups/`: `1m/2026-11-22/14-0000000042.parquet` for an hour, `1h/2026-11/22-...` for a day, `1d/2026/11-...` for a month. Rows of other times than dates have are kept out of history (far-rows.ts). */
export function rollupFile(level: Level, { from, to }: TimeRange, id: number): string {
  const number = String(id).padStart(10, '0');
  const iso = new Date(from).toISOString();
  const [folder, name] =
    to - from <= HOUR_MS
      ? [iso.slice(0, 10), iso.slice(11, 13)]
      : to - from <= DAY_MS
        ? [iso.slice(0, 7), iso.slice(8, 10)]
        : [iso.slice(0, 4), iso.slice(5, 7)];
  return `${FOLDERS[level]}/${folder}/${name}-${number}.parquet`;
}
