import { formatAddress, isUnknownAddress, type JsonValue, jsonInteger, wordsOf } from '../../flow/index.ts';
import type { RawValue } from '../../store/index.ts';
import { addCounts, type ExporterNames, type LedgerCounts, type LedgerEntry } from '../../truth/index.ts';
import { countGroups, type Group, NOTHING } from '../groups.ts';
import type { Scope } from '../scope.ts';
import { BYTES, RECORDS } from '../sums.ts';
import { secondsOf } from '../window.ts';
import { interfaceKeys, interfacePeaks, PEAK_STEP_MS, type Side } from './interface-peaks.ts';
import { column, countReport, parseReportInput, percentOf, type Report, type ReportTable, rounded } from './report.ts';

/** One interface of one exporter: what its flows say beside what its own counters say, where it sends them (sFlow). */
export interface InterfaceLine {
  readonly exporter: string;
  /** What configuration calls it. */
  readonly exporter_name: string | null;
  /** The sFlow agent, where it is not the exporter itself. */
  readonly agent: string | null;
  readonly index: number;
  readonly name: string | null;
  readonly description: string | null;
  /** Bits per second; null where no options told it. */
  readonly speed: number | null;
  /** Bytes of flows that came in and went out, scaled by sampling. */
  readonly bytes_in: JsonValue;
  readonly bytes_out: JsonValue;
  /** Share of the speed over the range. */
  readonly load_in_percent: number | null;
  readonly load_out_percent: number | null;
  /** Bits per second over the range, and in its largest 5 minutes; peaks are null where the range is shorter, and where they are not looked for. */
  readonly mean_in: number | null;
  readonly mean_out: number | null;
  readonly peak_in: number | null;
  readonly peak_out: number | null;
  readonly peak_load_in_percent: number | null;
  readonly peak_load_out_percent: number | null;
  /** Octets of frames by the interface's own counters, while they were told; null where they never were. */
  readonly counted_in: number | null;
  readonly counted_out: number | null;
  /** Seconds that the counters cover. */
  readonly counted_seconds: number | null;
  readonly discards: number | null;
  readonly errors: number | null;
}

interface InterfacesData {
  readonly seconds: number;
  readonly interfaces: readonly InterfaceLine[];
}

export const interfaces: Report<InterfacesData> = {
  name: 'interfaces',
  title: 'Interfaces',
  meaning: 'what passed each interface of each exporter by its flows, beside the interface counters of sFlow agents',
  async run(store, input, options) {
    const query = parseReportInput(input);
    const { counted, quality, plan } = await countReport(store, query, options, [], async (scope) => {
      // An interface counts all that passes it.
      const counters = (options.limit ?? null) === null ? scope.view.ledger : [];
      const { seconds, interfaces: lines } = await interfacesIn(scope, counters);
      return { seconds, interfaces: await withPeaks(scope, lines.slice(0, query.limit), seconds) };
    });
    return {
      report: interfaces.name,
      title: interfaces.title,
      data: counted,
      tables: [tableOf(counted.interfaces)],
      quality,
      plan,
    };
  },
};

/** All interfaces of what a question asks for, those with most bytes first, beside the counters in `ledger`. */
export async function interfacesIn(scope: Scope, ledger: readonly LedgerEntry[]): Promise<InterfacesData> {
  // Without data there is no range, and no second of it.
  const seconds = secondsOf(scope.extent).traffic || 0;
  const [into, out] = [await countSide(scope, 'in_if'), await countSide(scope, 'out_if')];
  return { seconds, interfaces: linesOf(into, out, ledger, scope.view.names(), seconds) };
}

/** Peaks are of the lines that are shown alone: all would be every step of every interface. */
async function withPeaks(
  scope: Scope,
  lines: readonly InterfaceLine[],
  seconds: number,
): Promise<readonly InterfaceLine[]> {
  const indices = new Set(lines.map(({ index }) => index));
  const [into, out] = [await peaksOf(scope, 'in_if', indices), await peaksOf(scope, 'out_if', indices)];
  return lines.map((line) => {
    const { exporter, agent, index, speed, mean_in, mean_out } = line;
    const key = keyOf(exporter, agent ?? '', index);
    const load = (rate: number | null) => (speed === null || rate === null ? null : percentOf(rate, speed, 2));
    const [peak_in, peak_out] = [peakRate(into, key, mean_in, seconds), peakRate(out, key, mean_out, seconds)];
    return {
      ...line,
      ...{ peak_in, peak_out },
      ...{ peak_load_in_percent: load(peak_in), peak_load_out_percent: load(peak_out) },
    };
  });
}

async function peaksOf(scope: Scope, side: Side, indices: ReadonlySet<number>): Promise<Map<string, bigint> | null> {
  const peaks = await interfacePeaks(scope, side, indices);
  if (peaks === null) return null;
  return new Map(
    peaks.map(({ key, bytes }) => {
      const { exporter, agent, index } = placeOf(key);
      return [keyOf(exporter, agent, index), bytes];
    }),
  );
}

/** The last step may be short, so that its rate is told too low: it was the mean at least. */
function peakRate(
  peaks: ReadonlyMap<string, bigint> | null,
  key: string,
  mean: number | null,
  seconds: number,
): number | null {
  if (peaks === null || seconds === 0) return null;
  const bits = Number(peaks.get(key) ?? 0n) * 8;
  return Math.max(Math.round((bits * 1000) / PEAK_STEP_MS), mean ?? 0);
}

const COLUMNS = [
  column('exporter', 'exporter', 'address'),
  column('exporter_name', 'exporter name', 'text'),
  column('agent', 'agent', 'address'),
  column('index', 'interface'),
  column('name', 'name', 'text'),
  column('speed', 'speed', 'integer', 'bit/s'),
  column('bytes_in', 'in', 'integer', 'bytes'),
  column('bytes_out', 'out', 'integer', 'bytes'),
  column('mean_in', 'mean in', 'integer', 'bit/s'),
  column('mean_out', 'mean out', 'integer', 'bit/s'),
  column('peak_in', 'peak in (5 min)', 'integer', 'bit/s'),
  column('peak_out', 'peak out (5 min)', 'integer', 'bit/s'),
  column('load_in_percent', 'load in %', 'number', '%', 2),
  column('load_out_percent', 'load out %', 'number', '%', 2),
  column('peak_load_in_percent', 'peak load in %', 'number', '%', 2),
  column('peak_load_out_percent', 'peak load out %', 'number', '%', 2),
  column('counted_in', 'counter in', 'integer', 'bytes'),
  column('counted_out', 'counter out', 'integer', 'bytes'),
];

/** Columns that no interface has a value for are left out, such as counters, which sFlow agents alone tell; that no speed is known is said. */
function tableOf(lines: readonly InterfaceLine[]): ReportTable {
  const shown = lines as readonly unknown[] as readonly Record<string, JsonValue>[];
  const columns = COLUMNS.filter((c) => c.name === 'speed' || shown.some((line) => (line[c.name] ?? null) !== null));
  const rows = shown.map((line) => columns.map((c) => line[c.name] ?? null));
  return { title: 'Interfaces', columns: lines.length === 0 ? COLUMNS : columns, rows };
}

function countSide({ run, source, shape }: Scope, side: Side): Promise<Group[]> {
  return countGroups(run, source, interfaceKeys(side), { ...NOTHING, sums: [RECORDS, BYTES] }, shape);
}

interface Found {
  readonly exporter: string;
  readonly agent: string;
  readonly index: number;
  bytesIn: bigint;
  bytesOut: bigint;
  readonly counts: LedgerCounts;
}

function linesOf(
  into: readonly Group[],
  out: readonly Group[],
  ledger: readonly LedgerEntry[],
  names: ExporterNames,
  seconds: number,
): InterfaceLine[] {
  const found = new Map<string, Found>();
  const at = (exporter: string, agent: string, index: number): Found => {
    const key = keyOf(exporter, agent, index);
    const known = found.get(key) ?? { exporter, agent, index, bytesIn: 0n, bytesOut: 0n, counts: {} };
    found.set(key, known);
    return known;
  };
  const sideOf = ({ key }: Group) => {
    const { exporter, agent, index } = placeOf(key);
    return at(exporter, agent, index);
  };
  for (const group of into) sideOf(group).bytesIn += group.figures.get('bytes') ?? 0n;
  for (const group of out) sideOf(group).bytesOut += group.figures.get('bytes') ?? 0n;
  for (const e of ledger)
    if (e.interface !== undefined) addCounts(at(e.exporter, e.agent ?? '', e.interface).counts, e.counts);
  return [...found.values()]
    .sort((a, b) => Number(b.bytesIn + b.bytesOut - a.bytesIn - a.bytesOut) || compare(a, b))
    .map((f) => lineOf(f, names, seconds));
}

const keyOf = (exporter: string, agent: string, index: number) => `${exporter} ${agent} ${index}`;

function placeOf([hi, lo, agentHi, agentLo, index]: readonly RawValue[]) {
  const exporter = textOf(hi, lo);
  const agent = textOf(agentHi, agentLo);
  return { exporter, agent: agent === exporter ? '' : agent, index: Number(index) };
}

function compare(a: Found, b: Found): number {
  if (a.exporter !== b.exporter) return a.exporter < b.exporter ? -1 : 1;
  return a.index - b.index;
}

/** Empty for an address that is not known. */
function textOf(hi: RawValue | undefined, lo: RawValue | undefined): string {
  const words = wordsOf(BigInt(hi as bigint), BigInt(lo as bigint));
  return isUnknownAddress(words) ? '' : formatAddress(words);
}

function lineOf(
  { exporter, agent, index, bytesIn, bytesOut, counts }: Found,
  names: ExporterNames,
  seconds: number,
): InterfaceLine {
  const told = names.interface(exporter, agent, index);
  const speed = told?.speed || null;
  const load = (bytes: bigint) => (speed ? percentOf(Number(bytes) * 8, speed * seconds, 2) : null);
  const rate = (bytes: bigint) => (seconds === 0 ? null : Math.round((Number(bytes) * 8) / seconds));
  const both = (a: number | undefined, b: number | undefined) =>
    a === undefined && b === undefined ? null : (a ?? 0) + (b ?? 0);
  return {
    exporter,
    exporter_name: names.exporter(exporter),
    agent: agent || null,
    index,
    // Exporters write 0 where they do not know, or where the traffic is their own.
    name: told?.name || (index === 0 ? '(unknown)' : null),
    description: told?.description || null,
    speed,
    bytes_in: jsonInteger(bytesIn),
    bytes_out: jsonInteger(bytesOut),
    load_in_percent: load(bytesIn),
    load_out_percent: load(bytesOut),
    mean_in: rate(bytesIn),
    mean_out: rate(bytesOut),
    ...{ peak_in: null, peak_out: null, peak_load_in_percent: null, peak_load_out_percent: null },
    counted_in: counts.if_in_octets ?? null,
    counted_out: counts.if_out_octets ?? null,
    counted_seconds: rounded(counts.if_seconds ?? null, 1),
    discards: both(counts.if_in_discards, counts.if_out_discards),
    errors: both(counts.if_in_errors, counts.if_out_errors),
  };
}
