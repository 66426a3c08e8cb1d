import type { AnswerColumn, FlowRecord } from '../query/index.ts';
import type { FlowsAnswer } from '../server/index.ts';
import { qualityLine } from '../truth/index.ts';
import { type Cell, showCell, tableColumn } from './cells.ts';
import type { Format } from './command-line.ts';
import { print } from './output.ts';
import { closingLines } from './render-answer.ts';
import { fittingColumns, terminalWidth } from './render-width.ts';
import { alignTable, csvLine } from './table.ts';

/** Prints the records as they come, and returns how many there were. What they are worth goes to stderr where stdout is for machines. */
export async function printFlows(
  answer: FlowsAnswer,
  format: Format,
  nowMs: number,
  /** Columns of a table that may be left out where the terminal is too narrow, the first one first. */
  spare: readonly string[] = [],
): Promise<number> {
  const { columns, quality } = answer.header;
  if (format === 'table') return printTable(answer, nowMs, spare);
  let count = 0;
  if (format === 'csv') await print(csvLine(columns.map((c) => c.name)));
  // The document is written as it is read: it may be larger than the memory.
  if (format === 'json') await print(`{"columns":${JSON.stringify(columns)},"records":[`);
  for await (const records of answer.records) {
    await print(records.map((record, i) => line(record, columns, format, count + i === 0)).join(''));
    count += records.length;
  }
  if (format === 'json')
    await print(`],"quality":${JSON.stringify(quality)},"plan":${JSON.stringify(answer.header.plan)}}\n`);
  else if (process.stderr.isTTY) process.stderr.write(`${qualityLine(quality, { nowMs })}\n`);
  return count;
}

function line(record: FlowRecord, columns: readonly AnswerColumn[], format: Format, first: boolean): string {
  if (format === 'csv') return csvLine(columns.map((c) => record[c.name] as Cell));
  return format === 'json' ? `${first ? '' : ','}${JSON.stringify(record)}` : `${JSON.stringify(record)}\n`;
}

/** A table is aligned over so many records at a time. */
const PAGE = 1_000;

async function printTable(answer: FlowsAnswer, nowMs: number, spare: readonly string[]): Promise<number> {
  let count = 0;
  let page: FlowRecord[] = [];
  const unseen = new Set<string>();
  const flush = async () => {
    if (page.length > 0) {
      const { lines, left } = tablePage(answer.header.columns, page, spare);
      for (const name of left) unseen.add(name);
      await print(`${lines.join('\n')}\n`);
    }
    page = [];
  };
  for await (const records of answer.records) {
    count += records.length;
    page.push(...records);
    if (page.length >= PAGE) await flush();
  }
  await flush();
  if (unseen.size > 0) await print(`not shown, to fit the width: ${[...unseen].join(', ')} (--columns shows any)\n`);
  await print(`${count > 0 ? '\n' : ''}${closingLines(answer.header, nowMs).join('\n')}\n`);
  return count;
}

/** Columns that no record of the page has are left out, and spare ones where the line is too long for the terminal. */
export function tablePage(
  columns: readonly AnswerColumn[],
  records: readonly FlowRecord[],
  spare: readonly string[],
): { readonly lines: string[]; readonly left: readonly string[] } {
  const used = columns.filter((c) => records.some((r) => r[c.name] !== undefined && r[c.name] !== null));
  const titles = used.map(tableColumn);
  const rows = records.map((r) => used.map((c) => showCell(c, r[c.name] as Cell)));
  const width = terminalWidth();
  if (width === null) return { lines: alignTable(titles, rows), left: [] };
  const { shown, left } = fittingColumns(titles, rows, spare, width);
  const lines = alignTable(
    shown.map((i) => titles[i]!),
    rows.map((cells) => shown.map((i) => cells[i]!)),
  );
  return { lines, left };
}
