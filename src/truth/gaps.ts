/** Why nothing was measured for a while. */
export const GAP_CAUSES = ['before', 'stopped', 'crashed', 'closed', 'silent', 'meter', 'clock', 'set_back'] as const;
export type GapCause = (typeof GAP_CAUSES)[number];

/**
 * A time in which this node did not measure, or one exporter did not send. `before`: the node had not been started for the first time; `stopped`: orderly
 * (or the machine slept); `crashed`: from the last sign of life to the next start; `closed`: it ran with no port open; `silent`: an exporter was silent for
 * longer than three of its usual intervals; `meter`: the meter of this host had ended, and another one had to be started; `clock`: the clock of this machine
 * was set forward over it. `set_back` was measured: the clock was set back from its end to its beginning, so that it went by twice.
 */
export interface Gap {
  /** ms since 1970, half-open; `to` is null while it lasts. */
  readonly from: number;
  readonly to: number | null;
  readonly cause: GapCause;
  /** Of one exporter's gap, which is a silence or an end of this host's meter: whose. */
  readonly exporter?: string;
  readonly domain?: number;
  /** Of these: records a minute that the exporter usually sends. */
  readonly usual?: number;
  /** Of these: the part of the usual records of all exporters known then that is missing for it, 0..1. */
  readonly share?: number;
  /** The same of their usual bytes, scaled by their sampling: one that samples 1 in 1,000 has few records and much traffic. Absent where they are not known. */
  readonly share_bytes?: number;
  /** Of these: the part of the records that its exporter usually sends from all its observation domains, 0..1; absent where it is all. */
  readonly own?: number;
  /** The same of its bytes. */
  readonly own_bytes?: number;
}

/** What a share is of: bytes (and packets with them), or flows. */
export type Weighed = 'traffic' | 'flows';

export function sameGap(one: Gap, other: Gap): boolean {
  return one.from === other.from && one.to === other.to && one.cause === other.cause && one.exporter === other.exporter;
}

/** Whether one exporter alone was not measured, and not all that this node measures. */
export function isOfExporter({ cause }: Pick<Gap, 'cause'>): boolean {
  return cause === 'silent' || cause === 'meter';
}

/** Whether it takes nothing from the time that was measured. */
export function isMeasured({ cause }: Pick<Gap, 'cause'>): boolean {
  return cause === 'set_back';
}

/** Half-open, ms since 1970. */
interface Stretch {
  readonly from: number;
  readonly to: number;
}

/** What a store knows of the times in which it was not measured. */
export interface MeasuredTime {
  readonly gaps: readonly Gap[];
  /** What imports cover: that no node ran then takes nothing from it. */
  readonly imported: readonly Stretch[];
}

/** How much of a time was measured. */
export interface Measure {
  /** Milliseconds of [from, to) that were measured; a part of what is measured counts as that part of the time. Of traffic unless told. */
  measuredMs(from: number, to: number, of?: Weighed): number;
}

export const ALL_MEASURED: Measure = { measuredMs: (from, to) => to - from };

/** A stretch of which `lost` (above 0, up to 1) was not measured, and what was lost before it, in ms. */
interface LostStretch extends Stretch {
  readonly lost: number;
  readonly lostBefore: number;
}

/** Weights are added and taken away again: what is left of rounding is no weight. */
const ROUNDING = 1e-9;

/**
 * How much was measured inside `range`. Gaps of the node count wholly, apart from what imports cover. A silence counts by the exporter's share of all
 * that is usual, of bytes or of flows; where the question is about `exporter` alone, its own silences count wholly, and those of others not at all.
 */
export function measureOf(time: MeasuredTime, range: Stretch, exporter?: string): Measure {
  const traffic = lostOf(time, range, (gap) => weightOf(gap, 'traffic', exporter));
  const flows = lostOf(time, range, (gap) => weightOf(gap, 'flows', exporter));
  if (traffic === ALL_MEASURED && flows === ALL_MEASURED) return ALL_MEASURED;
  return { measuredMs: (from, to, of = 'traffic') => (of === 'flows' ? flows : traffic).measuredMs(from, to) };
}

function lostOf({ gaps, imported }: MeasuredTime, range: Stretch, weigh: (gap: Gap) => number): Measure {
  const weights = gaps.map((gap) => ({ gap, weight: weigh(gap) })).filter(({ weight }) => weight > 0);
  if (weights.length === 0) return ALL_MEASURED;
  const changes: { at: number; down: number; imports: number; silence: number; silent: number }[] = [];
  const enter = (
    { from, to }: Stretch,
    change: { down?: number; imports?: number; silence?: number; silent?: number },
  ) => {
    const start = Math.max(from, range.from);
    const end = Math.min(to, range.to);
    if (start >= end) return;
    const { down = 0, imports = 0, silence = 0, silent = 0 } = change;
    changes.push({ at: start, down, imports, silence, silent });
    changes.push({ at: end, down: -down, imports: -imports, silence: -silence, silent: -silent });
  };
  for (const { gap, weight } of weights) {
    const stretch = { from: gap.from, to: gap.to ?? Number.POSITIVE_INFINITY };
    enter(stretch, isOfExporter(gap) ? { silence: weight, silent: 1 } : { down: 1 });
  }
  for (const stretch of imported) enter(stretch, { imports: 1 });
  changes.sort((a, b) => a.at - b.at);
  return new LostTime(lostStretches(changes));
}

function weightOf(gap: Gap, of: Weighed, asked: string | undefined): number {
  if (isMeasured(gap)) return 0;
  if (!isOfExporter(gap)) return 1;
  if (asked === undefined) return Math.min(1, shareOf(gap, of));
  const { own = 1, own_bytes = own } = gap;
  return asked === gap.exporter ? Math.min(1, of === 'flows' ? own : own_bytes) : 0;
}

/** What part of all is missing in a gap of one exporter. */
export function shareOf({ share = 0, share_bytes = share }: Gap, of: Weighed): number {
  return of === 'flows' ? share : share_bytes;
}

function lostStretches(
  changes: readonly { at: number; down: number; imports: number; silence: number; silent: number }[],
): LostStretch[] {
  const stretches: LostStretch[] = [];
  let down = 0;
  let imports = 0;
  let silence = 0;
  let silent = 0;
  let lostBefore = 0;
  changes.forEach((change, i) => {
    down += change.down;
    imports += change.imports;
    silent += change.silent;
    silence = silent === 0 ? 0 : silence + change.silence;
    const from = change.at;
    const to = changes[i + 1]?.at ?? from;
    const lost = down > 0 && imports === 0 ? 1 : silence > 1 - ROUNDING ? 1 : silence;
    if (to <= from || lost < ROUNDING) return;
    stretches.push({ from, to, lost, lostBefore });
    lostBefore += (to - from) * lost;
  });
  return stretches;
}

class LostTime implements Measure {
  private readonly stretches: readonly LostStretch[];

  constructor(stretches: readonly LostStretch[]) {
    this.stretches = stretches;
  }

  measuredMs(from: number, to: number): number {
    if (to <= from) return 0;
    const measured = to - from - (this.lostUntil(to) - this.lostUntil(from));
    return measured < (to - from) * ROUNDING ? 0 : measured;
  }

  /** What was lost before `at`, in ms. */
  private lostUntil(at: number): number {
    let low = 0;
    let high = this.stretches.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.stretches[middle]!.from < at) low = middle + 1;
      else high = middle;
    }
    const last = this.stretches[low - 1];
    return last === undefined ? 0 : last.lostBefore + (Math.min(at, last.to) - last.from) * last.lost;
  }
}

/** 0..1; 1 of no time at all. Never 1 where something was lost. */
export function measuredShare(measure: Measure, from: number, to: number, of: Weighed = 'traffic'): number {
  return to > from ? measure.measuredMs(from, to, of) / (to - from) : 1;
}
