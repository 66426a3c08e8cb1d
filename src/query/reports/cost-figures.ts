import { formatAddress, jsonInteger, wordsOf } from '../../flow/index.ts';
import { FLOW_BYTES } from '../../meter/index.ts';
import type { RawRows } from '../../store/index.ts';
import type { MetricValues } from '../answer.ts';
import type { Figures } from '../metrics.ts';
import { type CostRange, PERIODS } from './cost-cells.ts';
import { rounded } from './report.ts';

const WEEK_SECONDS = 7 * 86_400;

/** A figure of the end system that has most of it, and of a mean one; null where there is none, or where too little was measured for a mean. */
export interface WorstAndMean {
  readonly worst: number | null;
  readonly mean: number | null;
  readonly worst_end_system: string | null;
}

interface PeriodCost extends WorstAndMean {
  readonly seconds: number;
  /** Records of a week, as many a second as in the range. */
  readonly week: WorstAndMean;
}

export interface CostData {
  /** ms since 1970: from the first packet to the last, within the range asked for. */
  readonly from: number | null;
  readonly to: number | null;
  /** Seconds of it that were measured. */
  readonly seconds: number | null;
  readonly end_systems: number;
  /** Addresses inside the home networks; all, where no record says what is inside. */
  readonly end_systems_are: 'home' | 'all';
  /** Of all that matches: records as they came, packets scaled by sampling. */
  readonly total: MetricValues;
  /** Records that are written: flows that are seen in a period. */
  readonly periods: readonly PeriodCost[];
  /** Flows that are seen in a second; packets of a second, spread evenly over the time of their record. */
  readonly flows_per_second: WorstAndMean;
  readonly packets_per_second: WorstAndMean;
  /** Flows that are held at one time, each until it was idle for 90 s. */
  readonly held_flows: WorstAndMean;
  /** Bytes of a record on disk: of NetFlow v5, and of this store; null where nothing of the range is on disk. */
  readonly record_bytes: { readonly netflow5: number; readonly stored: number | null };
  /** Bytes in memory for each flow that is held. */
  readonly flow_bytes: { readonly allowed: number; readonly meter: number };
  /** Worst and mean end system in 30 s of each bucket, per second. */
  readonly series: readonly MetricValues[];
}

/** Record of NetFlow v5, without its share of the header. */
const NETFLOW5_RECORD = 48;
/** "A generous 256 bytes per in-memory flow record": Cooke and others, USENIX 2006. */
const ALLOWED_FLOW_BYTES = 256;

export interface CostFacts {
  /** Null where there are no flows. */
  readonly range: CostRange | null;
  /** Share of the range that was measured; NaN where too little for a rate was. */
  readonly measured: number;
  readonly directed: boolean;
  readonly storedBytes: number | null;
}

/** The figures of the rows that the statement of the report answers with. */
export function costData(
  { rows }: RawRows,
  totals: Figures,
  { range, measured, directed, storedBytes }: CostFacts,
): CostData {
  const found = new Map(rows.map((row) => [`${row[0]} ${row[1]}`, row]));
  const numberIn = (part: string, at: number, column: 2 | 3) => Number(found.get(`${part} ${at}`)?.[column] ?? 0);
  const endSystems = numberIn('ends', 0, 3);
  const seconds = range ? (range.last - range.first + 1) * measured : Number.NaN;
  /** `total` over all end systems in `count` seconds or periods. */
  const figure = (part: string, at: number, total: number, count: number): WorstAndMean => {
    const row = found.get(`${part} ${at}`);
    return {
      worst: endSystems === 0 ? null : Number(row?.[2] ?? 0),
      mean: meanOf(total, endSystems * count),
      worst_end_system: row && row[4] !== null ? addressOf(row[4], row[5]) : null,
    };
  };
  const periods = PERIODS.map((period): PeriodCost => {
    const written = numberIn('range', period, 3);
    const touched = range ? Math.floor(range.last / period) - Math.floor(range.first / period) + 1 : 0;
    const inRange = figure('range', period, written, 1);
    const week = WEEK_SECONDS / seconds;
    return {
      seconds: period,
      ...figure('period', period, written, touched * measured),
      week: {
        worst: Number.isFinite(week) && inRange.worst !== null ? Math.round(inRange.worst * week) : null,
        mean: meanOf(written * week, endSystems),
        worst_end_system: inRange.worst_end_system,
      },
    };
  });
  const { seconds: _, week: __, ...second } = periods[0]!;
  return {
    from: range && range.first * 1000,
    to: range && (range.last + 1) * 1000,
    seconds: Number.isNaN(seconds) ? null : seconds,
    end_systems: endSystems,
    end_systems_are: directed ? 'home' : 'all',
    total: Object.fromEntries(['records', 'packets'].map((of) => [of, jsonInteger(totals.get(of) ?? 0n)])),
    periods,
    flows_per_second: second,
    packets_per_second: figure('packets', 1, numberIn('packets', 1, 3), seconds),
    held_flows: figure('held', 1, numberIn('held', 1, 3), seconds),
    record_bytes: { netflow5: NETFLOW5_RECORD, stored: rounded(storedBytes, 1) },
    flow_bytes: { allowed: ALLOWED_FLOW_BYTES, meter: FLOW_BYTES },
    series: range === null || endSystems === 0 ? [] : seriesOf(found, range, endSystems),
  };
}

function meanOf(total: number, of: number): number | null {
  return Number.isFinite(of) && of > 0 && Number.isFinite(total) ? total / of : null;
}

function addressOf(high: unknown, low: unknown): string {
  return formatAddress(wordsOf(BigInt(high as bigint), BigInt(low as bigint)));
}

/** Every bucket of the range, those without flows too. */
function seriesOf(
  found: ReadonlyMap<string, readonly unknown[]>,
  { first, last, bucket }: CostRange,
  endSystems: number,
): MetricValues[] {
  const start = Math.floor(first / bucket) * bucket;
  return Array.from({ length: Math.floor((last - start) / bucket) + 1 }, (_, i) => {
    const at = start + i * bucket;
    const seconds = Math.min(at + bucket, last + 1) - Math.max(at, first);
    const of = (part: string) => {
      const row = found.get(`${part} ${at}`);
      const mean = meanOf(Number(row?.[3] ?? 0), endSystems * seconds);
      return [rounded(Number(row?.[2] ?? 0), 3), rounded(mean, 3)] as const;
    };
    const [[flowsWorst, flowsMean], [packetsWorst, packetsMean]] = [of('flow_series'), of('packet_series')];
    return {
      time: at * 1000,
      flows_worst: flowsWorst,
      flows_mean: flowsMean,
      packets_worst: packetsWorst,
      packets_mean: packetsMean,
    };
  });
}
