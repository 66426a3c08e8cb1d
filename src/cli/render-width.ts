import { alignTable, printable, type TableColumn } from './table.ts';

type Rows = readonly (readonly string[])[];

/** What stands between two columns. */
export const GAP = 2;
/** The width where output is no terminal: what people paste into tickets. */
export const PLAIN_WIDTH = 100;

/** The width of the terminal, or what COLUMNS says; null where nobody says it. */
export function terminalWidth(env: NodeJS.ProcessEnv = process.env): number | null {
  const said = Number(env.COLUMNS);
  if (Number.isInteger(said) && said > 0) return said;
  return process.stdout.isTTY ? process.stdout.columns : null;
}

function widthsOf(columns: readonly TableColumn[], rows: Rows): number[] {
  return columns.map((column, i) =>
    rows.reduce((most, cells) => Math.max(most, printable(cells[i] ?? '').length), column.title.length),
  );
}

function lineWidth(widths: readonly number[]): number {
  return widths.reduce((sum, w) => sum + w + GAP, -GAP);
}

/** A table that is too wide as several tables, one under the other, each with the first `keys` columns. Nothing is left out. */
export function foldTable(
  columns: readonly TableColumn[],
  rows: Rows,
  keys: number,
  width: number,
  foot: Rows = [],
): string[] {
  const widths = widthsOf(columns, [...rows, ...foot]);
  const key = columns.map((_, i) => i).slice(0, keys);
  const blocks: number[][] = [];
  for (let i = keys; i < columns.length; i++) {
    const block = blocks.at(-1);
    const longer = [...(block ?? key), i];
    if (block && lineWidth(longer.map((at) => widths[at]!)) <= width) block.push(i);
    else blocks.push([...key, i]);
  }
  if (blocks.length === 0) return alignTable(columns, rows, foot);
  return blocks.flatMap((block, n) => {
    const of = (lines: Rows) => lines.map((cells) => block.map((at) => cells[at] ?? ''));
    const table = alignTable(
      block.map((at) => columns[at]!),
      of(rows),
      of(foot),
    );
    return n === 0 ? table : ['', ...table];
  });
}

/** Which columns fit: those named in `first` are left out, in their order, until the line is no wider than `width`. */
export function fittingColumns(
  columns: readonly TableColumn[],
  rows: Rows,
  first: readonly string[],
  width: number,
): { readonly shown: readonly number[]; readonly left: readonly string[] } {
  const widths = widthsOf(columns, rows);
  let shown = columns.map((_, i) => i);
  const left: string[] = [];
  for (const title of first) {
    if (lineWidth(shown.map((at) => widths[at]!)) <= width) break;
    const fewer = shown.filter((at) => columns[at]!.title !== title);
    if (fewer.length < shown.length) left.push(title);
    shown = fewer;
  }
  return { shown, left };
}

/** Text in lines no wider than `width`, the first one indented by `first` and the others by `rest`. A longer word has a line of its own, and is not cut: it may be one to copy. */
export function wrapText(text: string, width: number, first = 0, rest = first): string[] {
  const lines: string[] = [];
  let line = ' '.repeat(first);
  let empty = true;
  for (const word of text.split(' ')) {
    if (!empty && line.length + 1 + word.length > width) {
      lines.push(line);
      line = ' '.repeat(rest);
      empty = true;
    }
    line += empty ? word : ` ${word}`;
    empty = false;
  }
  return [...lines, line];
}
