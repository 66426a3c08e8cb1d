import type { RawValue } from '../store/index.ts';
import { fullKey } from './assemble.ts';
import { type Compiled, isNothing } from './compile.ts';
import type { Counted, ShownGroup } from './counted.ts';
import {
  type Choice,
  countGroups,
  countShown,
  type Group,
  NOTHING,
  subtractFigures,
  topGroups,
  topGroupsWithTotal,
} from './groups.ts';
import { havingHolds, havingSql } from './having.ts';
import { type Figures, type Metric, metricValue } from './metrics.ts';
import { varianceOf, varianceSql } from './sampling.ts';
import type { Scope } from './scope.ts';
import { sql } from './sql.ts';
import { metricSql, type Wanted } from './statements.ts';
import { mayCountTogether, togetherTotals, togetherWanted } from './together.ts';
import { countTotals, type Totals } from './totals.ts';
import { type MeasuredSeconds, secondsForOrder, secondsOf } from './window.ts';

/** Totals, the groups to show, and what is left over. */
export async function countAll(compiled: Compiled, scope: Scope): Promise<Counted> {
  const { sums, dimensions, query } = compiled;
  const words = dimensions.flatMap((d) => d.words);
  const { totals, groups } = await countGroupsAndTotals(compiled, scope);
  const total = await completeTotal(compiled, scope, totals);
  const shown =
    words.length === 0
      ? theOnlyGroup(compiled, scope, total, totals)
      : await shownGroups(compiled, scope, totals, groups);
  const rest = subtractFigures(
    total,
    shown.map((s) => s.figures),
    { sums },
  );
  const leftOut = query.by.length > 0 && rest.get('records') !== 0n;
  return { totals, total, shown, other: leftOut ? rest : null };
}

/** Totals and the chosen groups: in one scan where that gives both, else in two. */
async function countGroupsAndTotals(compiled: Compiled, scope: Scope): Promise<{ totals: Totals; groups: Group[] }> {
  const { sums, early, dimensions } = compiled;
  const words = dimensions.flatMap((d) => d.words);
  const { run, source, shape } = scope;
  if (!mayCountTogether(compiled, scope)) {
    const totals = await countTotals(scope, sums, words);
    const grouped = words.filter((_, i) => !totals.alwaysZero[i]);
    const wanted: Wanted = { ...NOTHING, sums, ...early };
    const groups =
      words.length === 0 ? [] : await topGroups(run, source, grouped, wanted, shape, choiceOf(compiled, scope, wanted));
    return { totals, groups };
  }
  const wanted = togetherWanted(compiled);
  if (words.length === 0) {
    const [only] = await countGroups(run, source, [], wanted, shape);
    return { totals: togetherTotals(compiled, scope, only!.figures), groups: [] };
  }
  const grouped = words.filter((w) => w.high === null);
  const { groups, total } = await topGroupsWithTotal(
    run,
    source,
    grouped,
    wanted,
    shape,
    choiceOf(compiled, scope, wanted),
  );
  return { totals: togetherTotals(compiled, scope, total), groups };
}

export function choiceOf({ having, order, query }: Compiled, scope: Scope, wanted: Wanted): Choice {
  const seconds = secondsOf(scope.extent);
  const value = (within: MeasuredSeconds) => (metric: Metric) =>
    metricSql(metric, wanted, within, scope.shape.buckets.every / 1000);
  return {
    having: having ? havingSql(having, value(seconds)) : sql`true`,
    order: value(secondsForOrder(seconds))(order.metric),
    descending: order.descending,
    limit: query.limit,
  };
}

/** The total with its distinct counts, percentiles and peaks, which are no sums of those of the groups. */
export async function completeTotal(compiled: Compiled, scope: Scope, totals: Totals): Promise<Figures> {
  const { dimensions, early, late, metrics } = compiled;
  const named = new Set(metrics.map((m) => m.name));
  const shown = (m: Metric) => dimensions.length === 0 || named.has(m.name);
  const peaks = new Set(metrics.flatMap((m) => (m.kind === 'peak' ? [m.of] : [])));
  const wanted = {
    ...NOTHING,
    distincts: [...early.distincts, ...late.distincts].filter(shown),
    percentiles: [...early.percentiles, ...late.percentiles].filter(shown),
    peaks: [...early.peaks, ...late.peaks].filter((of) => dimensions.length === 0 || peaks.has(of)),
  };
  if (isNothing(wanted)) return totals.sums;
  const [group] = await countGroups(scope.run, scope.whole, [], { ...wanted, sums: [] }, scope.shape);
  return new Map([...totals.sums, ...(group?.figures ?? [])]);
}

/** Without dimensions the total is the one row, if the condition holds for it. */
function theOnlyGroup(compiled: Compiled, scope: Scope, total: Figures, { variance }: Totals): ShownGroup[] {
  const seconds = secondsOf(scope.extent);
  const value = (metric: Metric) => {
    const v = metricValue(metric, total, seconds, scope.shape.buckets.every / 1000);
    return v === null ? null : Number(v);
  };
  if (compiled.having && havingHolds(compiled.having, value) !== true) return [];
  return [{ key: [], figures: total, variance }];
}

async function shownGroups(
  compiled: Compiled,
  scope: Scope,
  totals: Totals,
  groups: readonly Group[],
): Promise<ShownGroup[]> {
  const keys = groups.map((g) => fullKey(g.key, totals.alwaysZero));
  const later = await laterFigures(compiled, scope, keys);
  return groups.map((g, i) => ({
    key: keys[i]!,
    figures: new Map([...g.figures, ...(later.get(i)?.figures ?? [])]),
    variance: scope.shape.how.scaled ? varianceOf(later.get(i)?.extras ?? []) : null,
  }));
}

/** What only the shown groups need: counting it for every group would cost most of the query. */
async function laterFigures(
  compiled: Compiled,
  scope: Scope,
  keys: readonly (readonly RawValue[])[],
): Promise<Map<number, Group>> {
  const { late, dimensions, query } = compiled;
  // A series shows the error of each of its points, not of a group.
  const uncertain = scope.shape.how.scaled && query.every === undefined;
  const wanted: Wanted = { sums: [], ...late, extras: uncertain ? varianceSql(scope.shape.how) : [] };
  if (isNothing(late) && wanted.extras.length === 0) return new Map();
  const words = dimensions.flatMap((d) => d.words);
  const groups = await countShown(scope.run, scope.source, words, keys, [], wanted, scope.shape);
  return new Map(groups.map((g) => [Number(g.key[0]), g]));
}
