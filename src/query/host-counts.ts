import { HyperLogLog } from '../base/index.ts';
import { enumCode, wordsOf } from '../flow/index.ts';
import type { Cube, RawValue, Tile } from '../store/index.ts';
import type { HostSide } from './metrics.ts';
import type { RollPlan } from './plan/plan.ts';
import { list, made, name, type Sql, sql, text } from './sql.ts';

/** How hosts are told apart beside their side: all together, or by site, by bucket of time, or by both. */
export interface HostGroups {
  readonly bySite: boolean;
  /** SQL of a bucket's number over `time`; null: the whole range. */
  readonly bucket: Sql | null;
}

/** The number of hosts by `hostKey`. */
export type HostNumbers = ReadonlyMap<string, bigint>;

/** A group of hosts; null where groups are not told apart by it. */
export function hostKey(site: RawValue, bucket: RawValue): string {
  return `${bucket ?? ''} ${site ?? ''}`;
}

/** As in rows of sketches (HOSTS_ID in src/store/rollup/cubes.ts), and the end that is at home. */
const SIDES = { out: { side: 0, home: 'src' }, in: { side: 1, home: 'dst' } } as const;

/**
 * Hosts across the border out of sketches of history. Records that are in no sketch are read as they are, and their addresses added to a sketch, so that a host
 * that is in both counts once.
 */
export class HostCounts {
  private readonly run: (statement: Sql) => Promise<{ readonly rows: readonly (readonly RawValue[])[] }>;
  private readonly roll: RollPlan;
  private readonly tiles: readonly Tile[];

  constructor(run: HostCounts['run'], roll: RollPlan, tiles: readonly Tile[]) {
    this.run = run;
    this.roll = roll;
    this.tiles = tiles;
  }

  async count(side: HostSide, groups: HostGroups): Promise<HostNumbers> {
    const sketches = new Map<string, HyperLogLog>();
    const at = ([site, bucket]: readonly RawValue[]) => {
      const key = hostKey(site ?? null, bucket ?? null);
      const known = sketches.get(key) ?? new HyperLogLog();
      sketches.set(key, known);
      return known;
    };
    for (const row of (await this.run(this.sketchStatement(side, groups))).rows)
      at(row).merge(HyperLogLog.decode(Buffer.from(String(row[2]), 'base64')));
    for (const row of (await this.run(this.recordStatement(side, groups))).rows)
      at(row).addWords(...wordsOf(BigInt(row[2] as bigint), BigInt(row[3] as bigint)));
    return new Map([...sketches].map(([key, sketch]) => [key, BigInt(Math.round(sketch.estimate()))]));
  }

  private sketchStatement(side: HostSide, { bySite, bucket }: HostGroups): Sql {
    const from = made(this.roll.history.sketches(this.tiles));
    const whole = bySite ? sql`NOT whole` : sql`whole`;
    return sql`SELECT ${bySite ? name('site') : sql`NULL`}, ${bucket ?? sql`NULL`}, to_base64(sketch) FROM ${from} WHERE side = ${SIDES[side].side} AND ${whole}`;
  }

  /** A cube that no file has any row of: of it there are the records that are in no roll-up, and those of tiles of records. */
  private recordStatement(side: HostSide, { bySite, bucket }: HostGroups): Sql {
    const { home } = SIDES[side];
    const cube: Cube = { id: 0, name: 'hosts', keys: [`${home}_addr`, 'direction', 'site'], bound: [0, 0, 0, 0] };
    const from = made(this.roll.history.relation(cube, this.tiles));
    const words = [name(`${home}_hi`), name(`${home}_lo`)];
    const keys = [bySite ? name('site') : text(''), bucket ?? sql`0`];
    const known = sql`(${words[0]!} <> 0 OR ${words[1]!} <> 0)`;
    const values = [bySite ? sql`k0` : sql`NULL`, bucket ? sql`k1` : sql`NULL`, sql`k2`, sql`k3`];
    const named = [...keys, ...words].map((value, i) => sql`${value} AS ${name(`k${i}`)}`);
    return sql`SELECT ${list(values)} FROM (SELECT DISTINCT ${list(named)} FROM ${from}
      WHERE ${name('direction')} = ${enumCode('direction', side)} AND ${known}) AS hosts`;
  }
}
