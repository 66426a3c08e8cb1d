import { list, name, type Sql, sql } from '../sql.ts';

export const PERCENTILES = [50, 95, 99] as const;
export type Percentiles = Readonly<Record<`p${(typeof PERCENTILES)[number]}`, number | null>>;

const TIMES = ['setup', 'response', 'rtt'] as const;

/** The columns of `timesBy` after its keys: of each time the percentiles. */
export const RANKED: readonly Sql[] = TIMES.flatMap((time) => PERCENTILES.map((p) => name(`${time}_p${p}`)));

/**
 * The percentiles of the known times, by the keys. The nearest rank, by weight: the least value that occurred of which, with all below it, enough attempts are. A record that stands for
 * a hundred attempts counts as a hundred, else the hosts that were not sampled would say how fast a server is.
 */
export function timesBy(keys: readonly Sql[], attempts: Sql): Sql {
  const by = (more: readonly string[]) => list([...keys, ...more.map(name)]);
  const each = sql`(SELECT ${list([...keys, name('weight')])}, unnest([${list(TIMES.map(name))}]) AS value,
    unnest([${list(TIMES.map((_, i) => sql`${i}`))}]) AS time FROM ${attempts}) AS each`;
  const values = sql`(SELECT ${by(['time', 'value'])}, sum(weight) AS weight FROM ${each} WHERE value > 0 GROUP BY ${by(['time', 'value'])}) AS known`;
  const ranks = sql`(SELECT ${by(['time', 'value'])}, sum(weight) OVER (PARTITION BY ${by(['time'])}) AS total,
    sum(weight) OVER (PARTITION BY ${by(['time'])} ORDER BY value ROWS UNBOUNDED PRECEDING) AS reached FROM ${values}) AS ranks`;
  const figures = TIMES.flatMap((time, i) =>
    PERCENTILES.map(
      (p) =>
        sql`min(value) FILTER (WHERE ${name('time')} = ${i} AND reached * 100 >= total * ${p}) AS ${name(`${time}_p${p}`)}`,
    ),
  );
  const groups = keys.length > 0 ? sql`GROUP BY ${list(keys)}` : sql``;
  return sql`SELECT ${list([...keys, ...figures])} FROM ${ranks} ${groups}`;
}
