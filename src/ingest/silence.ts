/** What one look at the clock can add: a pause of this process, or of the machine, is not silence of the other. */
const MOST_STEP_MS = 1_000;

/** How long another process has said nothing while this one listened. Times are of a clock that nobody sets, in ms. */
export class Silence {
  private silentMs = 0;
  private lookedMs: number;

  constructor(nowMs: number) {
    this.lookedMs = nowMs;
  }

  /** It said something. */
  broken(): void {
    this.silentMs = 0;
  }

  /** Call it several times a second. After a pause what was said meanwhile is read before it is called often enough to matter. */
  lastsMs(nowMs: number): number {
    this.silentMs += Math.min(MOST_STEP_MS, nowMs - this.lookedMs);
    this.lookedMs = nowMs;
    return this.silentMs;
  }
}
