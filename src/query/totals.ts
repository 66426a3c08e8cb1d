import { columnOf } from '../flow/index.ts';
import type { KeyWord } from './dimensions.ts';
import { addFigures, countGroups, NOTHING, type Run } from './groups.ts';
import type { Figures } from './metrics.ts';
import { addVariances, type Variance, varianceOf, varianceSql } from './sampling.ts';
import { name, sql } from './sql.ts';
import type { Shape, Source } from './statements.ts';
import { BYTES, PACKETS, RECORDS, type Sum, scaledTerm } from './sums.ts';

/** The rows whose sampling rate is known from one kind of source. */
interface OriginTotals {
  readonly origin: string;
  readonly minRate: number;
  readonly maxRate: number;
  readonly figures: Figures;
  /** Scaled bytes of the records whose rate is above 1. */
  readonly sampledBytes: bigint;
}

export interface Totals {
  readonly sums: Figures;
  readonly origins: readonly OriginTotals[];
  /** Null where no row is sampled. */
  readonly variance: Variance | null;
  /** For each key word: it is 0 in every row, and need not be grouped by. */
  readonly alwaysZero: readonly boolean[];
}

/** A code of `sampling_origin` by name. */
export function originNames(code: number): string {
  return columnOf('sampling_origin').values?.[code] ?? String(code);
}

/** The sums of all rows of a source and what is known of their sampling, in one scan. */
export async function countTotals(
  run: Run,
  source: Source,
  sums: readonly Sum[],
  words: readonly KeyWord[],
  shape: Shape,
): Promise<Totals> {
  const sampled = shape.how.scaled
    ? sql`sum(${scaledTerm('raw_bytes', shape.how)}) FILTER (WHERE "sampling" > 1)`
    : sql`0`;
  const rates = [sql`min("sampling")`, sql`max("sampling")`, sampled];
  const highs = words.filter((w) => w.high !== null).map((w) => sql`max(${w.sql})`);
  const variance = shape.how.scaled ? varianceSql() : [];
  const wanted = {
    ...NOTHING,
    sums: [...new Set([RECORDS, BYTES, PACKETS, ...sums])],
    extras: [...rates, ...highs, ...variance],
  };
  const groups = await countGroups(run, source, [name('sampling_origin')], wanted, shape);
  const origins = groups.map(({ key, figures, extras }): OriginTotals => {
    return {
      origin: originNames(Number(key[0])),
      minRate: Number(extras[0]),
      maxRate: Number(extras[1]),
      figures,
      sampledBytes: BigInt((extras[2] ?? 0) as bigint),
    };
  });
  const zeros = highs.map((_, i) => groups.every((g) => BigInt(g.extras[rates.length + i] as bigint) === 0n));
  const parts = groups.map((g) => varianceOf(g.extras.slice(rates.length + highs.length)));
  return {
    sums: addFigures(
      groups.map((g) => g.figures),
      wanted,
    ),
    origins,
    variance: shape.how.scaled ? addVariances(parts) : null,
    alwaysZero: words.map((w) => w.high !== null && zeros.shift()!),
  };
}
