import type { Log } from '../base/index.ts';
import type { StoreThread } from '../ingest/index.ts';
import { filterSets } from '../label/index.ts';
import { networksOf } from './networks.ts';
import type { NodeConfig } from './settings.ts';
import { startWorkerQueryService, type WorkerQueryService } from './worker-query-service.ts';

const MAX_RUNNING_QUERIES = 2;
const MAX_WAITING_QUERIES = 32;

/** `@home` in a filter: what the configuration says is inside. */
export function setsOf(config: NodeConfig): Readonly<Record<string, readonly string[]>> {
  return filterSets(networksOf(config));
}

/** The thread that answers questions to a node, within the bounds of its configuration. */
export function startNodeQueries(config: NodeConfig, store: StoreThread, log: Log): Promise<WorkerQueryService> {
  return startWorkerQueryService(
    () => store.connect(),
    {
      root: config.data,
      memoryBytes: config.query_memory,
      threads: config.query_threads,
      spillBytes: config.query_memory * 4,
      timeoutMs: config.query_timeout,
      askAboveMs: config.query_ask,
      maxRunning: MAX_RUNNING_QUERIES,
      maxWaiting: MAX_WAITING_QUERIES,
      sets: setsOf(config),
    },
    log,
  );
}
