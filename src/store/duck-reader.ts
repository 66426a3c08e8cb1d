import { dirname, join } from 'node:path';
import { WeirError } from '../base/index.ts';
import { FlowBatch } from '../flow/index.ts';
import { ExporterNames, nameInterfaces } from '../truth/index.ts';
import { allVerdicts, type Bounds, boundsOf } from './bounds.ts';
import { Duck, type ReaderOptions } from './duck.ts';
import { readExporterStates } from './exporter-states.ts';
import type { HotSet } from './hot-table.ts';
import { readInterfaceNames } from './interface-names-file.ts';
import { layoutOf } from './layout.ts';
import type { SegmentEntry } from './manifest.ts';
import { measuredTime } from './measured-time.ts';
import { rollupPath, segmentPath } from './paths.ts';
import type { Budget, RawRows, SqlParam, StoreReader, TimeRange, View, ViewFacts } from './reader.ts';
import { literal, relationSql } from './relation.ts';
import { HistoryView } from './rollup/history-view.ts';
import type { HistorySnapshot, Snapshot, SnapshotSource } from './snapshot.ts';
import { Deadline, Verification } from './verification.ts';

/** How often a view is made anew because a segment in it turned out to be damaged. */
const ATTEMPTS = 1_000;

/** Reads a store with DuckDB in the calling thread. Each segment is compared with its checksum before its first use in this process. */
export class DuckReader implements StoreReader {
  readonly dialect = 'duckdb';
  private readonly source: SnapshotSource;
  private readonly duck: Duck;
  private readonly verification = new Verification();

  private constructor(source: SnapshotSource, duck: Duck) {
    this.source = source;
    this.duck = duck;
  }

  static async start(source: SnapshotSource, options: ReaderOptions): Promise<DuckReader> {
    return new DuckReader(source, await Duck.start({ ...options, cacheFiles: true }));
  }

  async view(range: TimeRange, budget?: Budget): Promise<View> {
    const deadline = new Deadline(budget);
    try {
      for (let i = 0; i < ATTEMPTS; i++) {
        const snapshot = await this.snapshot(range, deadline);
        const bad = await this.verify(snapshot, deadline);
        if (bad.length === 0) return this.viewOf(snapshot, range);
        this.source.release(snapshot.id);
        for (const { file, reason } of bad) await this.source.damaged(file, reason);
      }
    } finally {
      deadline.clear();
    }
    throw new WeirError('corrupt', 'too many damaged segments: run weir doctor');
  }

  private async snapshot(range: TimeRange, deadline: Deadline): Promise<Snapshot> {
    const asked = this.source.snapshot(range);
    try {
      return await Promise.race([asked, deadline.ended]);
    } catch (error) {
      // One that comes after the query has ended is given back.
      asked.then((late) => this.source.release(late.id)).catch(() => undefined);
      throw error;
    }
  }

  /** The files that are not what the manifest says. When the query ends meanwhile, what was found good stays so, and the lease is given back. */
  private async verify(snapshot: Snapshot, deadline: Deadline): Promise<{ file: string; reason: string }[]> {
    const unverified = new Set(snapshot.unverified);
    const bad: { file: string; reason: string }[] = [];
    const root = dirname(snapshot.directory);
    const files = [
      ...snapshot.segments.map((entry) => ({ file: segmentPath(entry), entry })),
      ...(snapshot.history?.rollups ?? []).map((entry) => ({ file: rollupPath(entry), entry })),
    ];
    try {
      for (const { file, entry } of files) {
        if (!unverified.has(file)) continue;
        const reason = await Promise.race([deadline.ended, this.verification.of(root, file, entry)]);
        if (reason === null) this.source.verified([file]);
        else bad.push({ file, reason });
      }
      return bad;
    } catch (error) {
      this.source.release(snapshot.id);
      throw error;
    }
  }

  private viewOf(snapshot: Snapshot, range: TimeRange): View {
    const parts = snapshot.hot.map((handle) => ({ batch: FlowBatch.fromHandle(handle), rows: handle.rows }));
    const hotId = parts.length > 0 ? this.duck.hot.add({ parts }) : null;
    const pathOf = (s: SegmentEntry) => join(snapshot.directory, s.file);
    const relation = relationSql(snapshot.segments, pathOf, hotId);
    const hotFacts = boundsOf({ parts });
    const facts = factsOf(snapshot, parts, hotFacts);
    const { segments } = snapshot;
    const records = { segments, pathOf, hotId, hotRows: facts.rowsInMemory, hotFacts };
    let released = false;
    return {
      relation,
      facts,
      ledger: snapshot.ledger,
      measured: measuredTime(snapshot),
      history: snapshot.history && new HistoryView(snapshot.history, range, records),
      exporters: () => {
        const { exporters, interfaces } = layoutOf(dirname(snapshot.directory));
        return nameInterfaces(readExporterStates(exporters), readInterfaceNames(interfaces));
      },
      names: () => {
        const { exporters, interfaces } = layoutOf(dirname(snapshot.directory));
        return new ExporterNames(readExporterStates(exporters), readInterfaceNames(interfaces));
      },
      run: (sql: string, params: readonly SqlParam[], budget: Budget): Promise<RawRows> =>
        this.duck.run(sql, params, budget),
      stream: (sql: string, params: readonly SqlParam[], budget: Budget): AsyncIterable<RawRows> =>
        this.duck.stream(sql, params, budget),
      copyToParquet: async (
        sql: string,
        params: readonly SqlParam[],
        path: string,
        budget: Budget,
      ): Promise<number> => {
        const done = await this.duck.run(
          `COPY (${sql}) TO ${literal(path)} (FORMAT parquet, PARQUET_VERSION v2, COMPRESSION zstd)`,
          params,
          budget,
        );
        return Number(done.rows[0]?.[0] ?? 0);
      },
      release: () => {
        if (released) return;
        released = true;
        if (hotId !== null) this.duck.hot.remove(hotId);
        this.source.release(snapshot.id);
      },
    };
  }

  /** How many threads statements may use, from the next one on. */
  setThreads(threads: number): Promise<void> {
    return this.duck.setThreads(threads);
  }

  async close(): Promise<void> {
    this.duck.close();
  }
}

function factsOf(snapshot: Snapshot, parts: HotSet['parts'], hot: Bounds): ViewFacts {
  const all: readonly Omit<Bounds, 'minReceived' | 'maxReceived' | 'continued' | 'duplicate'>[] =
    hot.rows > 0 ? [...snapshot.segments, hot] : snapshot.segments;
  return {
    segments: snapshot.segments.length,
    rowsAtRest: snapshot.segments.reduce((n, s) => n + s.rows, 0),
    bytesAtRest: snapshot.segments.reduce((n, s) => n + s.bytes, 0),
    rowsInMemory: hot.rows,
    extent: extentOf(all, snapshot.history),
    maxSampling: all.reduce((max, b) => Math.max(max, b.maxSampling), 1),
    origins: [...new Set(all.flatMap((b) => b.origins))].sort((a, b) => a - b),
    continued: allVerdicts('continued', snapshot.segments, [hot]),
    duplicate: allVerdicts('duplicate', snapshot.segments, [hot]),
    directed:
      snapshot.segments.some((s) => s.shape.includes('direction')) ||
      parts.some(({ batch }) => batch.shape.includes('direction')),
    zeroHigh: hot.zeroHigh.filter((name) => snapshot.segments.every((s) => s.zeroHigh.includes(name))),
    completeUntil: snapshot.completeUntil,
    damaged: snapshot.damaged,
  };
}

/** Of records, and of what history alone has: buckets that ended before the first record, or began after the last. */
function extentOf(
  records: readonly { readonly minTime: number; readonly maxTime: number }[],
  history: HistorySnapshot | null,
): ViewFacts['extent'] {
  let min = Number.POSITIVE_INFINITY;
  let max = Number.NEGATIVE_INFINITY;
  for (const { minTime, maxTime } of records) {
    min = Math.min(min, minTime);
    max = Math.max(max, maxTime);
  }
  const [first, last] = [min, max];
  for (const { level, minTime, maxTime } of history?.rollups ?? []) {
    if (minTime + level <= first) min = Math.min(min, minTime);
    if (maxTime > last) max = Math.max(max, maxTime + level - 1);
  }
  return min <= max ? { min, max } : null;
}
