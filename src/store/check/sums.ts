import { join } from 'node:path';
import type { Duck } from '../duck.ts';
import { DAY_MS, HOUR_MS, type Layout } from '../layout.ts';
import type { RollupEntry, SegmentEntry } from '../manifest.ts';
import type { RawValue } from '../reader.ts';
import { literal, relationSql } from '../relation.ts';
import { CUBES, HOSTS_ID, LEVELS } from '../rollup/cubes.ts';
import { ANY_RECORDS, recordsSql } from '../rollup/history-sql.ts';

/** What must be equal wherever the same records are added up. */
const FIGURES = ['records', 'bytes', 'packets'] as const;
export type Sums = readonly [records: bigint, bytes: bigint, packets: bigint];
export const NOTHING: Sums = [0n, 0n, 0n];

const SELECT = FIGURES.map((name) => `sum(${name})`).join(', ');
const TIMEOUT_MS = 600_000;
const TOTAL = CUBES[0]!;
const ALL = { from: 0, to: Number.MAX_SAFE_INTEGER };

export function plus(a: Sums, b: Sums): Sums {
  return [a[0] + b[0], a[1] + b[1], a[2] + b[2]];
}

/** Null when they are equal, else by how much `a` is more or less: `12 records less, 40 bytes more`. */
export function difference(a: Sums, b: Sums): string | null {
  const parts = FIGURES.flatMap((name, i) => {
    const d = a[i]! - b[i]!;
    return d === 0n ? [] : [`${d < 0n ? -d : d} ${name} ${d < 0n ? 'less' : 'more'}`];
  });
  return parts.length > 0 ? parts.join(', ') : null;
}

/** Sums of a segment's records by hour: of those that roll-ups are to have, and how many rows the file has in all. */
export async function segmentSums(
  duck: Duck,
  layout: Layout,
  segment: SegmentEntry,
): Promise<{ rows: number; rolled: Map<number, Sums> }> {
  const until = segment.rolled ? ALL.to : (segment.rolledBefore ?? 0);
  const relation = relationSql([segment], ({ file }) => join(layout.segments, file), null);
  const counted = await duck.run(`SELECT count(*) FROM ${relation}`, [], { timeoutMs: TIMEOUT_MS });
  const sql = `SELECT time - time % ${HOUR_MS} AS hour, time < ${until} AS rolled, ${SELECT} FROM (${recordsSql(TOTAL, relation, [ALL], ANY_RECORDS)}) GROUP BY ALL`;
  const found = await duck.run(sql, [], { timeoutMs: TIMEOUT_MS });
  const rolled = new Map<number, Sums>();
  for (const [hour, isRolled, ...figures] of found.rows) {
    const sums = sumsOf(figures);
    if (isRolled) rolled.set(Number(hour), sums);
  }
  return { rows: Number(counted.rows[0]?.[0] ?? 0), rolled };
}

/** Sums of a roll-up by hour (1 day: by day), as its cube `total` has them, and where another cube has others. */
export async function rollupSums(
  duck: Duck,
  layout: Layout,
  entry: RollupEntry,
): Promise<{ total: Map<number, Sums>; deviating: Map<number, string> }> {
  const width = entry.level === LEVELS[3] ? DAY_MS : HOUR_MS;
  const file = literal(join(layout.rollups, entry.file));
  const sql = `SELECT time - time % ${width} AS bucket, cube, ${SELECT} FROM read_parquet(${file}) WHERE cube <> ${HOSTS_ID} GROUP BY ALL`;
  const { rows } = await duck.run(sql, [], { timeoutMs: TIMEOUT_MS });
  const byBucket = new Map<number, Map<string, Sums>>();
  for (const [bucket, cube, ...figures] of rows) {
    const cubes = byBucket.get(Number(bucket)) ?? new Map<string, Sums>();
    byBucket.set(Number(bucket), cubes.set(String(cube), sumsOf(figures)));
  }
  const total = new Map<number, Sums>();
  const deviating = new Map<number, string>();
  const ids = Object.keys(entry.cubes).filter((id) => id !== String(HOSTS_ID));
  for (const [bucket, cubes] of byBucket) {
    const whole = cubes.get(String(TOTAL.id)) ?? NOTHING;
    total.set(bucket, whole);
    for (const id of ids) {
      const differs = difference(cubes.get(id) ?? NOTHING, whole);
      if (differs === null || deviating.has(bucket)) continue;
      deviating.set(
        bucket,
        `its cube ${CUBES.find((c) => String(c.id) === id)?.name ?? id} has ${differs} than its total`,
      );
    }
  }
  return { total, deviating };
}

function sumsOf([records, bytes, packets]: readonly RawValue[]): Sums {
  return [integer(records), integer(bytes), integer(packets)];
}

/** DuckDB gives sums of whole numbers as big integers. */
function integer(value: RawValue | undefined): bigint {
  return BigInt(String(value ?? 0));
}
