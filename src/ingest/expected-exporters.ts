import { existsSync, readFileSync } from 'node:fs';
import { asWeirError, type Log } from '../base/index.ts';
import { replaceFile } from '../store/index.ts';
import type { Gap } from '../truth/index.ts';
import type { Heard } from './producer-messages.ts';
import { type Habit, heard, isKnown, isSilent, newHabit, SILENT_INTERVALS } from './usual-interval.ts';

/** Exporters that are watched; of those beyond it nobody says when they are silent. */
const MOST = 20_000;
/** What was silent for so long is no longer expected. */
const GONE_MS = 7 * 86_400_000;
const REWRITE_MS = 60_000;
/** In files of version 1 the meter of the node itself has this address. It has another since, and sends from here no more. */
const METER_OF_BEFORE = '::1';

interface Expected {
  readonly exporter: string;
  readonly domain: number;
  habit: Habit;
  /** Since when it is listened for: its last datagram, or the start of the node, which heard nothing before. */
  sinceMs: number;
}

interface Sum {
  records: number;
  /** NaN where they are not known of each. */
  bytes: number;
  exporters: number;
}

/** Of exporters that send no records each counts the same. */
function shareOf({ perMinute }: Habit, { records, exporters }: Sum): number {
  return Math.min(1, records > 0 ? perMinute / records : 1 / Math.max(1, exporters));
}

/** Undefined where no bytes are known. */
function byteShareOf({ bytesPerMinute = 0 }: Habit, { bytes }: Sum): number | undefined {
  return bytes > 0 ? Math.min(1, bytesPerMinute / bytes) : undefined;
}

type SavedExporter = readonly [exporter: string, domain: number, habit: Habit];

/**
 * Which exporters are expected to send, and since when one does not: by address and observation domain, whatever port or connection it comes from, and
 * whichever receive thread it comes to. In a file, so that it holds over restarts; while the node did not run nobody was silent.
 */
export class ExpectedExporters {
  private readonly path: string;
  private readonly log: Log;
  private readonly all = new Map<string, Expected>();
  private changed = false;
  private writtenMs: number;

  /** `nowMs`: from when on the ports listen. */
  constructor(path: string, nowMs: number, log: Log) {
    this.path = path;
    this.log = log;
    this.writtenMs = nowMs;
    this.read(nowMs);
  }

  /** What receive threads heard; returns the silences that ended with it. */
  heard(list: readonly Heard[]): Gap[] {
    const ended: { of: Expected; from: number; to: number }[] = [];
    for (const [exporter, domain, lastMs, records, bytes] of list) {
      const key = `${domain} ${exporter}`;
      const known = this.all.get(key);
      this.changed = true;
      if (!known) {
        if (this.all.size < MOST) this.all.set(key, { exporter, domain, habit: newHabit(lastMs), sinceMs: lastMs });
        continue;
      }
      if (isSilent(known.habit, known.sinceMs, lastMs)) {
        ended.push({ of: { ...known }, from: known.sinceMs, to: lastMs });
      }
      // A time in which the node did not listen is no interval of the exporter.
      const listened = known.sinceMs > known.habit.lastMs ? { ...known.habit, lastMs: known.sinceMs } : known.habit;
      known.habit = heard(listened, lastMs, records, bytes);
      known.sinceMs = known.habit.lastMs;
    }
    return this.gaps(ended);
  }

  /** Nothing came from this exporter in [fromMs, toMs) for a reason that is known: it is no silence of its own as well. */
  interrupted(exporter: string, fromMs: number, toMs: number): Gap[] {
    const known = [...this.all.values()].filter((e) => e.exporter === exporter);
    if (known.length === 0) return [];
    const gaps = this.gaps(known.map((of) => ({ of: { ...of }, from: fromMs, to: toMs })));
    for (const e of known) e.sinceMs = Math.max(e.sinceMs, toMs);
    return gaps.map((gap) => ({ ...gap, cause: 'meter' as const }));
  }

  /** Silences that last, seen from `nowMs`: up to then all datagrams were heard. */
  silent(nowMs: number): Gap[] {
    const silent = [...this.all.values()].filter((e) => isSilent(e.habit, e.sinceMs, nowMs));
    return this.gaps(silent.map((of) => ({ of, from: of.sinceMs, to: null })));
  }

  /** Exporters that are no longer expected, with what ended their silence. */
  forget(nowMs: number): Gap[] {
    const gone = [...this.all].filter(
      ([, e]) => nowMs - e.sinceMs >= GONE_MS && nowMs - e.sinceMs > SILENT_INTERVALS * e.habit.usualMs,
    );
    const missed = gone.filter(([, e]) => isKnown(e.habit));
    const gaps = this.gaps(missed.map(([, of]) => ({ of, from: of.sinceMs, to: of.sinceMs + GONE_MS })));
    for (const [key] of gone) {
      this.all.delete(key);
      this.changed = true;
    }
    return gaps;
  }

  /** The clock was set back: what lies in the future was not. */
  setBack(nowMs: number): void {
    for (const e of this.all.values()) {
      if (e.sinceMs <= nowMs) continue;
      const back = e.habit.lastMs - nowMs;
      e.sinceMs = nowMs;
      if (back > 0) e.habit = { ...e.habit, firstMs: e.habit.firstMs - back, lastMs: nowMs };
    }
  }

  /** A disk that refuses costs what was learned in this run. `now`: whatever time has passed. */
  write(nowMs: number, now = false): void {
    if (!this.changed || (!now && Math.abs(nowMs - this.writtenMs) < REWRITE_MS)) return;
    this.writtenMs = nowMs;
    const exporters = [...this.all.values()].map((e): SavedExporter => [e.exporter, e.domain, e.habit]);
    try {
      replaceFile(this.path, JSON.stringify({ version: 2, writtenMs: nowMs, exporters }));
      this.changed = false;
    } catch (error) {
      this.log.warn({ err: asWeirError(error) }, 'how often exporters send cannot be written: it is tried again');
    }
  }

  private gaps(silences: readonly { of: Expected; from: number; to: number | null }[]): Gap[] {
    if (silences.length === 0) return [];
    const { all, own } = this.sums();
    return silences.map(({ of: { exporter, domain, habit }, from, to }): Gap => {
      const share = shareOf(habit, all);
      const ofIts = own.get(exporter) ?? all;
      const [part, share_bytes, own_bytes] = [
        shareOf(habit, ofIts),
        byteShareOf(habit, all),
        byteShareOf(habit, ofIts),
      ];
      const usual = Math.round(habit.perMinute * 100) / 100;
      const ofBytes = share_bytes === undefined ? {} : { share_bytes };
      // Of one of several domains.
      const ofOwn = part < 1 ? { own: part, ...(own_bytes === undefined ? {} : { own_bytes }) } : {};
      return { from, to, cause: 'silent', exporter, domain, usual, share, ...ofBytes, ...ofOwn };
    });
  }

  /** What is usually sent in a minute, by all and by each exporter. */
  private sums(): { all: Sum; own: Map<string, Sum> } {
    const all = { records: 0, bytes: 0, exporters: 0 };
    const own = new Map<string, Sum>();
    for (const { exporter, habit } of this.all.values()) {
      if (!isKnown(habit)) continue;
      const sum = own.get(exporter) ?? { records: 0, bytes: 0, exporters: 0 };
      own.set(exporter, sum);
      for (const s of [all, sum]) {
        s.records += habit.perMinute;
        s.bytes += habit.bytesPerMinute ?? Number.NaN;
        s.exporters += 1;
      }
    }
    return { all, own };
  }

  private read(nowMs: number): void {
    const saved = readSaved(this.path, this.log);
    for (const [exporter, domain, habit] of saved.exporters.slice(0, MOST)) {
      if (habit.lastMs > nowMs) continue;
      // Silent when the file was written: it still is. What it did while the node did not run nobody knows.
      const wasSilent = isSilent(habit, habit.lastMs, Math.min(saved.writtenMs, nowMs));
      this.all.set(`${domain} ${exporter}`, { exporter, domain, habit, sinceMs: wasSilent ? habit.lastMs : nowMs });
    }
  }
}

interface Saved {
  readonly writtenMs: number;
  readonly exporters: readonly SavedExporter[];
}

function readSaved(path: string, log: Log): Saved {
  const nothing: Saved = { writtenMs: 0, exporters: [] };
  if (!existsSync(path)) return nothing;
  try {
    const { version, writtenMs, exporters } = JSON.parse(readFileSync(path, 'utf8')) as Saved & { version: number };
    const known = exporters.filter(isSaved);
    // An exporter that did send from there is learned anew.
    const sends = version === 1 ? known.filter(([exporter]) => exporter !== METER_OF_BEFORE) : known;
    return { writtenMs, exporters: sends };
  } catch (error) {
    log.warn({ err: asWeirError(error) }, 'how often exporters send is not readable: it is learned anew');
    return nothing;
  }
}

function isSaved([exporter, domain, habit]: SavedExporter): boolean {
  const { firstMs, lastMs, usualMs, perMinute } = habit;
  return (
    typeof exporter === 'string' &&
    Number.isInteger(domain) &&
    [firstMs, lastMs, usualMs, perMinute].every(Number.isFinite)
  );
}

/** The silences at rest, where no node runs: they last until somebody listens again. */
export function silencesAtRest(path: string, log: Log): Gap[] {
  const { writtenMs } = readSaved(path, log);
  return new ExpectedExporters(path, writtenMs, log).silent(writtenMs);
}
