import type { RowBound } from './answer.ts';
import { type Figures, type Metric, MINUTE_MS, secondsFor } from './metrics.ts';
import type { MeasuredSeconds } from './window.ts';

/** The sums that rows of history keep, and the floor that bounds what one key may miss of each: a scaled sum is never below its raw one. */
const FLOOR_OF = {
  records: null,
  flows: 'flows',
  bytes: 'bytes',
  packets: 'packets',
  raw_bytes: 'bytes',
  raw_packets: 'packets',
} as const;
type SumName = keyof typeof FLOOR_OF;
export const SUM_NAMES = Object.keys(FLOOR_OF) as SumName[];
export const FLOORS = ['bytes', 'packets', 'flows'] as const;

/** What a set of rows may miss at most, by sum. */
export type Missing = ReadonlyMap<string, bigint>;

/** What the cube left out of one of its buckets: by sum, and the most that one key may have had of it. */
export interface LeftOut {
  readonly time: number;
  readonly rest: Missing;
  readonly floor: Missing;
}

export const NOTHING_LEFT_OUT: LeftOut = { time: 0, rest: new Map(), floor: new Map() };

/** Of a key that was never counted no part of a floor is known not to apply. */
export const NOTHING_KNOWN: Missing = new Map();

/** Several buckets together. */
export function addUp(parts: readonly LeftOut[]): LeftOut {
  const add = (of: (p: LeftOut) => Missing, names: readonly string[]) =>
    new Map(names.map((n) => [n, parts.reduce((all, p) => all + (of(p).get(n) ?? 0n), 0n)]));
  return { time: parts[0]?.time ?? 0, rest: add((p) => p.rest, SUM_NAMES), floor: add((p) => p.floor, FLOORS) };
}

export function groupUp(parts: readonly LeftOut[], key: (p: LeftOut) => number): Map<number, LeftOut> {
  const groups = new Map<number, LeftOut[]>();
  for (const part of parts) {
    const group = groups.get(key(part));
    if (group) group.push(part);
    else groups.set(key(part), [part]);
  }
  return new Map([...groups].map(([k, of]) => [k, addUp(of)]));
}

/** The most that a row may miss of a single bucket. */
export function largestOf(parts: readonly LeftOut[], oneKey: boolean): Missing {
  const missing = parts.map((p) => missingOf(p, oneKey ? NOTHING_KNOWN : null));
  return new Map(SUM_NAMES.map((n) => [n, missing.reduce((most, m) => larger(most, m.get(n) ?? 0n), 0n)]));
}

function larger(a: bigint, b: bigint): bigint {
  return a > b ? a : b;
}

/** What a key may miss; `known` null: it is no single key, and may have had all that was left out. */
export function missingOf({ rest, floor }: LeftOut, known: Missing | null): Missing {
  return new Map(
    SUM_NAMES.map((n) => {
      const all = rest.get(n) ?? 0n;
      const of = FLOOR_OF[n];
      if (known === null || of === null) return [n, all];
      const most = larger(0n, (floor.get(of) ?? 0n) - (known.get(of) ?? 0n));
      return [n, most < all ? most : all];
    }),
  );
}

/** What a row may miss: in all, in its largest minute and in any of its buckets. */
export interface AllMissing {
  readonly sums: Missing;
  readonly peaks: Missing;
  readonly percentiles: Missing;
}

/** The bounds of the values of a row, in the units of its metrics. */
export function boundsOf(
  metrics: readonly Metric[],
  { sums, peaks, percentiles }: AllMissing,
  figures: Figures,
  measured: MeasuredSeconds,
  bucketSeconds: number,
): RowBound {
  const bounds: Record<string, number> = {};
  for (const metric of metrics) {
    const bound = boundOf(metric);
    if (bound !== null) bounds[metric.name] = bound;
  }
  return bounds;

  function boundOf(metric: Metric): number | null {
    const of = (n: string) => Number(sums.get(n) ?? 0n);
    switch (metric.kind) {
      case 'sum':
        return of(metric.of.name);
      case 'rate': {
        const seconds = secondsFor(metric.of, measured);
        return seconds > 0 ? (of(metric.of.name) * metric.scale) / seconds : null;
      }
      case 'ratio':
        return ratioBound(figures, metric.of.name, metric.per.name, of);
      case 'percentile': {
        const most = Number(percentiles.get(metric.of.of.name) ?? 0n);
        return metric.of.kind === 'sum' ? most : (most * metric.of.scale) / bucketSeconds;
      }
      case 'peak': {
        const most = Number(peaks.get(metric.of.name) ?? 0n);
        return metric.scale === null ? most : (most * metric.scale) / (MINUTE_MS / 1000);
      }
      case 'distinct':
        return null;
    }
  }
}

/** A mean may be off in both directions: its divisor misses something too. */
function ratioBound(figures: Figures, of: string, per: string, missing: (name: string) => number): number | null {
  const [above, below] = [Number(figures.get(of) ?? 0n), Number(figures.get(per) ?? 0n)];
  if (below === 0) return null;
  const value = above / below;
  return Math.max((above + missing(of)) / below - value, value - above / (below + missing(per)));
}
