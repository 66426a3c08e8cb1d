import { percent } from '../../truth/index.ts';
import type { ExporterLine } from './exporters.ts';
import type { Silences } from './silences.ts';

/** What is wrong with what an exporter sends, why most likely, and what to do about it. */
export interface DataTrouble {
  readonly what: string;
  readonly cause: string;
  readonly fix: string;
}

/** Of one exporter, over its streams. */
export interface ExporterFigures {
  readonly lost_percent: number | null;
  readonly clock_corrected: number;
  readonly records: number;
  /** Seconds since anything came; null where the range does not end now. */
  readonly silent_s: number | null;
  /** When it was silent in the range, though it usually sends; null where it never was. */
  readonly silences: Silences | null;
  /** Percent of what its interfaces counted that its flows account for; null where nobody counted. */
  readonly counted_percent: number | null;
  /** Datagrams that this node itself dropped, of whichever exporter. */
  readonly node_drops: number;
}

/** Losses below this share, in percent, are no trouble; nor are flows that account for nearly all that interfaces counted, frames being longer than packets. */
const LOSS_PERCENT = 0.1;
const COUNTED_PERCENT = { least: 85, most: 110 };
/** Exporters that have nothing to tell tell their templates every half hour at most. */
const SILENT_S = 1_800;

export function troublesOf(lines: readonly ExporterLine[], figures: ExporterFigures): DataTrouble[] {
  return [
    ...silence(figures),
    ...earlierSilences(figures),
    ...loss(figures),
    ...sampling(lines),
    ...templates(lines),
    ...unreadable(lines),
    ...ownDrops(lines),
    ...clock(figures),
    ...counters(figures),
  ];
}

function silence({ silent_s }: ExporterFigures): DataTrouble[] {
  if (silent_s === null || silent_s < SILENT_S) return [];
  const what = `nothing came for ${Math.round(silent_s / 60)} min`;
  const cause =
    'it is down, sends to another address or port, or a firewall on the way drops its datagrams; or its data were imported';
  return [
    {
      what,
      cause,
      fix: 'see with tcpdump on this machine whether datagrams of it arrive; if none do, look at its export settings',
    },
  ];
}

/** Those that are over; one that lasts is told by `silence`, or will be. */
function earlierSilences({ silences }: ExporterFigures): DataTrouble[] {
  if (silences === null || silences.times === 0) return [];
  const { times, ms, from, to, share, share_of } = silences;
  const minutes = Math.max(1, Math.round(ms / 60_000));
  const when = `from ${isoMinute(from)} to ${isoMinute(to)}`;
  const of = share < 1 ? ` (usually ${percent(share)} of all ${share_of})` : '';
  return [
    {
      what: `${times === 1 ? 'nothing came' : `${times} times nothing came, together`} for ${minutes} min of the range, ${when}`,
      cause: 'it was down or cut off, or what it sent was dropped on the way: it usually sends all the time',
      fix: `its log of that time; what it did not tell${of} is missing in each answer about it, which says so (\`measured\`)`,
    },
  ];
}

function isoMinute(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 16)}Z`;
}

function loss({ lost_percent, node_drops }: ExporterFigures): DataTrouble[] {
  if (lost_percent === null || lost_percent <= LOSS_PERCENT) return [];
  const what = `${lost_percent} % of its records did not arrive`;
  if (node_drops > 0)
    return [
      {
        what,
        cause: `this node dropped ${node_drops} datagrams itself: a socket buffer or a queue was full`,
        fix: 'weir doctor says which buffer to enlarge',
      },
    ];
  const cause = 'its datagrams were dropped on the way, or by the exporter: UDP is not repeated';
  return [
    {
      what,
      cause,
      fix: 'look for drops at the exporter and on the path; let it export over a link that is not full, or by TCP',
    },
  ];
}

function sampling(lines: readonly ExporterLine[]): DataTrouble[] {
  const line = lines.find(({ cause }) => cause !== null);
  if (line === undefined) return [];
  return [
    {
      what: 'its sampling rate is not known, so that its bytes are too low',
      cause: line.cause!,
      fix: line.remedy ?? '',
    },
  ];
}

function templates(lines: readonly ExporterLine[]): DataTrouble[] {
  const given = sum(lines, ({ errors }) => errors.no_template ?? 0);
  const held = sum(lines, (line) => line.held);
  if (given === 0 && held === 0) return [];
  const what =
    given > 0
      ? `${given} sets of data were given up: their template never came`
      : `${held} sets of data had to wait for their template`;
  return [
    {
      what,
      cause: 'it was heard before it told its templates, which it seldom does',
      fix: 'let it send templates every minute or so (Cisco: `template data timeout 60`)',
    },
  ];
}

function unreadable(lines: readonly ExporterLine[]): DataTrouble[] {
  const causes = new Map<string, number>();
  for (const { errors } of lines)
    for (const [cause, n] of Object.entries(errors))
      if (cause !== 'no_template' && n > 0) causes.set(cause, (causes.get(cause) ?? 0) + n);
  if (causes.size === 0) return [];
  const all = [...causes.values()].reduce((a, b) => a + b, 0);
  const cause = [...causes].map(([name, n]) => `${name} ${n}`).join(', ');
  return [
    {
      what: `${all} datagrams could not be read, or not wholly`,
      cause,
      fix: 'look at what it sends, and to which port',
    },
  ];
}

function ownDrops(lines: readonly ExporterLine[]): DataTrouble[] {
  const flows = sum(lines, (line) => line.exporter_drops);
  const packets = sum(lines, (line) => line.unmetered_packets);
  if (flows === 0 && packets === 0) return [];
  const what = [
    flows > 0 ? `it says that it did not send ${flows} flows` : '',
    packets > 0 ? `it says that ${packets} packets are in no flow` : '',
  ];
  return [
    {
      what: what.filter(Boolean).join('; '),
      cause: 'its flow cache is full, or it has too little time',
      fix: 'a larger cache, shorter timeouts, or sampling',
    },
  ];
}

function clock({ clock_corrected, records }: ExporterFigures): DataTrouble[] {
  if (clock_corrected === 0) return [];
  const of = records > 0 ? ` of ${records}` : '';
  return [
    {
      what: `times of ${clock_corrected}${of} records were corrected`,
      cause: 'its clock is wrong, or it tells times since a start that it does not tell',
      fix: 'NTP on the exporter',
    },
  ];
}

function counters({ counted_percent: percent }: ExporterFigures): DataTrouble[] {
  if (percent === null || (percent >= COUNTED_PERCENT.least && percent <= COUNTED_PERCENT.most)) return [];
  const what = `its flows account for ${percent} % of what its interfaces counted`;
  if (percent > COUNTED_PERCENT.most)
    return [
      {
        what,
        cause: 'the sampling rate that is believed is too high, or flows are told twice',
        fix: 'compare the rate with its configuration; set it under `exporters:` if it tells a wrong one',
      },
    ];
  return [
    {
      what,
      cause:
        'the sampling rate that is believed is too low, or not all interfaces, directions or protocols are exported',
      fix: 'enable export on all interfaces in one direction, and compare the rate with its configuration',
    },
  ];
}

function sum(lines: readonly ExporterLine[], of: (line: ExporterLine) => number): number {
  return lines.reduce((all, line) => all + of(line), 0);
}
