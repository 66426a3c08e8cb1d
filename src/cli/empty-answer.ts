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
  const stored = `stored are flows from ${formatTime(from)} to ${formatTime(to - 1)}`;
  const reason = filter ? `no flow of this range matches the filter: ${stored}` : `no flows in this range: ${stored}`;
  const within = (range.from ?? from) <= from && (range.to ?? to) >= to;
  const stuck = (await streamsWithoutRows(service, range, ask)).filter(isStuck);
  return [reason, ...(within ? [] : ['try --from all']), ...whyNoFlows(stuck)];
}

/** Where only records match of which others count, as those of a proxy's log: how to see them. */
async function duplicatesOf(
  service: QueryService,
  { from, to }: Range,
  filter: string | undefined,
  ask: Ask,
): Promise<string | null> {
  const asked = {
    ...(from === undefined ? {} : { from }),
    ...(to === undefined ? {} : { to }),
    ...(filter === undefined ? {} : { filter }),
    metrics: ['records'],
  };
  const recordsOf = async (duplicates: 'counted' | 'all') =>
    Number((await service.query({ ...asked, duplicates, max_cost: 'any' }, ask)).total.records);
  const all = await recordsOf('all');
  if (all === 0 || (await recordsOf('counted')) > 0) return null;
  const match = all === 1 ? '1 record matches and does' : `${grouped(all)} records match and do`;
  return `${match} not count, because other records of the same octets do: --duplicates all shows ${all === 1 ? 'it' : 'them'}`;
}

/** Export streams of which datagrams came in the range, and no flow. */
async function streamsWithoutRows(service: QueryService, { from, to }: Range, ask: Ask): Promise<ArrivedStream[]> {
  const request = { ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) };
  const report = await service.report('exporters', { ...request, duplicates: 'all', scans: 'in' }, ask);
  const { exporters } = report.data as {
    readonly exporters: readonly (ArrivedStream & { readonly records: unknown })[];
  };
  const removed = report.quality.removed?.records ?? 0;
  return exporters.filter((s) => !Number(s.records)).map((s) => (s.formats.includes('meter') ? { ...s, removed } : s));
}
