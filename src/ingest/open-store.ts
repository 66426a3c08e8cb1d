import { asWeirError, createLog, systemClock } from '../base/index.ts';
import {
  DuckReader,
  LocalStore,
  type LocalStoreOptions,
  type ReaderOptions,
  type StoreReader,
} from '../store/index.ts';
import { silencesAtRest } from './expected-exporters.ts';
import { recoverJournals } from './recover-journals.ts';
import type { KnownPlaces } from './store-messages.ts';

/** A store that no node runs on, opened in this process. */
export interface OpenStore {
  readonly reader: StoreReader;
  close(): Promise<void>;
}

/** Another command may have the store for the moment of its question. */
const LOCK_WAIT_MS = 15_000;
const LOCK_RETRY_MS = 100;
const SEGMENT_ROWS = 1_000_000;
const MAX_EXPORTERS = 65_536;

/** Takes the lock, recovers what a crash left in the journal, with what is known of addresses, and reads. WeirError `busy` when a node has it. */
export async function openStoreHere(
  root: string,
  options: Pick<ReaderOptions, 'threads' | 'memoryBytes'>,
  lastPlaces: () => KnownPlaces | null = () => null,
): Promise<OpenStore> {
  const log = createLog({ style: 'pretty', level: 'warn' });
  const store = await openWaiting({
    root,
    clock: systemClock,
    log,
    retention: { ageMs: null, bytes: null },
    segmentRows: SEGMENT_ROWS,
    segmentAgeMs: 0,
    writerMemoryBytes: options.memoryBytes,
  });
  const places = store.unfinishedJournals().length > 0 ? lastPlaces() : null;
  const replay = { maxExporters: MAX_EXPORTERS, flushRows: SEGMENT_ROWS, places };
  const { postponed } = await recoverJournals(store, replay, log);
  const { completeUntil } = store;
  store.completeUntil = () => postponed.reduce((min, p) => Math.min(min, p.sinceMs), completeUntil());
  const { openGaps } = store;
  store.openGaps = () => {
    const down = openGaps();
    return down && [...down, ...silencesAtRest(store.layout.expected, log)];
  };
  const reader = await DuckReader.start(store, {
    ...options,
    tempDirectory: store.layout.tmp,
    spillBytes: options.memoryBytes * 4,
    directories: [store.layout.root],
  });
  return {
    reader,
    close: async () => {
      await reader.close();
      await store.close();
    },
  };
}

/** Two questions to a store that no node runs on take turns. */
export async function openWaiting(options: LocalStoreOptions): Promise<LocalStore> {
  const until = performance.now() + LOCK_WAIT_MS;
  for (;;) {
    try {
      return await LocalStore.open(options);
    } catch (error) {
      if (asWeirError(error).code !== 'busy' || performance.now() > until) throw error;
      await new Promise((resolve) => setTimeout(resolve, LOCK_RETRY_MS));
    }
  }
}
