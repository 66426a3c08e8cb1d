import type { LiveDimension } from '../ingest/index.ts';
import type { LiveLine } from '../server/index.ts';
import { grouped, withPrefix } from './human.ts';
import { fittingColumns, wrapText } from './render-width.ts';
import { alignTable, printable, type TableColumn } from './table.ts';
import { formatTime } from './time.ts';

type List = NonNullable<LiveLine['by'][LiveDimension]>;
type Figures = LiveLine['total'];

/** What a group is called, in columns. */
const NAMES: Readonly<Record<LiveDimension, readonly TableColumn[]>> = {
  process: [
    { title: 'pid', align: 'right' },
    { title: 'process', align: 'left' },
    { title: 'user', align: 'left' },
    { title: 'app', align: 'left' },
  ],
  app: [{ title: 'app', align: 'left' }],
  user: [{ title: 'user', align: 'left' }],
  remote: [{ title: 'remote', align: 'left' }],
  container: [{ title: 'container', align: 'left' }],
  vm: [{ title: 'vm', align: 'left' }],
};

const FIGURES: readonly TableColumn[] = ['in', 'out', 'in pkt/s', 'out pkt/s', 'open', 'new', 'ended'].map((title) => ({
  title,
  align: title === 'ended' ? 'left' : 'right',
}));

/** Given up one after the other where a line is too long. */
const LESS_WANTED = ['app', 'user', 'out pkt/s', 'in pkt/s', 'ended', 'new'];

/** Head, titles, two rulers, what is not shown and the total. */
const AROUND_ROWS = 6;

/** One second as lines no wider than `width` where their names allow it; without one, as long as they are. */
export function renderSecond(second: LiveLine, by: LiveDimension, width: number | null): string[] {
  return renderList(second, by, listOf(second, by), width);
}

/** One second for a terminal: as many rows as it has lines, the others added up. */
export function renderScreen(
  second: LiveLine,
  by: LiveDimension,
  width: number,
  height: number,
  env: NodeJS.ProcessEnv = process.env,
): string[] {
  const foot = wrapText(qualityLine(second), width).slice(0, Math.max(1, height - AROUND_ROWS));
  const list = foldList(listOf(second, by), Math.max(0, height - AROUND_ROWS - foot.length));
  const [head = '', ...table] = renderList(second, by, list, width).slice(0, -1);
  const bold = env.NO_COLOR ? (text: string) => text : (text: string) => `\u001b[1m${text}\u001b[0m`;
  const cut = [...table, ...foot].map((line) => line.slice(0, width));
  return [bold(head.slice(0, width)), ...cut].slice(0, height);
}

function listOf(second: LiveLine, by: LiveDimension): List {
  return second.by[by] ?? { groups: [], other: null };
}

function renderList(second: LiveLine, by: LiveDimension, list: List, width: number | null): string[] {
  const seconds = Math.max(1, second.to - second.from) / 1_000;
  const names = NAMES[by];
  const columns = [...names, ...FIGURES];
  const rows = list.groups.map(({ group, ...figures }) => [
    ...names.map(({ title }) => named(group as Readonly<Record<string, string | number>>, title)),
    ...cellsOf(figures, seconds),
  ]);
  const sums = [
    ...(list.other === null ? [] : [summed(names, `${grouped(list.other.groups)} others`, list.other, seconds)]),
    summed(names, 'total', second.total, seconds),
  ];
  const shown = width === null ? null : fittingColumns(columns, [...rows, ...sums], LESS_WANTED, width).shown;
  const only = <T>(cells: readonly T[]) => (shown === null ? cells : shown.map((at) => cells[at]!));
  return [headLine(second), ...alignTable(only(columns), rows.map(only), sums.map(only)), qualityLine(second)];
}

function named(group: Readonly<Record<string, string | number>>, title: string): string {
  const value = group[title];
  return value === undefined ? '-' : printable(String(value));
}

/** The name stands in the first column that is a text. */
function summed(names: readonly TableColumn[], name: string, figures: Figures, seconds: number): string[] {
  const at = names.findIndex(({ align }) => align === 'left');
  return [...names.map((_, i) => (i === at ? name : '')), ...cellsOf(figures, seconds)];
}

function cellsOf({ in_bytes, out_bytes, in_packets, out_packets, open, opened, ended }: Figures, seconds: number) {
  return [
    withPrefix((8 * in_bytes) / seconds, 'bit/s'),
    withPrefix((8 * out_bytes) / seconds, 'bit/s'),
    grouped(Math.round(in_packets / seconds)),
    grouped(Math.round(out_packets / seconds)),
    grouped(open),
    grouped(opened),
    endedText(ended),
  ];
}

/** `12` where all went well, else with what became of the others: `12, 3 refused`. */
function endedText(ended: Readonly<Record<string, number>>): string {
  const all = Object.values(ended).reduce((sum, n) => sum + n, 0);
  const others = Object.entries(ended).filter(([outcome]) => outcome !== 'established' && outcome !== 'unknown');
  return [grouped(all), ...others.map(([outcome, n]) => `${grouped(n)} ${outcome}`)].join(', ');
}

function headLine({ from, to, missed, level }: LiveLine): string {
  const long = to - from;
  const parts = [
    `this machine at ${formatTime(to)}`,
    ...(Math.abs(long - 1_000) > 100 ? [`${(long / 1_000).toFixed(1)} s`] : []),
    `level ${level}`,
    ...(missed > 0 ? [`${missed} s before it missed`] : []),
  ];
  return printable(parts.join(', '));
}

/** What the figures are worth. */
function qualityLine({ byte_layer, quality }: LiveLine): string {
  const { duplicates, removed, unmetered_packets, records_sampled, notes } = quality;
  const parts = [
    byte_layer === 'ip' ? 'bytes of IP packets' : 'bytes of payload',
    'not sampled',
    ...(records_sampled > 1 ? [`records that are stored: 1 in at most ${grouped(records_sampled)}`] : []),
    unmetered_packets === 0 ? 'no packet missing' : `${grouped(unmetered_packets)} packets in no flow`,
    ...(duplicates.packets > 0
      ? [`${withPrefix(duplicates.bytes, 'B')} from this machine to itself: at both ends above, once in the total`]
      : []),
    ...(removed.packets > 0 ? [`the privacy policy removed ${withPrefix(removed.bytes, 'B')}`] : []),
    ...notes,
  ];
  return `quality: ${printable(parts.join('; '))}`;
}

/** The same with fewer rows: those that go are added to the others. */
function foldList({ groups, other }: List, rows: number): List {
  if (groups.length <= rows) return { groups, other };
  const folded = groups.slice(rows).reduce<Figures>((sum, group) => added(sum, group), other ?? NOTHING);
  return { groups: groups.slice(0, rows), other: { ...folded, groups: (other?.groups ?? 0) + groups.length - rows } };
}

const NOTHING: Figures = { in_bytes: 0, in_packets: 0, out_bytes: 0, out_packets: 0, open: 0, opened: 0, ended: {} };

function added(a: Figures, b: Figures): Figures {
  const ended = { ...a.ended };
  for (const [outcome, n] of Object.entries(b.ended)) ended[outcome] = (ended[outcome] ?? 0) + n;
  return {
    in_bytes: a.in_bytes + b.in_bytes,
    in_packets: a.in_packets + b.in_packets,
    out_bytes: a.out_bytes + b.out_bytes,
    out_packets: a.out_packets + b.out_packets,
    open: a.open + b.open,
    opened: a.opened + b.opened,
    ended,
  };
}
