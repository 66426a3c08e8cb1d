import { quoted, WeirError } from '../base/index.ts';
import { type JsonValue, jsonInteger } from '../flow/index.ts';
import { type Dimension, dimensionNames, parseDimension } from './dimensions.ts';
import { BYTES, DURATION, FLOWS, PACKETS, SUMS, type Sum } from './sums.ts';
import type { MeasuredSeconds } from './window.ts';
import { unknownWord } from './words.ts';

interface Described {
  readonly name: string;
  readonly type: 'integer' | 'number';
  readonly unit: string | null;
  readonly meaning: string;
}
interface SumMetric extends Described {
  readonly kind: 'sum';
  readonly of: Sum;
}
/** A sum per second of the range (or of the time bucket). */
interface RateMetric extends Described {
  readonly kind: 'rate';
  readonly of: Sum;
  readonly scale: number;
}
/** One sum divided by another; null where the divisor is 0. */
interface RatioMetric extends Described {
  readonly kind: 'ratio';
  readonly of: Sum;
  readonly per: Sum;
}
export interface DistinctMetric extends Described {
  readonly kind: 'distinct';
  readonly dimension: Dimension;
  /** Not every known value but those of home hosts that sent (`out`) or were sent to (`in`) across the border. */
  readonly hosts: HostSide | null;
}
export type HostSide = 'out' | 'in';
/** The largest sum of one minute (UTC) in the range, or in the bucket with `every`. */
interface PeakMetric extends Described {
  readonly kind: 'peak';
  readonly of: Sum;
  /** Of a rate: what the sum is multiplied with before it is divided by the 60 seconds; null where the sum is shown as it is. */
  readonly scale: number | null;
}
export interface PercentileMetric extends Described {
  readonly kind: 'percentile';
  /** 0..100, both outside. */
  readonly percent: number;
  readonly of: SumMetric | RateMetric;
}
export type Metric = SumMetric | RateMetric | RatioMetric | DistinctMetric | PercentileMetric | PeakMetric;

export const MINUTE_MS = 60_000;

const rate = (name: string, of: Sum, scale: number, unit: string, meaning: string): RateMetric => {
  return { kind: 'rate', name, type: 'number', unit, meaning, of, scale };
};
const ratio = (name: string, of: Sum, per: Sum, unit: string, meaning: string): RatioMetric => {
  return { kind: 'ratio', name, type: 'number', unit, meaning, of, per };
};

const peak = (of: Sum): PeakMetric => {
  const meaning = `largest sum of ${of.name} in one minute (UTC) of the range, or of the bucket with \`every\``;
  return { kind: 'peak', name: peakFigure(of), type: 'integer', unit: of.unit, meaning, of, scale: null };
};
const peakRate = (name: string, of: Sum, scale: number, unit: string): PeakMetric => {
  return {
    kind: 'peak',
    name,
    type: 'number',
    unit,
    meaning: `${peakFigure(of)} as a rate over its minute, and at least the mean rate: minutes at the edges of the range are cut; null where less than a minute was measured`,
    of,
    scale,
  };
};
const hosts = (side: HostSide, address: string, meaning: string): DistinctMetric => {
  const dimension = parseDimension(address);
  return { kind: 'distinct', name: `hosts_${side}`, type: 'integer', unit: 'hosts', meaning, dimension, hosts: side };
};

/** Every metric that has a plain name. Parsing, documents and the pickers of the user interface are derived from it. */
export const METRICS: readonly Metric[] = [
  ...SUMS.map((of): SumMetric => {
    return { kind: 'sum', name: of.name, type: 'integer', unit: of.unit, meaning: of.meaning, of };
  }),
  rate('bps', BYTES, 8, 'bit/s', 'bits per measured second of the range, or of the bucket with `every`'),
  rate('pps', PACKETS, 1, 'packets/s', 'packets per measured second of the range, or of the bucket with `every`'),
  rate('fps', FLOWS, 1, 'flows/s', 'flows per measured second of the range, or of the bucket with `every`'),
  ratio('avg_packet', BYTES, PACKETS, 'bytes', 'mean size of a packet: bytes / packets'),
  ratio('avg_flow', BYTES, FLOWS, 'bytes', 'mean size of a flow: bytes / flows'),
  ratio('avg_packets', PACKETS, FLOWS, 'packets', 'mean number of packets of a flow: packets / flows'),
  ratio('avg_duration', DURATION, FLOWS, 'ms', 'mean time of a flow: duration / flows'),
  peak(BYTES),
  peak(PACKETS),
  peak(FLOWS),
  peakRate('peak_bps', BYTES, 8, 'bit/s'),
  peakRate('peak_pps', PACKETS, 1, 'packets/s'),
  hosts('out', 'src_addr', 'different home addresses that sent across the border of the home networks'),
  hosts('in', 'dst_addr', 'different home addresses that were sent to across the border of the home networks'),
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
  const name = `distinct(${dimension.name})`;
  return { kind: 'distinct', name, type: 'integer', unit: null, meaning, dimension, hosts: null };
}

function percentileOf(percent: number, word: string): PercentileMetric {
  const of = byName.get(word);
  if (!of) throw unknownWord('metric', word, [...byName.keys()]);
  if (of.kind !== 'sum' && of.kind !== 'rate') {
    const is = { ratio: 'a mean', peak: 'a peak', distinct: 'a count of hosts', percentile: 'one already' }[of.kind];
    throw new WeirError('usage', `a percentile over time needs a sum or a rate, and ${of.name} is ${is}`);
  }
  if (percent <= 0) throw new WeirError('usage', `percentile ${quoted(`p${percent}`)}: must lie between 0 and 100`);
  const name = `p${percent}(${of.name})`;
  const meaning = `${percent}th percentile (nearest rank) of ${of.name} over buckets of time; a bucket without traffic counts 0, one that was not measured does not count`;
  return { kind: 'percentile', name, type: of.type, unit: of.unit, meaning, percent, of };
}

function metricWords(): string[] {
  return [...byName.keys(), ...dimensionNames().map((d) => `distinct(${d})`), 'p95(bps)', 'p95(bytes)'];
}

/** The sums that a metric is made of. */
export function sumsOf(metric: Metric): readonly Sum[] {
  if (metric.kind === 'ratio') return [metric.of, metric.per];
  if (metric.kind === 'peak') return metric.scale === null ? [] : [metric.of];
  return metric.kind === 'sum' || metric.kind === 'rate' ? [metric.of] : [];
}

/** The name under which the peak of a sum is counted: of all metrics that show it. */
export function peakFigure(of: Sum): string {
  return `peak_${of.name}`;
}

/** What was counted for one row: sums by their name, peaks by `peakFigure`, distinct counts and percentiles by the metric's name. */
export type Figures = ReadonlyMap<string, bigint>;

/** The metric's value, or null where it cannot be said (division by zero, or not known for this set of rows). */
export function metricValue(
  metric: Metric,
  figures: Figures,
  measured: MeasuredSeconds,
  bucketSeconds = measured.traffic,
): JsonValue {
  switch (metric.kind) {
    case 'sum':
      return integer(figures.get(metric.of.name));
    case 'rate':
      return perSecond(metric.scale, figures.get(metric.of.name), secondsFor(metric.of, measured));
    case 'ratio': {
      const of = figures.get(metric.of.name);
      const per = figures.get(metric.per.name);
      return of === undefined || per === undefined || per === 0n ? null : quotient(of, per);
    }
    case 'distinct':
      return integer(figures.get(metric.name));
    case 'peak': {
      const value = figures.get(peakFigure(metric.of));
      if (metric.scale === null) return integer(value);
      const seconds = secondsFor(metric.of, measured);
      // Less than a minute was measured: its rate is over that time, and is no peak.
      if (seconds * 1000 < MINUTE_MS) return null;
      const largest = perSecond(metric.scale, value, MINUTE_MS / 1000);
      // A minute at an edge of the range is cut, and one may be measured in part: the rate of some minute is at least the mean.
      const mean = perSecond(metric.scale, figures.get(metric.of.name), seconds);
      return largest === null || mean === null ? largest : Math.max(largest, mean);
    }
    case 'percentile': {
      const value = figures.get(metric.name);
      return metric.of.kind === 'rate' ? perSecond(metric.of.scale, value, bucketSeconds) : integer(value);
    }
  }
}

/** The measured seconds that a rate of this sum is over. */
export function secondsFor(of: Sum, { traffic, flows }: MeasuredSeconds): number {
  return of === FLOWS ? flows : traffic;
}

function integer(value: bigint | undefined): JsonValue {
  return value === undefined ? null : jsonInteger(value);
}

function perSecond(scale: number, value: bigint | undefined, seconds: number): number | null {
  return value === undefined || !(seconds > 0) ? null : (Number(value) * scale) / seconds;
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
