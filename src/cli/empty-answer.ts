import type { Ask, QueryService } from '../server/index.ts';
import type { Range } from './time.ts';
import { formatTime } from './time.ts';

/** Why there may be nothing to show: nothing stored, another range, or the filter. Costs one small query. */
export async function whyEmpty(
  service: QueryService,
  range: Range,
  filter: string | undefined,
  ask: Ask,
): Promise<string[]> {
  const all = await service.query({ metrics: ['records'], duplicates: 'all', scans: 'in' }, ask);
  const { from, to } = all.plan;
  if (from === null || to === null || !Number(all.total.records)) {
    return [
      'nothing is stored yet: send NetFlow v5 to the netflow port of `weir up`, or wait until the first flows have come',
    ];
  }
  const stored = `stored are flows from ${formatTime(from)} to ${formatTime(to - 1)}`;
  const reason = filter ? `no flow of this range matches the filter: ${stored}` : `no flows in this range: ${stored}`;
  const within = (range.from ?? from) <= from && (range.to ?? to) >= to;
  return within ? [reason] : [reason, 'try --from all'];
}
