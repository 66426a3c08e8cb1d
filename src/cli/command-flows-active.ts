import { WeirError } from '../base/index.ts';
import type { ActiveAnswer } from '../server/index.ts';
import type { Answerer } from './client.ts';
import { fetchJson } from './http-connection.ts';

/** What `weir flows --active` asks. */
export interface ActiveFlags {
  readonly filter?: string | undefined;
  readonly limit?: number | undefined;
  readonly order?: string | undefined;
  readonly duplicates?: 'counted' | 'all' | undefined;
}

/** Open flows are in the memory of the node that meters them, and in no store. */
export async function askActive(
  { endpoint, name }: Answerer,
  { filter, limit, order, duplicates }: ActiveFlags,
  signal: AbortSignal | undefined,
): Promise<ActiveAnswer> {
  if (endpoint === null) {
    throw new WeirError(
      'usage',
      `--active: no node runs on ${name}, and open flows are in no store: start one with \`weir up\`, or name one with --server URL`,
    );
  }
  const parameters = new URLSearchParams({
    ...(filter === undefined ? {} : { filter }),
    ...(limit === undefined ? {} : { limit: String(limit) }),
    ...(order === undefined ? {} : { order }),
    ...(duplicates === undefined ? {} : { duplicates }),
  });
  return fetchJson<ActiveAnswer>(endpoint, { method: 'GET', path: `/api/v1/flows/active?${parameters}`, signal });
}
