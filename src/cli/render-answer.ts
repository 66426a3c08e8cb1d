import type { QueryAnswer, RowBound } from '../query/index.ts';

import { percent, qualityLine } from '../truth/index.ts';
import { type Cell, type Described, showCell, tableColumn } from './cells.ts';
import type { Format } from './command-line.ts';
import { span } from './human.ts';
import { alignTable, csvLine } from './table.ts';
import { formatTime } from './time.ts';

/** A grouped answer in one of the forms, with a newline at its end. */
export function renderAnswer(answer: QueryAnswer, format: Format, nowMs: number, explain = false): string {
  switch (format) {
    case 'json':
      return `${JSON.stringify(answer)}\n`;
    case 'jsonl':
      return answer.rows.map((row) => `${JSON.stringify(asObject(answer, row))}\n`).join('');
    case 'csv':
      return [answer.columns.map((c) => c.name), ...answer.rows].map(csvLine).join('');
    case 'table':
      return `${[...answerTable(answer), '', ...closingLines(answer, nowMs), ...(explain ? explanation(answer.plan) : [])].join('\n')}\n`;
  }
}

function asObject(answer: QueryAnswer, row: readonly Cell[]): Record<string, Cell> {
  return Object.fromEntries(answer.columns.map((column, i) => [column.name, row[i] ?? null]));
}

/** The rows, then what is not shown and the sum of all. */
function answerTable(answer: QueryAnswer): string[] {
  const { rows, other, total } = answer;
  const columns = withMeasured(answer);
  const dimensions = answer.columns.filter((c) => !(c.name in total)).length;
  const foot = (label: string, figures: Readonly<Record<string, Cell>>, bound?: RowBound) =>
    answer.columns.map((c, i) => (i < dimensions ? (i === 0 ? label : '') : boundedCell(c, figures[c.name], bound)));
  const shares = measuredShares(answer);
  const shown = rows.map((row, at) =>
    columns.map((column, i) =>
      column === MEASURED ? (shares?.get(Number(row[0])) ?? '') : boundedCell(column, row[i], answer.bounds?.rows[at]),
    ),
  );
  // Without dimensions the one row is the total.
  if (dimensions === 0) return alignTable(columns.map(tableColumn), shown);
  return alignTable(columns.map(tableColumn), shown, [
    ...(other ? [foot('other', other)] : []),
    foot('total', total, answer.bounds?.total),
  ]);
}

/** A 0 of which roll-ups left something out is no 0. */
function boundedCell(column: Described, value: Cell, bound: RowBound | undefined): string {
  const most = bound?.[column.name] ?? 0;
  return Number(value ?? Number.NaN) === 0 && most > 0
    ? `0 to ${showCell(column, column.type === 'integer' ? Math.ceil(most) : most)}`
    : showCell(column, value);
}

/** Whether roll-ups left something out that may belong to the answer, so that nothing found does not mean that there is nothing. */
export function mayHaveMore({ bounds }: QueryAnswer): boolean {
  return Object.values(bounds?.total ?? {}).some((most) => most > 0);
}

const MEASURED = { name: 'measured', type: 'text', unit: null };

/** A series says how much of each of its buckets was measured where it is not all. */
function withMeasured({ columns, buckets }: QueryAnswer): readonly Described[] {
  return buckets?.some((b) => b.measured !== 1) ? [...columns, MEASURED] : columns;
}

function measuredShares({ buckets }: QueryAnswer): ReadonlyMap<number, string> | undefined {
  return buckets && new Map(buckets.map((b) => [b.time, b.measured === 1 ? '' : percent(b.measured)]));
}

/** What the answer is worth, and the range it is about. */
export function closingLines(answer: Pick<QueryAnswer, 'quality' | 'plan'>, nowMs: number): string[] {
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  return [qualityLine(answer.quality, { timeZone: zone, nowMs }), rangeLine(answer.plan)];
}

/** What was read, why, and what it was expected to cost. */
function explanation({
  reason,
  levels,
  rows_scanned,
  rows_in_memory,
  segments,
  estimate_ms,
}: QueryAnswer['plan']): string[] {
  return [
    `plan: ${reason}`,
    ...(levels ?? []).map(({ level, from, to }) => `  ${level.padEnd(3)} ${formatTime(from)} to ${formatTime(to)}`),
    `read: ${rows_scanned} rows, ${rows_in_memory} of them in memory; ${segments} files of records in the range`,
    ...(estimate_ms === undefined ? [] : [`expected: ${span(estimate_ms)}`]),
  ];
}

function rangeLine(plan: QueryAnswer['plan']): string {
  const { from, to } = plan;
  if (from === null || to === null) return 'range: none, there are no flows';
  return `range: ${formatTime(from)} to ${formatTime(to)} (${span(to - from)}) · answered in ${span(plan.ms)}${rollUps(plan)}`;
}

/** The levels of history that answered, that of the largest part of the range first. */
function rollUps({ level, levels }: QueryAnswer['plan']): string {
  if (level === 'raw') return '';
  const times = new Map<string, number>();
  for (const part of levels ?? []) {
    if (part.level !== 'raw') times.set(part.level, (times.get(part.level) ?? 0) + part.to - part.from);
  }
  const names = [...times].sort(([, a], [, b]) => b - a).map(([name]) => name);
  return ` from roll-ups of ${names.join(', ') || level}`;
}
