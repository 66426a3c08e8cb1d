import { expect } from 'vitest';
import { ManualClock } from '../base/index.ts';
import { rounds } from '../base/rounds.testing.ts';
import type { FlowBatch } from '../flow/index.ts';
import { CUBES, type DuckReader, LocalStore } from '../store/index.ts';
import { mixedBatch, seeded } from '../store/rollup/history.testing.ts';
import { put, readerOf, storeOptions, T0, tempRoot } from '../store/store.testing.ts';
import { type QueryAnswer, type QueryInput, runQuery } from './index.ts';

const HOUR = 3_600_000;
/** In two files that run side by side, every second one each; thousands where history was changed, by WEIR_QUESTIONS. */
export const QUESTIONS = Number(process.env.WEIR_QUESTIONS ?? rounds(120, 1_000));

type Random = () => number;
const below = (random: Random, n: number) => Math.floor(random() * n);
const oneOf = <T>(random: Random, of: readonly T[]): T => of[below(random, of.length)]!;
const some = <T>(random: Random, of: readonly T[], share: number): T[] => of.filter(() => random() < share);

export interface Filled {
  readonly name: string;
  readonly reader: DuckReader;
  readonly range: { readonly from: number; readonly to: number };
  close(): Promise<void>;
}

/** Rows that history has, rows that came late to it, rows at rest that are in no roll-up yet, and rows in memory. */
async function filled(
  name: string,
  batches: (random: Random) => FlowBatch[][],
  range: Filled['range'],
): Promise<Filled> {
  const temp = tempRoot();
  const clock = new ManualClock(range.to);
  const store = await LocalStore.open(storeOptions(temp.root, clock));
  const [rolled, late, fresh, hot] = batches(seeded(7)) as [FlowBatch[], FlowBatch[], FlowBatch[], FlowBatch[]];
  const write = async (some: readonly FlowBatch[]) => {
    for (const batch of some) put(store, batch, range.to);
    await store.flush();
  };
  await write(rolled);
  await store.makeHistory();
  clock.advance(HOUR);
  await store.makeHistory();
  await write(late);
  await store.makeHistory();
  await write(fresh);
  for (const batch of hot) put(store, batch, range.to);
  const reader = await readerOf(store);
  const close = async () => {
    await reader.close();
    await store.close();
    temp.remove();
  };
  return { name, reader, range, close };
}

/** A rate that is not known is 1 in records that are honest. */
function honest(batch: FlowBatch): FlowBatch {
  for (let i = 0; i < batch.rows; i++) if (batch.u8('sampling_origin')[i] === 0) batch.u32('sampling')[i] = 1;
  return batch;
}

/** So many keys in a few minutes that cubes have to leave most of them out. */
function crowd(rows: number, at: number, random: Random): FlowBatch {
  const batch = honest(mixedBatch(rows, { from: at, to: at + 180_000 }, random));
  for (let i = 0; i < rows; i++) {
    const many = () => Math.floor(3_000 * random() ** 3);
    batch.u32('src_as')[i] = many();
    batch.u32('dst_as')[i] = many() % 40;
    batch.u16('dst_port')[i] = 0;
    batch.u16('src_port')[i] = 1 + many();
  }
  return batch;
}

const wide = (rows: number, from: number, to: number) => (random: Random) =>
  honest(mixedBatch(rows, { from, to }, random));

/** Days of few keys: bounds are those of peaks alone, where late rows are. */
export function quietDays(): Promise<Filled> {
  return filled(
    'days of few keys',
    (random) => [
      // Hours of traffic with quiet ones between them: the work of an hour is the same however little it holds.
      [60, 42, 30, 9, 2].map((h) => wide(1_600, T0 - h * HOUR, T0 - (h - 1.5) * HOUR)(random)),
      [wide(300, T0 - 42 * HOUR, T0 - 40 * HOUR)(random), wide(200, T0 - 9 * HOUR, T0 - 8 * HOUR)(random)],
      [wide(300, T0 - 3 * HOUR, T0)(random)],
      [wide(200, T0 - 600_000, T0)(random), wide(20, T0 - 30 * HOUR, T0 - 29 * HOUR)(random)],
    ],
    { from: T0 - 60 * HOUR, to: T0 },
  );
}

/** Minutes of so many keys that most answers about them have bounds. */
export function crowdedMinutes(): Promise<Filled> {
  return filled(
    'minutes of too many keys',
    (random) => [
      [
        crowd(9_000, T0 - 5 * HOUR, random),
        crowd(9_000, T0 - 2 * HOUR, random),
        wide(1_000, T0 - 5 * HOUR, T0 - 4 * HOUR)(random),
      ],
      [crowd(2_000, T0 - 2 * HOUR, random)],
      [crowd(1_000, T0 - 5 * HOUR + 60_000, random)],
      [wide(200, T0 - 600_000, T0)(random)],
    ],
    { from: T0 - 6 * HOUR, to: T0 },
  );
}

const FILTERS: Readonly<Record<string, readonly string[]>> = {
  protocol: ['proto tcp', 'not proto udp', 'protocol in [6 1]'],
  src_as: ['src as 64500', 'src_as in [1 2 64501]', 'src_as < 40', 'src_as = 3'],
  dst_as: ['dst as 64502', 'dst_as = 5', 'dst_as != 7'],
  service_port: ['service_port = 443', 'service_port in [53 22]', 'service_port < 100'],
  site: ['site = "berlin"', 'not site = "lima"'],
  src_site: ['src_site = "oslo"'],
  direction: ['direction = "in"', 'direction in ["in" "out"]'],
  exporter: ['exporter = 192.0.2.1'],
  in_if: ['in_if = 2', 'in_if > 0'],
  application: ['application = "dns"', 'application like "s%"'],
  subnet: ['subnet = 10.0.3.0'],
};
const METRICS = [
  ...['bytes', 'packets', 'flows', 'records', 'raw_bytes', 'raw_packets', 'bps', 'pps', 'fps'],
  ...['avg_packet', 'avg_flow', 'avg_packets', 'p95(bytes)', 'p50(bps)', 'peak_bytes', 'peak_flows', 'peak_pps'],
];
const MEANS = new Set(['avg_packet', 'avg_flow', 'avg_packets']);

function question(random: Random, { range }: Filled): QueryInput {
  if (random() < 0.1) return hostsQuestion(random, range);
  const cube = oneOf(
    random,
    CUBES.filter((c) => c.name !== 'category' && c.name !== 'user' && c.name !== 'process'),
  );
  const by = some(random, cube.keys, 0.7);
  const filter = some(random, cube.keys, 0.4).flatMap((k) => (FILTERS[k] ? [oneOf(random, FILTERS[k])] : []));
  const every = oneOf(random, [undefined, undefined, undefined, 60_000, 300_000, 420_000, HOUR, 2 * HOUR]);
  const some_ = some(random, METRICS, 0.3).filter((m) => every === undefined || !m.includes('('));
  const metrics = some_.length > 0 ? some_ : ['bytes', 'flows'];
  const at = () => Math.floor(range.from + random() * (range.to - range.from));
  const [a, b] = [at(), at()];
  const whole = random() < 0.3;
  const step = whole ? HOUR : 1;
  const from = Math.floor(Math.min(a, b) / step) * step;
  const to = Math.max(from + (every ?? 60_000), Math.ceil(Math.max(a, b) / step) * step);
  return {
    by,
    metrics: metrics as [string, ...string[]],
    filter: filter.join(' and '),
    from,
    to,
    limit: oneOf(random, [1, 3, 20, 1_000]),
    ...(every ? { every } : {}),
    ...(random() < 0.3
      ? {
          order: `${random() < 0.3 ? '-' : ''}${oneOf(
            random,
            METRICS.filter((m) => !m.includes('(')),
          )}`,
        }
      : {}),
    ...(random() < 0.1 ? { having: 'bytes > 1000k or flows >= 3' } : {}),
    ...(random() < 0.15 ? { previous: oneOf(random, [HOUR, 300_000, 90_000, 12 * HOUR]) } : {}),
  };
}

/** Hosts out and in, in the whole network or by site. */
function hostsQuestion(random: Random, range: Filled['range']): QueryInput {
  const every = oneOf(random, [undefined, 300_000 * 12, 6 * HOUR]);
  const from = range.from + below(random, range.to - range.from - HOUR);
  const hosts = ['hosts_out', 'hosts_in'];
  const bySite = random() < 0.5;
  return {
    by: bySite ? ['site'] : [],
    // Hosts that order rows are counted from records; one row is in no order.
    metrics: bySite || random() < 0.5 ? ['bytes', ...hosts] : hosts,
    filter: '',
    from,
    to: from + HOUR + below(random, range.to - from - HOUR),
    limit: 20,
    ...(every ? { every } : {}),
  };
}

/** Thrown and not expected: a comparison is made a few hundred thousand times. */
function refuse(what: string): never {
  throw new Error(what);
}

function near(actual: unknown, expected: unknown, what: string): void {
  // Sketches are within 1.6 % in 95 of 100 cases; here all are looked at.
  const most = what.startsWith('hosts_') ? 0.04 : 1e-9;
  const close = Math.abs(Number(actual) - Number(expected)) <= Math.abs(Number(expected)) * most;
  if ((actual === null) !== (expected === null) || !close) refuse(`${what}: ${actual} for ${expected}`);
}

/** The value may be too small by the bound, a mean too large as well. */
function within(actual: unknown, expected: unknown, bound: number | undefined, metric: string): void {
  // A mean whose divisor is 0 as far as is known is not said.
  if (actual === null && MEANS.has(metric)) return;
  const [shown, truth] = [Number(actual ?? 0), Number(expected ?? 0)];
  const slack = Math.abs(truth) * 1e-9 + 1e-9;
  const least = MEANS.has(metric) ? shown - (bound ?? 0) : shown;
  if (truth > shown + (bound ?? 0) + slack || truth < least - slack)
    refuse(`${metric}: ${shown}, at most ${bound} more, and the truth is ${truth}`);
}

const keyOf = (query: QueryInput, row: readonly unknown[]) =>
  JSON.stringify(row.slice(0, (query.every ? 1 : 0) + query.by!.length));

function sameAnswer(query: QueryInput, history: QueryAnswer, raw: QueryAnswer): void {
  const keys = history.columns.length - query.metrics!.length;
  expect(history.rows.map((r) => r.slice(0, keys))).toEqual(raw.rows.map((r) => r.slice(0, keys)));
  history.rows.forEach((row, i) => {
    for (const [j, m] of query.metrics!.entries()) near(row[keys + j], raw.rows[i]![keys + j], m);
  });
  sameFigures(history.total, raw.total);
  expect(history.other === null).toBe(raw.other === null);
  if (history.other && raw.other) sameFigures(history.other, raw.other);
  expect(history.buckets?.map((b) => b.time)).toEqual(raw.buckets?.map((b) => b.time));
  history.buckets?.forEach((b, i) => {
    sameFigures(b.total, raw.buckets![i]!.total);
  });
  if (raw.previous) samePrevious(query, history.previous!, raw.previous);
  if (history.errors && raw.errors) expect(history.errors.length).toBe(raw.errors.length);
  history.errors?.forEach((of, i) => {
    for (const [m, width] of Object.entries(of))
      if (!m.startsWith('hosts_')) near(width, raw.errors![i]![m], `error of ${m}`);
  });
  for (const share of ['sampled_share', 'known_share', 'min_rate', 'max_rate'] as const)
    near(history.quality.sampling[share], raw.quality.sampling[share], share);
  expect([...history.quality.sampling.origins].sort()).toEqual([...raw.quality.sampling.origins].sort());
  expect(history.quality.flows).toEqual(raw.quality.flows);
}

type Previous = NonNullable<QueryAnswer['previous']>;

/** The range before may have a bound where the range itself has none. */
function samePrevious(query: QueryInput, history: Previous, raw: Previous): void {
  const { bounds } = history;
  if (!bounds) sameFigures(history.total, raw.total);
  else for (const m of query.metrics!) within(history.total[m], raw.total[m], bounds.total[m], m);
  history.rows.forEach((row, i) => {
    for (const [j, m] of query.metrics!.entries()) {
      if (!bounds) near(row[j], raw.rows[i]![j], `previous ${m}`);
      // Of points of a series it is not said.
      else if (!query.every) within(row[j], raw.rows[i]![j], bounds.rows[i]![m], `previous ${m}`);
    }
  });
}

function sameFigures(actual: Readonly<Record<string, unknown>>, expected: Readonly<Record<string, unknown>>): void {
  for (const [name, value] of Object.entries(expected)) near(actual[name], value, name);
}

function boundedAnswer(query: QueryInput, history: QueryAnswer, raw: QueryAnswer): void {
  const { bounds } = history;
  const keys = history.columns.length - query.metrics!.length;
  const truth = new Map(raw.rows.map((row) => [keyOf(query, row), row]));
  history.rows.forEach((row, i) => {
    const of = truth.get(keyOf(query, row));
    expect(of, `key ${keyOf(query, row)}`).toBeDefined();
    for (const [j, m] of query.metrics!.entries()) within(row[keys + j], of![keys + j], bounds!.rows[i]![m], m);
  });
  for (const m of query.metrics!) within(history.total[m], raw.total[m], bounds!.total[m], m);
  if (query.every || query.having || history.rows.length >= query.limit!) return;
  // All keys that history has are shown: the others may have had no more than this.
  const shown = new Set(history.rows.map((row) => keyOf(query, row)));
  for (const [key, row] of truth) {
    if (shown.has(key)) continue;
    for (const [j, m] of query.metrics!.entries())
      if (!MEANS.has(m)) within(0, row[keys + j], bounds!.unshown[m], `hidden ${m}`);
  }
}

/** What was seen of the answers. */
interface Seen {
  readonly exact: number;
  readonly bounded: number;
  readonly levels: ReadonlyMap<string, number>;
}

/** Asks questions of history and of the records behind it: answers are equal, or within the bound that is stated. `first`: the number of the first of them. */
export async function compareAnswers(store: Filled, first: number): Promise<Seen> {
  const seen = { exact: 0, bounded: 0, levels: new Map<string, number>() };
  for (let i = first; i < QUESTIONS; i += 2) {
    const random = seeded(1_000 + i);
    const query = question(random, store);
    const options = { now: T0, timeoutMs: 60_000 };
    const history = await runQuery(store.reader, query, {
      ...options,
      force: oneOf(random, ['history', 'coarsest']),
    });
    const bounded = history.bounds !== undefined;
    const asked = bounded ? { ...query, limit: 100_000, having: '' } : query;
    const raw = await runQuery(store.reader, asked, { ...options, force: 'raw' });
    expect(raw.plan.level).toBe('raw');
    seen[bounded ? 'bounded' : 'exact']++;
    seen.levels.set(history.plan.level, 1 + (seen.levels.get(history.plan.level) ?? 0));
    try {
      if (bounded) boundedAnswer(query, history, raw);
      else sameAnswer(query, history, raw);
    } catch (error) {
      const text = `question ${i} of ${store.name}: ${JSON.stringify(query)}, ${history.plan.reason}`;
      throw new Error(`${text}: ${(error as Error).message}`, { cause: error });
    }
  }
  return seen;
}
