import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { asWeirError, type Log } from '../base/index.ts';
import { segmentsToMerge } from './compaction.ts';
import type { Duck } from './duck.ts';
import type { Layout } from './layout.ts';
import type { SegmentEntry } from './manifest.ts';
import type { ManifestFile } from './manifest-file.ts';
import { type MergedSegment, mergeSegments } from './merge-segments.ts';
import { putInPlace } from './segment-writer.ts';

/** How often the list of segments is looked through where nothing was found. */
const LOOK_MS = 30_000;
/** After a failure: a full disk does not get emptier by trying. */
const RETRY_MS = 600_000;

/** What the compactor needs of the store around it. */
export interface CompactorStore {
  readonly duck: Duck;
  readonly layout: Layout;
  readonly manifest: ManifestFile;
  readonly log: Log;
  now(): number;
  /** Numbers of segments that left the manifest and whose files readers hold. */
  leaving(): readonly number[];
  isBroken(id: number): boolean;
  /** Whether it is what the manifest says; one that is not is put aside. */
  trusted(segment: SegmentEntry): Promise<boolean>;
  /** Bytes that the data directory may still grow by. */
  room(): number;
  /** Keeps the files of segments until what it returns is called. */
  hold(segments: readonly SegmentEntry[]): () => void;
  /** The manifest names `merged` in place of `sources`. */
  merged(merged: SegmentEntry, sources: readonly SegmentEntry[]): void;
}

interface Merge {
  readonly sources: readonly SegmentEntry[];
  readonly abort: AbortController;
  readonly work: Promise<void>;
  result: MergedSegment | null;
  ended: boolean;
}

/**
 * Makes few files of many small ones, one merge at a time, beside all else: DuckDB writes the new file aside while batches go on being written, and the
 * step after it enters the file. Readers keep the old files until they are done.
 */
export class Compactor {
  private readonly store: CompactorStore;
  private current: Merge | null = null;
  private lookAt = Number.NEGATIVE_INFINITY;
  /** Segments of a merge that failed: trying them again would keep all others waiting. */
  private readonly refused = new Set<number>();
  /** Merges that were entered by this process, the files before and after, and their rows. */
  readonly done = { merges: 0, files: 0, rows: 0 };

  constructor(store: CompactorStore) {
    this.store = store;
  }

  /** Enters what is ready, begins what pays. Call it while nothing else changes the manifest; under pressure a merge that runs is given up. */
  step(pressure: boolean): void {
    const { current } = this;
    if (current?.ended) {
      this.current = null;
      if (current.result) this.enter(current.result, current.sources);
    } else if (current && pressure) current.abort.abort();
    if (!this.current && !pressure) this.begin();
  }

  private begin(): void {
    const { manifest, now } = this.store;
    if (now() < this.lookAt) return;
    const sources = segmentsToMerge(
      manifest.state.segments,
      now(),
      (s) => !this.store.isBroken(s.id) && !this.refused.has(s.id),
    );
    if (!sources || sources.reduce((n, s) => n + s.bytes, 0) > this.store.room()) {
      this.lookAt = now() + LOOK_MS;
      return;
    }
    // Given out here, so that segments that are written meanwhile have other numbers.
    const id = manifest.state.nextSegment;
    manifest.amend({ ...manifest.state, nextSegment: id + 1 });
    const abort = new AbortController();
    const merge: Merge = { sources, abort, result: null, ended: false, work: Promise.resolve() };
    const work = this.merge(id, merge)
      .catch((error: unknown) => this.failed(error, sources))
      .finally(() => {
        merge.ended = true;
      });
    this.current = Object.assign(merge, { work });
  }

  private async merge(id: number, merge: Merge): Promise<void> {
    const { duck, layout, manifest } = this.store;
    // Retention may take one while it is read.
    const release = this.store.hold(merge.sources);
    try {
      for (const source of merge.sources) if (!(await this.store.trusted(source))) return;
      const { journals } = manifest.state;
      const { signal } = merge.abort;
      merge.result = await mergeSegments(duck, layout, id, merge.sources, this.store.leaving(), journals, signal);
    } finally {
      release();
    }
  }

  private enter({ aside, facts }: MergedSegment, sources: readonly SegmentEntry[]): void {
    const { layout, log, manifest } = this.store;
    const { segments } = manifest.state;
    const ids = new Set(sources.map((s) => s.id));
    const left = segments.filter((s) => !ids.has(s.id));
    // Retention or a damage took one meanwhile: what is left is looked at again.
    if (left.length !== segments.length - sources.length || sources.some((s) => this.store.isBroken(s.id))) {
      rmSync(aside, { force: true });
      return;
    }
    try {
      const merged: SegmentEntry = { ...facts, ...putInPlace(layout, aside, facts.file) };
      manifest.commit({ ...manifest.state, segments: [...left, merged] });
      this.done.merges++;
      this.done.files += sources.length;
      this.done.rows += merged.rows;
      this.store.merged(merged, sources);
    } catch (error) {
      rmSync(aside, { force: true });
      for (const { file } of manifest.unnamed([facts])) rmSync(join(layout.segments, file), { force: true });
      this.failed(error, sources);
      return;
    }
    log.debug({ file: facts.file, files: sources.length, rows: facts.rows }, 'small segments were merged');
  }

  private failed(error: unknown, sources: readonly SegmentEntry[]): void {
    const failure = asWeirError(error);
    this.lookAt = this.store.now() + (failure.code === 'cancelled' ? LOOK_MS : RETRY_MS);
    if (failure.code === 'cancelled') return;
    const { segments } = this.store.manifest.state;
    // One that has left the manifest is the cause itself, and the others are merged without it.
    const isThere = ({ id }: SegmentEntry) => segments.some((s) => s.id === id);
    if (failure.code !== 'disk_full' && sources.every(isThere)) for (const { id } of sources) this.refused.add(id);
    const files = sources.map((s) => s.file);
    this.store.log.warn({ err: failure, files }, 'small segments could not be merged: they stay as they are');
  }

  /** Gives up what runs; its file aside is removed at the next start at the latest. */
  async stop(): Promise<void> {
    this.current?.abort.abort();
    await this.current?.work;
    if (this.current?.result) rmSync(this.current.result.aside, { force: true });
    this.current = null;
  }

  /** Waits for the merge that runs, so that the next step can enter it. */
  async settled(): Promise<void> {
    await this.current?.work;
  }
}
