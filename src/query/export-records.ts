import { rm, stat } from 'node:fs/promises';
import { WeirError } from '../base/index.ts';
import { findColumn, type JsonValue, physicalOf, sqlTypeOf } from '../flow/index.ts';
import type { AnswerColumn, FlowsHeader } from './answer.ts';
import { csvLine } from './csv.ts';
import type { ExportAnswer, ExportFormat } from './export.ts';
import { type Lines, throughPart, writeFile } from './export-write.ts';
import type { FlowRecord } from './record.ts';
import { list, name, type Sql, sql, text } from './sql.ts';

/** A stream of records as it comes from a list of flows, with what was done to it on its way. */
export interface RecordStream {
  readonly header: Pick<FlowsHeader, 'columns' | 'quality'>;
  readonly records: AsyncIterable<readonly FlowRecord[]>;
}

/** Writes a stream of records into a file of the same form as `exportFlows`, in constant memory. */
export async function exportRecords(
  { header, records }: RecordStream,
  target: { readonly format: ExportFormat; readonly path: string },
  signal?: AbortSignal,
): Promise<ExportAnswer> {
  const { columns, quality } = header;
  if (target.format === 'parquet') return { ...(await toParquet(columns, records, target.path, signal)), quality };
  const done = await throughPart(target.path, (part) =>
    writeFile(part, linesOf(columns, records, target.format), signal),
  );
  return { ...done, quality };
}

async function* linesOf(
  columns: readonly AnswerColumn[],
  records: AsyncIterable<readonly FlowRecord[]>,
  format: ExportFormat,
): Lines {
  const csv = format !== 'jsonl';
  let rows = 0;
  if (csv) yield { text: csvLine(columns.map((c) => c.name)), rows };
  const line = (record: FlowRecord) =>
    csv ? csvLine(columns.map((c): JsonValue => record[c.name] ?? null)) : `${JSON.stringify(record)}\n`;
  for await (const piece of records) {
    rows += piece.length;
    yield { text: piece.map(line).join(''), rows };
  }
}

/** Parquet is written by the database, which reads the records from a CSV file beside the target; that file is gone at the end. */
async function toParquet(
  columns: readonly AnswerColumn[],
  records: AsyncIterable<readonly FlowRecord[]>,
  path: string,
  signal?: AbortSignal,
): Promise<{ rows: number; bytes: number }> {
  const csv = `${path}.csv.part`;
  try {
    const { rows } = await writeFile(csv, linesOf(columns, records, 'csv'), signal);
    await throughPart(path, (part) => convert(columns, csv, part));
    return { rows, bytes: (await stat(path)).size };
  } finally {
    await rm(csv, { force: true });
  }
}

async function convert(columns: readonly AnswerColumn[], csv: string, part: string): Promise<void> {
  const { DuckDBInstance } = await import('@duckdb/node-api');
  const instance = await DuckDBInstance.create(':memory:', {
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
    threads: '1',
    memory_limit: '512MiB',
    preserve_insertion_order: 'false',
  });
  const connection = await instance.connect();
  try {
    const selected = list(columns.map((c) => sql`${valueSql(c)} AS ${name(c.name)}`));
    const types = columns.map((c) => `${text(c.name).text}: 'VARCHAR'`).join(', ');
    const from = `read_csv(${text(csv).text}, header = true, auto_detect = false, delim = ',', quote = '"', escape = '"', columns = {${types}})`;
    await connection.run(`COPY (SELECT ${selected.text} FROM ${from}) TO ${text(part).text} (FORMAT parquet)`);
  } catch (error) {
    throw new WeirError('system', `cannot write ${part}: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    });
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

/** The types of `parquetColumns`, from the text of a field. */
function valueSql({ name: field, type }: AnswerColumn): Sql {
  const written = name(field);
  if (type === 'time') return sql`epoch_ms(CAST(${written} AS BIGINT))`;
  if (type !== 'integer') return written;
  const column = findColumn(field);
  const width = column ? sqlTypeOf(physicalOf(column)[0]!) : 'UBIGINT';
  return sql`TRY_CAST(${written} AS ${{ text: width, params: [] }})`;
}
