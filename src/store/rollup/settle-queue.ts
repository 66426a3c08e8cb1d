import { asWeirError } from '../../base/index.ts';
import { DAY_MS, HOUR_MS } from '../layout.ts';
import type { ManifestState, RollupEntry } from '../manifest.ts';
import { LEVELS, type Level } from './cubes.ts';
import type { HistoryHost } from './history-host.ts';
import { nextAfter } from './rollup-ids.ts';
import { periodOfDay, periodOfMonth } from './rollup-paths.ts';
import { type Settled, Settling } from './settle.ts';

/** An hour is settled this long after its end: until then rows come that were on their way. */
const WAIT_MS = 600_000;
/** Older ones when nothing came for a minute, or after this time where something always comes. */
const QUIET_MS = 60_000;
const LONGEST_MS = 600_000;
/** Files of 1 min of an hour that goes on: more are made one. */
const MOST_FILES = 32;
/** Rows of 1 min that one step reads, apart from its first hour. */
const STEP_ROWS = 2_000_000;
const RETRY_MS = 300_000;
/** What is read in the order of time, as an import is, comes to an hour within this. */
const RECENT_MS = 1_800_000;

/** What is to be settled and when: see `Settling`. Each step ends in one commit, so that a crash leaves the files of before or those of after. */
export class SettleQueue {
  private readonly host: HistoryHost;
  /** When rows came to an hour that is dirty, first and last, in this process. */
  private readonly times = new Map<number, { readonly first: number; last: number }>();
  /** When rows came last to an hour. */
  private readonly recent = new Map<number, number>();
  /** Hours and days of a step that failed: others go on. */
  private readonly waits = new Map<number, number>();

  constructor(host: HistoryHost) {
    this.host = host;
  }

  /** Rows of an hour were committed. */
  touched(hour: number, nowMs: number): void {
    this.recent.set(hour, nowMs);
    const known = this.times.get(hour);
    if (known) known.last = nowMs;
    else this.times.set(hour, { first: nowMs, last: nowMs });
  }

  recentHours(nowMs: number): number[] {
    for (const [hour, at] of this.recent) if (Math.abs(nowMs - at) > RECENT_MS) this.recent.delete(hour);
    return [...this.recent.keys()];
  }

  /** Settles the hours of one day, or the days of one month, or merges one hour; false when nothing is due. `patient`: hours to which rows come still can wait. */
  async step(nowMs: number, patient: boolean): Promise<boolean> {
    const { state } = this.host.manifest;
    const hours = this.dueHours(state, nowMs, patient);
    if (hours.length > 0) {
      const day = periodOfDay(hours[0]!);
      const open = state.dirtyHours.some((hour) => hour >= day.from && hour < day.to && !hours.includes(hour));
      const isOver = day.to + WAIT_MS <= nowMs && !open;
      return this.attempt(
        hours,
        nowMs,
        (settling) => settling.hours(hours, isOver),
        (now, done) => withHours(now, done, hours),
      );
    }
    const broken = state.remakeDays.findLast((day) => this.waited(day, nowMs));
    if (broken !== undefined) return this.remakeDay(broken, nowMs);
    const days = this.dueDays(state, nowMs);
    if (days.length > 0)
      return this.attempt(
        days,
        nowMs,
        (settling) => settling.days(days),
        (now, done) => withDays(now, done, days),
      );
    const crowded = state.dirtyHours.find(
      (hour) => this.waited(hour, nowMs) && minuteFiles(state, hour).length > MOST_FILES,
    );
    if (crowded === undefined) return false;
    return this.attempt([crowded], nowMs, (settling) => settling.mergeHour(crowded), withFiles);
  }

  /** Rows of 1 h that are damaged, again out of those of 5 min: where these are gone meanwhile, they are lost. */
  private async remakeDay(day: number, nowMs: number): Promise<boolean> {
    const { manifest, damaged } = this.host;
    const period = periodOfDay(day);
    const { rollupsExpired } = manifest.state;
    const isGone = (level: Level) => day < (rollupsExpired[level] ?? Number.NEGATIVE_INFINITY);
    const hasNone = isGone(LEVELS[1]) || damaged.isLost(LEVELS[1], period);
    if (!hasNone && !isGone(LEVELS[2]))
      return this.attempt(
        [day],
        nowMs,
        (settling) => settling.hoursOfFives(day),
        (now, done) => withHoursOf(now, done, day),
      );
    if (!isGone(LEVELS[2])) damaged.lose(LEVELS[2], period, 'it could not be made again: its rows of 5 min are gone');
    manifest.commit(withoutRemake(manifest.state, day));
    return true;
  }

  private async attempt(
    of: readonly number[],
    nowMs: number,
    work: (settling: Settling) => Promise<void>,
    next: (state: ManifestState, settled: Settled) => ManifestState,
  ): Promise<boolean> {
    const { manifest, leases, log } = this.host;
    const settling = new Settling(this.host);
    // What it reads stays, whatever retention takes meanwhile.
    const lease = leases.take({ segments: [], rollups: manifest.state.rollups, batches: [] });
    try {
      await work(settling);
      const settled = settling.result;
      const { state } = manifest;
      const ids = new Set(state.rollups.map((r) => r.id));
      // Retention or a damage took one meanwhile: what is left is looked at again.
      if (settled.removed.some(({ id }) => !ids.has(id))) {
        settling.undo();
        return true;
      }
      manifest.commit(next(state, settled));
      this.host.written(settled.added);
      leases.doomRollups(settled.removed);
      for (const time of of) {
        this.times.delete(time);
        this.waits.delete(time);
      }
      return true;
    } catch (error) {
      settling.undo();
      for (const time of of) this.waits.set(time, nowMs + RETRY_MS);
      log.error(
        { err: asWeirError(error) },
        'history could not be settled: finer rows answer for it, and it is tried again',
      );
      return true;
    } finally {
      leases.end(lease);
      if (manifest.durable) leases.removeDoomed();
    }
  }

  /** Due hours of the newest day that has some, as many as a step takes. */
  private dueHours(state: ManifestState, nowMs: number, patient: boolean): number[] {
    const due = state.dirtyHours.filter(
      (hour) => this.isDue(hour, nowMs, patient) && !state.remakeHours.includes(hour),
    );
    const newest = due.at(-1);
    if (newest === undefined) return [];
    const day = periodOfDay(newest);
    const hours: number[] = [];
    let rows = 0;
    for (const hour of due.filter((h) => h >= day.from)) {
      rows += minuteFiles(state, hour).reduce((n, f) => n + f.rows, 0);
      if (hours.length > 0 && rows > STEP_ROWS) break;
      hours.push(hour);
    }
    return hours;
  }

  private isDue(hour: number, nowMs: number, patient: boolean): boolean {
    if (!this.waited(hour, nowMs) || hour + HOUR_MS + WAIT_MS > nowMs) return false;
    const times = patient ? this.times.get(hour) : undefined;
    return !times || nowMs >= Math.min(times.last + QUIET_MS, times.first + LONGEST_MS) || nowMs < times.first;
  }

  /** Due days of the newest month that has some: days that are over and have no hour to settle. */
  private dueDays(state: ManifestState, nowMs: number): number[] {
    const due = state.dirtyDays.filter(
      (day) =>
        this.waited(day, nowMs) &&
        !state.remakeDays.includes(day) &&
        day + DAY_MS + WAIT_MS <= nowMs &&
        !state.dirtyHours.some((hour) => hour >= day && hour < day + DAY_MS),
    );
    const newest = due.at(-1);
    return newest === undefined ? [] : due.filter((day) => day >= periodOfMonth(newest).from);
  }

  private waited(time: number, nowMs: number): boolean {
    return (this.waits.get(time) ?? nowMs) <= nowMs;
  }
}

function minuteFiles(state: ManifestState, hour: number): RollupEntry[] {
  return state.rollups.filter((file) => file.level === LEVELS[0] && file.from === hour);
}

function withFiles(state: ManifestState, { removed, added }: Settled): ManifestState {
  const gone = new Set(removed.map((r) => r.id));
  return {
    ...state,
    nextRollup: nextAfter(state, added),
    rollups: [...state.rollups.filter((r) => !gone.has(r.id)), ...added],
  };
}

function withHours(state: ManifestState, settled: Settled, hours: readonly number[]): ManifestState {
  const day = periodOfDay(hours[0]!).from;
  const hasHours = day + DAY_MS > (state.rollupsExpired[LEVELS[2]] ?? 0);
  const dirtyDays = hasHours ? [...new Set([...state.dirtyDays, day])].sort((a, b) => a - b) : state.dirtyDays;
  return {
    ...withFiles(state, settled),
    dirtyHours: state.dirtyHours.filter((hour) => !hours.includes(hour)),
    dirtyDays,
  };
}

function withoutRemake(state: ManifestState, day: number): ManifestState {
  return { ...state, remakeDays: state.remakeDays.filter((d) => d !== day) };
}

function withHoursOf(state: ManifestState, settled: Settled, day: number): ManifestState {
  const dirtyDays = [...new Set([...state.dirtyDays, day])].sort((a, b) => a - b);
  return { ...withoutRemake(withFiles(state, settled), day), dirtyDays };
}

function withDays(state: ManifestState, settled: Settled, days: readonly number[]): ManifestState {
  return { ...withFiles(state, settled), dirtyDays: state.dirtyDays.filter((day) => !days.includes(day)) };
}
