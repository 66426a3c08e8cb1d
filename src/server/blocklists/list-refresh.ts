import { statSync } from 'node:fs';
import { type Clock, type Log, type Mutex, WeirError, whyUnreadable } from '../../base/index.ts';
import { revisionOf } from '../file-revision.ts';
import type { BlocklistSource } from './blocklist-setting.ts';
import { homeOf, KeptList, sourceOf, triedOf } from './kept-list.ts';
import { ListFailure } from './list-failure.ts';
import { FETCH_BOUNDS, type FetchBounds, fetchList, type Validators } from './list-fetch.ts';
import { prepareList } from './prepare-list.ts';
import { retryAfterMs } from './retry-after.ts';

/** How often a file is looked at. */
const LOOK_MS = 60_000;
const RETRY_MS = 300_000;
/** No server may ask for more than a day. */
const LONGEST_MS = 86_400_000;
/** Part of the interval by which requests are spread: lists of many nodes are not to be fetched at one moment. */
const JITTER = 0.1;
const NOTHING_KNOWN: Validators = { etag: '', lastModified: '' };

export interface RefreshOptions {
  readonly directory: string;
  readonly home: readonly string[];
  readonly clock: Clock;
  readonly log: Log;
  readonly bounds?: FetchBounds;
  /** One list is read at a time: the largest take some hundred megabytes while they are. */
  readonly reading: Mutex;
}

/** One list: its last good copy, and what became of the last look at its source. */
export class ListRefresh {
  readonly source: BlocklistSource;
  readonly kept: KeptList;
  dueMs: number;
  private readonly options: RefreshOptions;
  /** Somebody wants it looked at whatever is known of it. */
  private wanted = false;
  /** What was told in the log of this process. */
  private told = '';
  /** Of the file at the last look. */
  private stamp = '';

  constructor(source: BlocklistSource, options: RefreshOptions) {
    this.source = source;
    this.options = options;
    this.kept = new KeptList(options.directory, source, options.home);
    const { facts, failure } = this.kept;
    const nowMs = options.clock.now();
    const wanted = failure?.dueMs ?? (facts === null ? nowMs : spread(facts.checkedMs, source.refreshMs));
    // A clock that was ahead is not to hold a list for years.
    const latest = nowMs + Math.max(LONGEST_MS, 2 * source.refreshMs);
    this.dueMs = source.url === null ? nowMs : Math.min(wanted, latest);
  }

  /** Whoever starts a node wants to know soon whether what failed works now; but a node that starts again and again asks no more often for it. */
  retrySoon(): void {
    const { failure } = this.kept;
    if (failure !== null) this.dueMs = Math.max(failure.notBeforeMs, Math.min(this.dueMs, failure.triedMs + RETRY_MS));
  }

  /** It is looked at at once, or once more where it is being looked at. */
  want(): void {
    this.wanted = true;
    this.dueMs = this.options.clock.now();
  }

  /** Looks at the source. True where the list has changed; a failure is kept and told, and what is there stays. */
  async look(stopped: AbortSignal): Promise<boolean> {
    const { source, kept } = this;
    const { clock } = this.options;
    const isWanted = this.wanted;
    this.wanted = false;
    try {
      const changed =
        source.url === null
          ? await this.readFile(source.file!, isWanted, stopped)
          : await this.fetch(source.url, stopped);
      kept.noteFailure(null);
      this.told = '';
      this.dueMs = source.url === null ? clock.now() + LOOK_MS : spread(clock.now(), source.refreshMs);
      if (changed) this.tell();
      return changed;
    } catch (error) {
      if (error instanceof WeirError && error.code === 'cancelled') return false;
      this.fail(asFailure(error));
      return false;
    } finally {
      kept.clearAside();
      if (this.wanted) this.dueMs = clock.now();
    }
  }

  /** Asked again later and later, and not before the server wants to be. */
  private fail({ reason, message, refusal }: ListFailure): void {
    const { source, kept } = this;
    const nowMs = this.options.clock.now();
    const before = kept.failure;
    const inRow = (before?.inRow ?? 0) + 1;
    const asked = retryAfterMs(refusal?.retryAfter ?? '', nowMs);
    const wait = Math.min(source.refreshMs, RETRY_MS * 2 ** Math.min(inRow - 1, 10));
    this.dueMs = source.url === null ? nowMs + LOOK_MS : Math.max(nowMs + asked, spread(nowMs, wait));
    kept.noteFailure({
      ...{ of: triedOf(source, this.options.home), reason, message, status: refusal?.status ?? null },
      ...{ sinceMs: before?.sinceMs ?? nowMs, triedMs: nowMs, inRow, dueMs: this.dueMs },
      ...{ notBeforeMs: asked === 0 ? 0 : nowMs + asked, stamp: this.stamp },
    });
    if (this.told === message) return;
    this.told = message;
    const { log } = this.options;
    log.warn({ list: source.name, cause: reason, kept: kept.facts !== null }, `a block list failed: ${message}`);
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
    await this.take(kept.fetchedPath, answer, '', stopped);
    return true;
  }

  /** A file that is as it was when it was read or failed is not read again, unless somebody wants it. */
  private async readFile(path: string, isWanted: boolean, stopped: AbortSignal): Promise<boolean> {
    const { kept } = this;
    const { failure } = kept;
    const stat = statSync(path, { throwIfNoEntry: false });
    this.stamp = revisionOf(path);
    if (stat === undefined) throw new ListFailure('unreadable', `${path}: no such file`);
    // Reading a pipe would wait for whoever writes into it.
    if (!stat.isFile()) throw new ListFailure('unreadable', `${path}: is no file`);
    if (!isWanted && kept.facts?.stamp === this.stamp) {
      kept.facts = { ...kept.facts, checkedMs: this.options.clock.now() };
      return false;
    }
    if (!isWanted && failure?.reason === 'broken' && failure.stamp === this.stamp)
      throw new ListFailure(failure.reason, failure.message);
    await this.take(path, NOTHING_KNOWN, this.stamp, stopped);
    return true;
  }

  private async take(from: string, validators: Validators, stamp: string, stopped: AbortSignal): Promise<void> {
    const { source, kept } = this;
    const { home, clock, reading, bounds = FETCH_BOUNDS } = this.options;
    const { mostBytes } = bounds;
    const job = { from, to: kept.asidePath, format: source.format, home, mostBytes };
    const report = await reading.run(() => prepareList(job, stopped));
    const nowMs = clock.now();
    const facts = { source: sourceOf(source), home: homeOf(home), stamp, fetchedMs: nowMs, checkedMs: nowMs, report };
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

function asFailure(error: unknown): ListFailure {
  return error instanceof ListFailure ? error : new ListFailure('unwritable', whyUnreadable(error));
}

function spread(fromMs: number, intervalMs: number): number {
  return fromMs + intervalMs * (1 - JITTER + 2 * JITTER * Math.random());
}
