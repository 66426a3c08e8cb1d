import { isIP } from 'node:net';
import { WeirError } from '../../base/index.ts';
import { type AnsweredGraph, amountOf, GRAPH_METRICS, HOSTS, isPairChart, readFlowGraph } from '../../chart/index.ts';
import { bothFilters } from '../../filter/index.ts';
import { metricTable, type QueryAnswer } from '../../query/index.ts';
import type { Ask, QueryService } from '../query-service.ts';
import { type ViewChart, viewChart } from '../views/view-question.ts';
import type { SavedView } from '../views/view-schema.ts';

/** Of each direction; what is smaller is told apart by no eye. */
const MOST_LAYERS = 100;
const MINUTE_MS = 60_000;
/** The step for which history keeps who took part, at least. */
const LEAST_HOSTS_STEP_MS = 300_000;

/** A saved view with the answers to what it asks. */
export interface AskedGraph {
  readonly graph: AnsweredGraph;
  readonly quality: QueryAnswer['quality'];
  /** ms since 1970. */
  readonly from: number;
  readonly to: number;
  /** Empty: of all flows. */
  readonly filter: string;
}

/**
 * Asks what the page of a view asks for its chart. `nowMs`: the end of a range that moves. WeirError `usage` for a page that is no single chart, else what the
 * service raises.
 */
export async function askGraph(
  { page, state }: Pick<SavedView, 'page' | 'state'>,
  nowMs: number,
  service: QueryService,
  ask: Ask,
): Promise<AskedGraph> {
  const address = /^\/host\/(.+)$/.exec(page)?.[1] ?? '';
  const isHost = isIP(address) !== 0;
  const chart = viewChart(isHost ? '/' : page, state, nowMs);
  if (chart === null)
    throw new WeirError('usage', `${page} is no single chart: save a view of Overview, Explore or a host`);
  const { from, to, filter: own = '' } = chart.question;
  const filter = isHost ? bothFilters(own, `ip ${address}`) : own;
  const asked = { ...chart, question: { ...chart.question, filter } };
  const graph = await (page === '/explore' ? explored(asked, state, service, ask) : overview(asked, service, ask));
  return { graph, quality: (graph.answer as QueryAnswer).quality, from, to, filter };
}

/** The FlowScan graph. */
async function overview({ metric, question }: ViewChart, service: QueryService, ask: Ask): Promise<AnsweredGraph> {
  const { order: _, limit: __, ...whole } = question;
  if (metric === HOSTS) {
    const every = Math.max(LEAST_HOSTS_STEP_MS, question.every as number);
    const metrics = ['hosts_in', 'hosts_out'];
    return { of: 'hosts', answer: await service.query({ ...whole, by: [], metrics, every }, ask) };
  }
  const shown = GRAPH_METRICS.find((m) => m.name === metric) ?? GRAPH_METRICS[0]!;
  const { name, mean, peak } = shown;
  const by = ['category', 'direction'];
  const answer = await service.query({ ...whole, by, metrics: [mean], limit: MOST_LAYERS }, ask);
  const isCoarser = (question.every as number) > MINUTE_MS;
  const peaks = isCoarser
    ? await service.query(
        { ...whole, by: readFlowGraph(answer, shown).hasSides ? ['direction'] : [], metrics: [peak] },
        ask,
      )
    : null;
  return { of: 'flows', metric: name, answer, peaks };
}

async function explored(
  { by, metric, chart, question }: ViewChart,
  { before: hasBefore }: SavedView['state'],
  service: QueryService,
  ask: Ask,
): Promise<AnsweredGraph> {
  if (isPairChart(chart)) {
    if (by.length < 2)
      throw new WeirError('usage', `a ${chart} is between two dimensions or more; this view has ${by.length}`);
    const { every: _, order: __, ...whole } = question;
    // A rate over a range of which little was measured cannot be said; its amount can, and has the same shares.
    const amount = amountOf(metric, undefined) ?? metric;
    return {
      of: 'pairs',
      chart,
      by,
      metric: amount,
      answer: await service.query({ ...whole, metrics: [amount] }, ask),
    };
  }
  const { kind, additive = true } = metricTable().find(({ name }) => name === metric) ?? {};
  const answer = await service.query(question, ask);
  const { from, to, order: _, limit: __, ...rest } = question;
  const before =
    hasBefore === 'yes' ? await service.query({ ...rest, by: [], from: from - (to - from), to: from }, ask) : null;
  const shown = additive || chart === 'heatmap' ? chart : 'lines';
  return { of: 'time', chart: shown, by, metric, absent: kind === 'ratio' ? null : 0, answer, before };
}
