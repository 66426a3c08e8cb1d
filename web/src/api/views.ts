import { queryOptions } from '@tanstack/react-query';
import type { SavedView } from '../../../src/server/index.ts';
import { fetchJson } from './fetch-json.ts';

/** What a page says of a view; the node adds its id, owner and version. */
export type ViewToSave = Pick<SavedView, 'name' | 'page' | 'state' | 'shared'>;

const PATH = '/api/v1/views';

/** Those that the caller may read: their own and shared ones. */
export function savedViews() {
  return queryOptions({
    queryKey: ['views'],
    queryFn: async ({ signal }) => (await fetchJson<{ views: readonly SavedView[] }>(PATH, { signal })).views,
  });
}

export function addView(view: ViewToSave): Promise<SavedView> {
  return fetchJson(PATH, withBody('POST', view));
}

/** Another in its place. ApiError `conflict` where somebody changed it since it was read. */
export function replaceView({ id, version }: SavedView, { name, page, state, shared }: ViewToSave): Promise<SavedView> {
  const { headers, ...init } = withBody('PUT', { name, page, state, shared });
  return fetchJson(`${PATH}/${id}`, { ...init, headers: { ...headers, ...seen(version) } });
}

/** ApiError `conflict` as above. */
export function deleteView({ id, version }: SavedView): Promise<unknown> {
  return fetchJson(`${PATH}/${id}`, { method: 'DELETE', headers: seen(version) });
}

function withBody(method: string, body: unknown) {
  return { method, body: JSON.stringify(body), headers: { 'content-type': 'application/json' } };
}

const seen = (version: number) => ({ 'if-match': `"${version}"` });
