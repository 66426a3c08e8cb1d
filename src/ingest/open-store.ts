import { createLog, systemClock } from '../base/index.ts';
import { type DuckOptions, DuckReader, LocalStore, type StoreReader, type StoreStatus } from '../store/index.ts';
import { replayJournal } from './replay.ts';

/** A store that no node runs on, opened in this process. */
export interface OpenStore {
  readonly reader: StoreReader;
  status(): StoreStatus;
  close(): Promise<void>;
}

const SEGMENT_ROWS = 1_000_000;
const MAX_EXPORTERS = 65_536;

/** Takes the lock, recovers what a crash left in the journal, and reads. WeirError `busy` when a node has it. */
export async function openStoreHere(
  root: string,
  options: Pick<DuckOptions, 'threads' | 'memoryBytes'>,
): Promise<OpenStore> {
  const store = await LocalStore.open({
    root,
    clock: systemClock,
    log: createLog({ style: 'pretty', level: 'warn' }),
    retention: { ageMs: null, bytes: null },
    segmentRows: SEGMENT_ROWS,
    segmentAgeMs: 0,
    writerMemoryBytes: options.memoryBytes,
  });
  for (const file of store.unfinishedJournals()) {
    await replayJournal(store, file, { maxExporters: MAX_EXPORTERS, flushRows: SEGMENT_ROWS });
  }
  const reader = await DuckReader.start(store, {
    ...options,
    tempDirectory: store.layout.tmp,
    spillBytes: options.memoryBytes * 4,
    directories: [store.layout.root],
  });
  return {
    reader,
    status: () => store.status(),
    close: async () => {
      await reader.close();
      await store.close();
    },
  };
}
