import { WeirError } from '../../base/index.ts';
import { anonymiser, type QueryAnswer } from '../../query/index.ts';
import { qualityLine } from '../../truth/index.ts';
import type { Ask, QueryService } from '../query-service.ts';
import { type ViewChart, viewChart } from './view-question.ts';
import type { PublishedPanel } from './view-schema.ts';

/** Groups with fewer clients than this are shown as a part of all others: they would tell of persons (k-anonymity; Sweeney 2002). */
const FEWEST_CLIENTS = 5;
const CLIENTS = 'distinct(client_addr)';
/** Further groups whose clients are counted, so that one which is shown is hardly missing. */
const MORE_GROUPS = 50;

/** What tells what the traffic is, and not whose. */
const WHAT = new Set(['protocol', 'direction', 'ip_version']);
/** The same, where a rare value may be of one person: small groups are not shown. */
const RARE = new Set([
  ...['category', 'application', 'service', 'service_port'],
  ...['src_as', 'dst_as', 'src_country', 'dst_country'],
]);
/** Changed by Crypto-PAn. */
const ADDRESSES = /^(src|dst|client|server)_addr(\/\d{1,3}){0,2}$/;
/** What adds up, so that a group can be shown as a part of all others. */
const METRICS = new Set(['bytes', 'packets', 'flows', 'bps', 'pps', 'fps']);

/** The chart of a panel, as it may be shown to everybody. WeirError `usage` for one that may not. */
export function publicChart({ title, page, state }: Omit<PublishedPanel, 'width'>, nowMs: number): ViewChart {
  const chart = viewChart(page, state, nowMs);
  if (chart === null) throw refused(title, `${page} is no single chart: save it from Explore`);
  if (chart.chart === 'sankey' || chart.chart === 'matrix')
    throw refused(title, `a ${chart.chart} has no time along the bottom: save it as another chart`);
  if (!METRICS.has(chart.metric))
    throw refused(title, `${chart.metric} does not add up (${[...METRICS].join(', ')} do)`);
  const addresses = chart.by.filter((name) => ADDRESSES.test(name));
  const allowed = addresses.length > 0 ? WHAT : new Set([...WHAT, ...RARE]);
  const telling = chart.by.find((name) => !ADDRESSES.test(name) && !allowed.has(name));
  if (telling === undefined) return chart;
  throw refused(title, `by ${telling}${addresses.length > 0 ? ' beside addresses' : ''} it would tell who it was`);
}

function refused(title: string, why: string): WeirError {
  return new WeirError('usage', `${title} cannot be published: ${why}`);
}

/** What a visitor gets of an answer: the groups over time, and what they are worth in words. */
export interface PublicAnswer extends Pick<QueryAnswer, 'columns' | 'rows' | 'buckets'> {
  readonly bucket_ms: number;
  readonly quality: string;
}

/** Asks, and takes out of the answer who it was. `ask` carries the limit of whoever published it. */
export async function publicAnswer(
  service: QueryService,
  chart: ViewChart,
  key: Uint8Array,
  ask: Ask,
): Promise<PublicAnswer> {
  const answer = await service.query(chart.question, ask);
  const large = chart.by.some((name) => RARE.has(name)) ? await largeGroups(service, chart, ask) : null;
  const { columns, rows, buckets, quality, plan } = anonymiser(key).query(
    large ? withoutSmall(answer, chart, large) : answer,
  );
  return {
    ...{ columns, rows, bucket_ms: plan.bucket_ms ?? 60_000 },
    ...(buckets ? { buckets } : {}),
    quality: qualityLine({ ...quality, lower_levels: [] }),
  };
}

/** The groups that enough clients had a part in. */
async function largeGroups(service: QueryService, { by, metric, question }: ViewChart, ask: Ask): Promise<Set<string>> {
  const { every: _, ...whole } = question;
  const limit = (question.limit ?? 0) + MORE_GROUPS;
  const { rows } = await service.query({ ...whole, metrics: [metric, CLIENTS], limit }, ask);
  const large = rows.filter((row) => Number(row[by.length + 1] ?? 0) >= FEWEST_CLIENTS);
  return new Set(large.map((row) => JSON.stringify(row.slice(0, by.length))));
}

/** The rows of small groups go to what is not shown, in each bucket. */
function withoutSmall(answer: QueryAnswer, { by, metric }: ViewChart, large: ReadonlySet<string>): QueryAnswer {
  const isLarge = (row: QueryAnswer['rows'][number]) => large.has(JSON.stringify(row.slice(1, by.length + 1)));
  const small = new Map<number, number>();
  for (const row of answer.rows) {
    if (isLarge(row)) continue;
    const time = Number(row[0]);
    small.set(time, (small.get(time) ?? 0) + Number(row[by.length + 1] ?? 0));
  }
  const buckets = (answer.buckets ?? []).map((bucket) => {
    const more = small.get(bucket.time) ?? 0;
    return more === 0 ? bucket : { ...bucket, other: { [metric]: Number(bucket.other?.[metric] ?? 0) + more } };
  });
  return { ...answer, rows: answer.rows.filter(isLarge), buckets };
}
