import { queryOptions } from '@tanstack/react-query';
import type { PublicView } from '../../../src/server/index.ts';
import { fetchJson } from './fetch-json.ts';
import { type Kind, withBody } from './views.ts';

export interface Publication {
  /** The end of its link. */
  readonly id: string;
  /** The view or dashboard. */
  readonly of: string;
  readonly by: string;
  /** ms since 1970; null: when it is revoked. */
  readonly expires: number | null;
}

interface Publications {
  /** Whether this node publishes. */
  readonly on: boolean;
  readonly publications: readonly Publication[];
}

const PATH = '/api/v1/publications';
const AGAIN_MS = 60_000;

/** What the caller has published. */
export function publications() {
  return queryOptions({
    queryKey: ['publications'],
    queryFn: ({ signal }) => fetchJson<Publications>(PATH, { signal }),
  });
}

export function publish(kind: Kind, id: string, expires: number | null): Promise<Publication> {
  return fetchJson(PATH, withBody('POST', { kind, id, expires }));
}

export function revoke(id: string): Promise<unknown> {
  return fetchJson(`${PATH}/${id}`, { method: 'DELETE' });
}

/** What somebody without an account gets; the node asks its store once a minute. */
export function published(id: string) {
  return queryOptions({
    queryKey: ['published', id],
    queryFn: ({ signal }) => fetchJson<PublicView>(`/api/v1/published/${encodeURIComponent(id)}`, { signal }),
    refetchInterval: AGAIN_MS,
    retry: false,
  });
}
