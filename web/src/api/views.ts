import { queryOptions } from '@tanstack/react-query';
import type { SavedDashboard, SavedView } from '../../../src/server/index.ts';
import { fetchJson } from './fetch-json.ts';

/** What a node keeps under a name, and what a page says of it; the node adds its id, owner and version. */
interface Kinds {
  readonly views: { readonly saved: SavedView; readonly given: Pick<SavedView, 'name' | 'page' | 'state' | 'shared'> };
  readonly dashboards: {
    readonly saved: SavedDashboard;
    readonly given: Pick<SavedDashboard, 'name' | 'panels' | 'shared'>;
  };
}
export type Kind = keyof Kinds;
export type Saved<K extends Kind> = Kinds[K]['saved'];
export type Given<K extends Kind> = Kinds[K]['given'];

const pathOf = (kind: Kind) => `/api/v1/${kind}`;

/** Those that the caller may read: their own and shared ones. */
export function savedOf<K extends Kind>(kind: K) {
  return queryOptions({
    queryKey: [kind],
    queryFn: async ({ signal }) => (await fetchJson<Record<K, readonly Saved<K>[]>>(pathOf(kind), { signal }))[kind],
  });
}

export function addSaved<K extends Kind>(kind: K, given: Given<K>): Promise<Saved<K>> {
  return fetchJson(pathOf(kind), withBody('POST', given));
}

/** Another in its place. ApiError `conflict` where somebody changed it since it was read. */
export function replaceSaved<K extends Kind>(kind: K, { id, version }: Saved<K>, given: Given<K>): Promise<Saved<K>> {
  const { headers, ...init } = withBody('PUT', given);
  return fetchJson(`${pathOf(kind)}/${id}`, { ...init, headers: { ...headers, ...seen(version) } });
}

/** ApiError `conflict` as above. */
export function deleteSaved<K extends Kind>(kind: K, { id, version }: Saved<K>): Promise<unknown> {
  return fetchJson(`${pathOf(kind)}/${id}`, { method: 'DELETE', headers: seen(version) });
}

export function withBody(method: string, body: unknown) {
  return { method, body: JSON.stringify(body), headers: { 'content-type': 'application/json' } };
}

const seen = (version: number) => ({ 'if-match': `"${version}"` });
