import { createRequire } from 'node:module';
import type { Logger, pino as Pino } from 'pino';

/** By `require` when a log is made: it is a sixth of the time in which a command without one has begun. */
const loadPino = (): typeof Pino => createRequire(import.meta.url)('pino');

export type Log = Logger;
export type LogStyle = 'json' | 'pretty';

/** Logs go to stderr: stdout belongs to answers. `pretty` is one plain line per entry. Written synchronously, so that the last line before an exit is not lost. */
export function createLog(options: { style: LogStyle; level?: string; name?: string }): Log {
  const pino = loadPino();
  const destination = pino.destination({ fd: 2, sync: true });
  const base = options.name ? { thread: options.name } : {};
  const level = options.level ?? 'info';
  if (options.style === 'json') return pino({ base, level }, destination);
  return pino({ base, level }, { write: (line: string) => destination.write(prettyLine(line, pino.levels.labels)) });
}

function prettyLine(line: string, levels: Readonly<Record<number, string>>): string {
  const { level, time, msg, err, ...rest } = JSON.parse(line) as Record<string, unknown> & {
    err?: { message?: string };
  };
  const label = levels[level as number] ?? String(level);
  const facts = Object.entries(rest).map(([k, v]) => `${k}=${typeof v === 'object' ? JSON.stringify(v) : String(v)}`);
  if (err?.message) facts.push(`error=${JSON.stringify(err.message)}`);
  return `${new Date(time as number).toISOString()} ${label.toUpperCase()} ${msg ?? ''}${facts.length ? ` ${facts.join(' ')}` : ''}\n`;
}

/** No key of a caller begins so. */
const SHARED = '\0';

/**
 * Says yes at most once in `intervalMs` for each key, and tells how often it said no since: for log lines that hostile
 * input could repeat without end. The number of keys is bounded: what was not said for an interval is forgotten, and when all were said within
 * one, further keys share one.
 */
export class RateLimit {
  private readonly last = new Map<string, { at: number; held: number }>();
  private readonly intervalMs: number;
  private readonly maxKeys: number;

  constructor(intervalMs = 10_000, maxKeys = 1_024) {
    this.intervalMs = intervalMs;
    this.maxKeys = maxKeys;
  }

  /** How many calls were held back since the last yes, or null when this one is held back too. */
  allow(key: string, nowMs: number): number | null {
    if (!this.last.has(key) && this.last.size >= this.maxKeys) this.forget(nowMs);
    const k = this.last.has(key) || this.last.size < this.maxKeys ? key : SHARED;
    const entry = this.last.get(k);
    if (entry && this.isRecent(entry.at, nowMs)) {
      entry.held += 1;
      return null;
    }
    // Entered anew each time: the oldest stand first.
    this.last.delete(k);
    this.last.set(k, { at: nowMs, held: 0 });
    return entry?.held ?? 0;
  }

  private forget(nowMs: number): void {
    for (const [key, { at }] of this.last) {
      if (this.isRecent(at, nowMs)) return;
      this.last.delete(key);
    }
  }

  /** A time that is still to come was told by a clock that has been set back since. */
  private isRecent(at: number, nowMs: number): boolean {
    return nowMs >= at && nowMs - at < this.intervalMs;
  }
}
