import { expect, it } from 'vitest';
import { EMPTY_MANIFEST, type ManifestState, type RollupEntry } from '../manifest.ts';
import { coverageOf } from './coverage.ts';
import { CUBES, FIRST_CUBES, LEVELS } from './cubes.ts';
import { cubesOfFiles, withNewCubes } from './new-cubes.ts';

const HOUR = 3_600_000;
const T0 = 400_000 * HOUR;
const entry: RollupEntry = {
  id: 1,
  file: 'a',
  level: LEVELS[0],
  from: T0,
  to: T0 + HOUR,
  minTime: T0,
  maxTime: T0 + 90 * 60_000,
  rows: 1,
  bytes: 1,
  crc: 1,
  cubes: {},
};
const old: ManifestState = { ...EMPTY_MANIFEST, rollups: [entry] };
const service = CUBES.find(({ name }) => name === 'service-direction')!;

it('a cube that is new is whole from the end of the roll-ups of before, and the others are untouched', () => {
  const state = withNewCubes(old);
  expect(state.cubesSince?.[service.id]).toBe(T0 + 91 * 60_000);
  expect(Object.keys(state.cubesSince!).map(Number)).toEqual(
    CUBES.map((c) => c.id).filter((id) => !FIRST_CUBES.includes(id)),
  );
});

it('a store without history has all cubes from the beginning, also when it is opened again with history', () => {
  const state = withNewCubes(EMPTY_MANIFEST);
  expect(state.cubesSince).toBeUndefined();
  expect(withNewCubes({ ...state, rollups: [entry] })).toEqual({ ...state, rollups: [entry] });
});

it('opening again changes nothing', () => {
  const state = withNewCubes(old);
  expect(withNewCubes({ ...state, rollups: [entry, { ...entry, maxTime: T0 + 9 * HOUR }] }).cubesSince).toEqual(
    state.cubesSince,
  );
});

it('a level covers nothing of a cube before it is whole, and begins with a whole bucket', () => {
  const { cubesSince = {} } = withNewCubes(old);
  const snapshot = {
    directory: '',
    rollups: [],
    dirtyHours: [],
    dirtyDays: [],
    holes: [],
    expired: {},
    cubesSince,
    rawFrom: 0,
    damagedBehind: false,
  };
  const range = { from: T0, to: T0 + 4 * HOUR };
  expect(coverageOf(snapshot, LEVELS[2], range)).toEqual([range]);
  expect(coverageOf(snapshot, LEVELS[2], range, cubesSince[service.id])).toEqual([
    { from: T0 + 2 * HOUR, to: T0 + 4 * HOUR },
  ]);
});

it('files that are all there is of a store say themselves from when on a cube is whole', () => {
  const has = (...ids: readonly number[]) => Object.fromEntries(ids.map((id) => [id, { rows: 1, exact: true }]));
  const all = { ...entry, cubes: has(...CUBES.map(({ id }) => id)) };
  const before = { ...entry, cubes: has(...FIRST_CUBES) };
  const later = { ...all, minTime: T0 + 2 * HOUR, maxTime: T0 + 3 * HOUR };
  expect(withNewCubes({ ...EMPTY_MANIFEST, rollups: [all], ...cubesOfFiles([all]) }).cubesSince).toBeUndefined();
  expect(cubesOfFiles([before, later])).toEqual({
    cubes: CUBES.map(({ id }) => id),
    cubesSince: withNewCubes({ ...EMPTY_MANIFEST, rollups: [before] }).cubesSince,
  });
});
