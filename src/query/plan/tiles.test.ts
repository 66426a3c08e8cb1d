import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LEVELS, type Level, type Tile, type TimeRange } from '../../store/index.ts';
import { tilesOf } from './tiles.ts';

const MINUTE = 60_000;
const HOUR = 3_600_000;
const DAY = 86_400_000;
const T = Date.UTC(2026, 10, 21);
const levels = [...LEVELS].reverse();
const everywhere = () => [{ from: 0, to: T + 100 * DAY }];
const short = (tiles: readonly Tile[]) => tiles.map((t) => `${t.level} ${(t.from - T) / 1000}..${(t.to - T) / 1000}`);

describe('tiles', () => {
  it('are the coarsest in the middle, finer ones at the edges and records at the rims', () => {
    const range = { from: T - 30_000, to: T + DAY + HOUR + 5 * MINUTE + MINUTE + 1_000 };
    const { tiles, uncovered } = tilesOf(range, { levels, covered: everywhere, rawFrom: 0 });
    expect(short(tiles)).toEqual([
      'raw -30..0',
      '86400000 0..86400',
      '3600000 86400..90000',
      '300000 90000..90300',
      '60000 90300..90360',
      'raw 90360..90361',
    ]);
    expect(uncovered).toEqual([]);
  });

  it('go down to a finer level in the holes of a coarse one', () => {
    const holes = (level: Level): TimeRange[] =>
      level === HOUR
        ? [
            { from: T, to: T + HOUR },
            { from: T + 2 * HOUR, to: T + 3 * HOUR },
          ]
        : level === MINUTE
          ? [{ from: T, to: T + 90 * MINUTE }]
          : [];
    const { tiles } = tilesOf({ from: T, to: T + 3 * HOUR }, { levels, covered: holes, rawFrom: 0 });
    expect(short(tiles)).toEqual(['3600000 0..3600', '60000 3600..5400', 'raw 5400..7200', '3600000 7200..10800']);
  });

  it('say of what nothing is kept', () => {
    const covered = (level: Level) => (level === DAY ? [{ from: T, to: T + DAY }] : []);
    const { tiles, uncovered } = tilesOf(
      { from: T - HOUR, to: T + 2 * DAY },
      { levels, covered, rawFrom: T + DAY + HOUR },
    );
    expect(short(tiles)).toEqual(['86400000 0..86400', `raw ${(DAY + HOUR) / 1000}..${(2 * DAY) / 1000}`]);
    expect(uncovered).toEqual([
      { from: T - HOUR, to: T },
      { from: T + DAY, to: T + DAY + HOUR },
    ]);
  });

  it('that are refused are answered by finer ones, where these are whole and not refused as well', () => {
    const bad = (tile: Tile) => !(tile.level !== MINUTE && tile.from <= T && T < tile.to);
    const { tiles } = tilesOf(
      { from: T - HOUR, to: T + HOUR },
      { levels: [HOUR, MINUTE], covered: everywhere, rawFrom: 0 },
      bad,
    );
    expect(short(tiles)).toEqual(['3600000 -3600..0', '60000 0..3600']);
    const worse = (tile: Tile) => tile.to <= T;
    const gone = tilesOf({ from: T - HOUR, to: T + HOUR }, { levels, covered: everywhere, rawFrom: T + HOUR }, worse);
    expect(short(gone.tiles)).toEqual(['3600000 -3600..3600']);
  });

  it('cover the range without gap or overlap, aligned to their level, whatever is kept', () => {
    const time = fc.integer({ min: 0, max: 300 }).map((n) => T + n * 7 * MINUTE);
    const ranges = fc.array(fc.tuple(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 20 })), {
      maxLength: 4,
    });
    fc.assert(
      fc.property(
        time,
        time,
        fc.array(ranges, { minLength: 4, maxLength: 4 }),
        time,
        fc.func(fc.boolean()),
        (a, b, kept, rawFrom, take) => {
          const range = { from: Math.min(a, b), to: Math.max(a, b) + 1_234 };
          const covered = (level: Level) => {
            let at = Math.floor(T / DAY) * DAY;
            return kept[LEVELS.indexOf(level)]!.map(([skip, length]) => {
              const from = at + skip * level;
              at = from + length * level;
              return { from, to: at };
            });
          };
          const { tiles, uncovered } = tilesOf(range, { levels, covered, rawFrom }, take);
          const all = [...tiles, ...uncovered].sort((x, y) => x.from - y.from);
          expect(all[0]!.from).toBe(range.from);
          expect(all.at(-1)!.to).toBe(range.to);
          expect(all.slice(1).map((t) => t.from)).toEqual(all.slice(0, -1).map((t) => t.to));
          for (const { level, from, to } of tiles) {
            if (level === 'raw') expect(from).toBeGreaterThanOrEqual(rawFrom);
            else {
              expect([from % level, to % level]).toEqual([0, 0]);
              expect(covered(level).some((c) => c.from <= from && to <= c.to)).toBe(true);
            }
          }
          for (const { from, to } of uncovered) expect(Math.min(to, rawFrom)).toBeGreaterThan(from);
        },
      ),
    );
  });
});
