import type { ReportAnswer, ReportTable } from '../query/index.ts';
import type { Cell } from './cells.ts';
import type { Format } from './command-line.ts';
import { closingLines } from './render-answer.ts';
import { PLAIN_WIDTH, terminalWidth } from './render-width.ts';
import { reportTable } from './report-tables.ts';
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
    case 'table': {
      const width = terminalWidth() ?? PLAIN_WIDTH;
      const shown = tables.flatMap((t) => reportTable(report.report, t, width, t.is_part ? {} : totalOf(report)));
      return `${[...shown, ...closingLines(report, nowMs)].join('\n')}\n`;
    }
  }
}

/** Reports that rank have the figures of all that matches. */
function totalOf({ data }: ReportAnswer): Readonly<Record<string, Cell>> {
  return (data as { readonly total?: Readonly<Record<string, Cell>> } | null)?.total ?? {};
}

function asObject(table: ReportTable, row: readonly Cell[], named: boolean): Record<string, Cell> {
  const values = Object.fromEntries(table.columns.map((column, i) => [column.name, row[i] ?? null]));
  return named ? { table: table.title, ...values } : values;
}
