import { mkdirSync } from 'node:fs';
import { type Clock, CounterSheet, type CounterSheetHandle, type Log, systemClock } from '../../base/index.ts';
import type { BlocklistSource } from './blocklist-setting.ts';
import { LIST_FAILURES, type ListFailureCause } from './list-failure.ts';
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
  readonly refreshMs: number;
  /** Null where there is no copy yet. */
  readonly kept: { readonly fetchedMs: number; readonly checkedMs: number; readonly report: ListReport } | null;
  readonly failure: { readonly reason: ListFailureCause; readonly message: string; readonly sinceMs: number } | null;
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

/**
 * The block lists of a node: their last good copies, which hold without a network, refreshed from their sources one after the other. `start` does not
 * wait for a source.
 */
export class Blocklists {
  readonly counters: CounterSheetHandle;
  private readonly lists: readonly ListRefresh[];
  private readonly sheet: CounterSheet;
  private readonly clock: Clock;
  private readonly stopping = new AbortController();
  private readonly listeners: (() => void)[] = [];
  private timer: NodeJS.Timeout | undefined;
  private looking: Promise<void> | null = null;

  constructor(options: BlocklistsOptions) {
    const { directory, home, log, clock = systemClock, bounds } = options;
    this.clock = clock;
    if (options.lists.length > 0) mkdirSync(directory, { recursive: true, mode: 0o750 });
    const shared = { directory, home, log, clock, ...(bounds === undefined ? {} : { bounds }) };
    this.lists = options.lists.map((source) => new ListRefresh(source, shared));
    this.sheet = new CounterSheet(options.lists.flatMap(({ name }) => countersOf(name)));
    this.counters = this.sheet.handle();
    for (const list of this.lists) this.gauge(list);
  }

  start(): void {
    if (this.lists.length === 0) return;
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
    await this.looking;
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
    return this.lists.map(({ source, kept, failure }) => ({
      name: source.name,
      source: source.file ?? source.url!.replace(/\?.*$/, ''),
      refreshMs: source.refreshMs,
      kept: kept.facts,
      failure,
    }));
  }

  async stop(): Promise<void> {
    clearInterval(this.timer);
    this.stopping.abort();
    await this.looking;
  }

  private tick(): void {
    if (this.looking !== null || this.stopping.signal.aborted) return;
    this.looking = this.lookAtDue().finally(() => {
      this.looking = null;
    });
  }

  private async lookAtDue(): Promise<void> {
    for (const list of this.lists) {
      if (this.stopping.signal.aborted) return;
      if (list.dueMs > this.clock.now()) continue;
      const changed = await list.look(this.stopping.signal);
      if (list.failure) this.sheet.add(`${list.source.name} ${list.failure.reason}`);
      this.gauge(list);
      if (changed) for (const listener of this.listeners) listener();
    }
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
