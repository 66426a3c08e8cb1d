import type { ManifestState } from '../manifest.ts';
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
