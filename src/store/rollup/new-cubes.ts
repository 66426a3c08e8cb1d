import type { ManifestState, RollupEntry } from '../manifest.ts';
import { CUBES, FIRST_CUBES } from './cubes.ts';

/**
 * The manifest with all cubes of this version. What was rolled up before has nothing of a cube that is new, although every flow is in every cube: questions to it begin where the
 * roll-ups of before end, and records answer what lies before.
 */
export function withNewCubes(state: ManifestState): ManifestState {
  const known = state.cubes ?? (state.rollups.length > 0 ? FIRST_CUBES : []);
  const brought = CUBES.filter(({ id }) => !known.includes(id));
  if (brought.length === 0) return state;
  const cubes = CUBES.map(({ id }) => id);
  if (state.rollups.length === 0) return { ...state, cubes };
  const since = Math.max(...state.rollups.map(({ maxTime, level }) => maxTime + level));
  const cubesSince = { ...state.cubesSince, ...Object.fromEntries(brought.map(({ id }) => [id, since])) };
  return { ...state, cubes, cubesSince };
}

/** The same of roll-ups that are all there is, by what each says that it has: a cube begins where the last of them that has nothing of it ends. */
export function cubesOfFiles(rollups: readonly RollupEntry[]): Pick<ManifestState, 'cubes' | 'cubesSince'> {
  const filled = rollups.filter(({ cubes }) => Object.keys(cubes).length > 0);
  const since = CUBES.flatMap(({ id }): [number, number][] => {
    const without = filled.filter(({ cubes }) => cubes[id] === undefined);
    return without.length === 0 ? [] : [[id, Math.max(...without.map(({ maxTime, level }) => maxTime + level))]];
  });
  const cubes = CUBES.map(({ id }) => id);
  return since.length === 0 ? { cubes } : { cubes, cubesSince: Object.fromEntries(since) };
}
