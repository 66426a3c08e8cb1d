import { keepPreviousData, queryOptions } from '@tanstack/react-query';
import type { QueryAnswer, ReportAnswer } from '../../../src/query/index.ts';
import { fetchAnswer, fetchJson } from './fetch-json.ts';
import { lackedSetting } from './lacked-setting.ts';
import { told } from './progress.ts';

/** What the pages ask of `/api/v1/query`. Times are ms since 1970. */
export interface Question {
  readonly from?: number;
  readonly to?: number;
  readonly filter?: string;
  readonly by?: readonly string[];
  readonly metrics: readonly string[];
  readonly every?: number;
  readonly order?: string;
  readonly limit?: number;
  readonly duplicates?: 'counted' | 'all';
  readonly scans?: 'out' | 'in' | 'only';
}

/** A grouped answer; it is cancelled at the node when nobody wants it any more. `refetchMs`: how often it is asked again, or never. */
export function answerTo(question: Question, refetchMs: number | false) {
  return queryOptions({
    queryKey: ['query', question],
    queryFn: ({ signal, queryKey }) => fetchAnswer<QueryAnswer>('/api/v1/query', question, signal, told(queryKey)),
    placeholderData: keepPreviousData,
    refetchInterval: unlessRefused(refetchMs),
  });
}

/** What is refused for a setting that the node lacks is refused until it starts again. */
function unlessRefused(refetchMs: number | false) {
  return ({ state }: { readonly state: { readonly error: Error | null } }) =>
    lackedSetting(state.error) === null ? refetchMs : false;
}

/** What the pages ask of `/api/v1/report/NAME`. Times are ms since 1970. */
export interface ReportQuestion {
  readonly from: number;
  readonly to: number;
  readonly filter?: string;
  readonly duplicates?: 'counted' | 'all';
  readonly scans?: 'out' | 'in' | 'only';
  readonly limit?: number;
}

export function reportOf(name: string, question: ReportQuestion, refetchMs: number | false) {
  return queryOptions({
    queryKey: ['report', name, question],
    queryFn: ({ signal, queryKey }) =>
      fetchAnswer<ReportAnswer>(`/api/v1/report/${name}`, question, signal, told(queryKey)),
    placeholderData: keepPreviousData,
    refetchInterval: unlessRefused(refetchMs),
  });
}

interface Named {
  readonly name: string;
  readonly unit: string | null;
  readonly meaning: string;
}

export interface Vocabulary {
  readonly dimensions: readonly Named[];
  readonly metrics: readonly (Named & { readonly kind: string; readonly additive: boolean })[];
}

/** What can be asked for. It does not change while a node runs. */
export function vocabulary() {
  return queryOptions({
    queryKey: ['columns'],
    queryFn: ({ signal }) => fetchJson<Vocabulary>('/api/v1/columns', { signal }),
    staleTime: Number.POSITIVE_INFINITY,
  });
}

/** What the node finds when it looks at itself, as `weir doctor` says it. */
export interface Finding {
  readonly level: 'ok' | 'warn' | 'fail';
  /** What it is about, such as `block list drop`. */
  readonly subject: string;
  readonly text: string;
  readonly advice?: string;
}

/** What a part of the store takes on disk, now and at full age. Bytes, and ms since 1970. */
export interface StoreLevel {
  readonly level: string;
  readonly bytes: number;
  readonly rows: number | null;
  readonly oldest: number | null;
  /** Of the flows themselves, which may have been imported long after. */
  readonly oldest_flow: number | null;
  readonly newest_flow: number | null;
  readonly bytes_a_day: number | null;
  readonly age_ms: number | null;
  readonly byte_limit: number | null;
  readonly at_full_age: number | null;
  readonly cut_bytes: number;
}

export interface Health {
  readonly store: { readonly levels?: readonly StoreLevel[] };
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
