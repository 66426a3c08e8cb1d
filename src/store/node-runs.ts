import { asWeirError, type Log } from '../base/index.ts';
import type { Gap, GapCause } from '../truth/index.ts';
import type { GapFile } from './gap-file.ts';
import { Heartbeat, type LastRun, readLastRun } from './heartbeat.ts';

/** A wall clock that goes this much faster or slower than time itself was set, or the machine slept. */
const JUMP_MS = 10_000;

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
 * caller: `nowMs` is the wall clock, `steadyMs` a clock that nobody sets and that stands still while the machine sleeps.
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
  private last: { wall: number; steady: number } | null = null;
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
  listening(ports: boolean, nowMs: number, steadyMs: number): void {
    this.endGap(nowMs);
    this.phase = ports ? 'measuring' : 'closed';
    if (!ports) this.down = { from: nowMs, cause: 'closed' };
    this.since = nowMs;
    this.last = { wall: nowMs, steady: steadyMs };
    this.say(nowMs, true);
  }

  /** Call it about once a second. */
  beat(nowMs: number, steadyMs: number): void {
    this.gaps.write(nowMs);
    if (this.last === null || this.phase === 'starting' || this.phase === 'ended') return;
    const { wall, steady } = this.last;
    const jump = nowMs - wall - (steadyMs - steady);
    this.last = { wall: nowMs, steady: steadyMs };
    if (jump > JUMP_MS) this.slept(wall, nowMs);
    else if (jump < -JUMP_MS) this.setBack(nowMs, -jump);
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

  private slept(wall: number, nowMs: number): void {
    const from = Math.max(wall, this.settled <= nowMs ? this.settled : 0);
    const seconds = Math.round((nowMs - from) / 1000);
    this.log.warn(
      { seconds },
      'the machine slept, or its clock was set forward: nothing was measured in the time between',
    );
    if (this.phase === 'measuring') this.note(from, nowMs, 'stopped');
    this.gaps.write(nowMs);
  }

  private setBack(nowMs: number, ms: number): void {
    this.log.warn({ seconds: Math.round(ms / 1000) }, 'the clock of this machine was set back');
    if (this.down) this.down = { ...this.down, from: Math.min(this.down.from, nowMs) };
    this.gaps.cut(nowMs);
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
