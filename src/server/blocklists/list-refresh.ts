import { statSync } from 'node:fs';
import { type Clock, type Log, WeirError, whyUnreadable } from '../../base/index.ts';
import type { BlocklistSource } from './blocklist-setting.ts';
import { KeptList, sourceOf } from './kept-list.ts';
import { ListFailure, type ListFailureCause } from './list-failure.ts';
import { FETCH_BOUNDS, type FetchBounds, fetchList, type Validators } from './list-fetch.ts';
import { prepareList } from './prepare-list.ts';

/** How often a file is looked at. */
const LOOK_MS = 60_000;
const RETRY_MS = 300_000;
/** Part of the interval by which requests are spread: lists of many nodes are not to be fetched at one moment. */
const JITTER = 0.1;
const NOTHING_KNOWN: Validators = { etag: '', lastModified: '' };

export interface RefreshOptions {
  readonly directory: string;
  readonly home: readonly string[];
  readonly clock: Clock;
  readonly log: Log;
  readonly bounds?: FetchBounds;
}

interface Failure {
  readonly reason: ListFailureCause;
  readonly message: string;
  /** When the first of those in a row was. */
  readonly sinceMs: number;
  readonly inRow: number;
}

/** One list: its last good copy, and what became of the last look at its source. */
export class ListRefresh {
  readonly source: BlocklistSource;
  readonly kept: KeptList;
  failure: Failure | null = null;
  dueMs: number;
  private readonly options: RefreshOptions;
  private failedStamp = '';

  constructor(source: BlocklistSource, options: RefreshOptions) {
    this.source = source;
    this.options = options;
    this.kept = new KeptList(options.directory, source, options.home);
    const { facts } = this.kept;
    const isFile = source.url === null;
    this.dueMs = facts === null || isFile ? options.clock.now() : spread(facts.checkedMs, source.refreshMs);
  }

  /** Looks at the source. True where the list has changed; a failure is kept and told, and what is there stays. */
  async look(stopped: AbortSignal): Promise<boolean> {
    const { source, kept } = this;
    const { clock, log } = this.options;
    try {
      const changed = source.url === null ? await this.readFile(source.file!) : await this.fetch(source.url, stopped);
      this.failure = null;
      this.dueMs = source.url === null ? clock.now() + LOOK_MS : spread(clock.now(), source.refreshMs);
      if (changed) this.tell();
      return changed;
    } catch (error) {
      if (error instanceof WeirError && error.code === 'cancelled') return false;
      const { reason, message } = asFailure(error);
      const inRow = (this.failure?.inRow ?? 0) + 1;
      this.failure = { reason, message, sinceMs: this.failure?.sinceMs ?? clock.now(), inRow };
      const wait = Math.min(source.refreshMs, RETRY_MS * 2 ** Math.min(inRow - 1, 10));
      this.dueMs = source.url === null ? clock.now() + LOOK_MS : spread(clock.now(), wait);
      if (inRow === 1)
        log.warn({ list: source.name, cause: reason, kept: kept.facts !== null }, `a block list failed: ${message}`);
      return false;
    } finally {
      kept.clearAside();
    }
  }

  private async fetch(url: string, stopped: AbortSignal): Promise<boolean> {
    const { kept } = this;
    const { clock, bounds = FETCH_BOUNDS } = this.options;
    const answer = await fetchList(url, kept.facts ?? NOTHING_KNOWN, kept.fetchedPath, stopped, bounds);
    if (answer === null && kept.facts !== null) {
      kept.note({ ...kept.facts, checkedMs: clock.now() });
      return false;
    }
    if (answer === null) throw new ListFailure('status', 'the server says that nothing has changed, but was not asked');
    await this.take(kept.fetchedPath, answer, '');
    return true;
  }

  /** A file that is as it was when it failed is not read again. */
  private async readFile(path: string): Promise<boolean> {
    const { kept } = this;
    const stat = statSync(path, { throwIfNoEntry: false });
    if (stat === undefined) throw new ListFailure('unreadable', `${path}: no such file`);
    const stamp = `${stat.mtimeMs} ${stat.size}`;
    if (kept.facts?.stamp === stamp) {
      kept.facts = { ...kept.facts, checkedMs: this.options.clock.now() };
      return false;
    }
    if (this.failure !== null && this.failedStamp === stamp)
      throw new ListFailure(this.failure.reason, this.failure.message);
    this.failedStamp = stamp;
    await this.take(path, NOTHING_KNOWN, stamp);
    return true;
  }

  private async take(from: string, validators: Validators, stamp: string): Promise<void> {
    const { source, kept } = this;
    const { home, clock, bounds = FETCH_BOUNDS } = this.options;
    const { mostBytes } = bounds;
    const report = await prepareList({ from, to: kept.asidePath, format: source.format, home, mostBytes });
    const nowMs = clock.now();
    const facts = { source: sourceOf(source), home: home.join(), stamp, fetchedMs: nowMs, checkedMs: nowMs, report };
    kept.replace({ ...validators, ...facts });
  }

  private tell(): void {
    const { log } = this.options;
    const { entries, refused, own, ownNamed } = this.kept.facts!.report;
    const list = this.source.name;
    log.info({ list, entries }, 'a block list was read');
    if (refused.length > 0)
      log.warn(
        { list, refused },
        'a block list has prefixes that would mark everything or the home networks: they are left out',
      );
    if (own > 0)
      log.warn(
        { list, count: own, such_as: ownNamed },
        'a block list has private addresses or those of the home networks',
      );
  }
}

function asFailure(error: unknown): { reason: ListFailureCause; message: string } {
  if (error instanceof ListFailure) return error;
  return { reason: 'unwritable', message: whyUnreadable(error) };
}

function spread(fromMs: number, intervalMs: number): number {
  return fromMs + intervalMs * (1 - JITTER + 2 * JITTER * Math.random());
}
