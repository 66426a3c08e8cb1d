import { uptime } from 'node:os';
import { systemClock } from '../base/index.ts';
import type { Gap, GapCause } from '../truth/index.ts';

/** Three clocks at one moment, ms. */
export interface Clocks {
  /** Since 1970: anyone may set it. */
  readonly wall: number;
  /** Nobody sets it, and it stands still while the machine sleeps. */
  readonly steady: number;
  /** Nobody sets it, and it goes on while the machine sleeps. */
  readonly machine: number;
}

export function readClocks(): Clocks {
  return { wall: systemClock.now(), steady: performance.now(), machine: uptime() * 1_000 };
}

/** A wall clock that goes by so much faster or slower than the machine's was set; slewing by NTP, and the grain of the clocks, stay below. */
const SET_MS = 2_000;
/** A machine that stood still for so long slept. */
const SLEPT_MS = 10_000;
/** Stretches that are remembered: of a clock that is set all the time the oldest are forgotten. */
const MOST_PIECES = 100;

interface Piece {
  readonly from: number;
  readonly to: number;
}

/** A sleep, or a setting of the clock. */
export interface ClockStep {
  readonly cause: Extract<GapCause, 'stopped' | 'clock' | 'set_back'>;
  /** By how much the wall clock leapt, ms. */
  readonly ms: number;
  /** To be written down: none where all that it leaps over is known. */
  readonly gaps: readonly Gap[];
}

/**
 * Notices, from look to look, that the machine slept or that its wall clock was set. A sleep is a time that was not measured (`stopped`). So is what a clock that is
 * set forward leaps over (`clock`), but for what was measured before the clock was set back to there. What lies between the two times of a clock that
 * is set back goes by twice, and is told as `set_back`.
 */
export class ClockSteps {
  private last: Clocks;
  /** Since when the wall clock has gone on without a leap. */
  private since: number;
  private pieces: Piece[] = [];

  constructor(clocks: Clocks) {
    this.last = clocks;
    this.since = clocks.wall;
  }

  /** What happened since the last look, in the order of its happening. */
  look(clocks: Clocks): ClockStep[] {
    const { last } = this;
    this.last = clocks;
    const machine = clocks.machine - last.machine;
    const slept = Math.min(machine, machine - (clocks.steady - last.steady));
    const set = clocks.wall - last.wall - machine;
    const steps: ClockStep[] = [];
    if (slept > SLEPT_MS) steps.push(this.leap(last.wall, last.wall + machine, 'stopped'));
    const was = slept > SLEPT_MS ? last.wall + machine : last.wall;
    if (set > SET_MS) steps.push(this.leap(was, clocks.wall, 'clock'));
    else if (set < -SET_MS) steps.push(this.back(was, clocks.wall));
    return steps;
  }

  private leap(from: number, to: number, cause: 'stopped' | 'clock'): ClockStep {
    this.keep(from);
    this.since = to;
    return { cause, ms: to - from, gaps: without({ from, to }, this.pieces).map((piece) => ({ ...piece, cause })) };
  }

  private back(from: number, to: number): ClockStep {
    this.keep(from);
    this.since = to;
    const cause = 'set_back';
    return { cause, ms: from - to, gaps: [{ from: to, to: from, cause }] };
  }

  private keep(to: number): void {
    if (to > this.since) this.pieces = [...this.pieces, { from: this.since, to }].slice(-MOST_PIECES);
  }
}

/** What happened, for people who read logs. */
export function stepWords({ cause }: ClockStep): string {
  if (cause === 'set_back') return 'the clock of this machine was set back: the time between goes by twice';
  if (cause === 'clock')
    return 'the clock of this machine was set forward: nothing can be measured in the time between';
  return 'the machine slept: nothing was measured meanwhile';
}

/** The parts of a stretch that are in none of the pieces. */
function without(stretch: Piece, pieces: readonly Piece[]): Piece[] {
  let parts = [stretch];
  for (const { from, to } of pieces)
    parts = parts.flatMap((part) =>
      [
        { from: part.from, to: Math.min(part.to, from) },
        { from: Math.max(part.from, to), to: part.to },
      ].filter((rest) => rest.to > rest.from),
    );
  return parts;
}
