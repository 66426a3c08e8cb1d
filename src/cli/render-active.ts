import type { ActiveAnswer } from '../server/index.ts';
import { type Cell, showCell, tableColumn } from './cells.ts';
import type { Format } from './command-line.ts';
import { grouped, withPrefix } from './human.ts';
import { alignTable, csvLine } from './table.ts';
import { formatTime } from './time.ts';

/** What a table shows, in its order; the other forms have every column. */
const TABLE_COLUMNS = [
  ...['age', 'idle', 'protocol', 'src_addr', 'src_port', 'dst_addr', 'dst_port'],
  ...['process', 'user', 'tcp_flags', 'packets', 'bytes', 'rate', 'interface', 'tunnel', 'ipsec'],
];

/** Open flows in one of the forms, with a newline at its end. `named`: the columns that were asked for. */
export function renderActive(answer: ActiveAnswer, format: Format, named: readonly string[] | undefined): string {
  const copies = answer.records.some((r) => r.duplicate === 'yes') ? ['duplicate'] : [];
  const columns = chosen(answer, named ?? (format === 'table' ? [...TABLE_COLUMNS, ...copies] : undefined));
  const names = columns.map((c) => c.name);
  switch (format) {
    case 'json':
      return `${JSON.stringify({ ...answer, columns, records: answer.records.map((r) => only(r, names)) })}\n`;
    case 'jsonl':
      return answer.records.map((r) => `${JSON.stringify(only(r, names))}\n`).join('');
    case 'csv':
      return [names, ...answer.records.map((r) => names.map((n) => r[n] as Cell))].map(csvLine).join('');
    case 'table': {
      const rows = answer.records.map((r) => columns.map((c) => showCell(c, r[c.name])));
      const table = rows.length === 0 ? [] : [...alignTable(columns.map(tableColumn), rows), ''];
      return `${[...table, activeLine(answer)].join('\n')}\n`;
    }
  }
}

type Columns = ActiveAnswer['columns'];

function chosen({ columns }: ActiveAnswer, names: readonly string[] | undefined): Columns {
  if (names === undefined) return columns;
  return names.flatMap((name) => columns.find((c) => c.name === name) ?? []);
}

function only(record: Readonly<Record<string, string | number>>, names: readonly string[]) {
  return Object.fromEntries(names.flatMap((name) => (record[name] === undefined ? [] : [[name, record[name]]])));
}

/** What the answer is worth: how many flows it was chosen from, and what captures missed. */
export function activeLine({ as_of, records, total, quality }: ActiveAnswer): string {
  const { open, captures, duplicates_left_out: copies } = quality;
  const of = total.flows === open ? '' : ` of ${grouped(open)} open ones`;
  const flows = `${grouped(total.flows)} flows${of} (${withPrefix(total.bytes, 'B')}, ${grouped(total.packets)} packets), ${grouped(records.length)} shown`;
  const interfaces = captures.map((c) => {
    const seen = c.packets + c.dropped_packets;
    const share = seen === 0 ? '' : ` (${((100 * c.dropped_packets) / seen).toFixed(2)} %)`;
    const drops =
      c.dropped_packets === 0 ? 'no packet dropped' : `${grouped(c.dropped_packets)} packets dropped${share}`;
    return `${c.interface} ${c.up ? drops : `is down, ${drops}`}`;
  });
  const leftOut =
    copies === 0 ? [] : [`${grouped(copies)} ${copies === 1 ? 'duplicate' : 'duplicates'} left out (--duplicates all)`];
  return `open at ${formatTime(as_of)}: ${[flows, ...leftOut, ...interfaces].join('; ')}`;
}
