import type { JsonValue } from '../../flow/index.ts';
import type { LedgerEntry } from '../../truth/index.ts';
import type { Scope } from '../scope.ts';
import { type DataTrouble, type ExporterFigures, troublesOf } from './data-troubles.ts';
import { type ExporterLine, type ExportersData, exportersIn } from './exporters.ts';
import { type InterfaceLine, interfacesIn } from './interfaces.ts';
import { column, countReport, parseReportInput, percentOf, type Report, type ReportTable, rounded } from './report.ts';
import { type Silences, silencesIn } from './silences.ts';

/** What the data of one exporter, or of one host that meters itself, are worth. */
interface DataLine extends Omit<ExporterFigures, 'node_drops'> {
  readonly exporter: string;
  readonly name: string | null;
  readonly formats: readonly string[];
  readonly templates: number;
  /** Seconds since the template that was told longest ago. */
  readonly template_age_s: number | null;
  readonly min_rate: number | null;
  readonly max_rate: number | null;
  readonly origins: readonly string[];
  /** ms since 1970, of receipt. */
  readonly last_seen: number | null;
  readonly troubles: readonly DataTrouble[];
}

/** A range that ends so long ago ends now: answers take time. */
const NOW_MS = 120_000;

export const dataQuality: Report<{ readonly exporters: readonly DataLine[] }> = {
  name: 'data-quality',
  // What exporters lost is of no part of their traffic.
  ofAll: true,
  title: 'Data quality',
  meaning:
    'each exporter and host: loss, templates, sampling, clock, silence, flows beside interface counters; likely causes and what to do',
  texts: {
    formats: 'words',
    origins: 'words',
    what: 'words',
    cause: 'quoting',
    fix: 'words',
    sampling: 'words',
    verdict: 'words',
  },
  async run(store, input, options) {
    // Losses and interface counters are of all that an exporter told: so must be the records beside them.
    const isLimited = (options.limit ?? null) !== null;
    const query = { ...parseReportInput(input), filter: '', duplicates: 'all' as const };
    const { counted, quality, plan } = await countReport(store, query, options, [], async (scope) => ({
      told: await exportersIn(scope),
      // What an interface counted is of all, and the flows of this caller are not.
      passed: await countedInterfaces(scope, isLimited ? [] : scope.view.ledger),
      silences: silencesIn(scope.view.measured, scope.extent),
    }));
    const isNow = query.to === undefined || options.now - query.to < NOW_MS;
    const lines = linesOf(counted, isNow ? options.now : null);
    return {
      report: dataQuality.name,
      title: dataQuality.title,
      data: { exporters: lines },
      tables: [sourcesTable(lines), troublesTable(lines)],
      quality,
      plan,
    };
  },
};

/** What interfaces that count passed by their flows, by exporter. Where none counts no flow is read: there is nothing to set them beside. */
async function countedInterfaces(scope: Scope, ledger: readonly LedgerEntry[]): Promise<CountedInterfaces> {
  if (!ledger.some((entry) => entry.interface !== undefined)) return { seconds: 0, byExporter: new Map() };
  const { seconds, interfaces } = await interfacesIn(scope, ledger);
  return { seconds, byExporter: gathered(interfaces) };
}

interface CountedInterfaces {
  readonly seconds: number;
  readonly byExporter: ReadonlyMap<string, readonly InterfaceLine[]>;
}

/** A node may have hundreds of thousands of interfaces: they are looked through once, not for each exporter. */
function gathered<T extends { readonly exporter: string }>(lines: readonly T[]): ReadonlyMap<string, readonly T[]> {
  const found = new Map<string, T[]>();
  for (const line of lines) {
    const known = found.get(line.exporter);
    if (known === undefined) found.set(line.exporter, [line]);
    else known.push(line);
  }
  return found;
}

interface Counted {
  readonly told: ExportersData;
  readonly passed: CountedInterfaces;
  readonly silences: ReadonlyMap<string, Silences>;
}

/** `nowMs`: null where the range ended before. */
function linesOf({ told, passed, silences }: Counted, nowMs: number | null): DataLine[] {
  const { exporters: streams, node } = told;
  const { seconds, byExporter } = passed;
  const heard = gathered(streams);
  // Of one that was silent all the time nothing was heard.
  const all = new Map([...[...silences.keys()].map((exporter) => [exporter, []] as const), ...heard]);
  const lines = [...all].map(([exporter, of]): DataLine => {
    const counted = countedPercent(byExporter.get(exporter) ?? [], seconds);
    const figures = { ...figuresOf(of, counted, nowMs), silences: silences.get(exporter) ?? null };
    const templates = of.flatMap((s) => s.templates);
    const oldest = templates.length === 0 ? null : Math.min(...templates.map((t) => t.told));
    const rates = of.flatMap(({ min_rate, max_rate }) => [min_rate, max_rate]).filter((rate) => rate !== null);
    return {
      exporter,
      name: of.find(({ name }) => name !== null)?.name ?? null,
      formats: [...new Set(of.flatMap((s) => s.formats))],
      templates: templates.length,
      template_age_s: oldest === null || nowMs === null ? null : Math.max(0, Math.round((nowMs - oldest) / 1000)),
      min_rate: rates.length === 0 ? null : Math.min(...rates),
      max_rate: rates.length === 0 ? null : Math.max(...rates),
      origins: [...new Set(of.flatMap((s) => s.origins))],
      last_seen: lastOf(of),
      ...figures,
      troubles: troublesOf(of, { ...figures, node_drops: node.kernel_drops + node.queue_drops }),
    };
  });
  return lines.sort((a, b) => b.troubles.length - a.troubles.length || b.records - a.records);
}

function figuresOf(
  streams: readonly ExporterLine[],
  counted_percent: number | null,
  nowMs: number | null,
): Omit<ExporterFigures, 'node_drops' | 'silences'> {
  const sum = (of: (s: ExporterLine) => number) => streams.reduce((all, s) => all + of(s), 0);
  const [records, lost] = [sum((s) => Number(s.records)), sum((s) => s.lost)];
  const last = lastOf(streams);
  return {
    lost_percent: percentOf(lost, records + lost, 3),
    clock_corrected: sum((s) => s.clock_corrected),
    records,
    silent_s: last === null || nowMs === null ? null : Math.max(0, Math.round((nowMs - last) / 1000)),
    counted_percent,
  };
}

function lastOf(streams: readonly ExporterLine[]): number | null {
  return streams.reduce<number | null>(
    (last, s) => (s.last_seen === null ? last : Math.max(last ?? 0, s.last_seen)),
    null,
  );
}

/** Bytes of flows beside the octets that the same interfaces counted, as rates: counters cover a part of the range. */
function countedPercent(lines: readonly InterfaceLine[], seconds: number): number | null {
  let [flows, octets] = [0, 0];
  for (const { bytes_in, bytes_out, counted_in, counted_out, counted_seconds } of lines) {
    if (!counted_seconds || seconds === 0) continue;
    flows += (Number(bytes_in) + Number(bytes_out)) / seconds;
    // A counter that stood still all the time is not told.
    octets += ((counted_in ?? 0) + (counted_out ?? 0)) / counted_seconds;
  }
  return octets === 0 ? null : rounded((100 * flows) / octets, 1);
}

const SOURCES = [
  column('exporter', 'exporter', 'address'),
  column('name', 'name', 'text'),
  column('verdict', 'verdict', 'text'),
  column('records', 'records', 'integer', 'records'),
  column('lost_percent', 'lost %', 'number', '%', 3),
  column('sampling', 'sampling', 'text'),
  column('origins', 'rate from', 'text'),
  column('template_age_s', 'template age', 'integer', 's'),
  column('clock_corrected', 'clock corrected', 'integer', 'records'),
  column('counted_percent', 'of counters %', 'number', '%', 1),
  column('last_seen', 'last seen', 'time', 'ms'),
];

function sourcesTable(lines: readonly DataLine[]): ReportTable {
  const rows = lines.map((line) => {
    const rate = line.min_rate === line.max_rate ? `${line.max_rate ?? ''}` : `${line.min_rate}..${line.max_rate}`;
    const verdict = line.troubles.length === 0 ? 'well' : `${line.troubles.length} to look at`;
    const shown: Record<string, unknown> = {
      ...line,
      verdict,
      sampling: rate || null,
      origins: line.origins.join(', ') || null,
    };
    return SOURCES.map((c) => (shown[c.name] ?? null) as JsonValue);
  });
  return { title: 'Exporters and hosts', columns: SOURCES, rows };
}

function troublesTable(lines: readonly DataLine[]): ReportTable {
  return {
    title: 'What to look at',
    columns: [
      column('exporter', 'exporter', 'address'),
      column('what', 'what', 'text'),
      column('cause', 'likely cause', 'text'),
      column('fix', 'what to do', 'text'),
    ],
    rows: lines.flatMap(({ exporter, troubles }) => troubles.map((t) => [exporter, t.what, t.cause, t.fix])),
  };
}
