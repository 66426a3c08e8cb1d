import { open, rename, rm, stat } from 'node:fs/promises';
import type { Writable } from 'node:stream';
import { asWeirError, WeirError } from '../base/index.ts';
import type { JsonValue } from '../flow/index.ts';
import type { StoreReader } from '../store/index.ts';
import type { QueryQuality } from './answer.ts';
import { parseModel } from './compile.ts';
import { csvLine } from './csv.ts';
import { type ExportQuery, type ExportQueryInput, exportQuerySchema } from './model.ts';
import { openRecords } from './opened.ts';
import { parquetColumns } from './parquet.ts';
import { type RecordField, recordFields, recordReader, toRecord } from './record.ts';
import type { QueryOptions } from './run.ts';
import { list, name, type Sql, sql } from './sql.ts';
import type { Source } from './statements.ts';

export type ExportFormat = 'csv' | 'jsonl' | 'parquet';

export interface ExportTarget {
  readonly format: ExportFormat;
  /** Written beside its place and renamed at the end: what has the name is whole. */
  readonly path?: string;
  /** For CSV and JSONL; left open at the end. */
  readonly writable?: Writable;
}

export interface ExportAnswer {
  readonly rows: number;
  /** Size of the file, or what was written to the stream. */
  readonly bytes: number;
  readonly quality: QueryQuality;
}

/** An export reads everything that matches: it has a day, not half a minute. */
const DEFAULT_TIMEOUT_MS = 86_400_000;

/** Writes all records that match, in constant memory and no faster than the target takes them. */
export async function exportFlows(
  store: StoreReader,
  input: ExportQueryInput,
  target: ExportTarget,
  options: QueryOptions,
): Promise<ExportAnswer> {
  const query = parseModel(exportQuerySchema, input, 'export');
  const fields = recordFields(query.columns);
  checkTarget(target);
  const opened = await openRecords(store, query, { ...options, timeoutMs: options.timeoutMs ?? DEFAULT_TIMEOUT_MS });
  const { source } = opened.scope;
  const { quality } = opened.header;
  if (target.format === 'parquet') {
    try {
      const { text, params } = exportStatement(source, parquetColumns(fields), query);
      const written = await throughPart(target.path!, async (part) =>
        opened.scope.view.copyToParquet(text, params, part, opened.budget.next()),
      );
      opened.budget.finish();
      return { rows: written, bytes: (await stat(target.path!)).size, quality };
    } finally {
      opened.release();
    }
  }
  const { select, read } = recordReader(fields);
  const named = select.map((s, i) => sql`${s} AS ${name(`c${i}`)}`);
  const pieces = opened.stream(exportStatement(source, list(named), query));
  const line = target.format === 'csv' ? csvLine : (values: readonly JsonValue[]) => jsonLine(fields, values);
  const header = target.format === 'csv' ? csvLine(fields.map((f) => f.column.name)) : '';
  const lines = async function* () {
    let rows = 0;
    if (header) yield { text: header, rows };
    for await (const piece of pieces) {
      rows += piece.rows.length;
      yield { text: piece.rows.map((row) => line(read(row))).join(''), rows };
    }
  };
  try {
    const done = target.writable
      ? await writeAll(target.writable, lines(), options.signal)
      : await throughPart(target.path!, (part) => writeFile(part, lines(), options.signal));
    opened.budget.finish();
    return { ...done, quality };
  } finally {
    await pieces.return();
  }
}

function checkTarget({ format, path, writable }: ExportTarget): void {
  if ((path === undefined) === (writable === undefined))
    throw new WeirError('usage', 'export to a path or to a stream');
  if (format === 'parquet' && path === undefined) {
    throw new WeirError('usage', 'Parquet is written to a file: its end says where its parts are');
  }
}

/** Times have an order of their own in a file; without an order rows come as the segments hold them. */
function exportStatement(source: Source, columns: Sql, { order, limit }: ExportQuery): Sql {
  const direction = order === '-time' ? sql`DESC` : sql`ASC`;
  const by = order ? sql`ORDER BY ${name('time')} ${direction}` : sql``;
  const most = limit === undefined ? sql`` : sql`LIMIT ${limit}`;
  const picked = sql`(SELECT * FROM ${source.from} WHERE ${source.where} ${by} ${most}) AS picked`;
  return order ? sql`SELECT ${columns} FROM ${picked} ${by}` : sql`SELECT ${columns} FROM ${picked}`;
}

function jsonLine(fields: readonly RecordField[], values: readonly JsonValue[]): string {
  return `${JSON.stringify(toRecord(fields, values))}\n`;
}

type Lines = AsyncIterable<{ readonly text: string; readonly rows: number }>;

async function throughPart<T>(path: string, write: (part: string) => Promise<T>): Promise<T> {
  const part = `${path}.part`;
  try {
    const result = await write(part);
    await rename(part, path);
    return result;
  } catch (error) {
    await rm(part, { force: true });
    throw asWeirError(error);
  }
}

/**
 * Piece by piece into a file, each one written before the next is made. No stream stands between: one that is destroyed while
 * it writes fails after everybody has stopped to listen, and an error that nobody hears ends the thread.
 */
async function writeFile(path: string, lines: Lines, signal?: AbortSignal): Promise<{ rows: number; bytes: number }> {
  let rows = 0;
  let bytes = 0;
  const file = await open(path, 'w');
  try {
    for await (const piece of lines) {
      if (signal?.aborted) throw cancelled();
      rows = piece.rows;
      const text = Buffer.from(piece.text);
      await file.appendFile(text);
      bytes += text.length;
    }
    if (signal?.aborted) throw cancelled();
  } finally {
    await file.close();
  }
  return { rows, bytes };
}

/** Writes pieces one after the other; when the stream has enough the next one is not made. */
async function writeAll(to: Writable, lines: Lines, signal?: AbortSignal): Promise<{ rows: number; bytes: number }> {
  let rows = 0;
  let bytes = 0;
  let failure: Error | null = null;
  const fail = (error: Error) => {
    failure ??= error;
  };
  to.on('error', fail);
  try {
    for await (const piece of lines) {
      if (signal?.aborted) throw cancelled();
      if (failure) throw failure;
      if (to.destroyed) throw readerGone();
      rows = piece.rows;
      bytes += Buffer.byteLength(piece.text);
      if (!to.write(piece.text)) await drained(to, signal);
    }
    if (signal?.aborted) throw cancelled();
    if (failure) throw failure;
    return { rows, bytes };
  } finally {
    to.off('error', fail);
  }
}

function cancelled(): WeirError {
  return new WeirError('cancelled', 'the export was cancelled');
}

function readerGone(): WeirError {
  return new WeirError('cancelled', 'the reader of the export has gone');
}

/** Waits until the stream takes more; ends too when it fails, closes or the caller gives up. */
function drained(to: Writable, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const settle = (error?: Error) => {
      to.off('drain', onDrain);
      to.off('close', onClose);
      to.off('error', settle);
      signal?.removeEventListener('abort', onAbort);
      if (error) reject(error);
      else resolve();
    };
    const onDrain = () => settle();
    const onClose = () => settle(readerGone());
    const onAbort = () => settle(cancelled());
    to.on('drain', onDrain);
    to.on('close', onClose);
    to.on('error', settle);
    signal?.addEventListener('abort', onAbort);
    if (to.destroyed) onClose();
  });
}
