import { findColumn } from '../flow/index.ts';
import type { ReportColumn, ReportTable } from '../query/index.ts';
import { type Cell, showCell, tableColumn } from './cells.ts';
import { foldTable, GAP, wrapText } from './render-width.ts';
import { printable } from './table.ts';

/** Columns that only say something where they are not 0: in tables for people they are left out where no row has them. JSON and CSV have all. */
const QUIET: Readonly<Record<string, ReadonlySet<string>>> = {
  exporters: new Set([
    'recovered',
    'restarts',
    'errors',
    'templates',
    'held',
    'exporter_drops',
    'unmetered_packets',
    'burst_10ms',
    'burst_100ms',
    'clock_corrected',
  ]),
};
/** Part of the name of a row, though no dimension of flows and no address. */
const MORE_KEYS = new Set(['index']);
const INDENT = 2;

/** One table of a report for people, no wider than `width` where that can be. `total`: figures of all that matches, by column, also of what is not shown. */
export function reportTable(
  report: string,
  table: ReportTable,
  width: number,
  total: Readonly<Record<string, Cell>> = {},
): string[] {
  const { title, columns, rows } = withoutQuiet(report, table);
  const shown = rows.map((row) => columns.map((column, i) => showReportCell(column, row[i])));
  const keys = keysOf(columns);
  const lines = hasProse(columns, shown, keys, width)
    ? listRows(columns, shown, keys, width)
    : foldTable(
        columns.map((c) => ({ ...tableColumn(c), title: c.title })),
        shown,
        keys,
        width,
        footOf(columns, keys, total),
      );
  return [title, '', ...lines, ''];
}

/** Nothing where no column has a total. */
function footOf(columns: readonly ReportColumn[], keys: number, total: Readonly<Record<string, Cell>>): string[][] {
  const figures = columns.map((c, i) => (i >= keys && c.name in total ? showReportCell(c, total[c.name]) : ''));
  return figures.some((text) => text !== '') ? [figures.map((text, i) => (i === 0 ? 'total' : text))] : [];
}

function withoutQuiet(report: string, { title, columns, rows }: ReportTable): ReportTable {
  const quiet = QUIET[report];
  const kept = columns.flatMap((c, i) => (quiet?.has(c.name) && rows.every((row) => !row[i]) ? [] : [i]));
  return { title, columns: kept.map((i) => columns[i]!), rows: rows.map((row) => kept.map((i) => row[i] ?? null)) };
}

/** How many of the first columns name a row: addresses and other dimensions of flows. */
function keysOf(columns: readonly ReportColumn[]): number {
  const other = columns.findIndex((c) => c.type !== 'address' && !findColumn(c.name)?.group && !MORE_KEYS.has(c.name));
  return Math.max(1, other < 0 ? columns.length : other);
}

/** Whether a text is too long to stand on one line with the name of its row. */
function hasProse(
  columns: readonly ReportColumn[],
  rows: readonly (readonly string[])[],
  keys: number,
  width: number,
): boolean {
  return rows.some((row) => {
    const name = row.slice(0, keys).reduce((sum, cell) => sum + cell.length + GAP, 0);
    return columns.some((c, i) => i >= keys && c.type === 'text' && name + (row[i] ?? '').length > width);
  });
}

/** The name of each row, and what is said of it in lines below. */
function listRows(
  columns: readonly ReportColumn[],
  rows: readonly (readonly string[])[],
  keys: number,
  width: number,
): string[] {
  return rows.flatMap((row) => {
    const said = columns.map((c, i) => ({ title: c.title, text: printable(row[i] ?? '') }));
    return [
      said
        .slice(0, keys)
        .map(({ title, text }) => `${title} ${text}`)
        .join(', '),
      ...said.slice(keys).flatMap(({ title, text }) => wrapText(`${title}: ${text}`, width, INDENT, 2 * INDENT)),
    ];
  });
}

/** A report says how many decimals it stands for. */
function showReportCell(column: ReportColumn, value: Cell): string {
  if (column.decimals !== undefined && typeof value === 'number') return value.toFixed(column.decimals);
  return showCell(column, value);
}
