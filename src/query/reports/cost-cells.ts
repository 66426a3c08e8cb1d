import { list, name, type Sql, sql } from '../sql.ts';

/** A flow ends when nothing came of it for so long. */
export const IDLE_SECONDS = 90;
/** Seconds of a cell: what is counted of all of the range, before seconds are. An export period too, and all that are longer are multiples of it. */
export const CELL = 30;
/** Seconds between two exports of a monitor. */
export const PERIODS = [1, CELL, 60, 300, 600] as const;

export interface CostRange {
  /** Whole seconds since 1970: the first and the last that are counted. */
  readonly first: number;
  readonly last: number;
  /** Seconds of a bucket of the series, a multiple of CELL. */
  readonly bucket: number;
}

/** The second from which the statement counts, so that 32 bits are enough: the start of a period of any length, and so early that whatever was seen in second 0 is idle when the range begins. */
export function zeroOf({ first }: CostRange): number {
  return (Math.floor(first / 600) - 2) * 600;
}

/** The column of a cell with the records that are written with that period. */
export function countOf(period: number): Sql {
  if (period === 1) return name('busy');
  return name(period === CELL ? 'n' : `n${period}`);
}

/**
 * What each end system did in each cell. `k` is an end system (upper half) and a cell. `n` flows are seen in it, and of those `n60`, `n300` and `n600` not before in the period around it: all cells
 * of a period together have each of its flows once. `ended` records have their last packet in it. `busy` are the seconds of all flows, `packets` and `r` the packets and their rate.
 *
 * Two numbers are added up in the halves of one word, and records that are like most (`usual`) are not calculated with: both save time where there are millions of cells.
 */
export function cellsTable(range: CostRange): Sql {
  const end = sql`least(e, c * ${CELL} + ${CELL - 1}) + 1`;
  const secondsFrom = (start: Sql) => sql`(${end} - least(${end}, ${start}))`;
  const few = sql`SELECT (id << 32) + c AS k, ${pair(sql`(c * ${CELL} > prev)`, newIn(60))} AS n_n60, ${pair(newIn(300), newIn(600))} AS n300_n600,
      ${pair(sql`(e < c * ${CELL} + ${CELL})`, secondsFrom(sql`greatest(s, prev + 1, c * ${CELL})`))} AS ended_busy, rate,
      rate * ${secondsFrom(sql`greatest(s, c * ${CELL})`)} AS packets
    FROM (${inCells(sql`(SELECT * FROM ends WHERE NOT (${usual(range)}))`, CELL)})`;
  const most = sql`SELECT (id << 32) + s // ${CELL}, ${ONE_AND_ONE}, ${ONE_AND_ONE}, ${pair(sql`1`, sql`e + 1 - s`)}, rate, rate * (e + 1 - s) FROM ends WHERE ${usual(range)}`;
  const sums = ['n_n60', 'n300_n600', 'ended_busy'].map((of) => sql`CAST(sum(${name(of)}) AS BIGINT) AS ${name(of)}`);
  return sql`cells AS MATERIALIZED (
    SELECT k, n_n60 & 4294967295 AS n, n_n60 >> 32 AS n60, n300_n600 & 4294967295 AS n300, n300_n600 >> 32 AS n600,
      ended_busy & 4294967295 AS ended, ended_busy >> 32 AS busy, r, packets
    FROM (SELECT k, ${list(sums)}, sum(rate) AS r, sum(packets) AS packets FROM (${few} UNION ALL ${most}) GROUP BY k))`;
}

/** A record within one cell, the first of its flow, that is held until it was idle. */
function usual(range: CostRange): Sql {
  return sql`prev = 0 AND s // ${CELL} = e // ${CELL} AND e <= ${range.last - zeroOf(range) - IDLE_SECONDS}`;
}

/** The seconds in which a flow is held for a record: those for earlier ones are left out, and there may be none. */
export const HELD_FROM = sql`greatest(s, prev + ${IDLE_SECONDS + 1})`;
export function heldUntil(range: CostRange): Sql {
  return sql`least(e + ${IDLE_SECONDS}, ${range.last - zeroOf(range)})`;
}

/** Seconds for which all flows together are held. */
export function heldSeconds(range: CostRange): Sql {
  const until = heldUntil(range);
  return sql`(SELECT sum(n) FROM (SELECT sum(e + ${IDLE_SECONDS + 1} - s) AS n FROM ends WHERE ${usual(range)} UNION ALL
    SELECT sum(${until} + 1 - least(${until} + 1, ${HELD_FROM})) FROM ends WHERE NOT (${usual(range)})))`;
}

const ONE_AND_ONE = sql`CAST(${2 ** 32 + 1} AS BIGINT)`;

function pair(low: Sql, high: Sql): Sql {
  return sql`CAST(${low} AS BIGINT) + (CAST(${high} AS BIGINT) << 32)`;
}

/** Whether a flow is new in the period around the cell: this is the first cell in it of its record, and what earlier records cover ends before it. */
function newIn(period: number): Sql {
  const cells = period / CELL;
  return sql`((c - c % ${cells}) * ${CELL} > prev AND (c % ${cells} = 0 OR c * ${CELL} <= s))`;
}

/** The rows once for each cell that they touch, as `c`. Many touch one: a list for each of them would take most of the time. */
export function inCells(from: Sql, cell: number): Sql {
  return sql`SELECT *, s // ${cell} AS c FROM ${from} WHERE s // ${cell} = e // ${cell} UNION ALL
    SELECT *, CAST(unnest(range(s // ${cell}, e // ${cell} + 1)) AS UINTEGER) AS c FROM ${from} WHERE s // ${cell} <> e // ${cell}`;
}
