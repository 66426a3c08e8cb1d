import { createLog, systemClock } from '../base/index.ts';
import { type ImportSource, SourceList } from '../store/index.ts';
import type { Gap } from '../truth/index.ts';
import { importFlows } from './import.ts';
import { BatchesHere } from './import-here.ts';
import { type ImportSettings, importOptions } from './import-service.ts';
import { type ImportRequest, runImport } from './import-session.ts';
import { openWaiting } from './open-store.ts';

/** A store that no node runs on, opened in this process for imports. */
export interface ImportStore {
  run(body: AsyncIterable<Uint8Array>, request: ImportRequest): Promise<ImportSource>;
  /** Writes down when exporters of what was imported were silent, for who knows it: an import by itself cannot tell silence from a quiet exporter. */
  noteSilences(gaps: readonly Gap[]): void;
  /** Makes history of what was imported, until the signal is raised: then later nodes do the rest. */
  settle(signal: AbortSignal, onProgress?: (share: number) => void): Promise<void>;
  close(): Promise<void>;
}

const SEGMENT_ROWS = 1_000_000;
const MAX_EXPORTERS = 65_536;
const WRITER_MEMORY_BYTES = 512 << 20;

/** Takes the lock of the directory, which is made where there is none. A journal that a crash left stays for the next who asks. */
export async function openImportStore(
  root: string,
  settings: Omit<ImportSettings, 'maxExporters'>,
): Promise<ImportStore> {
  const store = await openWaiting({
    root,
    clock: systemClock,
    log: createLog({ style: 'pretty', level: 'warn' }),
    retention: { ageMs: null, bytes: null },
    segmentRows: SEGMENT_ROWS,
    segmentAgeMs: 0,
    writerMemoryBytes: WRITER_MEMORY_BYTES,
    naming: settings.naming,
  });
  const list = new SourceList(store.layout.sources);
  const all = { ...settings, maxExporters: MAX_EXPORTERS };
  return {
    run: (body, request) =>
      runImport(
        list,
        request,
        (name, onProgress) =>
          importFlows(body, new BatchesHere(store, systemClock), importOptions(name, request, all), onProgress),
        () => systemClock.now(),
      ),
    noteSilences: (gaps) => {
      store.gaps.add(gaps);
      store.gaps.write(systemClock.now());
    },
    settle: (signal, onProgress) => store.settleHistory(signal, onProgress),
    close: () => store.close(),
  };
}
