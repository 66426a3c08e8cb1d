import { SizeSampler } from './size-sampler.ts';

/** What metering this host may take of it. */
export interface HostLimits {
  /** Records of one period that are stored; beyond that 1 in N stands for N. */
  readonly records: number;
  readonly periodMs: number;
  /** Of one core, 0 to 1. */
  readonly cpu: number;
  /** Of the process that meters alone: what it shares with other programs of Node is there without it. */
  readonly memoryBytes: number;
  /** For tests: the same draws in every run. */
  readonly seed?: number;
}

export const DEFAULT_HOST_LIMITS: HostLimits = {
  records: 200_000,
  periodMs: 300_000,
  cpu: 0.05,
  memoryBytes: 80_000_000,
};

/** What a process has taken: CPU since its start, and memory now. */
export interface Usage {
  readonly cpuMicros: number;
  readonly ownBytes: number;
}

export interface GovernorStatus {
  /** Of one core, over the last seconds. */
  readonly cpu: number;
  readonly ownBytes: number;
  readonly sweepMs: number;
  /** Part of the records that may be kept. */
  readonly share: number;
  /** Records since the start: kept, and left out (those kept stand for them). */
  readonly kept: number;
  readonly leftOut: number;
  /** Whether records were left out within the last period, and the largest N since that began. */
  readonly isSampling: boolean;
  readonly largestRate: number;
  /** What it does and why, for people; empty where nothing is given up. They change only when that does, not with what is measured: each change is told. */
  readonly notes: readonly string[];
}

export const SWEEP_MS = 1_000;
const LONGEST_SWEEP_MS = 8_000;
const LEAST_SHARE = 1 / 64;
/** CPU is judged over this time: one costly sweep is no load. */
const JUDGED_MS = 5_000;
/** Something is given back after so many judgements below the part of the ceiling at which twice as much would still be below it. */
const CALM_JUDGEMENTS = 4;
const CALM = 0.4;

/**
 * Keeps metering within its ceilings: the host's own work is never made to wait for it. Too many records: they are sampled (size-sampler.ts). Too much CPU: the
 * sockets are looked at less often, up to 8 s apart, and then fewer records are kept. Too much memory: fewer records are kept.
 */
export class Governor {
  private readonly limits: HostLimits;
  private readonly sampler: SizeSampler;
  private sweep = SWEEP_MS;
  private share = 1;
  private calm = 0;
  private cpu = 0;
  private memory = 0;
  private judgedMs: number | null = null;
  private judgedMicros = 0;

  constructor(limits: HostLimits) {
    this.limits = limits;
    this.sampler = new SizeSampler(limits);
  }

  /** The records that one like this stands for, itself among them: 0 where it is not kept. Each direction of a flow is a record, drawn for itself. */
  weight(bytes: number, packets: number): number {
    return this.sampler.weight(bytes, packets);
  }

  /** To be called before each sweep; returns the time until the next one, in ms. */
  advance(nowMs: number, usage: Usage): number {
    this.sampler.advance(nowMs);
    this.memory = usage.ownBytes;
    const { judgedMs } = this;
    // A clock that was set back begins anew.
    if (judgedMs === null || nowMs < judgedMs) this.mark(nowMs, usage);
    else if (nowMs - judgedMs >= JUDGED_MS) {
      this.cpu = (usage.cpuMicros - this.judgedMicros) / 1_000 / (nowMs - judgedMs);
      this.mark(nowMs, usage);
      this.judge();
    }
    return this.sweep;
  }

  status(): GovernorStatus {
    const { kept, leftOut, isSampling, largest } = this.sampler;
    const { cpu, sweep, share, memory } = this;
    const notes = [...this.notes()];
    return { cpu, ownBytes: memory, sweepMs: sweep, share, kept, leftOut, isSampling, largestRate: largest, notes };
  }

  private mark(nowMs: number, { cpuMicros }: Usage): void {
    this.judgedMs = nowMs;
    this.judgedMicros = cpuMicros;
  }

  private judge(): void {
    const { cpu, memoryBytes } = this.limits;
    const isBusy = this.cpu > cpu;
    const isLarge = this.memory > memoryBytes;
    this.calm = this.cpu < CALM * cpu && !isLarge ? this.calm + 1 : 0;
    if (isBusy && this.sweep < LONGEST_SWEEP_MS) this.sweep *= 2;
    else if (isBusy || isLarge) this.setShare(Math.max(LEAST_SHARE, this.share / 2));
    else if (this.calm >= CALM_JUDGEMENTS) this.giveBack();
  }

  /** The last thing that was given up comes back first. */
  private giveBack(): void {
    this.calm = 0;
    if (this.share < 1) this.setShare(Math.min(1, this.share * 2));
    else if (this.sweep > SWEEP_MS) this.sweep /= 2;
  }

  private setShare(share: number): void {
    this.share = share;
    this.sampler.setShare(share);
  }

  private *notes(): Generator<string> {
    const { limits, share, sweep, sampler } = this;
    const cpu = `${(100 * limits.cpu).toFixed(1)} % of a core`;
    const memory = `${Math.round(limits.memoryBytes / 1e6)} MB of memory`;
    if (sweep > SWEEP_MS) yield `sockets are looked at every ${sweep / 1_000} s: metering may take ${cpu}`;
    if (share < 1) yield `1 of ${1 / share} of the usual records are kept: metering may take ${cpu} and ${memory}`;
    if (sampler.isSampling)
      yield `records are sampled: of ${limits.periodMs / 1_000} s ${limits.records} may be stored, and those kept stand for the others`;
  }
}
