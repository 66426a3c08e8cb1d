import type { Flows, Meter } from '../meter/index.ts';
import { isDue, MINUTE_MS, minuteOf } from './periods.ts';

/** Packets by the start of their minute, ms since 1970. */
export type OpenMinutes = ReadonlyMap<number, number>;
export const NONE_OPEN: OpenMinutes = new Map();

/** What one step looks at: less than a millisecond, in which the ring takes what comes. */
const AT_ONCE = 4_096;
const COUNT_MS = 1_000;
/** Looking at 100 flows takes some 15 us: of many flows it is done less often, and takes at most about a fiftieth of the thread's time. */
const FLOWS_PER_MS = 100;
/** What is older counts for the first of them. */
const MINUTES = 120;

/**
 * How many packets are in the open flows of each interface, by minute: what a crash loses, as nobody has been told of these flows yet. Of a flow that lasts over
 * several minutes the packets count as if they had come evenly. It goes on a step at a time, because packets wait meanwhile.
 */
export class OpenPackets {
  private readonly meter: Meter;
  private readonly interfaces: number;
  private readonly interfaceOf: (index: number) => number;
  private readonly counts: Float64Array;
  private countedMs = Number.NEGATIVE_INFINITY;
  private newest = 0;
  /** The slot that is looked at next; -1 while nothing is counted. */
  private next = -1;

  /** `interfaceOf`: which of so many `interfaces` has this index. */
  constructor(meter: Meter, interfaces: number, interfaceOf: (index: number) => number) {
    this.meter = meter;
    this.interfaces = interfaces;
    this.interfaceOf = interfaceOf;
    this.counts = new Float64Array(interfaces * MINUTES);
  }

  get busy(): boolean {
    return this.next >= 0;
  }

  /** Begins to count where it is time to. */
  look(nowMs: number): void {
    const everyMs = Math.max(COUNT_MS, this.meter.slots / FLOWS_PER_MS);
    if (this.busy || !isDue(this.countedMs, everyMs, nowMs)) return;
    this.countedMs = nowMs;
    this.newest = minuteOf(nowMs);
    this.counts.fill(0);
    this.next = 0;
  }

  /** Goes on; what each interface has open, once all flows were looked at. */
  step(): OpenMinutes[] | null {
    if (!this.busy) return null;
    const { meter } = this;
    const to = Math.min(this.next + AT_ONCE, meter.slots);
    for (; this.next < to; this.next++) {
      const flows = meter.countersAt(this.next);
      if (flows !== null) this.count(flows);
    }
    if (this.next < meter.slots) return null;
    this.next = -1;
    return Array.from({ length: this.interfaces }, (_, i) => this.minutesOf(i));
  }

  /** The flow in slot 0. */
  private count(flows: Flows): void {
    const { counts } = this;
    const at = this.interfaceOf(flows.inIf[0]!) * MINUTES;
    const start = flows.start[0]!;
    const lasts = flows.end[0]! - start;
    const packets = flows.packets[0]! * flows.sampling[0]!;
    const first = this.minutesAgo(start);
    const last = this.minutesAgo(flows.end[0]!);
    let counted = 0;
    for (let ago = first; ago > last; ago--) {
      const share = (this.newest - (ago - 1) * MINUTE_MS - start) / lasts;
      const sofar = Math.floor(packets * share);
      counts[at + ago]! += sofar - counted;
      counted = sofar;
    }
    counts[at + last]! += packets - counted;
  }

  private minutesAgo(ms: number): number {
    return Math.min(MINUTES - 1, Math.max(0, (this.newest - minuteOf(ms)) / MINUTE_MS));
  }

  private minutesOf(i: number): OpenMinutes {
    const minutes = new Map<number, number>();
    for (let ago = 0; ago < MINUTES; ago++) {
      const packets = this.counts[i * MINUTES + ago]!;
      if (packets > 0) minutes.set(this.newest - ago * MINUTE_MS, packets);
    }
    return minutes;
  }
}
