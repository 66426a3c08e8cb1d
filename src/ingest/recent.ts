/** What was looked at within the last `windowMs`, oldest first; the oldest look kept is the last one before the window. */
class Looks {
  protected readonly values: { readonly ms: number; readonly value: number }[] = [];
  private readonly windowMs: number;

  constructor(windowMs: number) {
    this.windowMs = windowMs;
  }

  see(value: number, nowMs: number): void {
    this.values.push({ ms: nowMs, value });
    while (this.values.length > 1 && this.values[1]!.ms <= nowMs - this.windowMs) this.values.shift();
  }
}

/** How fast a count rises. */
export class RecentRate extends Looks {
  /** Of the window, or of what there is of it. */
  get perSecond(): number {
    const first = this.values[0];
    const last = this.values.at(-1);
    if (!first || !last || last.ms === first.ms) return 0;
    return ((last.value - first.value) * 1_000) / (last.ms - first.ms);
  }
}

/** How fast a count rises that does so in large steps, as rows do that are written by whole segments: from one step to another; 0 before the second. */
export class RecentSteps extends RecentRate {
  private value: number | null = null;

  override see(value: number, nowMs: number): void {
    if (this.value !== null && value !== this.value) super.see(value, nowMs);
    this.value = value;
  }

  /** From the first step that is known to the last. */
  get spanMs(): number {
    return (this.values.at(-1)?.ms ?? 0) - (this.values[0]?.ms ?? 0);
  }

  /** From one step to the next in the mean; 0 before the second. */
  get stepMs(): number {
    return this.values.length > 1 ? this.spanMs / (this.values.length - 1) : 0;
  }

  /** What was seen so far says nothing any more. */
  forget(): void {
    this.values.length = 0;
    this.value = null;
  }
}

/** What a value was at least, all through the window: a level that is left again and again is not lasting. */
export class RecentLeast extends Looks {
  get least(): number {
    return this.values.reduce((least, { value }) => Math.min(least, value), Number.POSITIVE_INFINITY);
  }
}
