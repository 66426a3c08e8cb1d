import { WeirError } from '../../base/index.ts';
import { jsonInteger } from '../../flow/index.ts';
import { categoryOf, namedScheme, type Scheme } from '../../label/index.ts';
import type { StoreReader } from '../../store/index.ts';
import type { MetricValues, QueryAnswer } from '../answer.ts';
import type { QueryOptions } from '../run.ts';
import { unknownWord } from '../words.ts';
import { bytesBy, type CrossingLine, MOST_PARTS } from './crossing.ts';
import { KeyedSums } from './keyed-sums.ts';
import { rank, rankingLines } from './ranking.ts';
import { percentOf, type ReportQuery } from './report.ts';

const SUMS = ['bytes', 'packets', 'flows'] as const;

/** Categories of another scheme than the one that is stored: applications and services are added up, and then put into it. */
export async function schemeCategories(
  store: StoreReader,
  query: ReportQuery,
  name: string,
  options: QueryOptions,
): Promise<{ readonly lines: readonly CrossingLine[]; readonly answer: QueryAnswer; readonly ms: number }> {
  const scheme = schemeNamed(name);
  const answer = await rank(
    store,
    { ...query, limit: MOST_PARTS },
    ['application', 'service', 'direction'],
    options,
    SUMS,
  );
  const parts = rankingLines(answer).map((line): MetricValues => {
    const category = categoryOf(scheme, String(line.application ?? ''), String(line.service ?? ''));
    return { ...line, category: category || null };
  });
  const sums = new KeyedSums<(typeof SUMS)[number]>();
  for (const part of parts) for (const sum of SUMS) sums.add(part.category ?? null, sum, part[sum] ?? 0);
  const lines = sums.largest(['bytes'], query.limit).map(({ key, of }): CrossingLine => {
    const own = parts.filter((part) => part.category === key);
    return {
      key: { category: key },
      // The peak of several names together is not that of any of them.
      figures: { ...Object.fromEntries(SUMS.map((sum) => [sum, jsonInteger(of(sum))])), peak_bps: null },
      share: percentOf(jsonInteger(of('bytes')), answer.total.bytes ?? 0, 2),
      bytes_by_direction: bytesBy(own, 'direction'),
      bytes_by_part: {},
    };
  });
  return { lines, answer, ms: answer.plan.ms };
}

function schemeNamed(name: string): Scheme {
  const found = namedScheme(name);
  if ('ofApplication' in found) return found;
  if (found.length === 0) throw new WeirError('internal', 'no scheme comes with this Weir');
  throw unknownWord('scheme', name, found, `there are ${found.join(', ')}`);
}
