import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import type { QueryAnswer } from '../../../src/query/index.ts';
import type { FlowsAsked } from '../app/view.ts';
import { fetchJson, postJson } from './fetch-json.ts';

/** A record as the node tells it: what is not known is absent. */
export type FlowRecord = Readonly<Record<string, string | number>>;

export interface FlowsPage extends Pick<QueryAnswer, 'columns' | 'total' | 'quality' | 'plan'> {
  readonly records: readonly FlowRecord[];
  readonly next?: string | null;
}

const PAGE = 200;

/** The records of a range page by page, each on one page. */
export function flowPages(asked: FlowsAsked, order: string) {
  return infiniteQueryOptions({
    queryKey: ['flows', asked, order],
    queryFn: ({ signal, pageParam }) =>
      postJson<FlowsPage>('/api/v1/flows', { ...asked, order, limit: PAGE, page: pageParam }, signal),
    initialPageParam: 'first',
    getNextPageParam: ({ next }) => next ?? undefined,
    staleTime: Number.POSITIVE_INFINITY,
  });
}

const TAIL_MS = 2_000;

/** Each question is for so long: over a range of weeks it would cost more than what it shows. */
export const TAIL_MINUTES = 5;

/** The newest records, again and again. */
export function flowTail({ from: _, to: __, ...asked }: FlowsAsked) {
  return queryOptions({
    queryKey: ['tail', asked],
    queryFn: ({ signal }) => {
      const from = Date.now() - TAIL_MINUTES * 60_000;
      return postJson<FlowsPage>('/api/v1/flows', { ...asked, from, limit: PAGE }, signal);
    },
    refetchInterval: TAIL_MS,
  });
}

/** The record of a name, as `weir label explain` reads it. */
export function flowNamed(name: string) {
  return queryOptions({
    queryKey: ['flow', name],
    queryFn: ({ signal }) =>
      fetchJson<{ readonly record: Readonly<Record<string, string | number | null>> }>(
        `/api/v1/label/explain?${new URLSearchParams({ flow: name })}`,
        { signal },
      ),
    select: ({ record }): FlowRecord =>
      Object.fromEntries(
        Object.entries(record).filter((field): field is [string, string | number] => field[1] !== null),
      ),
    retry: false,
  });
}

const MOST_SEEN = 100;

/** Every record between the two ends of one, of all vantage points and both directions, about the same time. */
export function flowSeen(record: FlowRecord, range: { readonly from: number; readonly to: number }) {
  const question = { ...range, filter: conversationOf(record), duplicates: 'all', scans: 'in', limit: MOST_SEEN };
  return queryOptions({
    queryKey: ['seen', question],
    queryFn: ({ signal }) => postJson<FlowsPage>('/api/v1/flows', question, signal),
  });
}

/** The filter for a flow and for its other direction. */
export function conversationOf(record: FlowRecord): string {
  const { src_addr, dst_addr, src_port, dst_port, protocol } = record;
  const one = (...[from, to, fromPort, toPort]: (string | number | undefined)[]) =>
    [
      ...(from === undefined ? [] : [`src_addr = ${from}`]),
      ...(to === undefined ? [] : [`dst_addr = ${to}`]),
      `src_port = ${fromPort ?? 0} and dst_port = ${toPort ?? 0}`,
    ].join(' and ');
  const [there, back] = [one(src_addr, dst_addr, src_port, dst_port), one(dst_addr, src_addr, dst_port, src_port)];
  return `protocol = ${protocol ?? 0} and ((${there}) or (${back}))`;
}
