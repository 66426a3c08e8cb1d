import type { Metering } from '../meter/index.ts';
import { type Esp, IPSEC, PACKET_PROBLEMS } from '../packet/index.ts';
import { CHANGED, LEFT_OUT } from '../wire/index.ts';
import { grouped, span, withPrefix } from './human.ts';
import type { ProbeExport } from './probe-exports.ts';

/** What a probe did since it began: what `weir probe --format json` prints. */
export interface ProbeSummary {
  readonly capture: string;
  readonly seconds: number;
  readonly cpu_seconds: number;
  /** Packets that came to the meter, and octets of their frames. */
  readonly packets: number;
  readonly bytes: number;
  /** Packets that the kernel had no room for. */
  readonly dropped: number;
  readonly not_metered: Readonly<Record<string, number>>;
  /** Copies that a mirror made; they are left out. */
  readonly duplicates: number;
  /** Packets that may be such copies, or were sent twice; they are in flows. */
  readonly duplicates_unsure: number;
  /** Packets of ESP that were not seen into; those among them that a key should have opened and did not, by why. */
  readonly esp: { readonly opaque: number; readonly integrity: number; readonly implausible: number };
  readonly sampled_out: number;
  readonly flows: number;
  readonly records: number;
  readonly open: number;
  readonly gave_way: number;
  /** Payloads, names and announcements that gave way for want of room, so that flows may have no name. */
  readonly recognition_cut: number;
  readonly exports: readonly ExportSummary[];
}

interface ExportSummary {
  readonly to: string;
  readonly records: number;
  readonly datagrams: number;
  readonly bytes: number;
  /** How often it was answered that nobody listens. */
  readonly refused: number;
  /** Datagrams that the kernel did not take. */
  readonly failed: number;
  readonly problem: string | null;
  readonly left_out: Readonly<Record<string, number>>;
  readonly changed: Readonly<Record<string, number>>;
}

export interface ProbeState {
  readonly capture: string;
  readonly beganMs: number;
  readonly cpu: NodeJS.CpuUsage;
  readonly metering: Metering;
  readonly esp: Esp;
  readonly exports: readonly ProbeExport[];
  readonly dropped: number;
}

export function summaryOf({ capture, beganMs, cpu, metering, esp, exports, dropped }: ProbeState): ProbeSummary {
  const { counts, open } = metering.meter;
  const { user, system } = process.cpuUsage(cpu);
  return {
    capture,
    seconds: Math.round(performance.now() - beganMs) / 1_000,
    cpu_seconds: Math.round((user + system) / 1_000) / 1_000,
    packets: metering.packets,
    bytes: metering.bytes,
    dropped,
    not_metered: Object.fromEntries(
      [...metering.unmetered].flatMap((n, i) => (n > 0 ? [[PACKET_PROBLEMS[i]!, n] as const] : [])),
    ),
    duplicates: counts.duplicates,
    duplicates_unsure: counts.duplicatesUnsure,
    esp: {
      opaque: metering.ipsecPackets[IPSEC.opaque]!,
      integrity: esp.counts.integrityFailures,
      implausible: esp.counts.implausible,
    },
    sampled_out: counts.sampledOut,
    flows: counts.flows,
    records: counts.records,
    open,
    gave_way: counts.emergencyExpired,
    recognition_cut:
      counts.recognitionsCut +
      counts.joinsCut +
      counts.namesLeftOut +
      counts.givenNamesCut +
      counts.announcementsCut +
      counts.initialsCut,
    exports: exports.map(exportSummary),
  };
}

function exportSummary({ to, encoder, sender }: ProbeExport): ExportSummary {
  const { records, datagrams, bytes, leftOut, changed } = encoder.counts;
  const problem = sender.failure?.message ?? null;
  return {
    to,
    records,
    datagrams,
    bytes,
    refused: sender.refused,
    failed: sender.failed,
    problem,
    left_out: leftOut,
    changed,
  };
}

/** The same for people, in lines. */
export function summaryLines(s: ProbeSummary): string[] {
  const causes = Object.entries(s.not_metered);
  const without = causes.map(([cause, n]) => `${cause} ${grouped(n)}`).join(', ');
  const sum = causes.reduce((total, [, n]) => total + n, 0);
  return [
    [
      `${span(s.seconds * 1_000)}: ${grouped(s.packets)} packets, ${withPrefix(s.bytes, 'B')}`,
      `${grouped(s.dropped)} dropped by the kernel`,
      ...(sum > 0 ? [`${grouped(sum)} not metered (${without})`] : []),
      ...(s.duplicates > 0 ? [`${grouped(s.duplicates)} left out as seen twice`] : []),
      ...(s.duplicates_unsure > 0 ? [`${grouped(s.duplicates_unsure)} counted, and maybe seen twice`] : []),
      ...(s.sampled_out > 0 ? [`${grouped(s.sampled_out)} passed over by sampling`] : []),
    ].join(', '),
    ...espLines(s),
    [
      `flows: ${grouped(s.flows)} in ${grouped(s.records)} records, ${grouped(s.open)} open`,
      ...(s.gave_way > 0 ? [`${grouped(s.gave_way)} gave way to others`] : []),
      ...(s.recognition_cut > 0 ? [`${grouped(s.recognition_cut)} payloads not looked at wholly: names may lack`] : []),
    ].join(', '),
    ...s.exports.flatMap(exportLines),
  ];
}

function espLines({ esp: { opaque, integrity, implausible } }: ProbeSummary): string[] {
  if (opaque + integrity + implausible === 0) return [];
  const wrong = [
    ...(integrity > 0 ? [`${grouped(integrity)} do not match the key (esp_integrity)`] : []),
    ...(implausible > 0 ? [`${grouped(implausible)} make no sense with the key (esp_implausible)`] : []),
  ];
  return [[`ESP: ${grouped(opaque)} packets stay opaque`, ...wrong].join(', ')];
}

function exportLines(e: ExportSummary): string[] {
  return [
    [
      `${e.to}: ${grouped(e.records)} records, ${grouped(e.datagrams)} datagrams, ${withPrefix(e.bytes, 'B')}`,
      ...(e.refused > 0 ? [`${grouped(e.refused)} refused: nobody listened`] : []),
      ...(e.failed > 0 ? [`${grouped(e.failed)} datagrams not sent`] : []),
      ...(e.problem ? [e.problem] : []),
    ].join(', '),
    ...Object.entries(e.left_out).map(
      ([why, n]) => `  left out: ${grouped(n)} ${LEFT_OUT[why as keyof typeof LEFT_OUT]}`,
    ),
    ...Object.entries(e.changed).map(
      ([what, n]) => `  changed: ${grouped(n)} ${CHANGED[what as keyof typeof CHANGED]}`,
    ),
  ];
}
