import type { QueryAnswer } from '../query/index.ts';
import { numberOf } from './format.ts';
import type { GraphMetric } from './graph-metrics.ts';

export type Side = 'out' | 'in';
/** By bucket; those in are below 0; null where nothing was measured. */
type Rates = readonly (number | null)[];

export interface Layer {
  readonly category: string;
  readonly side: Side;
  readonly rates: Rates;
}

export interface FlowGraph {
  /** Starts of the buckets, ms since 1970. */
  readonly times: readonly number[];
  readonly stepMs: number;
  /** The largest categories first. */
  readonly layers: readonly Layer[];
  /** False where the node does not know its home networks: all is drawn above the axis. */
  readonly hasSides: boolean;
  /** Share of each bucket that was measured, 0..1. */
  readonly measured: readonly number[];
  /** Largest rate of all layers of one side. */
  readonly largest: number;
  /** The share of all that crosses no border, and is not drawn; 0 where all is. */
  readonly notDrawn: number;
}

/** What is said to have no direction of less than this share of the traffic is left to tables. */
const SIDES_FROM = 0.01;

/** The graph of an answer by time, category and direction. */
export function readFlowGraph({ columns, rows, buckets = [], plan }: QueryAnswer, metric: GraphMetric): FlowGraph {
  const at = (name: string) => columns.findIndex((column) => column.name === name);
  const [time, category, direction, amount] = [at('time'), at('category'), at('direction'), at(metric.mean)];
  const times = buckets.map((bucket) => bucket.time);
  const indexes = new Map(times.map((t, i) => [t, i]));
  const isSided = (row: (typeof rows)[number]) => row[direction] === 'in' || row[direction] === 'out';
  let [all, sided] = [0, 0];
  for (const row of rows) {
    all += numberOf(row[amount]);
    if (isSided(row)) sided += numberOf(row[amount]);
  }
  const hasSides = sided > SIDES_FROM * all;
  const blank = () => buckets.map(({ measured }) => (measured > 0 ? 0 : null));
  const layers = new Map<string, { category: string; side: Side; rates: (number | null)[]; sum: number }>();
  for (const row of rows) {
    const i = indexes.get(Number(row[time]));
    if (i === undefined || (hasSides && !isSided(row))) continue;
    const side = hasSides && row[direction] === 'in' ? 'in' : 'out';
    const name = String(row[category] || 'Unknown');
    const key = `${side} ${name}`;
    const layer = layers.get(key) ?? { category: name, side, rates: blank(), sum: 0 };
    layers.set(key, layer);
    const value = row[amount] ?? null;
    if (value === null) continue;
    layer.rates[i] = (layer.rates[i] ?? 0) + (side === 'in' ? -numberOf(value) : numberOf(value));
    layer.sum += numberOf(value);
  }
  const sorted = [...layers.values()].sort((a, b) => b.sum - a.sum);
  return {
    ...{ times, stepMs: plan.bucket_ms ?? 60_000, layers: sorted, hasSides },
    ...{ measured: buckets.map((bucket) => bucket.measured), largest: largestOf(sorted, times.length) },
    notDrawn: hasSides && all > 0 ? (all - sided) / all : 0,
  };
}

/** The largest sum of one side in one bucket. */
export function largestOf(layers: readonly Layer[], buckets: number): number {
  let largest = 0;
  for (let i = 0; i < buckets; i++) {
    const sums = { out: 0, in: 0 };
    for (const { side, rates } of layers) sums[side] += Math.abs(rates[i] ?? 0);
    largest = Math.max(largest, sums.out, sums.in);
  }
  return largest;
}

/** The largest minute of each bucket, per second, by side; those in are below 0. */
export type Peaks = Readonly<Record<Side, Rates>>;

/** The peaks of an answer by time, and by direction where there are sides. */
export function readPeaks({ columns, rows, buckets = [] }: QueryAnswer, metric: GraphMetric): Peaks {
  const at = (name: string) => columns.findIndex((column) => column.name === name);
  const [time, direction, amount] = [at('time'), at('direction'), at(metric.peak)];
  const indexes = new Map(buckets.map((bucket, i) => [bucket.time, i]));
  const peaks = { out: buckets.map((): number | null => null), in: buckets.map((): number | null => null) };
  for (const row of rows) {
    const i = indexes.get(Number(row[time]));
    const side = direction < 0 ? 'out' : row[direction];
    const value = row[amount] ?? null;
    if (i === undefined || value === null || (side !== 'in' && side !== 'out')) continue;
    const rate = numberOf(value) / metric.peakSeconds;
    peaks[side][i] = side === 'in' ? -rate : rate;
  }
  return peaks;
}

export interface HostsGraph extends Pick<FlowGraph, 'times' | 'stepMs' | 'measured'> {
  /** Home hosts that were sent to, and that sent, across the border. */
  readonly hostsIn: Rates;
  readonly hostsOut: Rates;
  /** The first less the second: a scan of many addresses of which few answer lifts it, one that comes from many hosts here lowers it. */
  readonly difference: Rates;
}

export function readHostsGraph({ columns, rows, buckets = [], plan }: QueryAnswer): HostsGraph {
  const at = (name: string) => columns.findIndex((column) => column.name === name);
  const [time, into, out] = [at('time'), at('hosts_in'), at('hosts_out')];
  const byTime = new Map(rows.map((row) => [Number(row[time]), row]));
  const read = (column: number) =>
    buckets.map(({ time: t, measured }) => {
      const value = byTime.get(t)?.[column];
      return value === null || value === undefined ? (measured > 0 ? 0 : null) : numberOf(value);
    });
  const [hostsIn, hostsOut] = [read(into), read(out)];
  const difference = hostsIn.map((n, i) => (n === null || hostsOut[i] === null ? null : n - hostsOut[i]!));
  return {
    ...{ times: buckets.map((bucket) => bucket.time), stepMs: plan.bucket_ms ?? 60_000 },
    ...{ measured: buckets.map((bucket) => bucket.measured), hostsIn, hostsOut, difference },
  };
}
