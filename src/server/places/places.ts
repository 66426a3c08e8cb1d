import { Worker } from 'node:worker_threads';
import { CounterSheet, type CounterSheetHandle, type Log } from '../../base/index.ts';
import type { AsNamesHandle, HomeNetworks, LookUpAddress, PlaceTableHandle } from '../../label/index.ts';
import { revisionOf } from '../file-revision.ts';
import { addressLookUp, type ExplainedList } from './address-look-up.ts';
import type { ListedFile, PlaceSourceStatus, PlacesJob, PlacesReport, PlacesTable } from './place-messages.ts';
import { inUse } from './state-in-use.ts';

export interface PlacesOptions {
  readonly directory: string;
  readonly files: readonly string[];
  readonly bundled: boolean;
  readonly networks: HomeNetworks;
  /** Block lists of which there is a good copy, at the moment. */
  readonly blocklists: () => readonly ListedFile[];
  readonly log: Log;
}

/** What is known of the table, for people. */
export interface PlacesStatus {
  readonly sources: readonly PlaceSourceStatus[];
  readonly problems: readonly string[];
  /** Why the last table could not be made; null where it was. */
  readonly failure: string | null;
}

const LOOK_MS = 60_000;
/** What failed for a cause that no change of a file will show is tried again after this. */
const RETRY_MS = 600_000;

/**
 * The table of places of a node. It is made in a thread of its own, again whenever a source has changed, which is looked at once a minute and on demand;
 * until it is finished the one before holds. What could not be read or made is tried again without a change, too.
 */
export class Places {
  readonly counters: CounterSheetHandle;
  private readonly o: PlacesOptions;
  private readonly sheet = new CounterSheet([
    {
      key: 'made',
      name: 'weir_places_made_total',
      help: 'Tables of networks and places that were made or taken as kept',
    },
    {
      key: 'failures',
      name: 'weir_places_failures_total',
      help: 'Tables of networks and places that could not be made',
    },
    {
      key: 'broken',
      name: 'weir_places_broken_sources',
      help: 'Sources whose present file is not used',
      kind: 'gauge',
    },
    { key: 'seconds', name: 'weir_places_make_seconds', help: 'What the last table took to be made', kind: 'gauge' },
    { key: 'bytes', name: 'weir_places_bytes', help: 'Memory of the table, shared by all threads', kind: 'gauge' },
  ] as const);
  private readonly listeners: ((table: PlacesTable) => void)[] = [];
  private table: PlacesTable | null = null;
  private failure: string | null = null;
  private worker: Worker | null = null;
  private timer: NodeJS.Timeout | undefined;
  /** The sources of the table that is there or being made. */
  private madeOf = '';
  private again = false;
  /** When to try again though nothing has changed, as performance.now(). */
  private retryAt = Number.POSITIVE_INFINITY;
  private stopped = false;
  private readonly onMaking: (() => void)[] = [];

  constructor(options: PlacesOptions) {
    this.o = options;
    this.counters = this.sheet.handle();
  }

  get handle(): PlaceTableHandle | null {
    return this.table?.places ?? null;
  }

  get names(): AsNamesHandle | null {
    return this.table?.names ?? null;
  }

  /** Which data says what of addresses, for one explanation; nothing as long as there is no table. */
  lookUp(lists: readonly ExplainedList[]): LookUpAddress {
    return this.table === null ? () => null : addressLookUp(this.o.directory, this.table, lists);
  }

  onTable(listener: (table: PlacesTable) => void): void {
    this.listeners.push(listener);
  }

  status(): PlacesStatus {
    const { table, failure } = this;
    return { sources: table?.sources ?? [], problems: table?.problems ?? [], failure };
  }

  /** Begins. Resolves when there is a table or, unless `making` is to be waited for, when it is known that it takes longer. */
  start({ waitForMaking }: { readonly waitForMaking: boolean }): Promise<void> {
    this.timer = setInterval(() => this.look(), LOOK_MS).unref();
    return new Promise((resolve) => {
      if (!waitForMaking) this.onMaking.push(resolve);
      this.onTable(() => resolve());
      this.onFailure = resolve;
      this.look();
    });
  }
  private onFailure = () => {};

  /** Makes the table again if a source has changed. */
  look(): void {
    if (this.stopped || (this.sources() === this.madeOf && performance.now() < this.retryAt)) return;
    if (this.worker !== null) {
      this.again = true;
      return;
    }
    this.make();
  }

  async stop(): Promise<void> {
    this.stopped = true;
    clearInterval(this.timer);
    await this.worker?.terminate();
  }

  private sources(): string {
    const { files, blocklists } = this.o;
    return JSON.stringify([files.map(revisionOf), blocklists().map(({ name, revision }) => [name, revision])]);
  }

  private make(): void {
    const { directory, files, bundled, networks, blocklists } = this.o;
    this.madeOf = this.sources();
    this.again = false;
    this.retryAt = Number.POSITIVE_INFINITY;
    const workerData: PlacesJob = { directory, files, bundled, networks, blocklists: blocklists(), forgets: true };
    const worker = new Worker(new URL('../server/places-worker.js', import.meta.url), { workerData });
    this.worker = worker;
    worker.on('message', (report: PlacesReport) => {
      if (report.type === 'table') this.take(report.table);
      else if (report.type === 'failed') this.fail(report.message);
      else for (const resolve of this.onMaking) resolve();
    });
    worker.once('error', (error) => this.fail(error.message));
    worker.once('exit', () => {
      this.worker = null;
      if (this.again) this.look();
    });
  }

  private take(table: PlacesTable): void {
    if (this.stopped) return;
    this.tell(table);
    this.table = table;
    this.failure = null;
    if (table.unread) this.retryAt = performance.now() + RETRY_MS;
    this.sheet.add('made');
    this.sheet.set('broken', table.sources.filter((s) => s.problem !== null).length);
    this.sheet.set('seconds', table.seconds);
    this.sheet.set('bytes', bytesOf(table.places));
    for (const listener of this.listeners) listener(table);
  }

  /** A problem is told when it is new. */
  private tell({ sources, problems, kept, seconds, places }: PlacesTable): void {
    const { log } = this.o;
    const told = new Map(this.table?.sources.map((s) => [s.name, s.problem]));
    for (const source of sources) {
      const { name, problem } = source;
      if (problem === null || told.get(name) === problem) continue;
      log.error({ file: name }, `${problem}: ${inUse(source)}`);
    }
    for (const problem of problems) log.error(problem);
    log.info(
      { entries: places.asn.length, seconds: Math.round(seconds * 100) / 100, kept },
      'networks and places are known',
    );
  }

  private fail(message: string): void {
    if (this.stopped) return;
    this.failure = message;
    this.retryAt = performance.now() + RETRY_MS;
    this.sheet.add('failures');
    this.o.log.error(`the table of networks and places could not be made, the one before holds: ${message}`);
    this.onFailure();
  }
}

/** Memory of a table. */
function bytesOf(places: PlaceTableHandle): number {
  const { ipv4, ipv6, blocklists: _, ...arrays } = places;
  return [...Object.values(ipv4), ...Object.values(ipv6), ...Object.values(arrays)].reduce(
    (sum, a) => sum + a.byteLength,
    0,
  );
}
