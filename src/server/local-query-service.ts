import { availableParallelism } from 'node:os';
import { type Clock, systemClock, WeirError } from '../base/index.ts';
import type { FilterSets } from '../filter/index.ts';
import { runQuery } from '../query/index.ts';
import type { StoreReader } from '../store/index.ts';
import type { FlowsQueryInput, QueryInput } from './answers.ts';
import type { Ask, QueryService } from './query-service.ts';
import { QuerySlots, type Slot } from './query-slots.ts';
import { SETTINGS } from './settings.ts';

export interface LocalQueryOptions {
  /** Questions that run at once, and that may wait. */
  readonly maxRunning: number;
  readonly maxWaiting: number;
  /** The most time that a question may take. */
  readonly timeoutMs: number;
  /** A folder that the reader may write to: Parquet files are made there and then moved. */
  readonly scratchDirectory: string;
  /** What `@name` means in a filter. */
  readonly sets?: FilterSets;
  readonly clock?: Clock;
}

/** What questions may use where no configuration says it. */
export function queryResources(): { memoryBytes: number; threads: number } {
  return {
    memoryBytes: SETTINGS.query_memory.fallback,
    threads: Math.max(SETTINGS.query_threads.fallback, availableParallelism() - 1),
  };
}

/** The questions, answered in this thread over the reader. */
export function localQueryService(store: StoreReader, options: LocalQueryOptions): QueryService {
  const clock = options.clock ?? systemClock;
  const slots = new QuerySlots({ maxRunning: options.maxRunning, maxWaiting: options.maxWaiting, clock });
  const budget = (slot: Slot, ask: Ask) => ({
    now: clock.now(),
    timeoutMs: Math.min(ask.timeoutMs ?? options.timeoutMs, options.timeoutMs),
    signal: slot.signal,
    onProgress: slot.progress,
    ...(options.sets ? { sets: options.sets } : {}),
  });
  const asked = ({ signal, onProgress }: Ask) => ({ signal, onProgress });

  return {
    query: (query, ask = {}) =>
      slots.run({ kind: 'query', text: textOfQuery(query), ...asked(ask) }, (slot) =>
        runQuery(store, query, budget(slot, ask)),
      ),

    flows: async () => {
      throw new WeirError('unsupported', 'not yet');
    },
    report: async () => {
      throw new WeirError('unsupported', 'not yet');
    },
    export: async () => {
      throw new WeirError('unsupported', 'not yet');
    },
    running: async () => slots.list(),
    cancel: async (id) => slots.cancel(id),
  };
}

function textOfQuery(query: QueryInput): string {
  return [
    query.filter ?? '',
    query.by?.length ? `by ${query.by.join(',')}` : '',
    query.metrics ? `metrics ${query.metrics.join(',')}` : '',
  ]
    .filter((s) => s !== '')
    .join(' ')
    .slice(0, 1_000);
}

export function textOfFlows(query: FlowsQueryInput): string {
  return (query.filter ?? '').slice(0, 1_000);
}
