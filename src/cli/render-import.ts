import type { ImportSource } from '../store/index.ts';
import { counted } from './human.ts';
import { formatsText } from './render-sources.ts';
import { causesText, trafficFound, trafficWorth } from './render-traffic.ts';
import { printable } from './table.ts';
import { formatTime } from './time.ts';

/** What was imported of one file, and what it is worth, for people. */
export function importSummary(s: ImportSource): string {
  const lines = [`${s.file}: ${s.traffic ? trafficFound(s) : exportsFound(s)}`];
  const time = timeText(s);
  if (time !== null) lines.push(`  ${time}, as source "${s.name}"`);
  if (s.content !== null && s.content_reason !== null)
    lines.push(`  read for its ${s.content === 'traffic' ? 'traffic' : 'exports'}: ${s.content_reason}`);
  lines.push(`  ${(s.traffic ? trafficWorth(s) : exportsWorth(s)).join(' · ')}`);
  return `${lines.map(printable).join('\n')}\n`;
}

/** From the first packet, where there are packets: the time of a flow is that of its end. */
function timeText({ traffic, rows, first_packet, last_packet, from, to }: ImportSource): string | null {
  if (traffic && rows > 0 && first_packet !== null && last_packet !== null)
    return `packets from ${formatTime(first_packet)} to ${formatTime(last_packet)}`;
  return from === null || to === null ? null : `flows that ended from ${formatTime(from)} to ${formatTime(to - 1)}`;
}

function exportsFound(s: ImportSource): string {
  const packets = s.kind === 'ipfix_file' ? '' : ` in ${counted(s.packets, 'packet')}`;
  const units = counted(s.datagrams, s.kind === 'ipfix_file' ? 'message' : 'datagram');
  const found = [counted(s.records, 'record'), counted(s.rows, 'row'), counted(s.exporters, 'exporter')];
  return `${units}${packets} (${formatsText(s.formats)}), ${found.join(', ')}`;
}

function exportsWorth({ lost, errors, capture_drops }: ImportSource): string[] {
  const causes = causesText(errors);
  return [
    lost > 0 ? `lost by sequence: ${counted(lost, 'record')}` : 'no loss by sequence',
    causes === '' ? 'all was understood' : `not understood: ${causes}`,
    ...(capture_drops ? [`the capturing machine dropped ${counted(capture_drops, 'packet')}`] : []),
  ];
}

/** The sum of all files, for programs. */
export function importJson(sources: readonly ImportSource[], seconds: number): string {
  const sum = (pick: (s: ImportSource) => number) => sources.reduce((n, s) => n + pick(s), 0);
  const errors: Record<string, number> = {};
  const formats: Record<string, number> = {};
  for (const s of sources) {
    for (const [cause, n] of Object.entries(s.errors)) errors[cause] = (errors[cause] ?? 0) + n;
    for (const [format, n] of Object.entries(s.formats)) formats[format] = (formats[format] ?? 0) + n;
  }
  const starts = sources.flatMap((s) => s.from ?? []);
  const ends = sources.flatMap((s) => s.to ?? []);
  return `${JSON.stringify({
    files: sources.length,
    packets: sum((s) => s.packets),
    datagrams: sum((s) => s.datagrams),
    records: sum((s) => s.records),
    flows: sum((s) => s.flows),
    errors,
    from: starts.length > 0 ? Math.min(...starts) : null,
    to: ends.length > 0 ? Math.max(...ends) : null,
    seconds: Math.round(seconds * 1000) / 1000,
    rows: sum((s) => s.rows),
    lost: sum((s) => s.lost),
    formats,
    sources: sources.map((s) => s.name),
  })}\n`;
}
