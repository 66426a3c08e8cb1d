import { WeirError } from '../../base/index.ts';
import type { AnswerBounds, QueryPlan, RowBound } from '../answer.ts';
import { coarsest, durationWords, levelName, type Plan } from './plan.ts';

/** The part of an answer's plan that is about roll-ups. `until`: the end of the range; a last minute that was read as a whole is shown up to there. */
export function describeRolled({ roll, tiles, rows }: Plan, until: number): Partial<QueryPlan> {
  if (!roll) return {};
  return {
    level: levelName(coarsest(tiles)),
    levels: tiles.map(({ level, from, to }) => ({ level: levelName(level), from, to: Math.min(to, until) })),
    cube: [...roll.cube.keys],
    rows_scanned: rows.raw + rows.history,
  };
}

/** What an answer's quality says of what is kept: how far the shown values may be too small, and of which parts of the range nothing is left. */
export function describeKept(
  plan: Plan,
  bounds: AnswerBounds | null,
  valuesOf: (metric: string) => readonly number[],
): { bounded?: { metric: string; share: number }; expired?: { from: number; to: number }[] } {
  const bounded = bounds && largestShare(bounds, valuesOf);
  return {
    ...(bounded ? { bounded } : {}),
    ...describeExpired(plan),
  };
}

/** The parts of the range of which nothing is left that could answer; nothing where there are none. */
export function describeExpired({ expired }: Plan): { expired?: { from: number; to: number }[] } {
  return expired.length > 0 ? { expired: expired.map(({ from, to }) => ({ from, to })) } : {};
}

/** The largest share that a value of a row may be above what is shown, over all metrics; null where none can be. */
function largestShare({ rows }: AnswerBounds, valuesOf: (metric: string) => readonly number[]) {
  const of = Object.keys(rows[0] ?? {}).flatMap((metric) => shareOf(metric, rows, valuesOf(metric)) ?? []);
  return of.reduce<(typeof of)[number] | null>((most, s) => (most && most.share >= s.share ? most : s), null);
}

function shareOf(metric: string, rows: AnswerBounds['rows'], values: readonly number[]) {
  const shares = rows.map((row, i) => ((row[metric] ?? 0) === 0 ? 0 : row[metric]! / Math.abs(values[i] ?? 0)));
  const share = shares.reduce((most, s) => Math.max(most, s), 0);
  return share > 0 ? { metric, share: Number.isFinite(share) ? share : Number.MAX_VALUE } : null;
}

/** What a question may be expected to take, in ms. `allowed` in seconds, from the question itself. */
export function allowedMs(allowed: number | 'any' | undefined, askAboveMs: number | undefined): number {
  if (allowed === 'any') return Number.POSITIVE_INFINITY;
  return allowed === undefined ? (askAboveMs ?? Number.POSITIVE_INFINITY) : allowed * 1000;
}

/** Refuses what is expected to take longer than was allowed. */
export function refuseCostly({ estimateMs, rows }: Pick<Plan, 'estimateMs' | 'rows'>, limitMs: number): void {
  if (estimateMs <= limitMs) return;
  const read = rows.raw + rows.history;
  const limit = limitMs < 1_000 ? `${limitMs} ms` : `${limitMs / 1000} s`;
  throw new WeirError(
    'costly',
    `the question would read about ${read} rows and take about ${durationWords(estimateMs)}, more than ${limit}: take a shorter range or fewer dimensions, or allow it (\`--yes\`, or \`max_cost\`: any)`,
    { details: { estimate_ms: Math.round(estimateMs), rows: read, limit_ms: limitMs } },
  );
}

/** A value that may be too small by more than this share is worth waiting for a better one. */
const LOOSE = 0.05;

/** Whether rows or totals may be far too small, or whether keys that should be shown may be missing. `columnOf`: the values of a metric in the rows. */
export function isLoose(
  { rows, total, unshown }: AnswerBounds,
  totals: Readonly<Record<string, unknown>>,
  ordered: string,
  columnOf: (metric: string) => readonly number[],
): boolean {
  const above = (bounds: RowBound, shown: (metric: string) => number) =>
    Object.entries(bounds).some(([metric, bound]) => bound > LOOSE * Math.abs(shown(metric)));
  if (above(total, (metric) => Number(totals[metric] ?? 0))) return true;
  // Once for each metric: a series has thousands of rows.
  const columns = new Map<string, readonly number[]>();
  const column = (metric: string) => {
    const values = columns.get(metric) ?? columnOf(metric);
    columns.set(metric, values);
    return values;
  };
  if (rows.some((row, i) => above(row, (metric) => column(metric)[i] ?? 0))) return true;
  const least = column(ordered).reduce((a, b) => Math.min(a, Math.abs(b)), Number.POSITIVE_INFINITY);
  return (unshown[ordered] ?? 0) > Math.max(Number.isFinite(least) ? least : 0, LOOSE * Number(totals[ordered] ?? 0));
}
