import type { DuckDBConnection, DuckDBDataChunk, DuckDBInstance, DuckDBValue } from '@duckdb/node-api';
import { asWeirError, WeirError } from '../base/index.ts';
import { duckdbApi } from './duckdb-library.ts';
import { HotTable } from './hot-table.ts';
import type { Budget, RawRows, RawValue, SqlParam } from './reader.ts';
import { literal } from './relation.ts';
import { DeltaTable } from './rollup/delta-table.ts';

/** What a reader of a store is given. */
export type ReaderOptions = Omit<DuckOptions, 'cacheFiles'>;

export interface DuckOptions {
  readonly threads: number;
  readonly memoryBytes: number;
  /** Where DuckDB may spill; bounded by `spillBytes`. */
  readonly tempDirectory: string;
  readonly spillBytes: number;
  /** The only folders that SQL can reach. */
  readonly directories: readonly string[];
  /** Keep what was read of files in memory: for who asks about the same ones again. */
  readonly cacheFiles: boolean;
}

interface Chunk {
  readonly names: readonly string[];
  readonly chunk: DuckDBDataChunk | null;
}

/** Bytes as DuckDB's settings want them. */
const mib = (bytes: number) => `${Math.max(1, Math.round(bytes / 1_048_576))}MiB`;

/**
 * One DuckDB in this thread, with the table functions `hot` and `rollup_rows`. Nothing is loaded from outside, no file outside the given folders can be
 * read or written, and the settings are locked after the start.
 */
export class Duck {
  readonly hot = new HotTable();
  readonly deltas = new DeltaTable();
  private readonly instance: DuckDBInstance;
  private readonly open = new Set<DuckDBConnection>();

  private constructor(instance: DuckDBInstance) {
    this.instance = instance;
  }

  static async start(options: DuckOptions): Promise<Duck> {
    const instance = await duckdbApi().DuckDBInstance.create(':memory:', {
      threads: String(options.threads),
      memory_limit: mib(options.memoryBytes),
      temp_directory: options.tempDirectory,
      max_temp_directory_size: mib(options.spillBytes),
      autoinstall_known_extensions: 'false',
      autoload_known_extensions: 'false',
      preserve_insertion_order: 'false',
    });
    const duck = new Duck(instance);
    const connection = await instance.connect();
    const folders = options.directories.map(literal).join(', ');
    // Both would hold all that was ever read, up to the memory limit.
    await connection.run(`SET parquet_metadata_cache = ${options.cacheFiles}`);
    await connection.run(`SET enable_external_file_cache = ${options.cacheFiles}`);
    await connection.run(`SET allowed_directories = [${folders}]`);
    await connection.run('SET enable_external_access = false');
    // Questions get fewer while more flows come than can be written.
    await connection.run("SET allowed_configs = ['threads']");
    await connection.run('SET lock_configuration = true');
    duck.hot.register(connection);
    duck.deltas.register(connection);
    connection.closeSync();
    return duck;
  }

  /** Runs one statement to its end. */
  async run(sql: string, params: readonly SqlParam[], budget: Budget): Promise<RawRows> {
    const rows: (readonly RawValue[])[] = [];
    let names: readonly string[] = [];
    for await (const piece of this.stream(sql, params, budget)) {
      names = piece.names;
      for (const row of piece.rows) rows.push(row);
    }
    return { names, rows };
  }

  /** Runs one statement and gives its rows in pieces; at least one piece, which may be empty. */
  async *stream(sql: string, params: readonly SqlParam[], budget: Budget): AsyncGenerator<RawRows> {
    let any = false;
    let columns: readonly string[] = [];
    for await (const { names, chunk } of this.chunks(sql, params, budget)) {
      columns = names;
      if (!chunk) continue;
      any = true;
      yield { names, rows: chunk.getRows().map((row) => row.map(rawValue)) };
    }
    if (!any) yield { names: columns, rows: [] };
  }

  /** As `stream`, as vectors of DuckDB: for many rows. The first has the names alone. */
  async *chunks(sql: string, params: readonly SqlParam[], budget: Budget): AsyncGenerator<Chunk> {
    if (budget.signal?.aborted) throw new WeirError('cancelled', 'the query was cancelled before it began');
    const connection = await this.instance.connect();
    this.open.add(connection);
    let stopped: 'timeout' | 'cancelled' | null = null;
    const stop = (why: 'timeout' | 'cancelled') => {
      stopped ??= why;
      connection.interrupt();
    };
    const timer = setTimeout(() => stop('timeout'), budget.timeoutMs);
    const onAbort = () => stop('cancelled');
    budget.signal?.addEventListener('abort', onAbort);
    const progress = budget.onProgress
      ? setInterval(() => budget.onProgress?.(Math.max(0, connection.progress.percentage) / 100), 250)
      : undefined;
    try {
      const result = await connection.stream(sql, [...params] as DuckDBValue[]);
      const names = result.columnNames();
      yield { names, chunk: null };
      for await (const chunk of result) {
        if (stopped) break;
        yield { names, chunk };
      }
      if (stopped) throw new Error('INTERRUPT');
    } catch (error) {
      throw explain(error, stopped, budget.timeoutMs);
    } finally {
      clearTimeout(timer);
      clearInterval(progress);
      budget.signal?.removeEventListener('abort', onAbort);
      this.open.delete(connection);
      connection.closeSync();
    }
  }

  /** From the next statement on. */
  async setThreads(threads: number): Promise<void> {
    const connection = await this.instance.connect();
    try {
      await connection.run(`SET threads = ${Math.max(1, Math.floor(threads))}`);
    } finally {
      connection.closeSync();
    }
  }

  close(): void {
    for (const connection of this.open) connection.interrupt();
    this.instance.closeSync();
  }
}

function rawValue(value: DuckDBValue): RawValue {
  if (value instanceof duckdbApi().DuckDBListValue) return value.items.map(rawValue);
  if (value === null || typeof value !== 'object') return value as RawValue;
  return String(value);
}

function explain(error: unknown, stopped: 'timeout' | 'cancelled' | null, timeoutMs: number): WeirError {
  if (error instanceof WeirError) return error;
  if (stopped === 'timeout') {
    return new WeirError(
      'timeout',
      `the query took longer than its ${timeoutMs / 1000} s: ask for a shorter range or a narrower filter, or raise query_timeout`,
    );
  }
  if (stopped === 'cancelled') return new WeirError('cancelled', 'the query was cancelled');
  const message = error instanceof Error ? error.message : String(error);
  if (/out of memory|memory limit|max_temp_directory_size/i.test(message)) {
    return new WeirError(
      'memory',
      'the query needs more memory than query_memory allows: group by less, narrow the filter or raise it',
      { cause: error },
    );
  }
  return asWeirError(error);
}
