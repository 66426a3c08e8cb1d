import type { View } from '../store/index.ts';
import {
  assessLoss,
  type DuplicatesQuality,
  type FlowsQuality,
  type GapQuality,
  type LedgerCounter,
  type ListedGap,
  type LowerLevel,
  lowerLevels,
  type NotAssessed,
  type RemovedQuality,
  type SamplingQuality,
  samplingErrorFormula,
  samplingErrorSource,
  type TotalError,
} from '../truth/index.ts';
import type { OriginShare, QueryQuality } from './answer.ts';
import { type Figures, METRICS, type Metric, metricValue } from './metrics.ts';
import { metricErrors } from './sampling.ts';
import type { MixedOrigins, OriginTotals, Totals } from './totals.ts';
import { type Extent, type MeasuredSeconds, sameSeconds, secondsOf } from './window.ts';

/** What is known of the verdicts on records, and what is asked about those that are not made yet. */
export interface Verdicts {
  readonly duplicates: DuplicatesQuality;
  readonly scans: 'out' | 'in' | 'only';
}

/** What the answer of a view is worth. `totals` are those of the query; without them nothing is said of sampling's error. */
export function describeQuality(
  view: View,
  totals: Totals,
  metrics: readonly Metric[],
  extent: Extent | null,
  verdicts: Verdicts,
): QueryQuality {
  const { facts, ledger } = view;
  const seconds = secondsOf(extent);
  return {
    lost: assessLoss(ledger),
    sampling: describeSampling(totals, metrics, seconds),
    ...describeFlows(totals.sums),
    duplicates: verdicts.duplicates,
    ...describeRemoved(view),
    ...describeLowerLevels(view),
    scans: notAssessed(
      verdicts.scans === 'only'
        ? 'flows are not judged for scanning yet: the answer is about all flows, not about scans'
        : 'flows are not judged for scanning yet: all are counted',
    ),
    gaps: describeGaps(view, extent),
    completeness: { hosts: { asked: 1, answered: 1 } },
    clocks: { corrected_records: ledger.reduce((sum, e) => sum + (e.counts.clock_corrected ?? 0), 0) },
    complete_until: facts.completeUntil,
    damaged: facts.damaged.map((d) => ({
      name: d.file,
      reason: d.reason,
      ...(d.rows === null ? {} : { rows: d.rows }),
    })),
  };
}

function describeRemoved({ ledger }: View): { removed?: RemovedQuality } {
  const sum = (counter: LedgerCounter) => ledger.reduce((total, e) => total + (e.counts[counter] ?? 0), 0);
  const records = sum('policy_removed_records');
  if (records === 0) return {};
  return { removed: { records, bytes: sum('policy_removed_bytes'), packets: sum('policy_removed_packets') } };
}

/** Hosts that said, in the time of the range, that they were metered at a lower level. */
function describeLowerLevels({ ledger, exporters }: View): { lower_levels?: readonly LowerLevel[] } {
  const levels = lowerLevels(ledger);
  if (levels.length === 0) return {};
  const states = exporters();
  return { lower_levels: levels.map(({ exporter, ...rest }) => ({ host: hostOf(exporter, states), ...rest })) };
}

/** A host names itself as its interface without a number. */
function hostOf(exporter: string, states: ReturnType<View['exporters']>): string {
  const own = states.filter((state) => state.exporter === exporter);
  const named = own.flatMap(({ interfaces }) => interfaces).find(({ index, name }) => index === 0 && name !== '');
  return named?.name ?? own.find(({ name }) => name !== '')?.name ?? exporter;
}

function describeGaps({ measured, names }: View, extent: Extent | null): GapQuality | NotAssessed {
  if (measured === null)
    return notAssessed(
      'no node has run on this store that wrote down when it measured: all of the time counts as measured',
    );
  const described = extent?.measure?.describe();
  if (!described) return notAssessed('there are no data, and no range that could have been measured');
  if (described.gaps.every(({ exporter }) => exporter === undefined)) return described;
  const called = names();
  const named = (gap: ListedGap): ListedGap => {
    const exporter_name = gap.exporter === undefined ? null : called.exporter(gap.exporter);
    return exporter_name === null ? gap : { ...gap, exporter_name };
  };
  return { ...described, gaps: described.gaps.map(named) };
}

/** Where flows were counted: how many records nobody could judge. */
function describeFlows(sums: Figures): { flows?: FlowsQuality } {
  const [records = 0n, unsure, continued] = ['records', 'unsure', 'continued'].map((name) => sums.get(name));
  if (continued === undefined || unsure === undefined) return {};
  return {
    flows: {
      status: unsure === 0n ? 'assessed' : unsure === records ? 'not_assessed' : 'partly_assessed',
      records: Number(records),
      unsure_records: Number(unsure),
      continued_records: Number(continued),
    },
  };
}

function notAssessed(reason: string): NotAssessed {
  return { status: 'not_assessed', reason };
}

function describeSampling(
  totals: Totals,
  metrics: readonly Metric[],
  seconds: MeasuredSeconds,
): SamplingQuality & { by_origin: readonly OriginShare[] } {
  const bytes = totals.sums.get('bytes') ?? 0n;
  const share = (part: bigint) => (bytes === 0n ? 0 : Math.min(1, Number(part) / Number(bytes)));
  const of = totals.mixed ?? together(totals.origins);
  return {
    sampled_share: share(of.sampledBytes),
    known_share: 1 - share(of.unknownBytes),
    min_rate: of.minRate,
    max_rate: of.maxRate,
    origins: of.origins,
    error95: totalErrors(totals, metrics, seconds),
    formula: samplingErrorFormula,
    source: samplingErrorSource,
    by_origin: totals.origins.map(originShare),
    ...(totals.mixed
      ? { by_origin_missing: 'roll-ups do not tell origins apart where the question has a filter' }
      : {}),
  };
}

/** All origins in one. What has no known rate counts as sampled. */
function together(origins: Totals['origins']): MixedOrigins {
  const add = (values: readonly bigint[]) => values.reduce((all, v) => all + v, 0n);
  const bytesOf = (o: OriginTotals) => o.figures.get('bytes') ?? 0n;
  return {
    origins: origins.map((o) => o.origin),
    minRate: origins.reduce((least, o) => Math.min(least, o.minRate), origins[0]?.minRate ?? 1),
    maxRate: largestRate({ origins }),
    sampledBytes: add(origins.map((o) => (o.origin === 'unknown' ? bytesOf(o) : o.sampledBytes))),
    unknownBytes: add(origins.filter((o) => o.origin === 'unknown').map(bytesOf)),
  };
}

/** 1 in N, of all records that were counted. */
export function largestRate({ origins, mixed }: Pick<Totals, 'origins' | 'mixed'>): number {
  return origins.reduce((most, o) => Math.max(most, o.maxRate), mixed?.maxRate ?? 1);
}

function originShare({ origin, minRate, maxRate, figures }: Totals['origins'][number]): OriginShare {
  const cell = (name: string) => metricValue(plain(name), figures, sameSeconds(0)) ?? 0;
  return { origin, min_rate: minRate, max_rate: maxRate, records: cell('records'), bytes: cell('bytes') };
}

/** Of `bytes` and `packets`, asked for or not, and of the rates that were asked for. */
function totalErrors(totals: Totals, metrics: readonly Metric[], seconds: MeasuredSeconds): Record<string, TotalError> {
  if (!totals.variance || largestRate(totals) <= 1) return {};
  const all = [...new Set([plain('bytes'), plain('packets'), ...metrics])];
  const errors = metricErrors(all, totals.variance, seconds);
  return Object.fromEntries(
    all.flatMap((m) => {
      const half_width = errors[m.name];
      if (half_width === undefined || half_width === null || Number.isNaN(half_width)) return [];
      return [[m.name, { total: asNumber(m, totals.sums, seconds), half_width }]];
    }),
  );
}

function asNumber(metric: Metric, figures: Figures, seconds: MeasuredSeconds): number {
  return Number(metricValue(metric, figures, seconds) ?? 0);
}

function plain(name: string): Metric {
  return METRICS.find((m) => m.name === name)!;
}
