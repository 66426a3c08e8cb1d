import { MOST_SHED_RATE } from '../wire/index.ts';
import { RecentLeast, RecentRate, RecentSteps } from './recent.ts';

/** What is looked at, ten times a second. Counts are since the start. */
export interface OverloadFacts {
  /** On a monotonic clock. */
  readonly nowMs: number;
  /** The share of the fullest socket buffer that was in use since the last look, 0..1. */
  readonly buffer: number;
  /** How far answers are behind what is received. */
  readonly lagMs: number;
  /** Records, in so many datagrams; of these, those that were only journalled, to be decoded later. */
  readonly received: number;
  readonly datagrams: number;
  readonly deferred: number;
  /** Rows that have gone to segments, without those decoded later. */
  readonly written: number;
  /** Something that was only journalled waits to be decoded. */
  readonly waiting: boolean;
  /** The store cannot write at all. */
  readonly failing: boolean;
}

/** What the node has given up; each step holds those before it. */
export const OVERLOAD_STEPS = ['normal', 'questions squeezed', 'extras off', 'shedding'] as const;
const SQUEEZE = 1;
const EXTRAS = 2;
const SHED = 3;

export interface OverloadState {
  /** Position in OVERLOAD_STEPS. */
  readonly step: number;
  /** One flow in so many is kept; 1: all. */
  readonly rate: number;
  /** Why step or rate were changed last, with the figures of then; '' before the first change. */
  readonly cause: string;
}

/** A socket buffer that stays fuller than this for so long is one that the receive thread does not empty. */
const LASTING_MS = 300;
const BUFFER_HIGH = 0.4;
const BUFFER_CALM = 0.1;
/** A peak is left to memory and to the journal until what waits there takes so long to write; where nobody knows how fast that is, for so long. */
const WAITING_MS = 3_000;
const PEAK_MS = 2_000;
/** Answers further behind than this do not show what is going on: new flows must leave room for what waits. */
const LAG_HIGH_MS = 10_000;
const LAG_CALM_MS = 2_000;
/** The same once flows are shed, and how long a rate that should be enough is given; where nobody knows what is enough, CALM_MS. */
const LAG_SHEDDING_MS = 5_000;
const ENOUGH_MS = 10_000;
/** What waits is not decoded sooner for a higher rate: so few flows are no load any more. */
const MOST_FOR_LAG = 16;
/** A step is given this long to help before the next is taken. */
const SETTLE_MS = 500;
/** All must be calm for so long before one step, or half a rate, is taken back. */
const CALM_MS = 5_000;
/** The same where the load is known to be too much without it: it is tried now and then, because a disk may have recovered. */
const PROBE_MS = 60_000;
/** So long after the last datagram that was only journalled it is no load that keeps answers behind, but a file that cannot be decoded. */
const BEHIND_MS = 60_000;
const WINDOW_MS = 2_000;
/** Long enough for several segments. */
const STEPS_MS = 5_000;
/** Segments that were written in less time may be those that had waited: that is believed only where nothing else is known. */
const CAPACITY_MS = 1_500;
/** Of what can be written, the share that flows may take while some are shed; less while older ones wait. */
const SHARE = 0.8;
const SHARE_WAITING = 0.4;

/**
 * Decides what a node gives up when more comes than it can do, from what it looks at alone: no clock of its own, no effect. Up fast, down slowly.
 *
 * A peak of seconds is absorbed exactly: rows wait in memory, and when that is full datagrams are only journalled, and decoded later. That costs
 * nothing but time and is no step. What lasts longer would let answers fall behind and the journal grow without end; then, in this order, questions
 * get one thread and one turn, history lets its costly tables go, and flows are shed. A disk that refuses to be written is no reason to shed: nothing
 * would be gained by it.
 */
export class OverloadController {
  private step = 0;
  private rate = 1;
  private cause = '';
  private changedMs = Number.NEGATIVE_INFINITY;
  private calmSinceMs: number | null = null;
  /** Datagrams that had been only journalled when nothing of them waited last, and when that was. */
  private clearedAt = 0;
  private clearedMs = Number.NaN;
  private deferred = 0;
  private deferredMs = Number.NEGATIVE_INFINITY;
  /** What was written when there was more to write last, in rows a second; 0 where that is not known. */
  private capacity = 0;
  private readonly buffer = new RecentLeast(LASTING_MS);
  private readonly received = new RecentRate(WINDOW_MS);
  private readonly written = new RecentSteps(STEPS_MS);
  private readonly pressed = new RecentSteps(STEPS_MS);

  get state(): OverloadState {
    const { step, rate, cause } = this;
    return { step, rate, cause };
  }

  /** Looks; whether the state has changed. */
  observe(facts: OverloadFacts): boolean {
    const { nowMs } = facts;
    this.measure(facts);
    if (nowMs - this.changedMs < SETTLE_MS) return false;
    const reason = this.pressure(facts);
    if (reason !== null) return this.raise(reason, facts);
    if (this.step > 0 && this.calmSinceMs !== null && nowMs - this.calmSinceMs >= this.patience())
      return this.lower(facts);
    return false;
  }

  private measure(facts: OverloadFacts): void {
    const { nowMs, buffer, deferred, received, written } = facts;
    this.buffer.see(buffer, nowMs);
    this.received.see(received, nowMs);
    this.written.see(written, nowMs);
    if (deferred > this.deferred) this.deferredMs = nowMs;
    this.deferred = deferred;
    if (Number.isNaN(this.clearedMs) || (!facts.waiting && !this.isDeferring(nowMs))) {
      this.clearedAt = deferred;
      this.clearedMs = nowMs;
    }
    // Only while more waits than is written does the one tell the other.
    if (this.isDeferring(nowMs)) this.pressed.see(written, nowMs);
    else this.pressed.forget();
    if (this.capacity === 0 || this.pressed.spanMs >= CAPACITY_MS) this.capacity = this.pressed.perSecond;
    const isBehind = this.behindMs(facts) >= LAG_CALM_MS;
    const calm = buffer < BUFFER_CALM && !isBehind && !this.isDeferring(nowMs);
    this.calmSinceMs = calm ? (this.calmSinceMs ?? nowMs) : null;
  }

  /** A pool that is emptied in part lets datagrams through for a moment: it is one peak all the same. */
  private isDeferring(nowMs: number): boolean {
    return nowMs - this.deferredMs < SETTLE_MS;
  }

  /** How long answers may stay behind at the rate that holds. */
  private enoughMs(): number {
    return this.capacity > 0 ? ENOUGH_MS : CALM_MS;
  }

  private behindMs({ nowMs, lagMs }: OverloadFacts): number {
    return nowMs - this.deferredMs < BEHIND_MS ? lagMs : 0;
  }

  /** Why another step is needed; null when it is not. What waits for a disk that refuses is no overload. */
  private pressure(facts: OverloadFacts): string | null {
    const lagMs = this.behindMs(facts);
    if (facts.failing) return null;
    if (this.buffer.least >= BUFFER_HIGH) return `the socket buffer is ${Math.round(100 * this.buffer.least)} % full`;
    if (this.isDeferring(facts.nowMs)) return 'memory for rows is full';
    if (lagMs >= (this.step === SHED ? LAG_SHEDDING_MS : LAG_HIGH_MS))
      return `answers are ${(lagMs / 1_000).toFixed(1)} s behind`;
    return null;
  }

  private raise(reason: string, facts: OverloadFacts): boolean {
    if (!this.mayShed(facts)) return this.step < EXTRAS && this.change(this.step + 1, 1, reason, facts.nowMs);
    const rate = Math.min(MOST_SHED_RATE, Math.max(this.rate * 2, this.step < SHED ? this.neededRate(facts) : 0));
    return rate > this.rate && this.change(SHED, rate, reason, facts.nowMs);
  }

  private mayShed(facts: OverloadFacts): boolean {
    const { nowMs } = facts;
    if (this.buffer.least >= BUFFER_HIGH) return this.step >= EXTRAS;
    // A rate that is enough needs time until the memory that is full has been written.
    if (this.step === SHED && this.rate < this.neededRate(facts)) return true;
    if (this.step === SHED && this.isDeferring(nowMs)) return nowMs - this.changedMs >= PEAK_MS;
    if (this.step === SHED) return this.rate < MOST_FOR_LAG && nowMs - this.changedMs >= this.enoughMs();
    if (this.behindMs(facts) >= LAG_HIGH_MS) return true;
    if (!this.isDeferring(nowMs)) return false;
    const waiting = ((facts.deferred - this.clearedAt) * facts.received) / facts.datagrams;
    return this.capacity > 0 ? waiting >= (this.capacity * WAITING_MS) / 1_000 : nowMs - this.clearedMs >= PEAK_MS;
  }

  /** What comes, by what may be written of it: a power of two. */
  private neededRate({ waiting }: OverloadFacts): number {
    const fits = this.capacity * (waiting ? SHARE_WAITING : SHARE);
    const rate = fits > 0 ? 2 ** Math.ceil(Math.log2(this.received.perSecond / fits)) : 2;
    return Math.min(MOST_SHED_RATE, Math.max(1, rate));
  }

  private patience(): number {
    const twice = (2 * this.received.perSecond) / this.rate;
    return this.step === SHED && this.capacity > 0 && twice > SHARE * this.capacity ? PROBE_MS : CALM_MS;
  }

  /** Rates are halved one after the other, unless all that comes is known to fit. */
  private lower(facts: OverloadFacts): boolean {
    const half = this.rate > 2 && this.neededRate(facts) > 1;
    return this.change(half ? SHED : this.step - 1, half ? this.rate / 2 : 1, 'there is room again', facts.nowMs);
  }

  private change(step: number, rate: number, reason: string, nowMs: number): boolean {
    this.step = step;
    this.rate = rate;
    this.changedMs = nowMs;
    this.calmSinceMs = null;
    this.cause = `${reason}: ${inWords(this.received.perSecond)} records/s come, ${inWords(this.written.perSecond)} rows/s are written`;
    return true;
  }
}

function inWords(perSecond: number): string {
  if (perSecond < 10_000) return String(Math.round(perSecond));
  return perSecond < 1e6 ? `${Math.round(perSecond / 1e3)} k` : `${(perSecond / 1e6).toFixed(1)} M`;
}

/** Whether questions get one thread and one turn, and whether history keeps its costly tables. */
export const isSqueezed = ({ step }: OverloadState): boolean => step >= SQUEEZE;
export const keepsExtras = ({ step }: OverloadState): boolean => step < EXTRAS;
