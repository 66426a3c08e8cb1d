import { bootMs, type ProcessFacts, readProcess } from '../../system/index.ts';
import { StartedProcesses } from './started-processes.ts';
import { remembered } from './used-words.ts';

/** A process is looked at again after this time: it may have ended, or become another program (execve). */
const RECHECK_MS = 1_000;
/** Processes that are remembered; those that were looked at longest ago are forgotten first. */
const MAX_PROCESSES = 8_192;
/** USER_HZ of Linux. */
const TICK_MS = 10;

/** All times are in ms since the machine began. */
export interface KnownProcess {
  readonly facts: ProcessFacts;
  /** When it was there the last time that it was looked at. */
  readonly seenMs: number;
}

interface Known extends KnownProcess {
  facts: ProcessFacts;
  seenMs: number;
  /** When it was looked for the last time. */
  checkedMs: number;
  /** Another process with its pid was announced. */
  untilMs: number;
}

/** Facts of processes by their pid and a time at which they had it: pids come round, and a name of who had it before or has it now would be a wrong one. */
export class KnownProcesses {
  private readonly known = new Map<number, Known>();
  private readonly proc: string;
  private readonly started: StartedProcesses;
  private readonly now: () => number;

  constructor(proc = '/proc', started = new StartedProcesses(null), now = bootMs) {
    this.proc = proc;
    this.started = started;
    this.now = now;
  }

  /** Takes what was announced since the last time. */
  follow(): void {
    this.started.follow((pid, atMs) => {
      const known = this.known.get(pid);
      if (known !== undefined && atMs > known.seenMs) known.untilMs = Math.min(known.untilMs, atMs);
    });
  }

  /**
   * The process that had the pid then, be it over by now; null where none is known for sure. `comm`: what it was called then; one that was seen before is
   * taken for it only where it was called so as well, since an announcement may have been lost.
   */
  at(pid: number, time: number, comm?: string): KnownProcess | null {
    const nowMs = this.now();
    // Starts are known to 10 ms, so that what lasts until then may not be over yet.
    const whenMs = Math.min(time, nowMs);
    const known = this.known.get(pid);
    if (known === undefined) return this.look(pid, whenMs, nowMs, null, comm);
    const had = this.had(known, whenMs, comm);
    // Who has the pid by now, if there is anyone, did not have it then.
    const isAnother = whenMs < startMs(known.facts) || (known.checkedMs > known.seenMs && whenMs <= known.checkedMs);
    const isRecent = Math.abs(nowMs - known.checkedMs) < RECHECK_MS;
    if (isRecent && (had || isAnother)) return had ? known : null;
    return this.look(pid, whenMs, nowMs, known, comm);
  }

  private look(pid: number, whenMs: number, nowMs: number, before: Known | null, comm?: string): KnownProcess | null {
    const read = readProcess(pid, this.proc);
    if (read === null) {
      if (before === null) return null;
      before.checkedMs = nowMs;
    } else {
      const fresh: Known = {
        facts: remembered(read),
        seenMs: nowMs,
        checkedMs: nowMs,
        untilMs: Number.POSITIVE_INFINITY,
      };
      this.known.delete(pid);
      this.known.set(pid, fresh);
      if (this.known.size > MAX_PROCESSES) this.known.delete(this.known.keys().next().value!);
      if (this.had(fresh, whenMs)) return fresh;
    }
    return before !== null && this.had(before, whenMs, comm) ? before : null;
  }

  /** It was there then: it was seen later, or no other with its pid was announced until then. */
  private had({ facts, seenMs, untilMs }: Known, whenMs: number, comm = facts.comm): boolean {
    if (startMs(facts) > whenMs) return false;
    if (whenMs <= seenMs) return true;
    const { toldMs, blindMs } = this.started;
    return comm === facts.comm && whenMs <= toldMs && whenMs < untilMs && seenMs > blindMs;
  }
}

/** When it began, to 10 ms: not later than this. */
export function startedByMs(facts: ProcessFacts): number {
  return startMs(facts) + TICK_MS;
}

function startMs(facts: ProcessFacts): number {
  return facts.startTicks * TICK_MS;
}

/** As /proc has it. */
export function startTicksOf(ms: number): number {
  return Math.floor(ms / TICK_MS);
}
