import { mkdirSync } from 'node:fs';
import { type Clock, CounterSheet, type CounterSheetHandle, type Log, Mutex, systemClock } from '../../base/index.ts';
import type { BlocklistSource } from './blocklist-setting.ts';
import type { KeptFailure } from './kept-list.ts';
import { LIST_FAILURES } from './list-failure.ts';
import type { FetchBounds } from './list-fetch.ts';
import { ListRefresh } from './list-refresh.ts';
import type { ListReport } from './prepare-list.ts';

/** A list that can be used: its prefixes stand in the file, one a line. */
export interface BlocklistFile {
  readonly name: string;
  readonly path: string;
  /** Another one means other content. */
  readonly revision: string;
}

/** What is known of a list, for people. */
export interface BlocklistStatus {
  readonly name: string;
  /** File, or URL without its query, which may hold a key. */
  readonly source: string;
  readonly isFile: boolean;
  readonly refreshMs: number;
  /** Null where there is no copy yet. */
  readonly kept: { readonly fetchedMs: number; readonly checkedMs: number; readonly report: ListReport } | null;
  readonly failure: Omit<KeptFailure, 'of' | 'stamp' | 'notBeforeMs'> | null;
}

export interface BlocklistsOptions {
  /** Of the last good copies. */
  readonly directory: string;
  readonly lists: readonly BlocklistSource[];
  /** Prefixes of the home networks. */
  readonly home: readonly string[];
  readonly log: Log;
  readonly clock?: Clock;
  readonly bounds?: FetchBounds;
}

const TICK_MS = 1_000;
/** Lists that are fetched at one time, and those of one server: one that is slow holds its own lists alone. */
const MOST_FETCHES = 8;
const MOST_OF_SERVER = 2;

/**
 * The block lists of a node: their last good copies, which hold without a network, refreshed from their sources, several beside each other, files first. `start`
 * does not wait for a source.
 */
export class Blocklists {
  readonly counters: CounterSheetHandle;
  private readonly lists: readonly ListRefresh[];
  private readonly sheet: CounterSheet;
  private readonly clock: Clock;
  private readonly stopping = new AbortController();
  private readonly listeners: (() => void)[] = [];
  private timer: NodeJS.Timeout | undefined;
  /** Lists that are being looked at. */
  private readonly looking = new Map<ListRefresh, Promise<void>>();

  constructor(options: BlocklistsOptions) {
    const { directory, home, log, clock = systemClock, bounds } = options;
    this.clock = clock;
    if (options.lists.length > 0) mkdirSync(directory, { recursive: true, mode: 0o750 });
    const shared = { directory, home, log, clock, reading: new Mutex(), ...(bounds === undefined ? {} : { bounds }) };
    this.lists = options.lists.map((source) => new ListRefresh(source, shared));
    this.sheet = new CounterSheet(options.lists.flatMap(({ name }) => countersOf(name)));
    this.counters = this.sheet.handle();
    for (const list of this.lists) this.gauge(list);
  }

  start(): void {
    if (this.lists.length === 0) return;
    for (const list of this.lists) list.retrySoon();
    this.timer = setInterval(() => this.tick(), TICK_MS).unref();
    this.tick();
  }

  /** Called when a list has changed. */
  onChange(listener: () => void): void {
    this.listeners.push(listener);
  }

  /** Looks once at those whose time has come. */
  async look(): Promise<void> {
    this.tick();
    await this.settled();
  }

  /** Reads all files again and asks all servers, now. */
  reload(): void {
    for (const list of this.lists) list.want();
    this.tick();
  }

  /** Lists of which there is a good copy. */
  files(): BlocklistFile[] {
    return this.lists.flatMap(({ source, kept }) =>
      kept.facts === null ? [] : [{ name: source.name, path: kept.path, revision: String(kept.facts.fetchedMs) }],
    );
  }

  /** The same with where they are from. */
  origins(): (BlocklistFile & { readonly source: string; readonly fetchedMs: number })[] {
    const status = new Map(this.status().map((list) => [list.name, list]));
    return this.files().map((file) => {
      const { source, kept } = status.get(file.name)!;
      return { ...file, source, fetchedMs: kept?.fetchedMs ?? 0 };
    });
  }

  status(): BlocklistStatus[] {
    return this.lists.map(({ source, kept }) => ({
      name: source.name,
      source: source.file ?? source.url!.replace(/\?.*$/, ''),
      isFile: source.url === null,
      refreshMs: source.refreshMs,
      kept: kept.facts,
      failure: kept.failure,
    }));
  }

  async stop(): Promise<void> {
    clearInterval(this.timer);
    this.stopping.abort();
    await this.settled();
  }

  /** Each that ends begins the next, which is then waited for too. */
  private async settled(): Promise<void> {
    while (this.looking.size > 0) await Promise.all(this.looking.values());
  }

  /** Files wait for nobody. */
  private tick(): void {
    if (this.stopping.signal.aborted) return;
    const nowMs = this.clock.now();
    const due = this.lists.filter((list) => list.dueMs <= nowMs && !this.looking.has(list));
    for (const list of due) if (serverOf(list) === null) this.begin(list);
    for (const list of due) if (serverOf(list) !== null && this.hasRoomFor(list)) this.begin(list);
  }

  private hasRoomFor(list: ListRefresh): boolean {
    const servers = [...this.looking.keys()].map(serverOf).filter((server) => server !== null);
    const ofSame = servers.filter((server) => server === serverOf(list)).length;
    return servers.length < MOST_FETCHES && ofSame < MOST_OF_SERVER;
  }

  private begin(list: ListRefresh): void {
    const looked = this.lookAt(list).finally(() => {
      this.looking.delete(list);
      this.tick();
    });
    this.looking.set(list, looked);
  }

  private async lookAt(list: ListRefresh): Promise<void> {
    const { signal } = this.stopping;
    const changed = await list.look(signal);
    const { failure } = list.kept;
    if (failure !== null && !signal.aborted) this.sheet.add(`${list.source.name} ${failure.reason}`);
    this.gauge(list);
    if (changed) for (const listener of this.listeners) listener();
  }

  private gauge({ source: { name }, kept: { facts } }: ListRefresh): void {
    if (facts === null) return;
    const { rejected, entries } = facts.report;
    this.sheet.set(`${name} entries`, entries);
    this.sheet.set(
      `${name} rejected`,
      Object.values(rejected).reduce((sum, n) => sum + n, 0),
    );
    this.sheet.set(`${name} checked`, Math.round(facts.checkedMs / 1_000));
  }
}

/** Null for a file. */
function serverOf({ source }: ListRefresh): string | null {
  return source.url === null ? null : new URL(source.url).host;
}

function countersOf(list: string) {
  const gauge = (key: string, name: string, help: string) => ({
    ...{ key: `${list} ${key}`, name: `weir_blocklist_${name}`, help, labels: { list }, kind: 'gauge' as const },
  });
  return [
    gauge('entries', 'entries', 'Prefixes of a block list that are in use'),
    gauge('rejected', 'rejected_entries', 'Entries of a block list that are no addresses or were refused'),
    gauge('checked', 'checked_timestamp_seconds', 'When the source of a block list last said that its content is this'),
    ...LIST_FAILURES.map((cause) => ({
      key: `${list} ${cause}`,
      name: 'weir_blocklist_failures_total',
      help: 'Refreshes of a block list that failed, by cause; the last good copy stays',
      labels: { list, cause },
    })),
  ];
}
