import type { AnswerColumn, FlowRecord } from '../query/index.ts';
import type { FlowsAnswer } from '../server/index.ts';
import { qualityLine } from '../truth/index.ts';
import { type Cell, showCell, tableColumn } from './cells.ts';
import type { Format } from './command-line.ts';
import { print } from './output.ts';
import { closingLines } from './render-answer.ts';
import { alignTable, csvLine } from './table.ts';

/** Prints the records as they come, and returns how many there were. What they are worth goes to stderr where stdout is for machines. */
export async function printFlows(answer: FlowsAnswer, format: Format, nowMs: number): Promise<number> {
  const { columns, quality } = answer.header;
  if (format === 'table') return printTable(answer, nowMs);
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

async function printTable(answer: FlowsAnswer, nowMs: number): Promise<number> {
  let count = 0;
  let page: FlowRecord[] = [];
  const flush = async () => {
    if (page.length > 0) await print(`${tablePage(answer.header.columns, page).join('\n')}\n`);
    page = [];
  };
  for await (const records of answer.records) {
    count += records.length;
    page.push(...records);
    if (page.length >= PAGE) await flush();
  }
  await flush();
  await print(`${count > 0 ? '\n' : ''}${closingLines(answer.header, nowMs).join('\n')}\n`);
  return count;
}

/** Columns that no record of the page has are left out. */
function tablePage(columns: readonly AnswerColumn[], records: readonly FlowRecord[]): string[] {
  const used = columns.filter((c) => records.some((r) => r[c.name] !== undefined && r[c.name] !== null));
  return alignTable(
    used.map(tableColumn),
    records.map((r) => used.map((c) => showCell(c, r[c.name] as Cell))),
  );
}
