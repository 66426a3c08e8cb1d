export interface TableColumn {
  readonly title: string;
  readonly align: 'left' | 'right';
}

/** Lines of an aligned table. A ruler separates `foot` (other, total) from the rows. Control characters are shown, never sent to the terminal. */
export function alignTable(
  columns: readonly TableColumn[],
  rows: readonly (readonly string[])[],
  foot: readonly (readonly string[])[] = [],
): string[] {
  const safe = (cells: readonly string[]) => columns.map((_, i) => printable(cells[i] ?? ''));
  const body = rows.map(safe);
  const end = foot.map(safe);
  const widths = columns.map((column, i) =>
    [...body, ...end].reduce((w, cells) => Math.max(w, cells[i]!.length), column.title.length),
  );
  const line = (cells: readonly string[]) =>
    columns
      .map((column, i) => (column.align === 'right' ? cells[i]!.padStart(widths[i]!) : cells[i]!.padEnd(widths[i]!)))
      .join('  ')
      .trimEnd();
  const ruler = widths.map((w) => '-'.repeat(w)).join('  ');
  const lines = [line(columns.map((c) => c.title)), ruler, ...body.map(line)];
  return end.length > 0 ? [...lines, ruler, ...end.map(line)] : lines;
}

/** Text from the network may hold escape sequences that would rule the terminal. */
export function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}]/gu, (c) => `\\u${c.codePointAt(0)!.toString(16).padStart(4, '0')}`);
}

/** One line of CSV (RFC 4180, with a plain newline). */
export function csvLine(cells: readonly (string | number | null | undefined)[]): string {
  return `${cells
    .map((cell) => {
      const text = cell === null || cell === undefined ? '' : String(cell);
      return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
    })
    .join(',')}\n`;
}
