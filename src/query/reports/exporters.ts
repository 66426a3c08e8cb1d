import { columnOf, formatAddress, type JsonValue, jsonInteger, wordsOf } from '../../flow/index.ts';
import {
  addCounts,
  assessLoss,
  type ExporterNames,
  type ExporterState,
  type LedgerCounts,
  type LedgerEntry,
} from '../../truth/index.ts';
import { countGroups, type Group, NOTHING } from '../groups.ts';
import type { Scope } from '../scope.ts';
import { name, sql } from '../sql.ts';
import { BYTES, RECORDS } from '../sums.ts';
import { column, countReport, parseReportInput, type Report, type ReportTable, rounded } from './report.ts';

const MINUTE = 60_000;

/** One export stream: what its rows say and what the ledger says of its datagrams. Records of the ledger are before any filter. */
export interface ExporterLine {
  readonly exporter: string;
  readonly domain: number;
  /** Rows that match, and their bytes scaled by sampling. */
  readonly records: JsonValue;
  readonly bytes: JsonValue;
  readonly datagrams: number;
  /** Records that did not arrive or could not be read or kept. */
  readonly lost: number;
  readonly lost_percent: number | null;
  readonly recovered: number;
  readonly restarts: number;
  /** Datagrams by decode error. */
  readonly errors: Readonly<Record<string, number>>;
  readonly min_rate: number | null;
  readonly max_rate: number | null;
  readonly origins: readonly string[];
  /** Sampling is signalled without a rate: why, and what to do about it. */
  readonly cause: string | null;
  readonly remedy: string | null;
  readonly clock_corrected: number;
  /** What configuration calls it. */
  readonly name: string | null;
  /** Protocols, as the stream's datagrams have them. */
  readonly formats: readonly string[];
  /** Templates that are known of it; with what they are, where a template is asked for. */
  readonly templates: readonly {
    readonly id: number;
    readonly options: boolean;
    readonly fields: number;
    readonly told: number;
  }[];
  /** Data sets that waited for their template; those of which nobody could say how many records they held. */
  readonly held: number;
  readonly not_counted: number;
  /** What the exporter itself says it dropped. */
  readonly exporter_drops: number;
  readonly unmetered_packets: number;
  /** Largest number of datagrams within 10 and 100 ms since the node started. */
  readonly burst_10ms: number | null;
  readonly burst_100ms: number | null;
  /** ms since 1970: of receipt; where only the ledger knows the stream, to the minute. */
  readonly first_seen: number | null;
  readonly last_seen: number | null;
}

export interface ExportersData {
  readonly exporters: readonly ExporterLine[];
  /** What this node's own sockets and queues dropped, in datagrams: it belongs to no exporter. */
  readonly node: { readonly kernel_drops: number; readonly queue_drops: number };
}

export const exporters: Report<ExportersData> = {
  name: 'exporters',
  title: 'Exporters',
  meaning: 'every export stream with what arrived, what was lost, and how it is sampled',
  ofAll: true,
  texts: {
    formats: 'words',
    errors: 'words',
    sampling: 'words',
    origins: 'words',
    // The name of a sampler.
    cause: 'quoting',
    remedy: 'words',
  },
  async run(store, input, options) {
    const query = parseReportInput(input);
    const { counted, quality, plan } = await countReport(store, query, options, [], exportersIn);
    return {
      report: exporters.name,
      title: exporters.title,
      data: counted,
      tables: tablesOf(counted.exporters),
      quality,
      plan,
    };
  },
};

/** The streams of what a question asks for. */
export async function exportersIn(scope: Scope): Promise<ExportersData> {
  return linesOf(await countStreams(scope), scope.view.ledger, scope.view.exporters(), scope.view.names());
}

const COLUMNS = [
  column('exporter', 'exporter', 'address'),
  column('name', 'name', 'text'),
  column('domain', 'domain'),
  column('formats', 'protocol', 'text'),
  column('records', 'records', 'integer', 'records'),
  column('bytes', 'bytes', 'integer', 'bytes'),
  column('datagrams', 'datagrams'),
  column('lost', 'lost', 'integer', 'records'),
  column('lost_percent', 'lost %', 'number', '%', 3),
  column('recovered', 'recovered', 'integer', 'records'),
  column('restarts', 'restarts'),
  column('errors', 'errors', 'text'),
  column('sampling', 'sampling', 'text'),
  column('origins', 'rate from', 'text'),
  column('templates', 'templates'),
  // Sets of data that had to wait for their template.
  column('held', 'held', 'integer', 'sets'),
  column('exporter_drops', 'own drops'),
  column('unmetered_packets', 'unmetered', 'integer', 'packets'),
  column('burst_10ms', 'burst 10ms', 'integer', 'datagrams'),
  column('burst_100ms', 'burst 100ms', 'integer', 'datagrams'),
  column('clock_corrected', 'clock corrected', 'integer', 'records'),
  column('first_seen', 'first seen', 'time', 'ms'),
  column('last_seen', 'last seen', 'time', 'ms'),
];

const REMEDIES = [
  column('exporter', 'exporter', 'address'),
  column('domain', 'domain'),
  column('cause', 'cause', 'text'),
  column('remedy', 'remedy', 'text'),
];

/** What there is to do stands below: it takes a line. */
function tablesOf(lines: readonly ExporterLine[]): ReportTable[] {
  const streams = { title: 'Export streams', columns: COLUMNS, rows: lines.map(rowOf) };
  const unknown = lines.filter((line) => line.cause !== null);
  if (unknown.length === 0) return [streams];
  const rows = unknown.map((line) => [line.exporter, line.domain, line.cause, line.remedy]);
  return [streams, { title: 'Sampling of unknown rate', columns: REMEDIES, rows }];
}

function rowOf(line: ExporterLine): JsonValue[] {
  const errors = Object.entries(line.errors).map(([cause, n]) => `${cause} ${n}`);
  const rate = line.min_rate === line.max_rate ? `${line.max_rate ?? ''}` : `${line.min_rate}..${line.max_rate}`;
  const shown: Record<string, JsonValue> = {
    ...line,
    errors: errors.join(', ') || null,
    sampling: rate || null,
    origins: line.origins.join(', ') || null,
    formats: line.formats.join(', ') || null,
    templates: line.templates.length || null,
  };
  return COLUMNS.map((c) => shown[c.name] ?? null);
}

async function countStreams({ run, source, shape }: Scope): Promise<Group[]> {
  const keys = ['exporter_hi', 'exporter_lo', 'domain', 'sampling_origin'].map(name);
  const extras = [sql`min("sampling")`, sql`max("sampling")`, sql`min("received")`, sql`max("received")`];
  return countGroups(run, source, keys, { ...NOTHING, sums: [RECORDS, BYTES], extras }, shape);
}

interface Stream {
  readonly exporter: string;
  readonly domain: number;
  readonly groups: Group[];
  readonly entries: LedgerEntry[];
  readonly states: ExporterState[];
}

function linesOf(
  groups: readonly Group[],
  ledger: readonly LedgerEntry[],
  states: readonly ExporterState[],
  names: ExporterNames,
): ExportersData {
  const streams = new Map<string, Stream>();
  const stream = (exporter: string, domain: number): Stream => {
    const key = `${exporter} ${domain}`;
    const known = streams.get(key) ?? { exporter, domain, groups: [], entries: [], states: [] };
    streams.set(key, known);
    return known;
  };
  for (const group of groups) {
    const [hi, lo, domain] = group.key;
    stream(formatAddress(wordsOf(BigInt(hi as bigint), BigInt(lo as bigint))), Number(domain)).groups.push(group);
  }
  const own: LedgerCounts = {};
  for (const entry of ledger) {
    // Counters of interfaces are another report's.
    if (entry.interface !== undefined) continue;
    if (entry.exporter === '') addCounts(own, entry.counts);
    else stream(entry.exporter, entry.domain).entries.push(entry);
  }
  // A stream that did not come in the range is not in the report.
  for (const state of states) streams.get(`${state.exporter} ${state.domain}`)?.states.push(state);
  const lines = [...streams.values()].map((stream) => lineOf(stream, names.exporter(stream.exporter)));
  lines.sort((a, b) => Number(b.records) - Number(a.records) || compare(a.exporter, b.exporter) || a.domain - b.domain);
  return { exporters: lines, node: { kernel_drops: own.kernel_drops ?? 0, queue_drops: own.queue_drops ?? 0 } };
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}

function lineOf({ exporter, domain, groups, entries, states }: Stream, called: string | null): ExporterLine {
  const counts: LedgerCounts = {};
  for (const entry of entries) addCounts(counts, entry.counts);
  const loss = assessLoss(entries);
  const sum = (figure: string) => jsonInteger(groups.reduce((all, g) => all + (g.figures.get(figure) ?? 0n), 0n));
  const times = [...groups.flatMap((g) => [Number(g.extras[2]), Number(g.extras[3])])];
  const minutes = entries.flatMap((e) => [e.minute, e.minute + MINUTE]);
  const seen = times.length > 0 ? times : minutes;
  const rates = groups.flatMap((g) => [Number(g.extras[0]), Number(g.extras[1])]);
  const names = columnOf('sampling_origin').values ?? [];
  const remedy = states.find((s) => s.remedy !== null)?.remedy;
  return {
    exporter,
    domain,
    records: sum('records'),
    bytes: sum('bytes'),
    datagrams: counts.datagrams ?? 0,
    lost: loss.records,
    lost_percent: entries.length === 0 ? null : rounded(loss.share * 100, 3),
    recovered: loss.recovered,
    restarts: loss.restarts,
    errors: loss.errors as Record<string, number>,
    min_rate: extreme(rates, Math.min),
    max_rate: extreme(rates, Math.max),
    origins: [...new Set(groups.map((g) => names[Number(g.key[3])] ?? String(g.key[3])))].sort(),
    cause: remedy?.cause ?? null,
    remedy: remedy?.remedy ?? null,
    clock_corrected: counts.clock_corrected ?? 0,
    name: called,
    formats: [...new Set(states.map((s) => s.format))].sort(),
    templates: states.flatMap((s) => s.templates),
    held: counts.held ?? 0,
    not_counted: counts.not_counted ?? 0,
    exporter_drops: counts.exporter_drops ?? 0,
    unmetered_packets: counts.unmetered_packets ?? 0,
    burst_10ms: extreme(
      states.map((s) => s.burst_10ms),
      Math.max,
    ),
    burst_100ms: extreme(
      states.map((s) => s.burst_100ms),
      Math.max,
    ),
    first_seen: extreme(seen, Math.min),
    last_seen: extreme(seen, Math.max),
  };
}

function extreme(values: readonly number[], of: (a: number, b: number) => number): number | null {
  return values.length === 0 ? null : values.reduce((a, b) => of(a, b));
}
