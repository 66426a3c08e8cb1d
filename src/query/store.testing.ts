import { type DuckDBConnection, DuckDBInstance, type DuckDBResult } from '@duckdb/node-api';
import { afterEach, expect } from 'vitest';
import { WeirError } from '../base/index.ts';
import { bitsOf, columns, fillOf, parseAddress, physicalColumns, sqlTypeOf, VIRTUAL_COLUMNS } from '../flow/index.ts';
import type { Budget, RawRows, RawValue, SqlParam, StoreReader, TimeRange, View, ViewFacts } from '../store/index.ts';
import {
  ExporterNames,
  type ExporterState,
  type InterfaceNames,
  type LedgerEntry,
  type MeasuredTime,
} from '../truth/index.ts';

/** A flow as a test writes it: addresses and texts as text, enums by name, the rest as numbers; what is absent is unknown. */
export type TestFlow = Readonly<Record<string, string | number | bigint>>;

export interface TestStore extends StoreReader {
  /** Views that were opened and not released. */
  readonly open: () => number;
  /** Statements that were run, for tests about how an answer was come by. */
  readonly statements: string[];
  readonly ranges: TimeRange[];
  readonly close: () => void;
}

export interface TestStoreOptions {
  readonly facts?: Partial<ViewFacts>;
  readonly ledger?: readonly LedgerEntry[];
  readonly measured?: MeasuredTime;
  readonly exporters?: readonly ExporterState[];
  /** What configuration and SNMP say. */
  readonly names?: InterfaceNames;
  /** Read these Parquet files instead of a table. */
  readonly files?: readonly string[];
  readonly maxSampling?: number;
}

/** A StoreReader over a DuckDB table in memory. */
export async function testStore(flows: readonly TestFlow[], options: TestStoreOptions = {}): Promise<TestStore> {
  const instance = await DuckDBInstance.create(':memory:', {
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
  });
  const connection = await instance.connect();
  await connection.run('SET preserve_insertion_order = false');
  await fill(connection, flows);
  const files = options.files?.map((f) => `'${f}'`).join(', ');
  const stored = files === undefined ? 'flows' : `read_parquet([${files}])`;
  const virtual = VIRTUAL_COLUMNS.flatMap((v) => Object.entries(v.sql)).map(([name, sql]) => `${sql} AS "${name}"`);
  const relation = `(SELECT *, ${virtual.join(', ')} FROM ${stored})`;
  let open = 0;
  const statements: string[] = [];
  const ranges: TimeRange[] = [];
  const rowCount = Number((await connection.runAndReadAll(`SELECT count(*) FROM ${relation}`)).getRows()[0]![0]);
  const maxSampling = options.maxSampling ?? flows.reduce((most, f) => Math.max(most, Number(f.sampling ?? 1)), 1);
  const facts = {
    segments: options.files?.length ?? 0,
    rowsAtRest: rowCount,
    bytesAtRest: 0,
    rowsInMemory: 0,
    maxSampling,
    completeUntil: 0,
    damaged: [],
    ...(await factsOf(connection, relation)),
  };
  const view = (): View => {
    open++;
    let released = false;
    return {
      relation,
      facts: { ...facts, ...options.facts },
      history: null,
      ledger: options.ledger ?? [],
      measured: options.measured ?? null,
      exporters: () => options.exporters ?? [],
      names: () => new ExporterNames(options.exporters ?? [], options.names),
      run: async (sql, params, budget) => {
        statements.push(sql);
        return guarded(connection, budget, async () => {
          const reader = await connection.runAndReadAll(sql, params as SqlParam[]);
          return { names: reader.columnNames(), rows: reader.getRows() as unknown as RawValue[][] };
        });
      },
      stream: (sql, params, budget) => stream(connection, sql, params, budget, statements),
      copyToParquet: async (sql, params, path, budget) => {
        statements.push(sql);
        return guarded(connection, budget, async () => {
          const reader = await connection.runAndReadAll(
            `COPY (${sql}) TO '${path}' (FORMAT parquet)`,
            params as SqlParam[],
          );
          return Number(reader.getRows()[0]![0]);
        });
      },
      release: () => {
        if (released) throw new Error('a view was released twice');
        released = true;
        open--;
      },
    };
  };
  return {
    dialect: 'duckdb',
    view: async (range) => {
      ranges.push(range);
      return view();
    },
    open: () => open,
    statements,
    ranges,
    close: () => {
      connection.closeSync();
      instance.closeSync();
    },
  };
}

/** What a store knows of its rows from their bounds. */
async function factsOf(connection: DuckDBConnection, relation: string) {
  const one = async (sql: string) => (await connection.runAndReadAll(`SELECT ${sql} FROM ${relation}`)).getRows()[0]!;
  const [min, max] = await one('min("time"), max("time")');
  const codes = async (column: string) => {
    const [found] = await one(`CAST(list_sort(list(DISTINCT "${column}")) AS VARCHAR)`);
    return JSON.parse(String(found ?? '[]')) as number[];
  };
  const highs = physicalColumns.filter((p) => p.part === 'hi').map((p) => p.name);
  const largest = await one(highs.map((h) => `max("${h}")`).join(', '));
  return {
    extent: min === null ? null : { min: Number(min), max: Number(max) },
    origins: await codes('sampling_origin'),
    continued: await codes('continued'),
    duplicate: await codes('duplicate'),
    directed: (await codes('direction')).some((code) => code > 0),
    zeroHigh: highs.filter((_, i) => largest[i] === null || largest[i] === 0n),
  };
}

async function guarded<T>(connection: DuckDBConnection, budget: Budget, work: () => Promise<T>): Promise<T> {
  let ended: 'timeout' | 'cancelled' | null = null;
  const stop = (why: 'timeout' | 'cancelled') => {
    ended ??= why;
    connection.interrupt();
  };
  if (budget.signal?.aborted) throw new WeirError('cancelled', 'cancelled');
  const timer = setTimeout(() => stop('timeout'), budget.timeoutMs);
  const cancel = () => stop('cancelled');
  budget.signal?.addEventListener('abort', cancel);
  try {
    return await work();
  } catch (error) {
    if (ended) throw new WeirError(ended, `the query ended: ${ended}`, { cause: error });
    throw new WeirError('internal', error instanceof Error ? error.message : String(error), { cause: error });
  } finally {
    clearTimeout(timer);
    budget.signal?.removeEventListener('abort', cancel);
  }
}

async function* stream(
  connection: DuckDBConnection,
  sql: string,
  params: readonly SqlParam[],
  budget: Budget,
  statements: string[],
): AsyncGenerator<RawRows> {
  statements.push(sql);
  const result: DuckDBResult = await guarded(connection, budget, () => connection.stream(sql, params as SqlParam[]));
  const names = result.columnNames();
  for await (const rows of result.yieldRows()) yield { names, rows: rows as unknown as RawValue[][] };
}

async function fill(connection: DuckDBConnection, flows: readonly TestFlow[]): Promise<void> {
  const definitions = physicalColumns.map((p) => `"${p.name}" ${sqlTypeOf(p)} NOT NULL`);
  await connection.run(`CREATE TABLE flows (${definitions.join(', ')})`);
  for (let at = 0; at < flows.length; at += 500) {
    const rows = flows.slice(at, at + 500).map((f) => `(${physicalValues(f).join(', ')})`);
    await connection.run(`INSERT INTO flows VALUES ${rows.join(', ')}`);
  }
}

/** SQL literals of a flow's physical columns, in their order. */
function physicalValues(flow: TestFlow): string[] {
  for (const key of Object.keys(flow)) {
    if (!columns.some((c) => c.name === key)) throw new Error(`a test flow has no column ${key}`);
  }
  return physicalColumns.map(({ column, part }) => {
    const value = flow[column.name] ?? (column.name === 'sampling' ? 1 : undefined);
    if (column.type === 'address') {
      if (value === undefined) return '0';
      const bits = bitsOf(parseAddress(String(value))!);
      return String(part === 'hi' ? bits.hi : bits.lo);
    }
    if (column.type === 'text') return `'${String(value ?? '').replaceAll("'", "''")}'`;
    if (column.type === 'enum')
      return String(value === undefined ? fillOf(column) : column.values!.indexOf(String(value)));
    return String(value ?? fillOf(column));
  });
}

/** Makes stores that are closed after each test, when nobody reads in them any more. */
export function storesOfEachTest(): typeof testStore {
  const stores: TestStore[] = [];
  afterEach(() => {
    for (const store of stores.splice(0)) {
      expect(store.open()).toBe(0);
      store.close();
    }
  });
  return async (flows, options) => {
    const store = await testStore(flows, options);
    stores.push(store);
    return store;
  };
}
