import { queryOptions } from '@tanstack/react-query';
import { fetchJson } from './fetch-json.ts';
import { keepCsrf } from './token.ts';

type Role = 'viewer' | 'operator' | 'admin';

/** Who looks at the page. */
export interface Caller {
  readonly name: string;
  readonly role: Role;
  /** What they see of the traffic; null: all of it. */
  readonly limit: string | null;
  readonly via: 'unix' | 'session' | 'token' | 'open';
  readonly csrf?: string;
}

export interface User {
  readonly name: string;
  readonly role: Role;
  readonly limit: string | null;
  readonly created: number;
}

export interface Token {
  readonly name: string;
  readonly scope: 'ask' | 'operate' | 'admin';
  readonly limit: string | null;
  readonly by: string;
  readonly created: number;
  readonly expires: number | null;
  readonly used: number | null;
}

export interface Session {
  readonly id: string;
  readonly user: string;
  readonly from: string;
  readonly agent: string;
  readonly created: number;
  readonly used: number;
}

export interface AuditEntry {
  readonly at: number;
  readonly who: string;
  readonly via: string;
  readonly from: string;
  readonly method: string;
  readonly route: string;
  readonly status: number;
  readonly ms: number;
  readonly limit?: string;
  readonly asked?: Readonly<Record<string, unknown>>;
  readonly rows?: number;
  /** Entries before this one that were not written. */
  readonly left_out?: number;
}

const AGAIN_MS = 30_000;

/** Who looks; asked again from time to time, since a session can end. */
export function session() {
  return queryOptions({
    queryKey: ['session'],
    queryFn: async ({ signal }) => {
      const caller = await fetchJson<Caller>('/api/v1/session', { signal });
      keepCsrf(caller.csrf);
      return caller;
    },
    refetchInterval: AGAIN_MS,
  });
}

/** A list of the settings: `/api/v1/users` and the like. */
export function listOf<T>(path: string) {
  return queryOptions({
    queryKey: ['access', path],
    queryFn: ({ signal }) => fetchJson<T>(`/api/v1/${path}`, { signal }),
  });
}

/** Changes something. Throws ApiError with the words of the node. */
export function change<T>(method: 'POST' | 'DELETE', path: string, body?: unknown): Promise<T> {
  const json =
    body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } };
  return fetchJson<T>(`/api/v1/${path}`, { method, ...json });
}
