import { availableParallelism } from 'node:os';
import { type Clock, systemClock, WeirError } from '../base/index.ts';
import type { FilterSets } from '../filter/index.ts';
import type { FlowRecord, FlowsQueryInput, QueryInput } from '../query/index.ts';
import { runFlows, runQuery, runReport } from '../query/index.ts';
import type { StoreReader } from '../store/index.ts';
import { exportToFile } from './export-file.ts';
import type { Ask, FlowsAnswer, QueryService } from './query-service.ts';
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
  const threads = Math.max(SETTINGS.query_threads.fallback, availableParallelism() - 1);
  return { memoryBytes: SETTINGS.query_memory.fallback, threads };
}

/** The questions, answered in this thread over the reader. */
export function localQueryService(store: StoreReader, options: LocalQueryOptions): QueryService {
  const clock = options.clock ?? systemClock;
  const slots = new QuerySlots({ maxRunning: options.maxRunning, maxWaiting: options.maxWaiting, clock });
  const budget = (slot: Slot, ask: Ask) => ({
    ...unlimited(slot),
    timeoutMs: Math.min(ask.timeoutMs ?? options.timeoutMs, options.timeoutMs),
  });
  const unlimited = (slot: Slot) => ({
    now: clock.now(),
    signal: slot.signal,
    onProgress: slot.progress,
    ...(options.sets ? { sets: options.sets } : {}),
  });
  const asked = ({ signal, onProgress }: Ask) => ({ signal, onProgress });

  return {
    query: (query, ask = {}) =>
      slots.run({ kind: 'query', text: textOf(query), ...asked(ask) }, (slot) =>
        runQuery(store, query, budget(slot, ask)),
      ),

    flows: async (query, ask = {}) => {
      const slot = await slots.enter({ kind: 'flows', text: textOf(query), ...asked(ask) });
      try {
        return holdingSlot(await runFlows(store, query, budget(slot, ask)), slot);
      } catch (error) {
        slot.leave();
        throw error;
      }
    },

    report: (name, input, ask = {}) =>
      slots.run(
        { kind: 'report', text: [name, input.filter ?? ''].join(' ').trim().slice(0, 1_000), ...asked(ask) },
        (slot) => runReport(store, name, input, budget(slot, ask)),
      ),

    export: (query, file, ask = {}) =>
      slots.run({ kind: 'export', text: textOf(query), ...asked(ask) }, (slot) =>
        exportToFile(store, query, file, options.scratchDirectory, {
          ...unlimited(slot),
          ...(ask.timeoutMs === undefined ? {} : { timeoutMs: ask.timeoutMs }),
        }),
      ),

    running: async () => slots.list(),
    cancel: async (id) => slots.cancel(id),
  };
}

/** The answer as its reader gets it: the slot is free when the records end, fail, are left early, or will not be read because the question was cancelled. */
function holdingSlot(answer: Awaited<ReturnType<typeof runFlows>>, slot: Slot & { leave(): void }): FlowsAnswer {
  const { rows, close, ...header } = answer;
  let held = true;
  const leave = () => {
    if (held) slot.leave();
    held = false;
  };
  slot.signal.addEventListener('abort', () => void close().then(leave, leave), { once: true });
  async function* records(): AsyncGenerator<readonly FlowRecord[]> {
    try {
      for await (const piece of rows) {
        yield piece;
        if (slot.signal.aborted) throw new WeirError('cancelled', 'the query was cancelled');
      }
      // A view that was given back ends its stream without an error.
      if (slot.signal.aborted) throw new WeirError('cancelled', 'the query was cancelled');
    } finally {
      leave();
    }
  }
  return { header, records: records() };
}

/** What was asked in one line, for the list of questions. */
function textOf(query: QueryInput | FlowsQueryInput): string {
  const parts = [query.filter ?? ''];
  if ('by' in query && query.by?.length) parts.push(`by ${query.by.join(',')}`);
  if ('metrics' in query && query.metrics) parts.push(`metrics ${query.metrics.join(',')}`);
  return parts
    .filter((s) => s !== '')
    .join(' ')
    .slice(0, 1_000);
}
