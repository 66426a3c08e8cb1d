import { queryOptions } from '@tanstack/react-query';
import { fetchJson } from './fetch-json.ts';

export interface NodeAddress {
  readonly address: string;
  readonly interface: string;
  readonly loopback: boolean;
}

export interface NodeDoor {
  readonly name: string;
  readonly address: string;
  readonly port: number;
  readonly addresses: readonly NodeAddress[];
}

interface NodeAnswer {
  readonly version: string;
  readonly doors: readonly NodeDoor[];
  /** Why this machine is not shown second by second; null where it is. */
  readonly no_live_view: string | null;
  readonly made_up: readonly string[];
}

const NODE_MS = 60_000;

/** Where flows can be sent to, and whether what is stored is real. */
export function nodeInfo() {
  return queryOptions({
    queryKey: ['node'],
    queryFn: ({ signal }) => fetchJson<NodeAnswer>('/api/v1/node', { signal }),
    refetchInterval: NODE_MS,
  });
}

/** A stream of an exporter: its address and port, and one observation domain of it. */
export interface Stream {
  readonly exporter: string;
  readonly port: number;
  readonly domain: number;
  /** ms since 1970. */
  readonly first_seen: number;
  readonly last_seen: number;
  readonly waiting_sets: number;
  readonly counts: Readonly<Partial<Record<string, number>>>;
}

const STREAMS_MS = 2_000;

/** The streams that are known; asked often, because somebody waits for the first datagram. */
export function streams() {
  return queryOptions({
    queryKey: ['exporters'],
    queryFn: async ({ signal }) =>
      (await fetchJson<{ exporters: readonly Stream[] }>('/api/v1/exporters', { signal })).exporters,
    refetchInterval: STREAMS_MS,
  });
}
