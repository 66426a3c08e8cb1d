import type { Ask, QueryService } from '../server/index.ts';
import { grouped } from './human.ts';
import { type ArrivedStream, isStuck, whyNoFlows } from './nothing-stored.ts';
import type { Range } from './time.ts';
import { formatTime } from './time.ts';

const NOTHING_CAME =
  'nothing is stored yet, and no datagram has come: send NetFlow, IPFIX or sFlow to a port of `weir up`, meter this machine itself with `weir up --host on` or an interface with `--capture`, or read a capture with `weir import`';

/** Why there may be nothing to show: nothing came, what came gave no flow, another range, or the filter. Costs two small queries. */
export async function whyEmpty(
  service: QueryService,
  range: Range,
  filter: string | undefined,
  ask: Ask,
): Promise<string[]> {
  const all = await service.query({ metrics: ['records'], duplicates: 'all', scans: 'in' }, ask);
  const { from, to } = all.plan;
  if (from === null || to === null || !Number(all.total.records)) {
    const reasons = whyNoFlows(await streamsWithoutRows(service, {}, ask));
    if (reasons.length === 0) return [NOTHING_CAME];
    return ['nothing is stored yet, though datagrams have come', ...reasons];
  }
  const left = await duplicatesOf(service, range, filter, ask);
  if (left !== null) return [left];
  const unmeasured = await whyUnmeasured(service, range, filter, ask);
  if (unmeasured !== null) return [unmeasured];
  const stored = `stored are flows from ${formatTime(from)} to ${formatTime(to - 1)}`;
  const reason = filter ? `no flow of this range matches the filter: ${stored}` : `no flows in this range: ${stored}`;
  const within = (range.from ?? from) <= from && (range.to ?? to) >= to;
  const stuck = (await streamsWithoutRows(service, range, ask)).filter(isStuck);
  return [reason, ...(within ? [] : ['try --from all']), ...whyNoFlows(stuck)];
}

/** Where nothing of the range was measured, of what is asked for: that nothing is stored says nothing of what passed. */
async function whyUnmeasured(
  service: QueryService,
  range: Range,
  filter: string | undefined,
  ask: Ask,
): Promise<string | null> {
  const { quality } = await service.query(
    { ...askedFor(range, filter), metrics: ['records'], duplicates: 'all', max_cost: 'any' },
    ask,
  );
  const { gaps } = quality;
  if (gaps.status !== 'assessed' || gaps.measured > 0) return null;
  const [longest] = gaps.gaps;
  if (longest?.exporter === undefined) return 'nothing was measured in this range: what passed nobody knows';
  const who = longest.exporter_name ?? longest.exporter;
  const until = longest.to === null ? 'and still is' : `until ${formatTime(longest.to)}`;
  return `${who} sent nothing in this range, though it usually does: silent since ${formatTime(longest.from)} ${until}`;
}

function askedFor({ from, to }: Range, filter: string | undefined): { from?: number; to?: number; filter?: string } {
  return {
    ...(from === undefined ? {} : { from }),
    ...(to === undefined ? {} : { to }),
    ...(filter === undefined ? {} : { filter }),
  };
}

/** Where only records match of which others count, as those of a proxy's log: how to see them. */
async function duplicatesOf(
  service: QueryService,
  range: Range,
  filter: string | undefined,
  ask: Ask,
): Promise<string | null> {
  const asked = { ...askedFor(range, filter), metrics: ['records'] };
  const recordsOf = async (duplicates: 'counted' | 'all') =>
    Number((await service.query({ ...asked, duplicates, max_cost: 'any' }, ask)).total.records);
  const all = await recordsOf('all');
  if (all === 0 || (await recordsOf('counted')) > 0) return null;
  const match = all === 1 ? '1 record matches and does' : `${grouped(all)} records match and do`;
  return `${match} not count, because other records of the same octets do: --duplicates all shows ${all === 1 ? 'it' : 'them'}`;
}

/** Export streams of which datagrams came in the range, and no flow. */
async function streamsWithoutRows(service: QueryService, range: Range, ask: Ask): Promise<ArrivedStream[]> {
  const report = await service.report(
    'exporters',
    { ...askedFor(range, undefined), duplicates: 'all', scans: 'in' },
    ask,
  );
  const { exporters } = report.data as {
    readonly exporters: readonly (ArrivedStream & { readonly records: unknown })[];
  };
  const removed = report.quality.removed?.records ?? 0;
  return exporters.filter((s) => !Number(s.records)).map((s) => (s.formats.includes('meter') ? { ...s, removed } : s));
}
