import { columnOf } from '../flow/index.ts';
import type { RawValue } from '../store/index.ts';
import type { KeyWord } from './dimensions.ts';
import { groupBy } from './group-by.ts';
import { addFigures, countGroups, type Group, NOTHING } from './groups.ts';
import type { Figures } from './metrics.ts';
import { addVariances, type Variance, varianceOf, varianceSql } from './sampling.ts';
import type { Scope } from './scope.ts';
import { name, type Sql, sql } from './sql.ts';
import type { Wanted } from './statements.ts';
import { type Arithmetic, BYTES, PACKETS, RECORDS, type Sum, scaledTerm } from './sums.ts';
import { bucketSql } from './window.ts';

/** The rows whose sampling rate is known from one kind of source. */
export interface OriginTotals {
  readonly origin: string;
  readonly minRate: number;
  readonly maxRate: number;
  readonly figures: Figures;
  /** Scaled bytes of the records whose rate is above 1. */
  readonly sampledBytes: bigint;
}

/** What is known of the sampling of rows from several kinds of source that are no longer told apart. */
export interface MixedOrigins extends Omit<OriginTotals, 'origin' | 'figures' | 'sampledBytes'> {
  readonly origins: readonly string[];
  /** Scaled bytes of the records whose rate is above 1, or not known. */
  readonly sampledBytes: bigint;
  /** Scaled bytes of the records without a known rate. */
  readonly unknownBytes: bigint;
}

export interface Totals {
  readonly sums: Figures;
  readonly origins: readonly OriginTotals[];
  /** Instead of `origins`. */
  readonly mixed?: MixedOrigins;
  /** Null where no row is sampled. */
  readonly variance: Variance | null;
  /** For each key word: it is 0 in every row, and need not be grouped by. */
  readonly alwaysZero: readonly boolean[];
}

const ORIGINS = columnOf('sampling_origin').values ?? [];

/** A code of `sampling_origin` by name. */
export function originNames(code: number): string {
  return ORIGINS[code] ?? String(code);
}

/** The aggregates that tell of sampling: smallest and largest rate, and scaled bytes of records with a rate above 1. */
function ratesSql(how: Arithmetic): Sql[] {
  if (how.rolled) return [sql`min("min_rate")`, sql`max("max_rate")`, sql`sum("sampled_bytes")`];
  const sampled = how.scaled ? sql`sum(${scaledTerm('raw_bytes', how)}) FILTER (WHERE "sampling" > 1)` : sql`0`;
  return [sql`min("sampling")`, sql`max("sampling")`, sampled];
}

/** The sums of all rows of a scope and what is known of their sampling, in one scan. `words`: key words of which to find out whether they are always 0. */
export async function countTotals(scope: Scope, sums: readonly Sum[], words: readonly KeyWord[]): Promise<Totals> {
  const { how } = scope.shape;
  // Key words of history are in few rows: they are grouped by, whatever they hold.
  const highs = how.rolled ? [] : words.filter((w) => w.high !== null).map((w) => sql`max(${w.sql})`);
  const { groups, wanted, known } = await countOrigins(scope, sums, [], highs);
  const isZero = (i: number) => groups.every((g) => BigInt((g.extras[known + i] ?? 0) as bigint) === 0n);
  const zeros = highs.map((_, i) => isZero(i));
  const alwaysZero = words.map((w) => !how.rolled && w.high !== null && zeros.shift()!);
  return totalsOf(scope, groups, wanted, alwaysZero);
}

/** The same of rows of history, and the sums of each bucket of time, in one scan. `words`: how many key words groups have. */
export async function countTotalsInBuckets(
  scope: Scope,
  sums: readonly Sum[],
  words: number,
): Promise<{ totals: Totals; buckets: Map<number, Figures> }> {
  const { groups, wanted } = await countOrigins(scope, sums, [bucketSql(scope.shape.buckets)], []);
  const together = (of: (g: Group) => string) =>
    [...groupBy(groups, of)].map(([key, some]) => ({
      key,
      group: { key: some[0]!.key, figures: addFigures(figuresOf(some), wanted), extras: addExtras(some) },
    }));
  const origins = together(({ key }) => (scope.byOrigin ? String(key[0]) : ''));
  const buckets = together(({ key }) => String(key.at(-1)));
  const none: Group = { key: [], figures: addFigures([], wanted), extras: [] };
  const found = origins.map((o) => o.group);
  return {
    totals: totalsOf(
      scope,
      found.length > 0 || scope.byOrigin ? found : [none],
      wanted,
      Array.from({ length: words }, () => false),
    ),
    buckets: new Map(buckets.map((b) => [Number(b.key), b.group.figures])),
  };
}

/** By kind of source where that is known, and by `more`. The first `known` extras are variance and rates. */
async function countOrigins(scope: Scope, sums: readonly Sum[], more: readonly Sql[], highs: readonly Sql[]) {
  const { run, byOrigin, whole, shape } = scope;
  const { how } = shape;
  const rates = [...ratesSql(how), ...(byOrigin ? [] : [sql`bit_or("origins")`, sql`sum("unknown_bytes")`])];
  const variance = how.scaled ? varianceSql(how) : [];
  const wanted: Wanted = {
    ...NOTHING,
    sums: [...new Set([RECORDS, BYTES, PACKETS, ...sums])],
    extras: [...variance, ...rates, ...highs],
  };
  const keys = [...(byOrigin ? [name('sampling_origin')] : []), ...more];
  const groups = await countGroups(run, byOrigin ?? whole, keys, wanted, shape);
  return { groups, wanted, known: variance.length + rates.length };
}

function totalsOf(
  { byOrigin, shape }: Scope,
  groups: readonly Group[],
  wanted: Wanted,
  alwaysZero: readonly boolean[],
): Totals {
  const { scaled } = shape.how;
  const first = scaled ? varianceSql(shape.how).length : 0;
  return {
    sums: addFigures(figuresOf(groups), wanted),
    ...originsOf(
      groups.map((g) => ({ ...g, extras: g.extras.slice(first) })),
      byOrigin === null,
    ),
    variance: scaled ? addVariances(groups.map((g) => varianceOf(g.extras))) : null,
    alwaysZero,
  };
}

const figuresOf = (groups: readonly Group[]) => groups.map((g) => g.figures);

type Merge = (a: number | bigint, b: number | bigint) => number | bigint;
const plus: Merge = (a, b) => (typeof a === 'bigint' && typeof b === 'bigint' ? a + b : Number(a) + Number(b));
const smaller: Merge = (a, b) => {
  if (b < a) return b;
  return a;
};
const larger: Merge = (a, b) => {
  if (b > a) return b;
  return a;
};
const either: Merge = (a, b) => BigInt(a) | BigInt(b);
/** How variance, rates and what stands instead of origins are made of those of parts. */
const MERGES = [plus, plus, plus, larger, smaller, larger, plus, either, plus];

function addExtras(groups: readonly Group[]): RawValue[] {
  return (groups[0]?.extras ?? []).map((_, i) => {
    const values = groups.map((g) => g.extras[i] as number | bigint | null).filter((v) => v !== null);
    return values.length > 0 ? values.reduce(MERGES[i]!) : null;
  });
}

function originsOf(groups: readonly Group[], together: boolean): Pick<Totals, 'origins' | 'mixed'> {
  const of = ({ figures, extras }: Group) => ({
    minRate: Number(extras[0] ?? 1),
    maxRate: Number(extras[1] ?? 1),
    figures,
    sampledBytes: whole(extras[2]),
  });
  if (!together) return { origins: groups.map((g) => ({ origin: originNames(Number(g.key[0])), ...of(g) })) };
  const [only] = groups;
  const codes = ORIGINS.map((_, code) => code).filter((code) => (whole(only!.extras[3]) & (1n << BigInt(code))) !== 0n);
  if (codes.length < 2) return { origins: codes.map((code) => ({ origin: originNames(code), ...of(only!) })) };
  const { figures: _, ...known } = of(only!);
  const unknownBytes = whole(only!.extras[4]);
  const sampledBytes = known.sampledBytes + unknownBytes;
  return { origins: [], mixed: { ...known, sampledBytes, unknownBytes, origins: codes.map(originNames) } };
}

function whole(value: RawValue | undefined): bigint {
  return BigInt((value ?? 0) as bigint);
}
