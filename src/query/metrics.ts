import { WeirError } from '../base/index.ts';
import { type JsonValue, jsonInteger } from '../flow/index.ts';
import { type Dimension, dimensionNames, parseDimension } from './dimensions.ts';
import { BYTES, DURATION, FLOWS, PACKETS, SUMS, type Sum } from './sums.ts';
import { quoted, unknownWord } from './words.ts';

interface Described {
  readonly name: string;
  readonly type: 'integer' | 'number';
  readonly unit: string | null;
  readonly meaning: string;
}
export interface SumMetric extends Described {
  readonly kind: 'sum';
  readonly of: Sum;
}
/** A sum per second of the range (or of the time bucket). */
export interface RateMetric extends Described {
  readonly kind: 'rate';
  readonly of: Sum;
  readonly scale: number;
}
/** One sum divided by another; null where the divisor is 0. */
export interface RatioMetric extends Described {
  readonly kind: 'ratio';
  readonly of: Sum;
  readonly per: Sum;
}
export interface DistinctMetric extends Described {
  readonly kind: 'distinct';
  readonly dimension: Dimension;
}
export interface PercentileMetric extends Described {
  readonly kind: 'percentile';
  /** 0..100, both outside. */
  readonly percent: number;
  readonly of: SumMetric | RateMetric;
}
export type Metric = SumMetric | RateMetric | RatioMetric | DistinctMetric | PercentileMetric;

const rate = (name: string, of: Sum, scale: number, unit: string, meaning: string): RateMetric => {
  return { kind: 'rate', name, type: 'number', unit, meaning, of, scale };
};
const ratio = (name: string, of: Sum, per: Sum, unit: string, meaning: string): RatioMetric => {
  return { kind: 'ratio', name, type: 'number', unit, meaning, of, per };
};

/** Every metric that has a plain name. Parsing, documents and the pickers of the user interface are derived from it. */
export const METRICS: readonly (SumMetric | RateMetric | RatioMetric)[] = [
  ...SUMS.map((of): SumMetric => {
    return { kind: 'sum', name: of.name, type: 'integer', unit: of.unit, meaning: of.meaning, of };
  }),
  rate('bps', BYTES, 8, 'bit/s', 'bits per second over the range, or over the bucket with `every`'),
  rate('pps', PACKETS, 1, 'packets/s', 'packets per second over the range, or over the bucket with `every`'),
  rate('fps', FLOWS, 1, 'flows/s', 'flows per second over the range, or over the bucket with `every`'),
  ratio('avg_packet', BYTES, PACKETS, 'bytes', 'mean size of a packet: bytes / packets'),
  ratio('avg_flow', BYTES, FLOWS, 'bytes', 'mean size of a flow: bytes / flows'),
  ratio('avg_packets', PACKETS, FLOWS, 'packets', 'mean number of packets of a flow: packets / flows'),
  ratio('avg_duration', DURATION, FLOWS, 'ms', 'mean time of a flow: duration / flows'),
];

const byName = new Map(METRICS.map((m) => [m.name, m]));

/** Reads `bytes`, `distinct(dst_addr)` or `p95(bps)`. */
export function parseMetric(given: string): Metric {
  const text = given.trim();
  const plain = byName.get(text);
  if (plain) return plain;
  const call = /^([a-z0-9.]+)\s*\(\s*([^()]*?)\s*\)$/.exec(text);
  if (call?.[1] === 'distinct') return distinctOf(call[2]!);
  const percent = /^p(\d{1,2}(?:\.\d{1,3})?)$/.exec(call?.[1] ?? '');
  if (percent) return percentileOf(Number(percent[1]), call![2]!);
  throw unknownWord('metric', text, metricWords(), 'also distinct(DIMENSION) and pNN(METRIC)');
}

function distinctOf(word: string): DistinctMetric {
  const dimension = parseDimension(word);
  const meaning = `exact number of different known values of ${dimension.name}`;
  return { kind: 'distinct', name: `distinct(${dimension.name})`, type: 'integer', unit: null, meaning, dimension };
}

function percentileOf(percent: number, word: string): PercentileMetric {
  const of = byName.get(word);
  if (!of) throw unknownWord('metric', word, [...byName.keys()]);
  if (of.kind === 'ratio') {
    throw new WeirError('usage', `a percentile over time needs a sum or a rate, and ${of.name} is a mean`);
  }
  if (percent <= 0) throw new WeirError('usage', `percentile ${quoted(`p${percent}`)}: must lie between 0 and 100`);
  const name = `p${percent}(${of.name})`;
  const meaning = `${percent}th percentile (nearest rank) of ${of.name} over buckets of time; a bucket without traffic counts 0`;
  return { kind: 'percentile', name, type: of.type, unit: of.unit, meaning, percent, of };
}

function metricWords(): string[] {
  return [...byName.keys(), ...dimensionNames().map((d) => `distinct(${d})`), 'p95(bps)', 'p95(bytes)'];
}

/** The sums that a metric is made of. */
export function sumsOf(metric: Metric): readonly Sum[] {
  if (metric.kind === 'ratio') return [metric.of, metric.per];
  return metric.kind === 'sum' || metric.kind === 'rate' ? [metric.of] : [];
}

/** What was counted for one row: sums by their name, distinct counts and percentiles by the metric's name. */
export type Figures = ReadonlyMap<string, bigint>;

/** The metric's value, or null where it cannot be said (division by zero, or not known for this set of rows). */
export function metricValue(metric: Metric, figures: Figures, seconds: number, bucketSeconds = seconds): JsonValue {
  switch (metric.kind) {
    case 'sum':
      return integer(figures.get(metric.of.name));
    case 'rate':
      return perSecond(metric, figures.get(metric.of.name), seconds);
    case 'ratio': {
      const of = figures.get(metric.of.name);
      const per = figures.get(metric.per.name);
      return of === undefined || per === undefined || per === 0n ? null : quotient(of, per);
    }
    case 'distinct':
      return integer(figures.get(metric.name));
    case 'percentile': {
      const value = figures.get(metric.name);
      return metric.of.kind === 'rate' ? perSecond(metric.of, value, bucketSeconds) : integer(value);
    }
  }
}

function integer(value: bigint | undefined): JsonValue {
  return value === undefined ? null : jsonInteger(value);
}

function perSecond(metric: RateMetric, value: bigint | undefined, seconds: number): number | null {
  return value === undefined || !(seconds > 0) ? null : (Number(value) * metric.scale) / seconds;
}

/** The quotient as a double: whole part exact, so that large sums do not lose more than the last digits. */
function quotient(of: bigint, per: bigint): number {
  return Number(of / per) + Number(of % per) / Number(per);
}

export interface MetricDescription {
  readonly name: string;
  readonly kind: Metric['kind'];
  readonly type: 'integer' | 'number';
  readonly unit: string | null;
  /** The values of parts add up to the value of the whole. */
  readonly additive: boolean;
  readonly meaning: string;
}

/** The table of metrics for documents, API and pickers; the last two stand for their families. */
export function metricTable(): MetricDescription[] {
  const families = [parseMetric('distinct(dst_addr)'), parseMetric('p95(bps)')];
  return [...METRICS, ...families].map(({ name, kind, type, unit, meaning }) => {
    return { name, kind, type, unit, additive: kind === 'sum' || kind === 'rate', meaning };
  });
}
