import { enumCode } from '../../flow/index.ts';
import type { Scope } from '../scope.ts';
import { list, name, type Sql, sql } from '../sql.ts';
import { scaledTerm } from '../sums.ts';
import { type CostRange, PERIODS, zeroOf } from './cost-cells.ts';
import { peakParts, peakTables } from './cost-peaks.ts';

/** Times in whole seconds are kept in 32 bits, beside an end system in the other half of a word. */
export const LATEST_SECOND = 2 ** 32 - 4_000;

/**
 * What end systems would have to write, hold and count, in one statement. Each row of the answer is a figure by its name in `part`: `step` is a period or a bucket of time in seconds,
 * `worst` and `total` are of one end system and of all, `hi` and `lo` name the one that is worst.
 *
 * A record is the time from its first to its last packet in whole seconds. The records of one 5-tuple are put in order, and what earlier ones cover is not counted again, so that a
 * period of any length counts a flow once. `prev` is the last second that they cover: all of it from the start of this record on, because no earlier one began later.
 */
export function costStatement(scope: Scope, range: CostRange): Sql {
  const { source, shape } = scope;
  const zero = zeroOf(range);
  const start = sql`CAST(greatest(("time" - greatest("end" - "start", 0)) // 1000, ${range.first}) - ${zero} AS UINTEGER)`;
  const end = sql`CAST(greatest(least("time" // 1000, ${range.last}), ${range.first}) - ${zero} AS UINTEGER)`;
  const packets = sql`CAST(${scaledTerm('raw_packets', shape.how)} AS DOUBLE)`;
  const key = list(['src_hi', 'src_lo', 'dst_hi', 'dst_lo', 'src_port', 'dst_port', 'protocol'].map(name));
  const other = sql`("src_hi" <> "dst_hi" OR "src_lo" <> "dst_lo")`;
  const earlier = sql`max(e) OVER (PARTITION BY ${key} ORDER BY s ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)`;
  return sql`WITH records AS MATERIALIZED (
      SELECT ${key}, hash(${key}) AS h, "direction", ${start} AS s, ${end} AS e, ${packets} AS packets FROM ${source.from} WHERE ${source.where}),
    repeated AS MATERIALIZED (SELECT h FROM records GROUP BY h HAVING count(*) > 1),
    ordered AS MATERIALIZED (
      SELECT * EXCLUDE (h), CAST(0 AS UINTEGER) AS prev FROM records WHERE h NOT IN (FROM repeated) UNION ALL
      SELECT * EXCLUDE (h), coalesce(${earlier}, 0) AS prev FROM records WHERE h IN (FROM repeated)),
    sides AS MATERIALIZED (${sideOf(scope, 'src', sql`true`)} UNION ALL ${sideOf(scope, 'dst', other)}),
    names AS MATERIALIZED (SELECT hi, lo, row_number() OVER () AS id FROM (SELECT DISTINCT hi, lo FROM sides)),
    ends AS MATERIALIZED (SELECT id, s, e, prev, rate FROM sides JOIN names USING (hi, lo)),
    ${peakTables(range)},
    answer AS (${list([endsPart(), ...PERIODS.map(rangePart), ...peakParts(range)], ' UNION ALL ')})
    SELECT part, step, CAST(worst AS DOUBLE), CAST(total AS DOUBLE), hi, lo FROM answer LEFT JOIN names USING (id) ORDER BY part, step`;
}

/** One end of the records, where it is an end system. Second 0 is before all that is counted. */
function sideOf({ view }: Scope, side: 'src' | 'dst', and: Sql): Sql {
  const [hi, lo] = [name(`${side}_hi`), name(`${side}_lo`)];
  return sql`SELECT ${hi} AS hi, ${lo} AS lo, s, e, prev, packets / (e - s + 1) AS rate
    FROM ordered WHERE ${isEndSystem(side, view.facts.directed)} AND ${and}`;
}

/** Directions in which that end of a record is at home. */
const AT_HOME = { src: ['out', 'inside'], dst: ['in', 'inside'] } as const;

/** A known address of one host, at home where it is known what is: groups and broadcasts (RFC 5771, RFC 4291) are no end systems. */
function isEndSystem(side: 'src' | 'dst', directed: boolean): Sql {
  const [hi, lo] = [name(`${side}_hi`), name(`${side}_lo`)];
  const home = list(AT_HOME[side].map((d) => sql`${enumCode('direction', d)}`));
  const unicast = sql`CASE WHEN ${hi} = 0 AND (${lo} >> 32) = 65535 THEN (${lo} & 4294967295) BETWEEN 1 AND ${0xdfffffff}
    ELSE (${hi} >> 56) <> 255 AND (${hi} <> 0 OR ${lo} <> 0) END`;
  return directed ? sql`"direction" IN (${home}) AND ${unicast}` : unicast;
}

function endsPart(): Sql {
  return sql`SELECT 'ends' AS part, 0 AS step, 0 AS worst, count(*) AS total, 0 AS id FROM names`;
}

/** The records of the whole range, and of the end system that writes most of them. */
function rangePart(period: number): Sql {
  const total = name(`t${period}`);
  return sql`SELECT 'range', ${period}, max(${total}), sum(${total}), arg_max(id, ${total}) FROM totals`;
}
