import { HyperLogLog, WeirError } from '../base/index.ts';
import type { FilterSets } from '../filter/index.ts';
import type { ViewFacts } from '../store/index.ts';
import type { Dimension } from './dimensions.ts';
import { type Having, metricsOf } from './having.ts';
import type { Figures, Metric } from './metrics.ts';

export function isHosts(metric: Metric): boolean {
  return metric.kind === 'distinct' && metric.hosts !== null;
}

function hostsAmong(metrics: readonly Metric[]): Metric | undefined {
  return metrics.find(isHosts);
}

export function countsHosts(metrics: readonly Metric[]): boolean {
  return metrics.some(isHosts);
}

/** The 95 % error of numbers of hosts that come from sketches. */
export function hostErrors(metrics: readonly Metric[], figures: Figures): Record<string, number> {
  const of = (m: Metric) => HyperLogLog.ERROR95 * Number(figures.get(m.name) ?? 0n);
  return Object.fromEntries(metrics.filter(isHosts).map((m) => [m.name, of(m)]));
}

/** Hosts are counted in the whole network or in each site: the history of other groups has no count of them. */
export function refuseHostsBy(metrics: readonly Metric[], dimensions: readonly Dimension[]): void {
  const metric = hostsAmong(metrics);
  if (!metric || dimensions.every((d) => d.name === 'site')) return;
  throw new WeirError(
    'usage',
    `${metric.name} counts the hosts of the whole network or of each site: \`by\` may be \`site\` or nothing, and a filter may say the rest`,
  );
}

interface Asked {
  readonly metrics: readonly Metric[];
  readonly order: { readonly metric: Metric };
  readonly having: Having | null;
}

/** Where nobody said what is inside there are no home hosts to count, and 0 would be a wrong answer. */
export function refuseHostsWithoutHome(asked: Asked, facts: ViewFacts, sets: FilterSets | undefined): void {
  const metric = hostsAmong([...asked.metrics, asked.order.metric, ...(asked.having ? metricsOf(asked.having) : [])]);
  if (!metric || facts.directed) return;
  const configured = sets !== undefined && sets.home !== undefined;
  const empty = facts.rowsAtRest + facts.rowsInMemory === 0;
  if (configured || (sets === undefined && empty)) return;
  throw new WeirError(
    'usage',
    `${metric.name} counts hosts of the home networks, and no record says what is inside: set \`home\` (\`weir up --home 10.0.0.0/8,2001:db8::/32\`, or \`home:\` in the configuration file); it holds for what is received from then on`,
    { details: { setting: 'home' } },
  );
}
