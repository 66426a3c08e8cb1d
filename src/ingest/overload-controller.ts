import { MOST_SHED_RATE } from '../wire/index.ts';
import { RecentLeast, RecentRate } from './recent.ts';
import { WritingCapacity } from './writing-capacity.ts';

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
  /** Rows that have gone to segments, those decoded later among them: they want the same thread and the same disk. */
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
  /** Why step or rate were changed last, with the figures of then, which may be over; '' before the first change. */
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
/** The same once flows are shed, and how long a rate that should be enough is given. */
const LAG_SHEDDING_MS = 5_000;
const ENOUGH_MS = 10_000;
/** A rate that holds is raised by so much at a time. */
const MOST_AT_ONCE = 4;
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
/** What comes at the moment: a peak that has ended shall not be taken for one that goes on. */
const MOMENT_MS = 500;
/** For the figures in words: long enough for several segments. */
const WRITTEN_MS = 10_000;
/** Of what can be written, the share that flows may take while some are shed; less while older ones wait. */
const SHARE = 0.8;
const SHARE_WAITING = 0.4;

/**
 * Decides what a node gives up when more comes than it can do, from what it looks at alone: no clock of its own, no effect. Up fast, down slowly.
 *
 * A peak of seconds is absorbed exactly: rows wait in memory, and when that is full datagrams are only journalled, and decoded later. That costs
 * nothing but time and is no step. What lasts longer would let answers fall behind and the journal grow without end; then, in this order, questions
 * get one thread and one turn, history lets its costly tables go, and flows are shed. Where nothing would be gained by shedding there is none: when a
 * disk refuses to be written, and when all that comes can be written, though much of what came before waits. Nor is a rate raised whose effect nobody
 * has seen, because the disk stalls.
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
  private receivedAtChange = 0;
  private readonly capacity = new WritingCapacity();
  private readonly buffer = new RecentLeast(LASTING_MS);
  private readonly received = new RecentRate(WINDOW_MS);
  private readonly comes = new RecentRate(MOMENT_MS);
  private readonly written = new RecentRate(WRITTEN_MS);

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
    if (reason !== null && this.raise(reason, facts)) return true;
    if (this.step > 0 && this.calmSinceMs !== null && nowMs - this.calmSinceMs >= this.patience())
      return this.lower(facts);
    return false;
  }

  private measure(facts: OverloadFacts): void {
    const { nowMs, buffer, deferred, received, written } = facts;
    this.buffer.see(buffer, nowMs);
    this.received.see(received, nowMs);
    this.comes.see(received, nowMs);
    this.written.see(written, nowMs);
    if (deferred > this.deferred) this.deferredMs = nowMs;
    this.deferred = deferred;
    const isDeferring = this.isDeferring(nowMs);
    const isClear = !facts.waiting && !isDeferring;
    if (Number.isNaN(this.clearedMs) || isClear) {
      this.clearedAt = deferred;
      this.clearedMs = nowMs;
    }
    this.capacity.see(written, isDeferring, isClear, nowMs);
    const isBehind = this.behindMs(facts) >= LAG_CALM_MS;
    // What waits is decoded no later for flows that fit beside it.
    const gainsNothing = this.step === SHED && this.neededRate(facts) === 1;
    const calm = buffer < BUFFER_CALM && !isDeferring && (!isBehind || gainsNothing);
    this.calmSinceMs = calm ? (this.calmSinceMs ?? nowMs) : null;
  }

  /** A pool that is emptied in part lets datagrams through for a moment: it is one peak all the same. */
  private isDeferring(nowMs: number): boolean {
    return nowMs - this.deferredMs < SETTLE_MS;
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
    if (!this.mayShed(facts)) return this.step < EXTRAS && this.change(this.step + 1, 1, reason, facts);
    const needed =
      this.step < SHED ? this.neededRate(facts) : Math.min(this.neededRate(facts), this.rate * MOST_AT_ONCE);
    const rate = Math.min(MOST_SHED_RATE, Math.max(this.rate * 2, needed));
    return rate > this.rate && this.change(SHED, rate, reason, facts);
  }

  private mayShed(facts: OverloadFacts): boolean {
    // A receive thread that reads nothing at all waits for the disk: fewer flows would not help it.
    if (this.buffer.least >= BUFFER_HIGH) return this.step >= EXTRAS && facts.received > this.receivedAtChange;
    if (!this.wouldGain(facts)) return false;
    return this.step === SHED ? this.mayShedMore(facts) : this.mayBegin(facts);
  }

  /** Whether more comes at the moment than may be written of it. Where nobody knows, memory that is full says so. */
  private wouldGain(facts: OverloadFacts): boolean {
    const fits = this.fits(facts) || SHARE_WAITING * this.capacity.leastPerSecond;
    if (fits === 0) return this.isDeferring(facts.nowMs);
    return Math.min(this.received.perSecond, this.comes.perSecond) > fits;
  }

  private mayShedMore(facts: OverloadFacts): boolean {
    const sinceMs = facts.nowMs - this.changedMs;
    // A rate is given time until the memory that is full has been written; while the disk stalls, nobody knows what it is worth.
    if (this.capacity.perSecond === 0 || !this.capacity.movedSince(this.changedMs)) return false;
    if (this.rate < this.neededRate(facts)) return true;
    if (this.isDeferring(facts.nowMs)) return sinceMs >= PEAK_MS;
    return this.rate < MOST_FOR_LAG && sinceMs >= ENOUGH_MS;
  }

  private mayBegin(facts: OverloadFacts): boolean {
    const { nowMs } = facts;
    if (this.behindMs(facts) >= LAG_HIGH_MS) return true;
    if (!this.isDeferring(nowMs) || !this.capacity.movedSince(this.clearedMs)) return false;
    const waiting = ((facts.deferred - this.clearedAt) * facts.received) / facts.datagrams;
    const { perSecond } = this.capacity;
    return perSecond > 0 ? waiting >= (perSecond * WAITING_MS) / 1_000 : nowMs - this.clearedMs >= PEAK_MS;
  }

  /** Records a second that may be written; 0 where nobody knows. */
  private fits({ waiting }: OverloadFacts): number {
    return this.capacity.perSecond * (waiting ? SHARE_WAITING : SHARE);
  }

  /** What comes, by what may be written of it: a power of two. */
  private neededRate(facts: OverloadFacts): number {
    const fits = this.fits(facts);
    const rate = fits > 0 ? 2 ** Math.ceil(Math.log2(this.received.perSecond / fits)) : 2;
    return Math.min(MOST_SHED_RATE, Math.max(1, rate));
  }

  private patience(): number {
    const twice = (2 * this.received.perSecond) / this.rate;
    const { perSecond } = this.capacity;
    return this.step === SHED && perSecond > 0 && twice > SHARE * perSecond ? PROBE_MS : CALM_MS;
  }

  /** To the rate that is needed, or to half of one that holds though it should not be enough. */
  private lower(facts: OverloadFacts): boolean {
    const rate = Math.min(Math.max(1, this.rate / 2), this.neededRate(facts));
    return this.change(rate > 1 ? SHED : this.step - 1, rate, 'there is room again', facts);
  }

  private change(step: number, rate: number, reason: string, { nowMs, received }: OverloadFacts): boolean {
    this.step = step;
    this.rate = rate;
    this.changedMs = nowMs;
    this.receivedAtChange = received;
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
