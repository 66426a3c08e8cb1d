import type { ImportSource } from '../store/index.ts';
import { grouped, withPrefix } from './human.ts';
import { causesText, trafficWorth } from './render-traffic.ts';
import { foldTable, PLAIN_WIDTH, terminalWidth, wrapText } from './render-width.ts';
import { csvLine, printable, type TableColumn } from './table.ts';
import { formatTime } from './time.ts';

/** Names of formats as people write them. */
const FORMAT_NAMES: Readonly<Record<string, string>> = {
  netflow5: 'NetFlow v5',
  netflow7: 'NetFlow v7',
  netflow9: 'NetFlow v9',
  ipfix: 'IPFIX',
  sflow5: 'sFlow v5',
  other: 'other',
};

export function formatName(format: string): string {
  return FORMAT_NAMES[format] ?? format;
}

/** `IPFIX 120, NetFlow v9 8`. */
export function formatsText(formats: Readonly<Record<string, number>>): string {
  const parts = Object.entries(formats).sort((a, b) => b[1] - a[1]);
  return parts.map(([name, n]) => `${formatName(name)} ${grouped(n)}`).join(', ');
}

/** A snap length that cuts no packet of IP. */
const WHOLE_PACKET = 65_535;

const left = (title: string): TableColumn => ({ title, align: 'left' });
const right = (title: string): TableColumn => ({ title, align: 'right' });

const COLUMNS = [
  left('source'),
  left('state'),
  left('imported'),
  left('kind'),
  left('read for'),
  right('size'),
  right('packets'),
  left('datagrams'),
  right('records'),
  right('rows'),
  right('exporters'),
  right('lost'),
  left('errors'),
  left('flows ended from'),
  left('to'),
];

/** The imports as a table, with a line for each that is not what its file was. */
export function sourcesTable(sources: readonly ImportSource[]): string {
  if (sources.length === 0) return 'nothing was imported\n';
  const rows = sources.map((s) => [
    s.name,
    s.damage ? `${s.state}, damaged` : s.state,
    formatTime(s.imported_at),
    kindText(s),
    s.content ?? '-',
    s.size === null ? '-' : withPrefix(s.size, 'B'),
    grouped(s.packets),
    formatsText(s.formats) || '-',
    grouped(s.records),
    grouped(s.rows),
    grouped(s.exporters),
    grouped(s.lost),
    causesText(s.errors) || '-',
    s.from === null ? '-' : formatTime(s.from),
    s.to === null ? '-' : formatTime(s.to - 1),
  ]);
  const notes = sources.flatMap((s) => [
    ...(s.problem ? [`${s.name} (${s.state}): ${s.problem}`] : []),
    ...(s.damage ? [`${s.name}: the file is damaged: ${s.damage}`] : []),
    ...(s.traffic ? worthText(s) : dropsText(s)),
  ]);
  const width = terminalWidth() ?? PLAIN_WIDTH;
  const said = notes.flatMap((note) => wrapText(printable(note), width, 0, 2));
  return `${[...foldTable(COLUMNS, rows, 1, width), ...(said.length > 0 ? ['', ...said] : [])].join('\n')}\n`;
}

/** `pcapng.gz (ethernet, sll2; first 96 bytes)`. */
function kindText({ kind, gzip, link_types, snap_length }: ImportSource): string {
  const cut = snap_length !== null && snap_length < WHOLE_PACKET ? `first ${snap_length} bytes` : '';
  const said = [link_types.join(', '), cut].filter((text) => text !== '').join('; ');
  return `${kind}${gzip ? '.gz' : ''}${said === '' ? '' : ` (${said})`}`;
}

/** What flows of traffic are worth, where there is more to say than that all was understood. */
function worthText(source: ImportSource): string[] {
  const [understood, ...more] = trafficWorth(source);
  return more.length > 0 ? [`${source.name}: ${[understood, ...more].join(' · ')}`] : [];
}

function dropsText({ name, capture_drops: drops }: ImportSource): string[] {
  return drops ? [`${name}: the capturing machine dropped ${grouped(drops)} packets`] : [];
}

/** One line for each; lists and counts by name are JSON in their field. */
export function sourcesCsv(sources: readonly ImportSource[], names: readonly string[]): string {
  const cell = (value: unknown) =>
    typeof value === 'object' && value !== null ? JSON.stringify(value) : (value as string | number | null);
  const lines = sources.map((s) =>
    csvLine(names.map((name) => cell((s as unknown as Record<string, unknown>)[name] ?? null))),
  );
  return csvLine([...names]) + lines.join('');
}
