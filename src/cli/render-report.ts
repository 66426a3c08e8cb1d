import { findColumn } from '../flow/index.ts';
import type { ReportAnswer, ReportColumn, ReportTable } from '../query/index.ts';
import { type Cell, showCell, tableColumn } from './cells.ts';
import type { Format } from './command-line.ts';
import { closingLines } from './render-answer.ts';
import { foldTable, PLAIN_WIDTH, terminalWidth } from './render-width.ts';
import { csvLine } from './table.ts';

/** A report in one of the forms, with a newline at its end. */
export function renderReport(report: ReportAnswer, format: Format, nowMs: number): string {
  const { tables } = report;
  switch (format) {
    case 'json':
      return `${JSON.stringify(report)}\n`;
    case 'jsonl':
      return tables
        .flatMap((t) => t.rows.map((row) => `${JSON.stringify(asObject(t, row, tables.length > 1))}\n`))
        .join('');
    case 'csv':
      // One table after the other, with an empty line between.
      return tables.map((t) => [t.columns.map((c) => c.name), ...t.rows].map(csvLine).join('')).join('\n');
    case 'table':
      return `${[...tables.flatMap(titledTable), ...closingLines(report, nowMs)].join('\n')}\n`;
  }
}

function asObject(table: ReportTable, row: readonly Cell[], named: boolean): Record<string, Cell> {
  const values = Object.fromEntries(table.columns.map((column, i) => [column.name, row[i] ?? null]));
  return named ? { table: table.title, ...values } : values;
}

function titledTable({ title, columns, rows }: ReportTable): string[] {
  const shown = rows.map((row) => columns.map((column, i) => showReportCell(column, row[i])));
  const titles = columns.map((c) => ({ ...tableColumn(c), title: c.title }));
  return [title, '', ...foldTable(titles, shown, keysOf(columns), terminalWidth() ?? PLAIN_WIDTH), ''];
}

/** The columns that name a row: as many of the first ones as are dimensions of flows, two at most. */
function keysOf(columns: readonly ReportColumn[]): number {
  const other = columns.findIndex((c) => !findColumn(c.name)?.group);
  return Math.max(1, Math.min(2, other < 0 ? columns.length : other));
}

/** A report says how many decimals it stands for. */
function showReportCell(column: ReportColumn, value: Cell): string {
  if (column.decimals !== undefined && typeof value === 'number') return value.toFixed(column.decimals);
  return showCell(column, value);
}
