import { type JsonValue, jsonInteger } from '../../flow/index.ts';
import type { RawValue } from '../../store/index.ts';
import { countGroups, NOTHING } from '../groups.ts';
import type { Figures } from '../metrics.ts';
import { sql } from '../sql.ts';
import { BYTES, DURATION, FLOWS, PACKETS } from '../sums.ts';
import { column, countReport, parseReportInput, type Report, rounded } from './report.ts';

/** What the figures of the summary are made of; times in ms since 1970, null where there are no flows. */
export interface SummaryTotals {
  readonly flows: bigint;
  readonly octets: bigint;
  readonly packets: bigint;
  /** Sum of the flows' times, ms. */
  readonly time: bigint;
  readonly firstReceived: number | null;
  readonly lastReceived: number | null;
  readonly firstStart: number | null;
  readonly lastEnd: number | null;
}

export interface SummaryFigure {
  readonly name: string;
  readonly label: string;
  readonly value: JsonValue;
  readonly unit: string;
}

/**
 * The figures of flow-tools' `flow-report summary` by their own words, in their order. Averages are true ones with four
 * decimals, where flow-tools cut them to whole numbers. (flow) means per time that the flows themselves span, (real) per time
 * in which they were received. What would be a division by zero is null.
 */
export function summaryFigures(t: SummaryTotals): SummaryFigure[] {
  const realSeconds = span(t.firstReceived, t.lastReceived, 1000);
  const dataMs = span(t.firstStart, t.lastEnd, 1);
  const flowSeconds = dataMs === null ? null : dataMs / 1000;
  const kilobits = Number(t.octets) * 0.008;
  const average = (of: bigint, per: bigint) => ratio(Number(of), Number(per));
  const figure = (name: string, label: string, value: JsonValue, unit: string): SummaryFigure => {
    return { name, label, value, unit };
  };
  return [
    figure('flows', 'Total Flows', jsonInteger(t.flows), 'flows'),
    figure('octets', 'Total Octets', jsonInteger(t.octets), 'bytes'),
    figure('packets', 'Total Packets', jsonInteger(t.packets), 'packets'),
    figure('time', 'Total Time (1/1000 secs) (flows)', jsonInteger(t.time), 'ms'),
    figure('real_duration', 'Duration of data (realtime)', realSeconds, 's'),
    figure('data_duration', 'Duration of data (1/1000 secs)', dataMs, 'ms'),
    figure('avg_flow_time', 'Average flow time (1/1000 secs)', average(t.time, t.flows), 'ms'),
    figure('avg_packet_octets', 'Average packet size (octets)', average(t.octets, t.packets), 'bytes'),
    figure('avg_flow_octets', 'Average flow size (octets)', average(t.octets, t.flows), 'bytes'),
    figure('avg_flow_packets', 'Average packets per flow', average(t.packets, t.flows), 'packets'),
    figure('flow_rate', 'Average flows / second (flow)', ratio(Number(t.flows), flowSeconds), 'flows/s'),
    figure('real_rate', 'Average flows / second (real)', ratio(Number(t.flows), realSeconds), 'flows/s'),
    figure('flow_kbps', 'Average Kbits / second (flow)', ratio(kilobits, flowSeconds), 'kbit/s'),
    figure('real_kbps', 'Average Kbits / second (real)', ratio(kilobits, realSeconds), 'kbit/s'),
  ];
}

function span(first: number | null, last: number | null, unit: number): number | null {
  return first === null || last === null ? null : (last - first) / unit;
}

function ratio(of: number, per: number | null): number | null {
  return per === null || per === 0 ? null : rounded(of / per, 4);
}

const SUMS = [FLOWS, BYTES, PACKETS, DURATION];

export const summary: Report<Record<string, JsonValue>> = {
  name: 'summary',
  title: 'Summary',
  meaning: 'totals, averages and rates of all flows of the range',
  texts: { figure: 'words', unit: 'words' },
  async run(store, input, options) {
    const query = parseReportInput(input);
    const { counted, quality, plan } = await countReport(store, query, options, SUMS, async (scope, { sums }) => {
      const extras = [
        sql`min("received")`,
        sql`max("received")`,
        sql`min("time" - greatest("end" - "start", 0))`,
        sql`max("time")`,
      ];
      const [all] = await countGroups(scope.run, scope.source, [], { ...NOTHING, extras }, scope.shape);
      return summaryFigures(totalsOf(sums, all?.extras ?? []));
    });
    const rows = counted.map(({ label, value, unit }) => [label, value, unit]);
    const columns = [
      column('figure', 'Figure', 'text'),
      column('value', 'Value', 'number'),
      column('unit', 'Unit', 'text'),
    ];
    return {
      report: summary.name,
      title: summary.title,
      data: Object.fromEntries(counted.map(({ name, value }) => [name, value])),
      tables: [{ title: summary.title, columns, rows }],
      quality,
      plan,
    };
  },
};

function totalsOf(sums: Figures, times: readonly RawValue[]): SummaryTotals {
  const sum = (name: string) => sums.get(name) ?? 0n;
  const [firstReceived, lastReceived, firstStart, lastEnd] = [0, 1, 2, 3].map((i) => {
    const ms = times[i] ?? null;
    return ms === null ? null : Number(ms);
  }) as [number | null, number | null, number | null, number | null];
  const totals = { flows: sum('flows'), octets: sum('bytes'), packets: sum('packets'), time: sum('duration') };
  return { ...totals, firstReceived, lastReceived, firstStart, lastEnd };
}
