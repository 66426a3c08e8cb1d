import { WeirError } from '../../base/index.ts';
import type { Cube, History, Level, Tile, TimeRange, View } from '../../store/index.ts';
import type { Compiled } from '../compile.ts';
import { hasDuplicates } from '../duplicates.ts';
import type { Buckets, Extent } from '../window.ts';
import type { QueryCosts, RowsRead } from './cost.ts';
import { cubesFor, isOneKey, levelsFor, type Needs, needsOf, noCubeReason } from './needs.ts';
import { tilesOf } from './tiles.ts';

/** How a question is answered. */
export interface Plan {
  /** Null: from records alone. */
  readonly roll: RollPlan | null;
  readonly tiles: readonly Tile[];
  /** Parts of the range of which there were data and nothing is kept that could answer. */
  readonly expired: readonly TimeRange[];
  readonly rows: RowsRead;
  readonly estimateMs: number;
  /** In words: why this level, and not a finer or coarser one. */
  readonly reason: string;
}

export interface RollPlan {
  readonly cube: Cube;
  readonly history: History;
  /** No key was left out of a bucket that is read. */
  readonly exact: boolean;
  /** A row of the answer is one key of the cube: its error is bounded by that of one key. */
  readonly oneKey: boolean;
}

/** Up to this estimate an exact answer is taken at once instead of a faster one with an error bound. */
const EXACT_MS = 1_000;
/** And up to this one where the bound of the faster one turned out to be large: a wrong number of a flood helps nobody, whoever looks into one waits some seconds. */
export const EXACT_IF_LOOSE_MS = 10_000;

export interface PlanOptions {
  readonly costs: QueryCosts;
  /** How many statements read the rows. */
  readonly statements: number;
  /** Up to which estimate an exact answer is preferred; default: a second. */
  readonly exactMs?: number;
  /** For comparisons: records alone; roll-ups wherever there are any; or their coarsest level even where a finer one is exact. */
  readonly force?: 'raw' | 'history' | 'coarsest' | undefined;
}

/** Chooses what answers a question: by what is least missing, then exact where that is asked for or takes not long, then fastest. */
export function planOf(
  compiled: Compiled,
  view: View,
  extent: Extent | null,
  buckets: Buckets,
  options: PlanOptions,
): Plan {
  const { history, facts } = view;
  const records = recordsPlan(view, extent, options);
  if (!history || !extent || !facts.extent)
    return { ...records, reason: 'flow records were read: there are no roll-ups yet' };
  if (options.force === 'raw') return { ...records, reason: 'flow records were read, as asked' };
  if (compiled.duplicates === 'all' && hasDuplicates(view))
    return { ...records, reason: 'flow records were read: roll-ups have no duplicates' };
  const needs = needsOf(compiled, buckets);
  if (typeof needs === 'string') return { ...records, reason: `flow records were read: ${needs}` };
  const cubes = cubesFor(needs);
  if (cubes.length === 0) return { ...records, reason: `flow records were read: ${noCubeReason(needs)}` };
  const rolled = cubes.flatMap((cube) => rollPlans(view, history, cube, needs, extent, options));
  const read = rolled.filter((p) => p.tiles.some((t) => t.level !== 'raw'));
  const candidates = options.force !== undefined && read.length > 0 ? read : [records, ...read];
  const plan = best(candidates, compiled.query.exact ? Number.POSITIVE_INFINITY : (options.exactMs ?? EXACT_MS));
  if (compiled.query.exact && plan.roll?.exact === false) throw notExact(records);
  return explained(plan, records, needs);
}

/** Better than an answer that is less than was asked for, in range or in exactness. */
function notExact({ expired }: Plan): WeirError {
  const until = new Date(Math.max(...expired.map((r) => r.to))).toISOString();
  return new WeirError(
    'usage',
    `an exact answer needs flow records, and those before ${until} are no longer kept: ask from then on, or without \`exact\``,
  );
}

function best(plans: readonly Plan[], exactMs: number): Plan {
  const missing = Math.min(...plans.map(missingMs));
  const whole = plans.filter((p) => missingMs(p) === missing);
  const fastest = (of: readonly Plan[]) =>
    of.reduce<Plan | null>((a, b) => (a && a.estimateMs <= b.estimateMs ? a : b), null);
  const exact = fastest(whole.filter((p) => p.roll?.exact !== false));
  const any = fastest(whole)!;
  return exact && exact.estimateMs <= Math.max(exactMs, any.estimateMs) ? exact : any;
}

function missingMs({ expired }: Plan): number {
  return expired.reduce((sum, r) => sum + r.to - r.from, 0);
}

/** Reads all records that the view has. */
export function recordsPlan(view: View, extent: Extent | null, { costs, statements }: PlanOptions): Plan {
  const { rowsAtRest, rowsInMemory } = view.facts;
  const rows = { raw: rowsAtRest + rowsInMemory, history: 0 };
  const rawFrom = view.history?.rawFrom ?? Number.NEGATIVE_INFINITY;
  const { tiles, uncovered } = tilesOf(extent ?? { from: 0, to: 0 }, { levels: [], covered: () => [], rawFrom });
  return {
    roll: null,
    tiles,
    expired: onceThere(uncovered, view),
    rows,
    estimateMs: costs.estimateMs(rows, statements),
    reason: '',
  };
}

/** Of the parts that nothing covers, those of which there were data at some time: before the oldest there never were any. */
function onceThere(uncovered: readonly TimeRange[], { facts }: View): TimeRange[] {
  const first = facts.extent?.min ?? Number.POSITIVE_INFINITY;
  return uncovered.map(({ from, to }) => ({ from: Math.max(from, first), to })).filter((r) => r.from < r.to);
}

/** One plan with the coarsest levels, and where they leave keys out one that goes down to what is exact. */
function rollPlans(
  view: View,
  history: History,
  cube: Cube,
  needs: Needs,
  extent: Extent,
  { costs, statements, force }: PlanOptions,
): Plan[] {
  const kept = {
    levels: levelsFor(cube, needs),
    covered: (level: Level) => history.covered(level, cube),
    rawFrom: history.rawFrom,
    grain: needs.grain,
  };
  const range = { from: extent.from, to: history.wholeMinute(extent.to, extent.open === true) };
  const make = (take?: (tile: Tile) => boolean): Plan => {
    const { tiles, uncovered } = tilesOf(range, kept, take);
    const of = tiles.map((tile) => costOf(tile, cube, history));
    const rows = {
      raw: history.freshRows + of.reduce((n, c) => n + (c.level === 'raw' ? c.rows : 0), 0),
      history: of.reduce((n, c) => n + (c.level === 'raw' ? 0 : c.rows), 0),
    };
    return {
      roll: { cube, history, exact: of.every((c) => c.exact), oneKey: isOneKey(cube, needs) },
      tiles,
      expired: onceThere(uncovered, view),
      rows,
      estimateMs: costs.estimateMs(rows, statements),
      reason: '',
    };
  };
  const coarsest = make();
  if (coarsest.roll!.exact || force === 'coarsest') return [coarsest];
  return [coarsest, make((tile) => costOf(tile, cube, history).exact)];
}

function costOf(tile: Tile, cube: Cube, history: History) {
  const { level } = tile;
  if (level === 'raw') return { level, rows: history.rolledRows(tile), exact: true };
  return { level, ...history.cost(cube, level, tile) };
}

const LEVEL_NAMES = { raw: 'raw', 60000: '1m', 300000: '5m', 3600000: '1h', 86400000: '1d' } as const;

export function levelName(level: Tile['level']): (typeof LEVEL_NAMES)[Tile['level']] {
  return LEVEL_NAMES[level];
}

/** The coarsest level that a plan reads. */
export function coarsest(tiles: readonly Tile[]): Tile['level'] {
  return tiles.reduce<Tile['level']>((most, { level }) => (width(level) > width(most) ? level : most), 'raw');
}

function width(level: Tile['level']): number {
  return level === 'raw' ? 0 : level;
}

/** The level of history that answers most of the time, and those beside it by their width. */
function levelsRead(tiles: readonly Tile[]): { most: string; coarser: string[]; finer: string[] } {
  const times = new Map<Tile['level'], number>();
  for (const { level, from, to } of tiles) times.set(level, (times.get(level) ?? 0) + to - from);
  const used = [...times.keys()].sort((a, b) => width(b) - width(a));
  const most = used.reduce((a, b) => (b === 'raw' || times.get(a)! >= times.get(b)! ? a : b));
  const named = (of: readonly Tile['level'][]) => of.map((level) => (level === 'raw' ? 'records' : levelName(level)));
  const at = used.indexOf(most);
  return { most: levelName(most), coarser: named(used.slice(0, at)), finer: named(used.slice(at + 1)) };
}

function explained(plan: Plan, records: Plan, { step, peaks }: Needs): Plan {
  const { roll } = plan;
  if (!roll) return { ...plan, reason: 'flow records were read: they answer exactly, and faster than roll-ups would' };
  const { most, coarser, finer } = levelsRead(plan.tiles);
  const fits = step === null ? 'the range' : `the range and buckets of ${step / 1000} s`;
  const why = [
    coarser.length === 0 ? `the coarsest that fits ${fits}` : `the coarsest that is made and exact for most of ${fits}`,
    ...(coarser.length > 0 ? [`${coarser.join(', ')} for other parts`] : []),
    ...(peaks && !roll.oneKey ? ['peaks of several keys together need minutes'] : []),
    ...(finer.length > 0 ? [`${finer.join(', ')} at the edges, in holes and where a coarser one is not exact`] : []),
    roll.exact
      ? 'no key was left out'
      : missingMs(records) > missingMs(plan)
        ? 'keys were left out: the records that would be exact are no longer kept'
        : `keys were left out: an exact answer would take about ${durationWords(records.estimateMs)} (\`--exact\`, or \`exact\`: true)`,
  ];
  return { ...plan, reason: `roll-ups by ${roll.cube.keys.join(', ') || 'time alone'} of ${most}: ${why.join('; ')}` };
}

/** 79 ms, 3 s. */
export function durationWords(ms: number): string {
  if (ms < 1) return 'less than 1 ms';
  return ms < 1_000 ? `${Math.round(ms)} ms` : `${Math.ceil(ms / 1000)} s`;
}
