import type { PacketSum, SourceFacts, TrafficFacts } from '../store/index.ts';
import { percent } from '../truth/index.ts';
import { counted, grouped, withPrefix } from './human.ts';
import { printable } from './table.ts';
import { formatTime } from './time.ts';

/** What a file was that `weir meter` read, and what its flows are worth. */
export function meteredSummary(file: string, facts: SourceFacts): string {
  const lines = [`${file}: ${trafficFound(facts)}`];
  if (facts.first_packet !== null && facts.last_packet !== null)
    lines.push(`  packets from ${formatTime(facts.first_packet)} to ${formatTime(facts.last_packet)}`);
  lines.push(`  ${trafficWorth(facts).join(' · ')}`);
  return `${lines.map(printable).join('\n')}\n`;
}

/** `4,631 packets, 2.41 MB of frames, into 271 flows (300 records)`. */
export function trafficFound({ packets, traffic, flows, records }: SourceFacts): string {
  // Link headers included: flows have the octets of IP packets, which are fewer.
  const bytes = traffic ? `, ${withPrefix(traffic.bytes, 'B')} of frames` : '';
  const cut = records > flows ? ` (${counted(records, 'record')})` : '';
  return `${counted(packets, 'packet')}${bytes}, into ${counted(flows, 'flow')}${cut}`;
}

/** What flows of a capture are worth: what was left out, passed over, not seen into and not understood. */
export function trafficWorth({ traffic, errors, capture_drops, packets }: SourceFacts): string[] {
  if (traffic === null) return [];
  const unsure = traffic.duplicates_unsure ?? { packets: 0, bytes: 0 };
  const causes = causesText(errors);
  const parts: [number, string][] = [
    [traffic.not_ip, `${counted(traffic.not_ip, 'packet')} of no IP`],
    [traffic.duplicates_left_out.packets, `left out as seen twice: ${summed(traffic.duplicates_left_out)}`],
    [unsure.packets, `counted, and maybe seen twice: ${summed(unsure)}`],
    [traffic.sampled_out, `passed over by sampling: ${counted(traffic.sampled_out, 'packet')}`],
    [traffic.cut, `cut by the snap length: ${counted(traffic.cut, 'packet')}`],
    [traffic.fragments_without_ports, `fragments without ports: ${grouped(traffic.fragments_without_ports)}`],
    [traffic.without_time, `without a time: ${counted(traffic.without_time, 'packet')}`],
    [traffic.time_jumps, `with a time far from the one before: ${counted(traffic.time_jumps, 'packet')}`],
    [traffic.emergency_expired, `ended early, as the table was full: ${counted(traffic.emergency_expired, 'flow')}`],
    [
      namesCut(traffic),
      `not looked at wholly, so that flows may lack a name: ${counted(namesCut(traffic), 'payload')}`,
    ],
    [capture_drops ?? 0, `the capturing machine dropped ${counted(capture_drops ?? 0, 'packet')}`],
  ];
  return [
    causes === '' ? 'all was understood' : `not understood: ${causes}`,
    ...parts.flatMap(([n, text]) => (n > 0 ? [text] : [])),
    ...ipsecText(traffic, packets),
  ];
}

/** Conversations, pieces, names and announcements that gave way to others. */
function namesCut({ recognition }: TrafficFacts): number {
  return recognition ? Object.values(recognition).reduce((sum: number, n) => sum + (n ?? 0), 0) : 0;
}

/** Whether the flows are less than the capture, so that who reads them must hear it: they are not all of it, or were not seen into. */
export function fallsShort({ traffic, errors, capture_drops, flows }: SourceFacts): boolean {
  if (traffic === null) return false;
  const { duplicates_left_out, cut, fragments_without_ports, without_time, emergency_expired } = traffic;
  const lacks = [
    ...[duplicates_left_out.packets, cut, fragments_without_ports, without_time, emergency_expired],
    ...[traffic.ipsec.opaque?.packets ?? 0, capture_drops ?? 0, ...Object.values(errors)],
  ];
  return flows === 0 || lacks.some((n) => n > 0);
}

/** `IPsec: 93 % of the packets, 90 % of the bytes (opaque 4,000, ah 12)`. */
function ipsecText({ ipsec, bytes }: TrafficFacts, packets: number): string[] {
  const kinds = Object.entries(ipsec).filter(([, sum]) => sum.packets > 0);
  if (kinds.length === 0) return [];
  const sum = (pick: (s: PacketSum) => number) => kinds.reduce((n, [, s]) => n + pick(s), 0);
  const shares = `${percent(sum((s) => s.packets) / packets)} of the packets, ${percent(sum((s) => s.bytes) / bytes)} of the bytes`;
  return [`IPsec: ${shares} (${kinds.map(([kind, { packets: n }]) => `${kind} ${grouped(n)}`).join(', ')})`];
}

function summed({ packets, bytes }: PacketSum): string {
  return `${counted(packets, 'packet')} (${withPrefix(bytes, 'B')})`;
}

/** `no_template 3, cut_datagram 12`. */
export function causesText(errors: Readonly<Record<string, number>>): string {
  return Object.entries(errors)
    .map(([cause, n]) => `${cause} ${grouped(n)}`)
    .join(', ');
}
