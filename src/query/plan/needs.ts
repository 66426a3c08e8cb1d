import { isNetwork } from '../../flow/index.ts';
import { CUBES, type Cube, LEVELS, type Level } from '../../store/index.ts';
import type { Compiled } from '../compile.ts';
import type { Buckets } from '../window.ts';

/** The sums that rows of history keep; every other metric is made of these. */
const KEPT_SUMS = new Set(['records', 'flows', 'unsure', 'continued', 'bytes', 'packets', 'raw_bytes', 'raw_packets']);

/** Hosts are in sketches of 5 min, also at the level of 1 min. */
const SKETCH_MS = 300_000;

/** What a question needs to find in the rows that answer it. */
export interface Needs {
  /** Dimensions, and columns that the filter reads. */
  readonly columns: ReadonlySet<string>;
  /** Dimensions, and columns of which the filter takes one value: a row of the answer has one value of each. */
  readonly fixed: ReadonlySet<string>;
  /** Each bucket of time must be whole rows of a level: its width divides this. Null: any level. */
  readonly step: number | null;
  /** Tiles start and end at multiples of this, whatever their level. */
  readonly grain: number;
  /** Largest minutes are asked for, of groups and of their total. */
  readonly peaks: boolean;
  /** A filter chooses among groups: then the total is no row of a cube. */
  readonly chosen: boolean;
}

/** What a question needs, or in words why only records can answer it. */
export function needsOf(compiled: Compiled, buckets: Buckets): Needs | string {
  const { dimensions, reads, early, late, sums, query } = compiled;
  const prefix = dimensions.find((d) => d.prefix && !isNetwork(d.column.name));
  if (prefix) return `roll-ups have whole addresses, not ${prefix.name}`;
  const hosts = late.distincts.length > 0;
  const distinct = early.distincts[0] ?? late.distincts.find((d) => d.hosts === null || !reads.everything);
  if (distinct)
    return `${distinct.name}${distinct.hosts ? ' with a filter, or where it chooses rows,' : ''} is counted from records`;
  if (hosts && query.exact) return 'an exact answer was asked for, and roll-ups estimate hosts';
  const percentiles = [...early.percentiles, ...late.percentiles];
  const peaks = [...early.peaks, ...late.peaks];
  const lost = [...sums, ...percentiles.map((p) => p.of.of), ...peaks].find((s) => !KEPT_SUMS.has(s.name));
  if (lost) return `${lost.name} is not kept in roll-ups`;
  const bucketed = query.every !== undefined || percentiles.length > 0;
  const step = bucketed ? commonStep(buckets) : null;
  const grain = hosts ? SKETCH_MS : LEVELS[0];
  if (step !== null && step % grain !== 0 && hosts) return 'hosts are kept by 5 minutes';
  if (step !== null && !LEVELS.some((w) => step % w === 0)) return 'its buckets of time are no whole minutes';
  const names = dimensions.map((d) => d.column.name);
  return {
    columns: new Set([...names, ...reads.columns]),
    fixed: new Set([...names, ...reads.pinned]),
    step,
    grain,
    peaks: early.peaks.length + late.peaks.length > 0,
    chosen: dimensions.length > 0 && !reads.everything,
  };
}

/** Bucket borders lie at multiples of `every`, moved by `shift`. */
function commonStep({ every, shift }: Buckets): number {
  let [a, b] = [every, Math.abs(shift) % every];
  while (b > 0) [a, b] = [b, a % b];
  return a;
}

/** The cubes that have every column that is needed; those with fewer keys first. */
export function cubesFor({ columns }: Needs): Cube[] {
  return CUBES.filter((cube) => [...columns].every((c) => cube.keys.includes(c))).sort(
    (a, b) => a.keys.length - b.keys.length,
  );
}

/** One row of the answer is one key of the cube, not a sum over several. */
export function isOneKey(cube: Cube, { fixed }: Needs): boolean {
  return cube.keys.every((k) => fixed.has(k));
}

/** The levels of a cube that can answer, coarsest first. A coarse row has the peak of its own key only: of several keys together, minutes must be added up first. */
export function levelsFor(cube: Cube, needs: Needs): Level[] {
  const { step, peaks, chosen } = needs;
  const minutes = peaks && (chosen || !isOneKey(cube, needs));
  return LEVELS.filter((w) => (step === null || step % w === 0) && (w === LEVELS[0] || !minutes)).reverse();
}

/** Why no cube has the columns. */
export function noCubeReason({ columns }: Needs): string {
  const known = new Set(CUBES.flatMap((c) => c.keys));
  const unknown = [...columns].filter((c) => !known.has(c));
  if (unknown.length > 0) return `no roll-up has ${unknown.join(', ')}`;
  return `no roll-up has ${[...columns].join(', ')} together`;
}
