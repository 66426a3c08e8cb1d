import {
  type Gap,
  type GapCause,
  isMeasured,
  isOfExporter,
  type MeasuredTime,
  measuredShare,
  measureOf,
  shareOf,
} from './gaps.ts';

/** The part of an answer's account that is about times in which nothing was measured. */
export interface GapQuality {
  readonly status: 'assessed';
  /** Share of the range that was measured. Silences of exporters count by their share of the usual bytes, or wholly where the answer is about one exporter. */
  readonly measured: number;
  /** The same for counts of flows: silences count by their share of the usual records. */
  readonly measured_flows: number;
  /** Longest in the range first, with the times at which they began and ended. */
  readonly gaps: readonly ListedGap[];
  /** Gaps that are not listed. */
  readonly more: number;
  /** By cause: how many, and their time inside the range that no import covers, ms. */
  readonly by: Readonly<Partial<Record<GapCause, { readonly gaps: number; readonly ms: number }>>>;
}

export interface ListedGap extends Pick<Gap, 'from' | 'to' | 'cause' | 'exporter' | 'domain'> {
  /** Inside the range. */
  readonly ms: number;
  /** Of one exporter's: its name, where it has one. */
  readonly exporter_name?: string;
  /** Of one exporter's: which part of all that is usual is missing, 0..1. */
  readonly share?: number;
  /** What that is a part of: records where bytes are not known. */
  readonly share_of?: 'bytes' | 'records';
}

const MOST_LISTED = 50;

/** What is said of gaps in [from, to). `exporter`: the answer is about this one alone. */
export function assessGaps(time: MeasuredTime, from: number, to: number, exporter?: string): GapQuality {
  const inside = apart(time.gaps)
    .filter((gap) => !isOfExporter(gap) || exporter === undefined || gap.exporter === exporter)
    .map((gap) => ({ gap, ms: msOf(gap, time.imported, from, to) }))
    .filter(({ ms }) => ms > 0)
    .sort((a, b) => b.ms - a.ms || a.gap.from - b.gap.from);
  const by: Partial<Record<GapCause, { gaps: number; ms: number }>> = {};
  for (const { gap, ms } of inside) {
    const sum = by[gap.cause] ?? { gaps: 0, ms: 0 };
    by[gap.cause] = { gaps: sum.gaps + 1, ms: sum.ms + ms };
  }
  const measure = measureOf(time, { from, to }, exporter);
  return {
    status: 'assessed',
    measured: measuredShare(measure, from, to),
    measured_flows: measuredShare(measure, from, to, 'flows'),
    gaps: inside.slice(0, MOST_LISTED).map(({ gap, ms }) => listed(gap, ms)),
    more: Math.max(0, inside.length - MOST_LISTED),
    by,
  };
}

/** Of times in which the node did not measure, and which overlap as a clock that was wrong may leave them, the later one begins where the earlier one ends: none is told twice. */
function apart(gaps: readonly Gap[]): Gap[] {
  const ofNode = gaps.filter((gap) => !isOfExporter(gap) && !isMeasured(gap)).sort((a, b) => a.from - b.from);
  let until = Number.NEGATIVE_INFINITY;
  const separate = ofNode.flatMap((gap) => {
    const from = Math.max(gap.from, until);
    until = Math.max(until, gap.to ?? Number.POSITIVE_INFINITY);
    return gap.to === null || gap.to > from ? [{ ...gap, from }] : [];
  });
  return [...separate, ...gaps.filter((gap) => isOfExporter(gap) || isMeasured(gap))];
}

/** The time of a gap in [from, to): of one of the node, what no import covers, as in the share that was measured. */
function msOf(gap: Gap, imported: MeasuredTime['imported'], from: number, to: number): number {
  const stretch = { from: Math.max(gap.from, from), to: Math.min(gap.to ?? to, to) };
  const ms = stretch.to - stretch.from;
  if (ms <= 0 || imported.length === 0 || isOfExporter(gap) || isMeasured(gap)) return ms;
  return ms - measureOf({ gaps: [gap], imported }, stretch).measuredMs(stretch.from, stretch.to);
}

function listed(gap: Gap, ms: number): ListedGap {
  const { from, to, cause, exporter, domain } = gap;
  return {
    from,
    to,
    cause,
    ms,
    ...(exporter === undefined ? {} : { exporter, ...sharesOf(gap) }),
    ...(domain === undefined ? {} : { domain }),
  };
}

/** What is missing in a gap of one exporter, in the terms of what is said of it. */
export function sharesOf(gap: Gap): { readonly share: number; readonly share_of: 'bytes' | 'records' } {
  return { share: shareOf(gap, 'traffic'), share_of: gap.share_bytes === undefined ? 'records' : 'bytes' };
}
