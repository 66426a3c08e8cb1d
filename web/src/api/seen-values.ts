import { queryOptions } from '@tanstack/react-query';
import type { QueryAnswer } from '../../../src/query/index.ts';
import { postJson } from './fetch-json.ts';

const DAY_MS = 86_400_000;
const FRESH_MS = 300_000;
const MOST_VALUES = 100;
/** Seconds: what would take longer is no help to somebody who writes. */
const MOST_SECONDS = 2;

/** What flows of the last day have in a column, most bytes first; an error where it cannot be grouped by, or would take long. */
export function seenValues(column: string) {
  return queryOptions({
    queryKey: ['seen values', column],
    queryFn: async ({ signal }) => {
      const to = Date.now();
      const question = {
        from: to - DAY_MS,
        to,
        by: [column],
        metrics: ['bytes'],
        limit: MOST_VALUES,
        max_cost: MOST_SECONDS,
      };
      const { rows } = await postJson<QueryAnswer>('/api/v1/query', question, signal);
      return rows.flatMap(([value]) => (value === null || value === undefined ? [] : [String(value)]));
    },
    staleTime: FRESH_MS,
    retry: false,
  });
}
