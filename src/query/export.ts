import { stat } from 'node:fs/promises';
import type { Writable } from 'node:stream';
import { WeirError } from '../base/index.ts';
import type { JsonValue } from '../flow/index.ts';
import type { StoreReader } from '../store/index.ts';
import type { QueryQuality } from './answer.ts';
import { parseModel } from './compile.ts';
import { csvLine, spreadsheetLine } from './csv.ts';
import { throughPart, writeAll, writeFile } from './export-write.ts';
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
  /** Of CSV: no text begins as a formula does. */
  readonly spreadsheet?: boolean;
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
  const asCsv = target.spreadsheet === true ? spreadsheetLine : csvLine;
  const line = target.format === 'csv' ? asCsv : (values: readonly JsonValue[]) => jsonLine(fields, values);
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
