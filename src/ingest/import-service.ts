import { systemClock, WeirError } from '../base/index.ts';
import type { HomeNetworks, NamingSettings, PlaceTableHandle } from '../label/index.ts';
import { type ImportSource, layoutOf, SourceList } from '../store/index.ts';
import type { ElementMapping } from '../wire/index.ts';
import type { ExporterRule } from './exporter-rules.ts';
import type { ImportOptions } from './import.ts';
import { type ImportRequest, runImport } from './import-session.ts';
import { importInThread } from './import-thread.ts';
import type { StoreThread } from './store-thread.ts';

/** What configuration says of what is imported. */
export interface ImportSettings {
  readonly rules: readonly ExporterRule[];
  readonly elements: readonly ElementMapping[];
  readonly networks: HomeNetworks;
  /** What is known of addresses at the moment. */
  readonly places: () => PlaceTableHandle | null;
  /** What configuration adds to the names that come with Weir. */
  readonly naming?: NamingSettings | undefined;
  readonly maxExporters: number;
}

export interface ImportServiceOptions extends ImportSettings {
  readonly root: string;
  readonly store: StoreThread;
}

/** The imports of a running node. */
export interface ImportService {
  sources(): readonly ImportSource[];
  /** One at a time: WeirError `busy` while another runs. */
  run(body: AsyncIterable<Uint8Array>, request: ImportRequest): Promise<ImportSource>;
  /** Resolves when none runs. Their uploads must have been ended before. */
  stop(): Promise<void>;
}

/** The node's store must be open: its lock says who writes the list. */
export function importService(options: ImportServiceOptions): ImportService {
  const list = new SourceList(layoutOf(options.root).sources);
  let running: { readonly file: string; readonly done: Promise<unknown> } | null = null;
  return {
    sources: () => list.all,
    run: async (body, request) => {
      if (running) throw new WeirError('busy', `an import is running (${running.file}): one at a time`);
      const done = runImport(
        list,
        request,
        (name, onProgress) => importInThread(options.store, body, importOptions(name, request, options), onProgress),
        () => systemClock.now(),
      );
      running = { file: request.file, done };
      try {
        return await done;
      } finally {
        running = null;
      }
    },
    stop: async () => void (await running?.done.catch(() => {})),
  };
}

/** What the importer is told of one import. */
export function importOptions(name: string, request: ImportRequest, settings: ImportSettings): ImportOptions {
  const ports = request.ports ?? [];
  return {
    // Who names ports of exports wants the exports.
    content: request.as ?? (ports.length > 0 ? 'export' : null),
    meter: request.meter ?? {},
    name,
    startMs: systemClock.now(),
    sampling: request.sampling ?? null,
    ports,
    rules: settings.rules,
    elements: settings.elements,
    networks: settings.networks,
    places: settings.places(),
    naming: settings.naming,
    maxExporters: settings.maxExporters,
  };
}
