import { list, type Sql, sql } from '../sql.ts';

/** A flow ends when nothing came of it for so long. */
const IDLE_SECONDS = 90;
/** Seconds of a cell: what is counted of all of the range, before seconds are. An export period too. */
export const CELL = 30;
/** The same for flows that are held: they are for a minute and a half at least. */
const HELD_CELL = 300;
/** Cells that are looked into first: what they hold leaves out nearly all others. */
const FIRST_CELLS = 500;

export interface CostRange {
  /** Whole seconds since 1970: the first and the last that are counted. */
  readonly first: number;
  readonly last: number;
  /** Seconds of a bucket of the series, a multiple of CELL. */
  readonly bucket: number;
}

/**
 * The largest second of an end system without counting every second of every one: flows that are seen in a second are among those of its cell. The fullest cells are looked into, and then
 * those which hold more than the largest second that was found. `k` is an end system (upper half) and a second or cell.
 */
export function peakTables(range: CostRange): Sql {
  const most = sql`SELECT max(n) AS n, max(r) AS r FROM fullest`;
  return list([
    sql`cells AS MATERIALIZED (
      SELECT (id << 32) + c AS k, count(*) FILTER (c > prev // ${CELL}) AS n, sum(rate) AS r,
        sum(greatest(0, least(e, c * ${CELL} + ${CELL - 1}) - greatest(s, prev + 1, c * ${CELL}) + 1)) AS busy,
        sum(rate * (least(e, c * ${CELL} + ${CELL - 1}) - greatest(s, c * ${CELL}) + 1)) AS packets
      FROM (${inCells(sql`ends`, sql`s`, sql`e`, CELL)}) GROUP BY k)`,
    sql`fullest AS MATERIALIZED (${secondsOf(sql`(SELECT k FROM cells ORDER BY n DESC LIMIT ${FIRST_CELLS}) UNION (SELECT k FROM cells ORDER BY r DESC LIMIT ${FIRST_CELLS})`)})`,
    // Sums of the same rates in another order may differ in their last digits.
    sql`seconds AS MATERIALIZED (SELECT * FROM fullest UNION ALL
      ${secondsOf(sql`SELECT k FROM cells, (${most}) AS most WHERE cells.n > most.n OR cells.r > most.r * 1.000001`)})`,
    sql`held AS MATERIALIZED (
      SELECT id, greatest(s, prev + ${IDLE_SECONDS + 1}) AS s, least(e + ${IDLE_SECONDS}, ${range.last}) AS e FROM ends
      WHERE greatest(s, prev + ${IDLE_SECONDS + 1}) <= least(e + ${IDLE_SECONDS}, ${range.last}))`,
    sql`held_cells AS MATERIALIZED (
      SELECT (id << 32) + c AS k, count(*) AS n FROM (${inCells(sql`held`, sql`s`, sql`e`, HELD_CELL)}) GROUP BY k)`,
    sql`held_fullest AS MATERIALIZED (${heldOf(sql`SELECT k FROM held_cells ORDER BY n DESC LIMIT ${FIRST_CELLS}`)})`,
    sql`held_seconds AS (SELECT * FROM held_fullest UNION ALL
      ${heldOf(sql`SELECT k FROM held_cells WHERE n > (SELECT max(n) FROM held_fullest)`)})`,
  ]);
}

/** The rows once for each cell that they touch, as `c`. */
function inCells(from: Sql, start: Sql, end: Sql, cell: number): Sql {
  return sql`SELECT *, unnest(range(${start} // ${cell}, ${end} // ${cell} + 1)) AS c FROM ${from}`;
}

/** Flows seen and packets of each second of some cells. */
function secondsOf(cells: Sql): Sql {
  return sql`SELECT (id << 32) + second AS k, count(*) FILTER (second > prev) AS n, sum(rate) AS r
    FROM (SELECT id, prev, rate, unnest(range(greatest(s, c * ${CELL}), least(e, c * ${CELL} + ${CELL - 1}) + 1)) AS second
      FROM (${inCells(sql`ends`, sql`s`, sql`e`, CELL)}) WHERE (id << 32) + c IN (${cells}))
    GROUP BY k`;
}

/** Flows held from each second on in which their number changes, in some cells. It is 0 at the end of each cell, so that one running sum serves all of them. */
function heldOf(cells: Sql): Sql {
  const inside = sql`(SELECT id, greatest(s, c * ${HELD_CELL}) AS s, least(e, c * ${HELD_CELL} + ${HELD_CELL - 1}) AS e
    FROM (${inCells(sql`held`, sql`s`, sql`e`, HELD_CELL)}) WHERE (id << 32) + c IN (${cells}))`;
  return sql`SELECT k, sum(d) OVER (ORDER BY k ROWS UNBOUNDED PRECEDING) AS n
    FROM (SELECT k, sum(d) AS d FROM (SELECT (id << 32) + s AS k, 1 AS d FROM ${inside} UNION ALL SELECT (id << 32) + e + 1, -1 FROM ${inside}) GROUP BY k)`;
}

/** In each row of a series `worst` and `total` are of seconds: means over a cell for the worst end system. */
export function peakParts({ bucket }: CostRange): Sql[] {
  const at = sql`((k & 4294967295) * ${CELL} // ${bucket}) * ${bucket} AS step`;
  return [
    sql`SELECT 'period', 1, max(n), 0, arg_max(k >> 32, n) FROM seconds`,
    sql`SELECT 'period', ${CELL}, max(n), 0, arg_max(k >> 32, n) FROM cells`,
    sql`SELECT 'packets', 1, max(r), (SELECT sum(packets) FROM cells), arg_max(k >> 32, r) FROM seconds`,
    sql`SELECT 'held', 1, max(n), (SELECT sum(e - s + 1) FROM held), arg_max(k >> 32, n) FROM held_seconds`,
    sql`SELECT 'flow_series', ${at}, max(busy) / ${CELL}, sum(busy), arg_max(k >> 32, busy) FROM cells GROUP BY step`,
    sql`SELECT 'packet_series', ${at}, max(packets) / ${CELL}, sum(packets), arg_max(k >> 32, packets) FROM cells GROUP BY step`,
  ];
}
