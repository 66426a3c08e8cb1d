import { asWeirError, type Log } from '../base/index.ts';
import { type Gap, type GapCause, isMeasured } from '../truth/index.ts';
import { ClockSteps, type Clocks, stepWords } from './clock-steps.ts';
import type { GapFile } from './gap-file.ts';
import { Heartbeat, type LastRun, readLastRun } from './heartbeat.ts';

/** What a store knows of an earlier node that left no heartbeat: receipt of its oldest and newest rows, ms; null without any. */
export interface KnownRows {
  readonly oldest: number | null;
  readonly newest: number | null;
  /** Rows were recovered from its journal: it did not end in order. */
  readonly crashed: boolean;
}

type Phase = 'starting' | 'measuring' | 'closed' | 'ended';

/**
 * Writes down when this node measured and when not: from the last sign of life to the moment when the ports listen nothing was. Time comes from the
 * caller: `nowMs` is the wall clock.
 *
 * A clock that is wrong makes no gap that cannot be: one would end before it began where the clock was set back since the last sign of life, and then
 * none is noted; what would lie in the future is cut off when the clock is set back; where it is set forward, the time between is a gap, but no
 * time that was measured before becomes one.
 */
export class NodeRuns {
  private readonly gaps: GapFile;
  private readonly log: Log;
  private readonly heartbeat: Heartbeat;
  private phase: Phase = 'starting';
  /** Since when, and why, nothing is measured; null while it is. */
  private down: { from: number; cause: GapCause } | null = null;
  private since = 0;
  private steps: ClockSteps | null = null;
  /** All before it is known: measured, or a gap. */
  private settled = 0;
  private failing = false;

  constructor(path: string, gaps: GapFile, known: KnownRows, nowMs: number, log: Log) {
    this.gaps = gaps;
    this.log = log;
    const run = readLastRun(path);
    this.heartbeat = new Heartbeat(path);
    gaps.cut(nowMs);
    if (run) this.after(run, known, nowMs);
    else this.first(known, nowMs);
    gaps.write(nowMs);
  }

  /** The gap that lasts; null while the node measures. */
  get open(): Gap | null {
    return this.down && { ...this.down, to: null };
  }

  /** From now on flows are received; `ports` false: the node runs and has no port for them. */
  listening(ports: boolean, clocks: Clocks): void {
    const { wall: nowMs } = clocks;
    this.endGap(nowMs);
    this.phase = ports ? 'measuring' : 'closed';
    if (!ports) this.down = { from: nowMs, cause: 'closed' };
    this.since = nowMs;
    this.steps = new ClockSteps(clocks);
    this.say(nowMs, true);
  }

  /** Call it about once a second. */
  beat(clocks: Clocks): void {
    const { wall: nowMs } = clocks;
    this.gaps.write(nowMs);
    if (this.steps === null || this.phase === 'starting' || this.phase === 'ended') return;
    for (const step of this.steps.look(clocks)) {
      this.log.warn({ seconds: Math.round(step.ms / 1000) }, stepWords(step));
      for (const gap of step.gaps) {
        if (isMeasured(gap)) this.setBack(gap);
        else this.lost(gap, nowMs);
      }
    }
    this.say(nowMs, false);
  }

  /** The ports are closed: what comes from now on is not received. */
  end(nowMs: number): void {
    if (this.phase === 'ended' || this.phase === 'starting') return;
    if (this.phase === 'closed') this.endGap(nowMs);
    this.phase = 'ended';
    this.down = { from: nowMs, cause: 'stopped' };
    this.gaps.write(nowMs);
    this.say(nowMs, true);
  }

  close(): void {
    this.heartbeat.close();
  }

  private after(run: LastRun, { newest }: KnownRows, nowMs: number): void {
    // Rows that the journal had are a sign of life as well, and may be younger.
    const rows = newest !== null && newest <= nowMs && !run.ended ? newest : 0;
    const alive = Math.max(run.alive, rows);
    this.settled = alive;
    if (!run.measuring) this.note(run.since, Math.min(run.alive, nowMs), 'closed');
    if (alive <= nowMs) this.down = { from: alive, cause: run.ended ? 'stopped' : 'crashed' };
    else
      this.log.warn(
        { last_alive: new Date(alive).toISOString() },
        'this node was alive at a time that is still to come: a clock was set back, and nobody knows for how long it did not measure',
      );
  }

  private first({ oldest, newest, crashed }: KnownRows, nowMs: number): void {
    if (oldest === null || newest === null || newest > nowMs || oldest > newest) {
      this.down = { from: 0, cause: 'before' };
      return;
    }
    this.note(0, oldest, 'before');
    this.settled = newest;
    this.down = { from: newest, cause: crashed ? 'crashed' : 'stopped' };
  }

  private endGap(nowMs: number): void {
    if (this.down) this.note(this.down.from, nowMs, this.down.cause);
    this.down = null;
    this.gaps.write(nowMs);
  }

  private note(from: number, to: number, cause: GapCause): void {
    this.gaps.add([{ from, to, cause }]);
  }

  private lost(gap: Gap, nowMs: number): void {
    const from = Math.max(gap.from, this.settled <= nowMs ? this.settled : 0);
    if (this.phase === 'measuring') this.note(from, gap.to!, gap.cause);
    this.gaps.write(nowMs);
  }

  private setBack(gap: Gap): void {
    const { from: nowMs } = gap;
    if (this.down) this.down = { ...this.down, from: Math.min(this.down.from, nowMs) };
    this.gaps.cut(nowMs);
    this.gaps.add([gap]);
    this.gaps.write(nowMs);
  }

  /** A disk that refuses costs only where the next gap begins. */
  private say(nowMs: number, sync: boolean): void {
    try {
      const { since } = this;
      this.heartbeat.write(
        { since, alive: nowMs, measuring: this.phase !== 'closed', ended: this.phase === 'ended' },
        sync,
      );
      this.failing = false;
    } catch (error) {
      if (!this.failing) this.log.warn({ err: asWeirError(error) }, 'the sign of life of this node cannot be written');
      this.failing = true;
    }
  }
}

/** The gap since the last run, where no node runs now; null where none ever did. */
export function gapSinceLastRun(path: string): Gap | null {
  const run = readLastRun(path);
  return run && { from: run.alive, to: null, cause: run.ended ? 'stopped' : 'crashed' };
}
