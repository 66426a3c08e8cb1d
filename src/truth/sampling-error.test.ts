import { DuckDBInstance } from '@duckdb/node-api';
import { describe, expect, it } from 'vitest';
import {
  bytesVariance,
  FLOWS,
  flowsVariance,
  furtherFlows,
  halfWidth95,
  packetsVariance,
  RECORDS,
  SAMPLING_ERROR_SQL,
  SHED,
  shedVariance,
} from './index.ts';

/** Numerical Recipes' 64-bit generator would need BigInt; this is mulberry32: the same numbers in every run. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

interface Population {
  /** Packets of the smallest and the largest size only: there the bound on bytes is all but equal to the variance. */
  readonly tight?: true;
  readonly packetsPerFlow: number;
  readonly flows: number;
  size(random: () => number, packet: number): number;
}

const N = 100;
const REPETITIONS = 2000;

/** Of `REPETITIONS` samples 1 in N, the share whose 95 % interval holds the true totals. */
function coverage({ packetsPerFlow, flows, size }: Population, seed: number): { packets: number; bytes: number } {
  const random = seeded(seed);
  const sizes = Array.from({ length: flows }, () =>
    Float64Array.from({ length: packetsPerFlow }, (_, i) => size(random, i)),
  );
  const trueBytes = sizes.reduce((sum, flow) => sum + flow.reduce((s, y) => s + y, 0), 0);
  const truePackets = flows * packetsPerFlow;
  let packetsHeld = 0;
  let bytesHeld = 0;
  for (let repetition = 0; repetition < REPETITIONS; repetition++) {
    let packets = 0;
    let bytes = 0;
    let packetsV = 0;
    let bytesV = 0;
    for (const flow of sizes) {
      let n = 0;
      let sum = 0;
      // The distance to the next sampled packet is geometric: the same as one draw per packet, and a hundredth of the draws.
      for (let i = skip(random); i < flow.length; i += 1 + skip(random)) {
        n++;
        sum += flow[i]!;
      }
      if (n === 0) continue;
      packets += n * N;
      bytes += sum * N;
      packetsV += packetsVariance(n, N);
      bytesV += bytesVariance(sum, n, N);
    }
    if (Math.abs(packets - truePackets) <= halfWidth95(packetsV)) packetsHeld++;
    if (Math.abs(bytes - trueBytes) <= halfWidth95(bytesV)) bytesHeld++;
  }
  return { packets: packetsHeld / REPETITIONS, bytes: bytesHeld / REPETITIONS };
}

function skip(random: () => number): number {
  return Math.floor(Math.log(1 - random()) / Math.log(1 - 1 / N));
}

const populations: [string, Population][] = [
  [
    'few long flows of full packets and acknowledgements',
    { tight: true, packetsPerFlow: 20_000, flows: 5, size: (r) => (r() < 0.5 ? 1500 : 40) },
  ],
  ['flows of medium packets', { packetsPerFlow: 1_000, flows: 100, size: (r) => 200 + 600 * r() }],
  ['many short flows', { packetsPerFlow: 10, flows: 10_000, size: (r, i) => (i < 3 ? 60 : 40 + 1460 * r()) }],
];

describe('95 % error of totals sampled 1 in 100', () => {
  it.each(populations)(
    '%s: the interval holds the truth',
    (_, population) => {
      const { packets, bytes } = coverage(population, 7);
      expect(packets).toBeGreaterThanOrEqual(0.93);
      expect(packets).toBeLessThanOrEqual(0.97);
      // Of 2000 repetitions a true 95 % shows 94 to 96: only where the bound has slack can 95 be asked for.
      expect(bytes).toBeGreaterThanOrEqual(population.tight ? 0.935 : 0.95);
    },
    60_000,
  );

  it('is the rule 196 sqrt(1/c) % for large N', () => {
    const c = 10_000;
    const relative = halfWidth95(packetsVariance(c, 4096)) / (c * 4096);
    expect(relative).toBeCloseTo(1.96 * Math.sqrt(1 / c), 5);
  });

  it.each([
    ['equal packets of one size in range', 10 * 700, 10, 10 * 700 ** 2],
    ['half smallest, half largest: the worst case', 5 * 20 + 5 * 1500, 10, 5 * 20 ** 2 + 5 * 1500 ** 2],
    ['one packet', 64, 1, 64 ** 2],
    ['jumbo frames', 4 * 9000, 4, 4 * 9000 ** 2],
    ['offloaded packets', 3 * 64_000, 3, 3 * 64_000 ** 2],
    ['octets of no packet', 100, 0, 100 ** 2],
    ['packets below the header size', 3 * 10, 3, 3 * 10 ** 2],
    ['nothing', 0, 0, 0],
  ])('%s: the bound is not below the sum of squares', (_, bytes, packets, squares) => {
    expect(bytesVariance(bytes, packets, 10)).toBeGreaterThanOrEqual(90 * squares * (1 - 1e-12));
  });

  it('records kept 1 in 8: the interval holds the truth', () => {
    const random = seeded(11);
    const totals = Float64Array.from({ length: 3_000 }, () => Math.floor(10 ** (1 + 4 * random())));
    const truth = totals.reduce((sum, y) => sum + y, 0);
    let held = 0;
    for (let repetition = 0; repetition < REPETITIONS; repetition++) {
      let estimate = 0;
      let variance = 0;
      for (const y of totals) {
        if (random() >= 1 / 8) continue;
        estimate += 8 * y;
        variance += shedVariance(y, 8);
      }
      if (Math.abs(estimate - truth) <= halfWidth95(variance)) held++;
    }
    expect(held / REPETITIONS).toBeGreaterThanOrEqual(0.93);
    expect(held / REPETITIONS).toBeLessThanOrEqual(0.97);
  });

  it('nothing sampled has no error', () => {
    expect([
      bytesVariance(1e9, 1e6, 1),
      packetsVariance(1e6, 1),
      bytesVariance(1, 1, 0),
      shedVariance(9, 1),
      halfWidth95(0),
    ]).toEqual([0, 0, 0, 0, 0]);
  });
});

describe('SAMPLING_ERROR_SQL', () => {
  it('is what the functions compute, also over UBIGINT columns and over no rows', async () => {
    const random = seeded(3);
    const rows = Array.from({ length: 500 }, (_, i) => {
      const packets = Math.floor(random() * 20);
      const mean = [5, 60, 700, 1499, 1501, 9216, 9300, 65_535, 80_000][i % 9]!;
      return {
        packets,
        bytes: Math.floor(Math.max(1, packets) * mean),
        sampling: [0, 1, 2, 100, 65_536][i % 5]!,
        origin: i % 8,
        continued: i % 3,
      };
    });
    const db = await (await DuckDBInstance.create()).connect();
    await db.run(
      'CREATE TABLE flows (raw_bytes UBIGINT, raw_packets UBIGINT, sampling UINTEGER, sampling_origin UTINYINT, continued UTINYINT)',
    );
    await db.run(
      `INSERT INTO flows VALUES ${rows.map((r) => `(${r.bytes}, ${r.packets}, ${r.sampling}, ${r.origin}, ${r.continued})`).join(',')}`,
    );
    const read = async (where: string) => {
      const sql = `SELECT ${SAMPLING_ERROR_SQL.packets} p, ${SAMPLING_ERROR_SQL.bytes} b, ${SAMPLING_ERROR_SQL.flows} f FROM flows WHERE ${where}`;
      return (await db.runAndReadAll(sql)).getRowObjects()[0] as { p: number; b: number; f: number | null };
    };
    const { p, b, f } = await read('true');
    const sum = (f: (r: (typeof rows)[number]) => number) => rows.reduce((total, r) => total + f(r), 0);
    const variance = (r: (typeof rows)[number], total: number, ofPackets: number) => {
      if (r.origin === FLOWS) return flowsVariance(total, r.sampling);
      return r.origin === SHED || r.origin === RECORDS ? shedVariance(total, r.sampling) : ofPackets;
    };
    const packets = (r: (typeof rows)[number]) => variance(r, r.packets, packetsVariance(r.packets, r.sampling));
    const bytes = (r: (typeof rows)[number]) => variance(r, r.bytes, bytesVariance(r.bytes, r.packets, r.sampling));
    expect(p / sum(packets)).toBeCloseTo(1, 9);
    expect(b / sum(bytes)).toBeCloseTo(1, 9);
    const flows = (r: (typeof rows)[number]) =>
      r.continued === 2 ? 0 : furtherFlows(r.origin, r.sampling) * r.sampling * (r.origin === FLOWS ? 2 : 1);
    expect(f! / sum(flows)).toBeCloseTo(1, 9);
    expect(await read('false')).toEqual({ p: 0, b: 0, f: null });
    expect(await read('sampling <= 1')).toEqual({ p: 0, b: 0, f: null });
    expect((await read(`sampling_origin = ${SHED}`)).f).toBeNull();
    db.closeSync();
  });
});
