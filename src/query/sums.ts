import { type Column, columns } from '../flow/index.ts';
import { name, type Sql, sql } from './sql.ts';

/**
 * How exactly sums are calculated. `scaled`: some row has a sampling rate above 1, so `bytes` and `packets` are raw x sampling.
 * `wide`: in 128 bits throughout. The narrow way (64-bit terms, 128-bit sum) is up to 1.6 times faster and raises an error when
 * a term does not fit, upon which the query is run again in the wide way; it never wraps around.
 */
export interface Arithmetic {
  readonly scaled: boolean;
  readonly wide: boolean;
}

/** A quantity that can be added up over any set of rows: every other metric is made of such sums. */
export interface Sum {
  readonly name: string;
  readonly meaning: string;
  readonly unit: string;
  readonly sql: (how: Arithmetic) => Sql;
}

function term(column: string, how: Arithmetic): Sql {
  return how.wide ? sql`CAST(${name(column)} AS HUGEINT)` : sql`CAST(${name(column)} AS BIGINT)`;
}

/** One row's value of a counter scaled by its sampling rate. */
export function scaledTerm(column: 'raw_bytes' | 'raw_packets', how: Arithmetic): Sql {
  return how.scaled ? sql`${term(column, how)} * ${name('sampling')}` : term(column, how);
}

function scaled(column: 'raw_bytes' | 'raw_packets') {
  return (how: Arithmetic) => sql`sum(${scaledTerm(column, how)})`;
}

/** `continued` as stored: 2 is "yes" (columns.ts). A record that continues a flow which an active timeout cut is no flow of its own. */
function flowCount(): Sql {
  return sql`count(*) FILTER (WHERE ${name('continued')} <> 2)`;
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
  sql: () => sql`count(*)`,
};
export const FLOWS: Sum = {
  name: 'flows',
  unit: 'flows',
  meaning: 'flows: records that do not continue a flow which an active timeout cut',
  sql: flowCount,
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
