import { CUBES, type Tile } from '../../store/index.ts';
import type { Compiled } from '../compile.ts';
import { made, sql } from '../sql.ts';
import type { Source } from '../statements.ts';
import type { RollPlan } from './plan.ts';

const cubeNamed = (name: string) => CUBES.find((c) => c.name === name)!;

export interface Sources {
  readonly source: Source;
  readonly whole: Source;
  readonly byOrigin: Source | null;
}

/**
 * The rows of history behind a question. What a cube left out stands in its `rest` rows, which are part of totals and of no group. Without a filter totals come
 * from the cubes that leave nothing out; with one that reads a key, what is in `rest` may match or not, and the total is a least value.
 */
export function sourcesOf({ cube, history }: RollPlan, tiles: readonly Tile[], compiled: Compiled): Sources {
  const from = made(history.relation(cube, tiles));
  const source = { from, where: sql`NOT "rest" AND ${compiled.filter}` };
  if (!compiled.reads.everything) return { source, whole: source, byOrigin: null };
  const of = (name: string): Source => ({ from: made(history.relation(cubeNamed(name), tiles)), where: sql`true` });
  return { source, whole: of('total'), byOrigin: of('sampling_origin') };
}
