import { list, name, type Sql, sql } from '../sql.ts';
import {
  CELL,
  type CostRange,
  cellsTable,
  countOf,
  HELD_FROM,
  heldSeconds,
  heldUntil,
  IDLE_SECONDS,
  inCells,
  PERIODS,
  zeroOf,
} from './cost-cells.ts';

/** The periods that are made of cells. */
const LONG_PERIODS = PERIODS.filter((p) => p > CELL);
/** The cells of flows that are held, for a minute and a half at least: one of the periods. */
const HELD_CELL = 300;
/** Cells that are looked into first: what they hold leaves out nearly all others. */
const FIRST_CELLS = 500;

/**
 * The largest second of an end system without counting every second of every one: flows that are seen in a second are among those of its cell. The fullest cells are looked into, and then
 * those which hold more than the largest second that was found. `k` is an end system (upper half) and a second or cell.
 */
export function peakTables(range: CostRange): Sql {
  const totals = PERIODS.map((p) => sql`sum(${countOf(p)}) AS ${name(`t${p}`)}`);
  const most = sql`SELECT max(n) AS n, max(r) AS r FROM fullest`;
  return list([
    cellsTable(range),
    sql`totals AS MATERIALIZED (SELECT k >> 32 AS id, ${list(totals)} FROM cells GROUP BY 1)`,
    // Whoever has fewer flows in all of the range than another in one cell is not the one with most in a longer time. All flows of a cell are held at its end.
    sql`crowded AS MATERIALIZED (SELECT * FROM cells WHERE k >> 32 IN (SELECT id FROM totals WHERE t60 >= (SELECT max(n) FROM cells)))`,
    sql`fullest AS MATERIALIZED (${secondsOf(sql`(SELECT k FROM cells ORDER BY n DESC LIMIT ${FIRST_CELLS}) UNION (SELECT k FROM cells ORDER BY r DESC LIMIT ${FIRST_CELLS})`)})`,
    // Sums of the same rates in another order may differ in their last digits.
    sql`seconds AS MATERIALIZED (SELECT * FROM fullest UNION ALL
      ${secondsOf(sql`SELECT k FROM cells, (${most}) AS most WHERE cells.n > most.n OR cells.r > most.r * 1.000001`)})`,
    sql`held_cells AS MATERIALIZED (${heldAtMost()})`,
    sql`held_fullest AS MATERIALIZED (${heldOf(range, sql`SELECT k FROM held_cells ORDER BY n DESC LIMIT ${FIRST_CELLS}`)})`,
    sql`held_seconds AS (SELECT * FROM held_fullest UNION ALL
      ${heldOf(range, sql`SELECT k FROM held_cells WHERE n > (SELECT max(n) FROM held_fullest)`)})`,
  ]);
}

/** Rows once for each of some cells that they touch, as `c`. Those of other end systems are left out before they are spread over cells. */
function inSomeCells(rows: Sql, cell: number, cells: Sql): Sql {
  return sql`(WITH wanted AS MATERIALIZED (${cells}),
      near AS MATERIALIZED (${rows} WHERE id IN (SELECT k >> 32 FROM wanted))
    SELECT * FROM (${inCells(sql`near`, cell)}) WHERE (id << 32) + c IN (FROM wanted))`;
}

/** Flows seen and packets of each second of some cells. */
function secondsOf(cells: Sql): Sql {
  return sql`SELECT (id << 32) + second AS k, count(*) FILTER (second > prev) AS n, sum(rate) AS r
    FROM (SELECT id, prev, rate, unnest(range(greatest(s, c * ${CELL}), least(e, c * ${CELL} + ${CELL - 1}) + 1)) AS second
      FROM ${inSomeCells(sql`SELECT * FROM ends`, CELL, cells)})
    GROUP BY k`;
}

/** No more flows are held in any second of a cell than are seen in it and have ended while the one before it ran out. */
function heldAtMost(): Sql {
  const cells = HELD_CELL / CELL;
  const cell = sql`(k & 4294967295)`;
  const at = sql`${cell} // ${cells}`;
  return sql`SELECT k, sum(n) AS n FROM (
      SELECT (k >> 32 << 32) + ${at} AS k, ${name(`n${HELD_CELL}`)} AS n FROM crowded UNION ALL
      SELECT (k >> 32 << 32) + ${at} + 1, least(n, ended) FROM crowded WHERE ${cell} % ${cells} >= ${cells - IDLE_SECONDS / CELL})
    GROUP BY k`;
}

/** Flows held from each second on in which their number changes, in some cells. It is 0 at the end of each cell, so that one running sum serves all of them. */
function heldOf(range: CostRange, cells: Sql): Sql {
  const rows = sql`SELECT id, ${HELD_FROM} AS s, ${heldUntil(range)} AS e FROM ends`;
  return sql`SELECT k, sum(d) OVER (ORDER BY k ROWS UNBOUNDED PRECEDING) AS n FROM (
    WITH inside AS MATERIALIZED (
      SELECT id, greatest(s, c * ${HELD_CELL}) AS s, least(e, c * ${HELD_CELL} + ${HELD_CELL - 1}) AS e FROM ${inSomeCells(rows, HELD_CELL, cells)} WHERE s <= e)
    SELECT k, sum(d) AS d FROM (SELECT (id << 32) + s AS k, 1 AS d FROM inside UNION ALL SELECT (id << 32) + e + 1, -1 FROM inside) GROUP BY k)`;
}

/** In each row of a series `worst` and `total` are of seconds: means over a cell for the worst end system. */
export function peakParts(range: CostRange): Sql[] {
  const at = sql`((k & 4294967295) * ${CELL} + ${zeroOf(range)}) // ${range.bucket} * ${range.bucket} AS step`;
  return [
    sql`SELECT 'period', 1, max(n), 0, arg_max(k >> 32, n) FROM seconds`,
    sql`SELECT 'period', ${CELL}, max(n), 0, arg_max(k >> 32, n) FROM cells`,
    ...LONG_PERIODS.map(longPart),
    sql`SELECT 'packets', 1, max(r), (SELECT sum(packets) FROM cells), arg_max(k >> 32, r) FROM seconds`,
    sql`SELECT 'held', 1, max(n), ${heldSeconds(range)}, arg_max(k >> 32, n) FROM held_seconds`,
    sql`SELECT 'flow_series', ${at}, max(busy) / ${CELL}, sum(busy), arg_max(k >> 32, busy) FROM cells GROUP BY step`,
    sql`SELECT 'packet_series', ${at}, max(packets) / ${CELL}, sum(packets), arg_max(k >> 32, packets) FROM cells GROUP BY step`,
  ];
}

/** The largest number of records of one period that is made of cells. */
function longPart(period: number): Sql {
  return sql`SELECT 'period', ${period}, max(n), 0, arg_max(k >> 32, n) FROM (
    SELECT (k >> 32 << 32) + (k & 4294967295) // ${period / CELL} AS k, sum(${name(`n${period}`)}) AS n FROM crowded GROUP BY 1)`;
}
