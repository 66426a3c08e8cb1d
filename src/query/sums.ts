import { type Column, columnOf, columns } from '../flow/index.ts';
import { FLOWS_OF_RECORD_SQL } from '../truth/index.ts';
import { list, made, name, type Sql, sql } from './sql.ts';

/**
 * How exactly sums are calculated. `scaled`: some row has a sampling rate above 1, so `bytes` and `packets` are raw x sampling.
 * `wide`: in 128 bits throughout. The narrow way (64-bit terms, 128-bit sum) is up to 1.6 times faster and raises an error when
 * a term does not fit, upon which the query is run again in the wide way; it never wraps around.
 */
export interface Arithmetic {
  readonly scaled: boolean;
  readonly wide: boolean;
  /** Codes of `continued` that may occur: where none is "yes", flows are records, and the column need not be read. */
  readonly continued: readonly number[];
  /** Some row may stand for more flows than itself: whole flows or records were sampled. */
  readonly standing: boolean;
  /** The rows are those of history, which hold sums, and not single records. */
  readonly rolled?: boolean;
}

/** A quantity that can be added up over any set of rows: every other metric is made of such sums. */
export interface Sum {
  readonly name: string;
  readonly meaning: string;
  readonly unit: string;
  readonly sql: (how: Arithmetic) => Sql;
}

function term(column: string, how: Pick<Arithmetic, 'wide'>): Sql {
  return how.wide ? sql`CAST(${name(column)} AS HUGEINT)` : sql`CAST(${name(column)} AS BIGINT)`;
}

/** One row's value of a counter scaled by its sampling rate. */
export function scaledTerm(column: 'raw_bytes' | 'raw_packets', how: Pick<Arithmetic, 'scaled' | 'wide'>): Sql {
  return how.scaled ? sql`${term(column, how)} * ${name('sampling')}` : term(column, how);
}

function scaled(column: 'raw_bytes' | 'raw_packets') {
  const kept = column === 'raw_bytes' ? sql`sum("bytes")` : sql`sum("packets")`;
  return (how: Arithmetic) => (how.rolled ? kept : sql`sum(${scaledTerm(column, how)})`);
}

const [UNKNOWN, , YES] = columnOf('continued').values!.map((_, code) => code);

/** A record that continues a flow which a timeout cut is no flow of its own. */
function flowCount({ continued, rolled, standing }: Arithmetic): Sql {
  if (rolled) return sql`sum("flows")`;
  return flowsWhere({ continued, standing });
}

/** Flows among records, not those of history, that meet all of the conditions. */
export function flowsWhere(
  { continued, standing }: Pick<Arithmetic, 'continued' | 'standing'>,
  ...conditions: readonly Sql[]
): Sql {
  const count = standing ? sql`sum(CAST(${made(FLOWS_OF_RECORD_SQL)} AS BIGINT))` : sql`count(*)`;
  const all = continued.includes(YES!) ? [sql`${name('continued')} <> ${YES!}`, ...conditions] : conditions;
  return all.length === 0 ? count : sql`${count} FILTER (WHERE ${list(all, ' AND ')})`;
}

/** Of history at least, where records stand for more flows than themselves. */
function continuedCount({ continued, rolled }: Arithmetic): Sql {
  if (rolled) return sql`sum(greatest("records" - "flows", 0))`;
  return continued.includes(YES!)
    ? sql`count(*) FILTER (WHERE ${name('continued')} = ${YES!})`
    : sql`CAST(0 AS BIGINT)`;
}

/** Records of which nobody knows whether they continue a flow. */
function unsureCount({ continued, rolled }: Arithmetic): Sql {
  if (rolled) return sql`sum("unsure")`;
  if (!continued.includes(UNKNOWN!)) return sql`CAST(0 AS BIGINT)`;
  return continued.length === 1 ? sql`count(*)` : sql`count(*) FILTER (WHERE ${name('continued')} = ${UNKNOWN!})`;
}

function columnSum(column: Column): Sum {
  return {
    name: column.name,
    unit: column.unit ?? column.name,
    meaning: `sum of ${column.name}: ${column.meaning}`,
    sql: (how) => sql`sum(${term(column.name, how)})`,
  };
}

export const RECORDS: Sum = {
  name: 'records',
  unit: 'records',
  meaning: 'flow records, as exported',
  sql: ({ rolled }) => (rolled ? sql`sum("records")` : sql`count(*)`),
};
export const FLOWS: Sum = {
  name: 'flows',
  unit: 'flows',
  meaning:
    'flows: records that do not continue a flow which an active timeout cut; where whole flows or records were sampled, scaled',
  sql: flowCount,
};
/** No metric: the quality of an answer with flows says it. */
const UNSURE: Sum = {
  name: 'unsure',
  unit: 'records',
  meaning: 'records of which nobody knows whether they continue a flow',
  sql: unsureCount,
};
const CONTINUED: Sum = {
  name: 'continued',
  unit: 'records',
  meaning: 'records that continue a flow',
  sql: continuedCount,
};
export const BYTES: Sum = {
  name: 'bytes',
  unit: 'bytes',
  meaning: 'octets, scaled by the sampling rate of each record',
  sql: scaled('raw_bytes'),
};
export const PACKETS: Sum = {
  name: 'packets',
  unit: 'packets',
  meaning: 'packets, scaled by the sampling rate of each record',
  sql: scaled('raw_packets'),
};
/** One row's duration in ms. */
export const DURATION_TERM: Sql = sql`CASE WHEN "end" > "start" THEN "end" - "start" ELSE 0 END`;

export const DURATION: Sum = {
  name: 'duration',
  unit: 'ms',
  meaning: 'sum of end - start of the records; a record that ends before it starts counts 0',
  sql: () => sql`sum(${DURATION_TERM})`,
};

/** All sums, in the order in which they are shown. */
export const SUMS: readonly Sum[] = [
  BYTES,
  PACKETS,
  FLOWS,
  RECORDS,
  DURATION,
  ...columns.filter((c) => c.sum).map(columnSum),
];

/** With what the quality of flows needs, where flows are among them or a figure is made of them. */
export function withFlowQuality(sums: readonly Sum[], further: readonly Sum[] = []): readonly Sum[] {
  return [...sums, ...further].includes(FLOWS) ? [...new Set([...sums, RECORDS, FLOWS, UNSURE, CONTINUED])] : sums;
}
