import { sleep, weirJson } from '../node.testing.ts';

/** What a node says of one exporter, all its domains together. */
export interface ExporterView {
  readonly domains: readonly number[];
  readonly records: number;
  readonly bytes: number;
  readonly packets: number;
  readonly rawBytes: number;
  readonly rawPackets: number;
  readonly lost: number;
  readonly errors: Readonly<Record<string, number>>;
  readonly origins: readonly string[];
  readonly rates: readonly [least: number, greatest: number];
  /** Records whose end lay outside of the allowed skew of their receipt. */
  readonly clockCorrected: number;
}

interface QueryAnswer {
  readonly columns: readonly { readonly name: string }[];
  readonly rows: readonly (readonly (string | number)[])[];
}

interface ExportersAnswer {
  readonly data: {
    readonly exporters: readonly {
      readonly exporter: string;
      readonly lost: number;
      readonly errors: Record<string, number>;
      readonly origins: string[];
      /** null where no record has come. */
      readonly min_rate: number | null;
      readonly max_rate: number | null;
      readonly clock_corrected: number;
    }[];
  };
}

const METRICS = ['records', 'bytes', 'packets', 'raw_bytes', 'raw_packets'] as const;
const ASK_EVERY_MS = 500;

async function ask(data: string): Promise<{ query: QueryAnswer; report: ExportersAnswer }> {
  const by = ['--by', 'exporter,domain', '--metrics', METRICS.join(','), '--top', '1000'];
  const query = await weirJson<QueryAnswer>('query', '--data', data, ...by, '--from', 'all');
  const report = await weirJson<ExportersAnswer>('report', 'exporters', '--data', data);
  return { query, report };
}

function viewOf(exporter: string, { query, report }: Awaited<ReturnType<typeof ask>>): ExporterView {
  const at = (name: string) => query.columns.findIndex((column) => column.name === name);
  const rows = query.rows.filter((row) => row[at('exporter')] === exporter);
  const streams = report.data.exporters.filter((stream) => stream.exporter === exporter);
  const sum = (name: (typeof METRICS)[number]) => rows.reduce((total, row) => total + Number(row[at(name)]), 0);
  const errors: Record<string, number> = {};
  for (const stream of streams) {
    for (const [cause, count] of Object.entries(stream.errors)) errors[cause] = (errors[cause] ?? 0) + count;
  }
  return {
    domains: rows.map((row) => Number(row[at('domain')])).sort((a, b) => a - b),
    records: sum('records'),
    bytes: sum('bytes'),
    packets: sum('packets'),
    rawBytes: sum('raw_bytes'),
    rawPackets: sum('raw_packets'),
    lost: streams.reduce((total, stream) => total + stream.lost, 0),
    errors,
    origins: [...new Set(streams.flatMap((stream) => stream.origins))].sort(),
    rates: [
      Math.min(...streams.flatMap(({ min_rate }) => min_rate ?? [])),
      Math.max(...streams.flatMap(({ max_rate }) => max_rate ?? [])),
    ],
    clockCorrected: streams.reduce((total, stream) => total + stream.clock_corrected, 0),
  };
}

/** Asks a node through its command line; tests that run at the same time share an answer. */
export function watchNode(data: string) {
  let answer: ReturnType<typeof ask> | null = null;
  const fresh = () => {
    if (!answer) {
      answer = ask(data);
      void answer.catch(() => undefined).then(() => setTimeout(() => (answer = null), ASK_EVERY_MS));
    }
    return answer;
  };
  return {
    /** The view of an exporter when it has at least so many records, or what it has after `timeoutMs`. */
    async of(exporter: string, records: number, timeoutMs = 8_000): Promise<ExporterView> {
      const end = Date.now() + timeoutMs;
      for (;;) {
        const view = viewOf(exporter, await fresh());
        if (view.records >= records || Date.now() > end) return view;
        await sleep(ASK_EVERY_MS);
      }
    },
  };
}

/** The 95 % error of the totals of one exporter, as the node states it. */
export async function statedError(data: string, exporter: string): Promise<{ bytes: number; packets: number }> {
  const answer = await weirJson<{
    quality: { sampling: { error95: { [metric in 'bytes' | 'packets']?: { half_width: number } } } };
  }>(...['query', `exporter = ${exporter}`, '--data', data, '--metrics', 'bytes,packets', '--from', 'all']);
  const { bytes, packets } = answer.quality.sampling.error95;
  return { bytes: bytes?.half_width ?? 0, packets: packets?.half_width ?? 0 };
}
