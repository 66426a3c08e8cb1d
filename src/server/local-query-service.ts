import { availableParallelism } from 'node:os';
import { type Clock, systemClock, WeirError } from '../base/index.ts';
import type { FilterSets } from '../filter/index.ts';
import type { AskedNetworkSource, FlowRecord, FlowsQueryInput, QueryInput } from '../query/index.ts';
import { QueryCosts, runFlows, runQuery, runReport } from '../query/index.ts';
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
  /** What is expected to take longer is refused unless the question allows it. */
  readonly askAboveMs?: number;
  /** A folder that the reader may write to: Parquet files are made there and then moved. */
  readonly scratchDirectory: string;
  /** A reader of flows who takes nothing for so long is given up; 5 minutes unless told. */
  readonly stallMs?: number;
  /** What `@name` means in a filter. */
  readonly sets?: FilterSets;
  /** Names of autonomous systems. */
  readonly asName?: (asn: number) => string;
  /** Where networks are known from. */
  readonly networkSources?: () => readonly AskedNetworkSource[];
  readonly clock?: Clock;
}

export interface LocalQueryService extends QueryService {
  /** While it is on, one question runs at a time and no export begins: more flows come than can be written. */
  squeeze(on: boolean): void;
  /** Cancels all that runs or waits, and resolves when nothing does. */
  stop(): Promise<void>;
}

const STALL_MS = 300_000;
/** As long as an export may take. */
const STREAM_MS = 86_400_000;

/** What questions may use where no configuration says it. */
export function queryResources(): { memoryBytes: number; threads: number; askAboveMs: number } {
  const threads = Math.max(SETTINGS.query_threads.fallback, availableParallelism() - 1);
  return { memoryBytes: SETTINGS.query_memory.fallback, threads, askAboveMs: SETTINGS.query_ask.fallback };
}

/** The questions, answered in this thread over the reader. */
export function localQueryService(store: StoreReader, options: LocalQueryOptions): LocalQueryService {
  const clock = options.clock ?? systemClock;
  const { maxRunning, maxWaiting, askAboveMs } = options;
  const costs = new QueryCosts();
  const slots = new QuerySlots({ maxRunning, maxWaiting, clock });
  // An export may take an hour: it must not keep the others waiting.
  const exports = new QuerySlots({ maxRunning: 1, maxWaiting, clock, prefix: 'e' });
  let squeezed = false;
  const mayExport = () => {
    if (squeezed)
      throw new WeirError(
        'busy',
        'more flows come than can be written, and exports must wait: ask again when health says that overload is over',
      );
  };
  const budget = (slot: Slot, ask: Ask) => ({
    ...unlimited(slot, ask),
    timeoutMs: Math.min(ask.timeoutMs ?? options.timeoutMs, options.timeoutMs),
  });
  const unlimited = (slot: Slot, { limit }: Ask) => ({
    limit,
    now: clock.now(),
    signal: slot.signal,
    onProgress: slot.progress,
    ...(options.sets ? { sets: options.sets } : {}),
    ...(options.asName ? { asName: options.asName } : {}),
    ...(options.networkSources ? { networkSources: options.networkSources } : {}),
  });
  const asked = ({ signal, onProgress, asker }: Ask) => ({ signal, onProgress, asker });

  const priced = askAboveMs === undefined ? {} : { askAboveMs };
  return {
    query: (query, ask = {}) =>
      slots.run({ kind: 'query', text: textOf(query), ...asked(ask) }, (slot) =>
        runQuery(store, query, { ...budget(slot, ask), costs, ...priced }),
      ),

    flows: async (query, ask = {}) => {
      // A stream of all records is an export: it takes as long as its reader does.
      const stream = query.order === 'stored';
      if (stream) mayExport();
      const slot = await (stream ? exports : slots).enter({ kind: 'flows', text: textOf(query), ...asked(ask) });
      try {
        const within = stream ? { ...unlimited(slot, ask), timeoutMs: ask.timeoutMs ?? STREAM_MS } : budget(slot, ask);
        return holdingSlot(await runFlows(store, query, within), slot, options.stallMs ?? STALL_MS);
      } catch (error) {
        slot.leave();
        throw error;
      }
    },

    report: (name, input, ask = {}) =>
      slots.run(
        { kind: 'report', text: [name, input.filter ?? ''].join(' ').trim().slice(0, 1_000), ...asked(ask) },
        (slot) => runReport(store, name, input, { ...budget(slot, ask), ...priced }),
      ),

    export: async (query, file, ask = {}) => {
      mayExport();
      return exports.run({ kind: 'export', text: textOf(query), ...asked(ask) }, (slot) =>
        exportToFile(store, query, file, options.scratchDirectory, {
          ...unlimited(slot, ask),
          ...(ask.timeoutMs === undefined ? {} : { timeoutMs: ask.timeoutMs }),
        }),
      );
    },

    running: async () => [...slots.list(), ...exports.list()],
    squeeze: (on) => {
      squeezed = on;
      slots.limit(on ? 1 : maxRunning);
    },
    cancel: async (id) => slots.cancel(id) || exports.cancel(id),
    stop: async () => void (await Promise.all([slots.stop(), exports.stop()])),
  };
}

/**
 * The answer as its reader gets it. Slot and view are free when the records end, fail or are left early, when the question is
 * cancelled, and when the reader takes nothing for too long.
 */
function holdingSlot(
  { rows, close, ...header }: Awaited<ReturnType<typeof runFlows>>,
  slot: Slot & { leave(): void },
  stallMs: number,
): FlowsAnswer {
  let ended: WeirError | null = null;
  let held = true;
  const leave = () => {
    clearTimeout(stall);
    if (held) slot.leave();
    held = false;
  };
  const giveUp = (why: WeirError) => {
    ended ??= why;
    void close().then(leave, leave);
  };
  const watch = () =>
    setTimeout(
      () => giveUp(new WeirError('timeout', `the flows were not read for ${stallMs / 1000} s`)),
      stallMs,
    ).unref();
  let stall = watch();
  const cancelled = new WeirError('cancelled', 'the query was cancelled');
  slot.signal.addEventListener('abort', () => giveUp(cancelled), { once: true });
  async function* records(): AsyncGenerator<readonly FlowRecord[]> {
    try {
      for await (const piece of rows) {
        clearTimeout(stall);
        stall = watch();
        yield piece;
        if (ended) throw ended;
      }
      // A view that was given back ends its stream without an error.
      if (ended) throw ended;
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
