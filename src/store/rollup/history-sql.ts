import { join } from 'node:path';
import { FLOWS_OF_RECORD_SQL, RECORD_VARIANCE_SQL } from '../../truth/index.ts';
import type { RollupEntry } from '../manifest.ts';
import type { TimeRange } from '../reader.ts';
import { literal, quote } from '../relation.ts';
import { keysOf } from './cube-keys.ts';
import type { Cube } from './cubes.ts';
import { FIGURE_COLUMNS, figureDefault, figureType } from './file-columns.ts';

/** More than any record has, and few enough that millions of them add up in 64 bits: a record that claims more counts as this in history (rollup-builder.ts). */
const MOST = 2 ** 50;
const scaled = (column: string) => `CAST(least(CAST(${column} AS DOUBLE) * greatest(sampling, 1), ${MOST}) AS BIGINT)`;
const raw = (column: string) => `CAST(least(${column}, ${MOST}) AS BIGINT)`;

/** What is known of records before they are read: the largest rate, and the codes of `sampling_origin`, `continued` and `duplicate` that occur. */
export interface RecordFacts {
  readonly maxSampling: number;
  readonly origins: readonly number[];
  readonly continued: readonly number[];
  readonly duplicate: readonly number[];
}

/** A record of a flow of which another one counts. */
const DUPLICATE = 2;

/** Where nothing is known. */
export const ANY_RECORDS: RecordFacts = {
  maxSampling: Number.POSITIVE_INFINITY,
  origins: [0],
  continued: [0, 2],
  duplicate: [0, DUPLICATE],
};

const [UNKNOWN_ORIGIN, NOBODY_KNOWS, CONTINUES] = [0, 0, 2];

/** The figures of one record; the others have their defaults. */
const OF_RECORD: Readonly<Record<string, string>> = {
  records: '1',
  flows: `CASE WHEN continued = 2 THEN 0 ELSE ${FLOWS_OF_RECORD_SQL} END`,
  unsure: 'CASE WHEN continued = 0 THEN 1 ELSE 0 END',
  bytes: scaled('raw_bytes'),
  packets: scaled('raw_packets'),
  raw_bytes: raw('raw_bytes'),
  raw_packets: raw('raw_packets'),
  sampled_bytes: `CASE WHEN sampling > 1 THEN ${scaled('raw_bytes')} ELSE 0 END`,
  unknown_bytes: `CASE WHEN sampling_origin = 0 THEN ${scaled('raw_bytes')} ELSE 0 END`,
  var_bytes: RECORD_VARIANCE_SQL.bytes,
  var_packets: RECORD_VARIANCE_SQL.packets,
  min_rate: 'sampling',
  max_rate: 'sampling',
  origins: '1 << CAST(sampling_origin AS BIGINT)',
};

/** The same where it is known that a part of it is nothing: most traffic is not sampled, and then it takes half the time. */
function figuresOf({ maxSampling, origins, continued }: RecordFacts): Readonly<Record<string, string>> {
  const counters = { bytes: OF_RECORD.raw_bytes!, packets: OF_RECORD.raw_packets! };
  const unsampled = {
    ...counters,
    flows: 'CASE WHEN continued = 2 THEN 0 ELSE 1 END',
    sampled_bytes: '0',
    var_bytes: '0',
    var_packets: '0',
  };
  return {
    ...OF_RECORD,
    ...(maxSampling <= 1 ? unsampled : {}),
    ...(origins.includes(UNKNOWN_ORIGIN!) ? {} : { unknown_bytes: '0' }),
    ...(continued.includes(CONTINUES!) ? {} : { flows: maxSampling <= 1 ? '1' : FLOWS_OF_RECORD_SQL }),
    ...(continued.includes(NOBODY_KNOWS!) ? {} : { unsure: '0' }),
  };
}

/** Records that count as rows of history: `relation` has the columns of a record, physical and virtual. */
export function recordsSql(cube: Cube, relation: string, ranges: readonly TimeRange[], facts: RecordFacts): string {
  const figures = figuresOf(facts);
  const items = [
    ...keysOf(cube).map((key) => quote(key.name)),
    quote('time'),
    'false AS rest',
    ...FIGURE_COLUMNS.map((name) => figure(name, figures[name] ?? figureDefault(name))),
  ];
  const counted = facts.duplicate.includes(DUPLICATE) ? ` AND duplicate <> ${DUPLICATE}` : '';
  return `SELECT ${items.join(', ')} FROM ${relation} WHERE ${within(ranges)}${counted}`;
}

/** Rows of a cube out of files of one level. */
export function levelSql(
  cube: Cube,
  directory: string,
  files: readonly RollupEntry[],
  ranges: readonly TimeRange[],
): string {
  const items = [
    ...keysOf(cube).map((key) => `CAST(${key.stored} AS ${key.type}) AS ${quote(key.name)}`),
    quote('time'),
    'rest',
    ...FIGURE_COLUMNS,
  ];
  return `SELECT ${items.join(', ')} FROM ${filesSql(directory, files)} WHERE cube = ${cube.id} AND ${within(ranges)}`;
}

/** The shape of the others without a row. */
export function nothingSql(cube: Cube): string {
  const items = [
    ...keysOf(cube).map((key) => `CAST(NULL AS ${key.type}) AS ${quote(key.name)}`),
    `CAST(0 AS BIGINT) AS ${quote('time')}`,
    'false AS rest',
    ...FIGURE_COLUMNS.map((name) => figure(name, figureDefault(name))),
  ];
  return `SELECT ${items.join(', ')} WHERE false`;
}

export function filesSql(directory: string, files: readonly RollupEntry[]): string {
  return `read_parquet([${files.map(({ file }) => literal(join(directory, file))).join(', ')}])`;
}

/** Row groups are passed over by the outer bounds. */
export function within(ranges: readonly TimeRange[]): string {
  const one = ({ from, to }: TimeRange) => `${quote('time')} >= ${from} AND ${quote('time')} < ${to}`;
  if (ranges.length === 0) return 'false';
  if (ranges.length === 1) return one(ranges[0]!);
  const outer = { from: Math.min(...ranges.map((r) => r.from)), to: Math.max(...ranges.map((r) => r.to)) };
  return `${one(outer)} AND (${ranges.map((r) => `(${one(r)})`).join(' OR ')})`;
}

function figure(name: string, sql: string): string {
  return `CAST(${sql} AS ${figureType(name)}) AS ${quote(name)}`;
}
