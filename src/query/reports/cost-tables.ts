import type { JsonValue } from '../../flow/index.ts';
import type { CostData, WorstAndMean } from './cost-figures.ts';
import { column, type ReportTable, rounded } from './report.ts';

/** IPv4 and TCP without options. */
const PACKET_HEADERS = 40;

/** Figures of Cooke and others, USENIX 2006: an enterprise's remote office in 8 days. 4.5 MB in 300 s are 15 kB/s; the 12 kB/s beside it in print are a slip. */
const PUBLISHED = [
  { what: 'disk, worst 300 s', unit: 'bytes', value: 4_500_000 },
  { what: 'disk, worst 300 s, a second', unit: 'bytes/s', value: 15_000 },
  { what: 'disk, a week, worst', unit: 'bytes', value: 1_500_000_000 },
  { what: 'disk, a week, mean', unit: 'bytes', value: 64_000 },
  { what: 'memory, worst', unit: 'bytes', value: 2_000_000 },
  { what: 'memory, mean', unit: 'bytes', value: 25_000 },
  { what: 'packets a second, worst', unit: 'packets/s', value: 18_000 },
  { what: 'packets a second, mean', unit: 'packets/s', value: 35 },
] as const;

/** Nothing is to be compared where there is no end system. */
export function costTables(data: CostData): ReportTable[] {
  const empty = data.end_systems === 0;
  return [
    recordsTable(data),
    ratesTable(data),
    memoryTable(data),
    headersTable(data),
    ...(empty ? [] : [publishedTable(data)]),
  ];
}

function times(figure: number | null, by: number | null): number | null {
  return figure === null || by === null ? null : Math.round(figure * by);
}

/** Sizes of a record, by name; that of the store where there is one. */
function recordSizes({ record_bytes: { netflow5, stored } }: CostData): (readonly [string, number])[] {
  return [['NetFlow v5', netflow5], ...(stored === null ? [] : [['as stored', stored] as const])];
}

function recordsTable(data: CostData): ReportTable {
  const columns = [
    column('period', 'period s'),
    column('record', 'record', 'text'),
    column('worst', 'records worst'),
    column('mean', 'mean', 'number', null, 3),
    column('disk_worst', 'disk worst', 'number', 'bytes/s'),
    column('disk_mean', 'mean', 'number', 'bytes/s'),
    column('week_worst', 'week worst', 'integer', 'bytes'),
    column('week_mean', 'mean', 'integer', 'bytes'),
  ];
  const rows = recordSizes(data).flatMap(([name, bytes]) =>
    data.periods.map(({ seconds, worst, mean, week }): JsonValue[] => {
      const rate = (records: number | null) => rounded(records === null ? null : (records * bytes) / seconds, 3);
      return [
        seconds,
        name,
        worst,
        rounded(mean, 3),
        rate(worst),
        rate(mean),
        times(week.worst, bytes),
        times(week.mean, bytes),
      ];
    }),
  );
  const whose =
    data.end_systems_are === 'home' ? 'addresses at home' : 'all addresses, as no record says what is at home';
  const title = `Records that an end system writes in an export period, of ${data.end_systems} (${whose}); a week as the range was`;
  return { title, columns, rows };
}

const figureCells = ({ worst, mean, worst_end_system }: WorstAndMean): JsonValue[] => [
  rounded(worst, 3),
  rounded(mean, 3),
  worst_end_system,
];

function ratesTable({ flows_per_second, packets_per_second }: CostData): ReportTable {
  const columns = [
    column('what', 'a second', 'text'),
    column('worst', 'worst', 'number'),
    column('mean', 'mean', 'number', null, 3),
    column('worst_end_system', 'worst end system', 'address'),
  ];
  const rows = [
    ['flows', ...figureCells(flows_per_second)],
    ['packets', ...figureCells(packets_per_second)],
  ];
  return { title: 'Flows and packets that an end system sees', columns, rows };
}

/** Bytes of a flow in memory, by what holds it. */
function flowSizes({ flow_bytes: { allowed, meter } }: CostData): (readonly [string, number])[] {
  return [
    ['as published', allowed],
    ["Weir's meter", meter],
  ];
}

function memoryTable(data: CostData): ReportTable {
  const { worst, mean, worst_end_system } = data.held_flows;
  const columns = [
    column('flow', 'flow', 'text'),
    column('flow_bytes', 'bytes', 'integer'),
    column('worst', 'flows worst'),
    column('mean', 'mean', 'number', null, 3),
    column('memory_worst', 'memory worst', 'integer', 'bytes'),
    column('memory_mean', 'mean', 'integer', 'bytes'),
    column('worst_end_system', 'worst end system', 'address'),
  ];
  const rows = flowSizes(data).map(([name, bytes]) => [
    name,
    bytes,
    worst,
    rounded(mean, 3),
    times(worst, bytes),
    times(mean, bytes),
    worst_end_system,
  ]);
  return { title: 'Flows that an end system holds until they are idle for 90 s', columns, rows };
}

function headersTable(data: CostData): ReportTable {
  const { records, packets } = data.total;
  const headers = Number(packets ?? 0) * PACKET_HEADERS;
  const columns = [
    column('what', 'what is stored', 'text'),
    column('count', 'count'),
    column('each', 'bytes each', 'number'),
    column('bytes', 'bytes', 'integer', 'bytes'),
    column('percent', '%', 'number', '%', 3),
  ];
  const row = (what: string, count: JsonValue, each: number): JsonValue[] => {
    const bytes = Math.round(Number(count ?? 0) * each);
    return [what, count, each, bytes, headers === 0 ? null : rounded((100 * bytes) / headers, 3)];
  };
  const rows = [
    row('headers of every packet', packets ?? 0, PACKET_HEADERS),
    ...recordSizes(data).map(([name, bytes]) => row(`records, ${name}`, records ?? 0, bytes)),
  ];
  return { title: 'Flow records against packet headers, of all traffic', columns, rows };
}

/** `here` counts as the publication does, `really` with what records of this store take. */
function publishedTable(data: CostData): ReportTable {
  const five = data.periods.find((p) => p.seconds === 300)!;
  const { netflow5, stored } = data.record_bytes;
  const disk = (bytes: number | null) => [
    times(five.worst, bytes),
    rounded(five.worst === null || bytes === null ? null : (five.worst * bytes) / five.seconds, 1),
    times(five.week.worst, bytes),
    times(five.week.mean, bytes),
  ];
  const memory = (bytes: number | null) => [times(data.held_flows.worst, bytes), times(data.held_flows.mean, bytes)];
  const packets = [rounded(data.packets_per_second.worst, 1), rounded(data.packets_per_second.mean, 1)];
  const here = [...disk(netflow5), ...memory(data.flow_bytes.allowed), ...packets];
  const really = [...disk(stored), ...memory(data.flow_bytes.meter), ...packets];
  return {
    title: 'Beside the published network (Cooke and others 2006: remote office, 8 days)',
    columns: [
      column('what', 'of an end system', 'text'),
      column('unit', 'unit', 'text'),
      column('published', 'published', 'number'),
      column('here', 'here', 'number'),
      column('really', 'here, really', 'number'),
    ],
    rows: PUBLISHED.map(({ what, unit, value }, i) => [what, unit, value, here[i] ?? null, really[i] ?? null]),
  };
}
