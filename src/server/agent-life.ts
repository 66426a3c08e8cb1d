import { asWeirError } from '../base/index.ts';
import { ClockSteps, type Clocks, Heartbeat, stepWords } from '../store/index.ts';
import { type Gap, sameGap } from '../truth/index.ts';

/** Sleeps, and settings of the clock, that are not stored yet. */
const MOST_GAPS = 1_000;

/** The sign of life of an agent, when its machine slept, and when its clock was set. What is made of both is with the store (src/store/node-runs.ts). */
export class AgentLife {
  private readonly path: string;
  private readonly onTrouble: (text: string) => void;
  private heartbeat: Heartbeat | null = null;
  private gaps: Gap[] = [];
  private since = 0;
  private steps: ClockSteps | null = null;
  private failing = false;

  constructor(path: string, onTrouble: (text: string) => void) {
    this.path = path;
    this.onTrouble = onTrouble;
  }

  /** From now on flows are received. */
  begin(clocks: Clocks): void {
    const { wall: nowMs } = clocks;
    this.heartbeat = new Heartbeat(this.path);
    this.since = nowMs;
    this.steps = new ClockSteps(clocks);
    this.say(nowMs, false, true);
  }

  /** Call it about once a second. */
  beat(clocks: Clocks): void {
    for (const step of this.steps?.look(clocks) ?? []) {
      this.onTrouble(`${stepWords(step)} (${Math.round(step.ms / 1000)} s)`);
      if (this.gaps.length < MOST_GAPS) this.gaps.push(...step.gaps);
    }
    this.say(clocks.wall, false, false);
  }

  /** What clocks did that is not known to be stored yet, in the order of its happening. */
  get untold(): readonly Gap[] {
    return this.gaps;
  }

  /** These are on disk: who was told them may have ended before. */
  stored(gaps: readonly Gap[]): void {
    this.gaps = this.gaps.filter((gap) => !gaps.some((each) => sameGap(each, gap)));
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
