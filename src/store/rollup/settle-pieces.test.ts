import { describe, expect, test } from 'vitest';
import type { RollupEntry } from '../manifest.ts';
import { HOSTS_ID, LEVELS } from './cubes.ts';
import { inPiece, piecesOf, type Rows } from './settle-pieces.ts';

const MINUTE = LEVELS[0];
const FIVE = LEVELS[1];
const HOUR = LEVELS[2];
const DAY = { from: 0, to: LEVELS[3] };
/** What a piece may read where its cubes can be cut. */
const MOST = 100_000;

describe('the pieces of a file', () => {
  test('have each bucket of each cube once, in the order of the file, and few rows each', () => {
    const files = hours(24, { 1: 60, 10: 60 * 4_096, 11: 60 * 512, 25: 60 * 512, [HOSTS_ID]: 12 * 82 });
    const sources: Rows[] = [{ files, ranges: [DAY] }];
    const pieces = piecesOf(FIVE, DAY, sources);
    const seen: string[] = [];
    for (const { firstCube, lastCube, range } of pieces) {
      expect(range.from % FIVE).toBe(0);
      const cubes = [1, 10, 11, 25, HOSTS_ID].filter((cube) => cube >= firstCube && cube <= lastCube);
      for (const cube of cubes)
        for (let time = range.from; time < range.to; time += FIVE) seen.push(placeOf(cube, time));
      const share = (range.to - range.from) / DAY.to;
      const rows = cubes.reduce((n, cube) => n + 24 * share * files[0]!.cubes[cube]!.rows, 0);
      expect(rows).toBeLessThanOrEqual(MOST);
      if (lastCube === HOSTS_ID) expect(rows).toBeLessThanOrEqual(1_000);
    }
    expect(seen).toEqual([...seen].sort());
    expect(new Set(seen).size).toBe(seen.length);
    expect(seen.length).toBe(5 * 288);
  });

  test('are one where little is to be written', () => {
    const sources: Rows[] = [{ files: hours(1, { 1: 60, 26: 900, [HOSTS_ID]: 24 }), ranges: [DAY] }];
    expect(piecesOf(MINUTE, DAY, sources)).toEqual([{ firstCube: 1, lastCube: HOSTS_ID, range: DAY }]);
  });

  test('are cut where the rows are: an hour of much in a day of little', () => {
    const files = [...hours(24, { 20: 10 }), ...hours(1, { 20: 400_000 })];
    const pieces = piecesOf(FIVE, DAY, [{ files, ranges: [DAY] }]);
    expect(pieces.length).toBe(6);
    expect(pieces.slice(0, -1).every(({ range }) => range.to <= HOUR)).toBe(true);
  });

  test('do not cut a bucket, large as it is', () => {
    const pieces = piecesOf(LEVELS[3], DAY, [{ files: hours(24, { 10: 100_000, 11: 5 }), ranges: [DAY] }]);
    expect(pieces).toEqual([
      { firstCube: 10, lastCube: 10, range: DAY },
      { firstCube: 11, lastCube: 11, range: DAY },
    ]);
  });

  test('read the files and times that they touch, and no others', () => {
    const files = hours(3, { 1: 60 });
    const piece = { firstCube: 1, lastCube: 1, range: { from: HOUR, to: 2 * HOUR } };
    const rows = {
      files,
      ranges: [
        { from: HOUR / 2, to: HOUR + FIVE },
        { from: 2 * HOUR, to: 3 * HOUR },
      ],
    };
    expect(inPiece(rows, piece)).toEqual({ files: [files[1]], ranges: [{ from: HOUR, to: HOUR + FIVE }] });
    expect(inPiece({ files: [files[0]!], ranges: [DAY] }, piece)).toBeNull();
  });
});

const placeOf = (cube: number, time: number) => `${String(cube).padStart(2, '0')} ${String(time).padStart(9, '0')}`;

/** One file an hour, with so many rows of each cube. */
function hours(count: number, rows: Readonly<Record<number, number>>): RollupEntry[] {
  return Array.from({ length: count }, (_, hour) => ({
    id: hour + 1,
    file: `1m/${hour}.parquet`,
    level: MINUTE,
    from: hour * HOUR,
    to: (hour + 1) * HOUR,
    minTime: hour * HOUR,
    maxTime: (hour + 1) * HOUR - MINUTE,
    rows: Object.values(rows).reduce((n, r) => n + r, 0),
    bytes: 1,
    crc: 0,
    cubes: Object.fromEntries(Object.entries(rows).map(([cube, n]) => [cube, { rows: n, exact: true }])),
  }));
}
