import { asWeirError } from '../base/index.ts';
import { Heartbeat } from '../store/index.ts';
import type { Gap } from '../truth/index.ts';

/** A wall clock that goes this much faster than time itself was set, or the machine slept. */
const JUMP_MS = 10_000;
/** Sleeps that nobody asked about yet. */
const MOST_GAPS = 1_000;

/** The sign of life of an agent, and when its machine slept. What is made of both is with the store (src/store/node-runs.ts). */
export class AgentLife {
  private readonly path: string;
  private readonly onTrouble: (text: string) => void;
  private heartbeat: Heartbeat | null = null;
  private gaps: Gap[] = [];
  private since = 0;
  private last = { wall: 0, steady: 0 };
  private failing = false;

  constructor(path: string, onTrouble: (text: string) => void) {
    this.path = path;
    this.onTrouble = onTrouble;
  }

  /** From now on flows are received. */
  begin(nowMs: number, steadyMs: number): void {
    this.heartbeat = new Heartbeat(this.path);
    this.since = nowMs;
    this.last = { wall: nowMs, steady: steadyMs };
    this.say(nowMs, false, true);
  }

  /** Call it about once a second; `steadyMs` is of a clock that nobody sets and that stands still while the machine sleeps. */
  beat(nowMs: number, steadyMs: number): void {
    const { wall, steady } = this.last;
    this.last = { wall: nowMs, steady: steadyMs };
    if (nowMs - wall - (steadyMs - steady) > JUMP_MS && this.gaps.length < MOST_GAPS)
      this.gaps.push({ from: wall, to: nowMs, cause: 'stopped' });
    this.say(nowMs, false, false);
  }

  /** Times without measurement that are over, since the last call. */
  takeGaps(): readonly Gap[] {
    const { gaps } = this;
    this.gaps = [];
    return gaps;
  }

  end(nowMs: number): void {
    this.say(nowMs, true, true);
    this.heartbeat?.close();
  }

  /** A disk that refuses costs only where the next gap begins. */
  private say(nowMs: number, ended: boolean, sync: boolean): void {
    try {
      this.heartbeat?.write({ since: this.since, alive: nowMs, measuring: true, ended }, sync);
      this.failing = false;
    } catch (error) {
      if (!this.failing)
        this.onTrouble(`the sign of life of this agent cannot be written: ${asWeirError(error).message}`);
      this.failing = true;
    }
  }
}
