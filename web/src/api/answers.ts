import { keepPreviousData, queryOptions } from '@tanstack/react-query';
import type { QueryAnswer } from '../../../src/query/index.ts';
import { fetchJson, postJson } from './fetch-json.ts';

/** What the pages ask of `/api/v1/query`. Times are ms since 1970. */
export interface Question {
  readonly from?: number;
  readonly to?: number;
  readonly filter?: string;
  readonly by?: readonly string[];
  readonly metrics: readonly string[];
  readonly every?: number;
  readonly limit?: number;
  readonly scans?: 'out' | 'in' | 'only';
}

/** A grouped answer; it is cancelled at the node when nobody wants it any more. `refetchMs`: how often it is asked again, or never. */
export function answerTo(question: Question, refetchMs: number | false) {
  return queryOptions({
    queryKey: ['query', question],
    queryFn: ({ signal }) => postJson<QueryAnswer>('/api/v1/query', question, signal),
    placeholderData: keepPreviousData,
    refetchInterval: refetchMs,
  });
}

interface Finding {
  readonly level: 'ok' | 'info' | 'warn' | 'fail';
  readonly check: string;
  readonly message: string;
  readonly fix?: string;
}

export interface Health {
  readonly version: string;
  readonly status: string;
  readonly findings: readonly Finding[];
  readonly ingest: { readonly listening: readonly { name: string; address: string; port: number }[] };
}

export function health() {
  return queryOptions({
    queryKey: ['health'],
    queryFn: ({ signal }) => fetchJson<Health>('/api/v1/health', { signal }),
    refetchInterval: 10_000,
  });
}
