import { type ColumnName, columnOf, type FlowBatch, fillOf } from '../flow/index.ts';
import { virtualNumber } from './virtual.ts';

/**
 * Numbers that are computed from columns. SQL and predicate use the same IEEE 754 double arithmetic in the same order, so
 * they agree for every value, and nothing can overflow: 2^64 bytes x 2^32 is far inside a double's range.
 *
 * Rates are cut to whole numbers and are 0 without a duration, as nfdump has it (nftree.c, pps_function and its
 * neighbours). floor(a / b) in doubles is the exact integer quotient while a is below 2^53.
 */
export interface Computed {
  readonly name: ComputedName;
  /** Largest value that may be asked for. */
  readonly max: bigint;
  readonly unit?: 'ms' | 'bytes' | 'packets' | 'bits/s' | 'packets/s';
  readonly meaning: string;
  /** nfdump's words and those that its users type. */
  readonly aliases: readonly string[];
  /** The columns that it is computed from. */
  readonly reads: readonly ColumnName[];
  /** A DOUBLE (or small integer) expression. */
  readonly sql: string;
  readonly bind: (batch: FlowBatch) => (row: number) => number;
}

export type ComputedName =
  | 'bytes'
  | 'packets'
  | 'duration'
  | 'bps'
  | 'pps'
  | 'bpp'
  | 'flows'
  | 'engine_type'
  | 'engine_id';

/** The value of any integer column as a double, rounded once, as DuckDB's cast to DOUBLE does. */
export function readDouble(batch: FlowBatch, name: string): (row: number) => number {
  const virtual = virtualNumber(batch, name);
  if (virtual) return virtual;
  const array = batch.array(name);
  if (!array) {
    const fill = fillOf(columnOf(name));
    return () => fill;
  }
  const type = columnOf(name).type;
  if (type !== 'u64' && type !== 'time') return (row) => array[row]!;
  return (row) => array[2 * row + 1]! * 4_294_967_296 + array[2 * row]!;
}

const double = (name: string) => `CAST("${name}" AS DOUBLE)`;
const BYTES = `(${double('raw_bytes')} * ${double('sampling')})`;
const PACKETS = `(${double('raw_packets')} * ${double('sampling')})`;
const DURATION = `greatest(${double('end')} - ${double('start')}, CAST(0 AS DOUBLE))`;
const perSecond = (amount: string) =>
  `CASE WHEN ${DURATION} = 0 THEN CAST(0 AS DOUBLE) ELSE floor(${amount} / ${DURATION}) END`;

function product(a: string, b: string) {
  return (batch: FlowBatch) => {
    const x = readDouble(batch, a);
    const y = readDouble(batch, b);
    return (row: number) => x(row) * y(row);
  };
}

function bindDuration(batch: FlowBatch): (row: number) => number {
  const start = readDouble(batch, 'start');
  const end = readDouble(batch, 'end');
  return (row) => Math.max(end(row) - start(row), 0);
}

function bindRate(amount: (batch: FlowBatch) => (row: number) => number, factor: number) {
  return (batch: FlowBatch) => {
    const sum = amount(batch);
    const duration = bindDuration(batch);
    return (row: number) => {
      const ms = duration(row);
      return ms === 0 ? 0 : Math.floor((sum(row) * factor) / ms);
    };
  };
}

const U96 = (1n << 96n) - 1n;
const RATE = (1n << 110n) - 1n;
const scaledBytes = product('raw_bytes', 'sampling');
const scaledPackets = product('raw_packets', 'sampling');

export const COMPUTED: readonly Computed[] = [
  {
    name: 'bytes',
    max: U96,
    unit: 'bytes',
    meaning: 'octets, scaled by the sampling rate',
    aliases: ['in bytes'],
    reads: ['raw_bytes', 'sampling'],
    sql: BYTES,
    bind: scaledBytes,
  },
  {
    name: 'packets',
    max: U96,
    unit: 'packets',
    meaning: 'packets, scaled by the sampling rate',
    aliases: ['in packets'],
    reads: ['raw_packets', 'sampling'],
    sql: PACKETS,
    bind: scaledPackets,
  },
  {
    name: 'duration',
    max: U96,
    unit: 'ms',
    meaning: 'end minus start, in milliseconds',
    aliases: [],
    reads: ['start', 'end'],
    sql: DURATION,
    bind: bindDuration,
  },
  {
    name: 'bps',
    max: RATE,
    unit: 'bits/s',
    meaning: 'bits per second, scaled, cut to a whole number; 0 without a duration',
    aliases: [],
    reads: ['raw_bytes', 'sampling', 'start', 'end'],
    sql: perSecond(`(${BYTES} * 8000)`),
    bind: bindRate(scaledBytes, 8000),
  },
  {
    name: 'pps',
    max: RATE,
    unit: 'packets/s',
    meaning: 'packets per second, scaled, cut to a whole number; 0 without a duration',
    aliases: [],
    reads: ['raw_packets', 'sampling', 'start', 'end'],
    sql: perSecond(`(${PACKETS} * 1000)`),
    bind: bindRate(scaledPackets, 1000),
  },
  {
    name: 'bpp',
    max: U96,
    unit: 'bytes',
    meaning: 'octets per packet, cut to a whole number; 0 without packets',
    aliases: [],
    reads: ['raw_bytes', 'raw_packets'],
    sql: `CASE WHEN "raw_packets" = 0 THEN CAST(0 AS DOUBLE) ELSE floor(${double('raw_bytes')} / ${double('raw_packets')}) END`,
    bind: (batch) => {
      const bytes = readDouble(batch, 'raw_bytes');
      const packets = readDouble(batch, 'raw_packets');
      return (row) => {
        const n = packets(row);
        return n === 0 ? 0 : Math.floor(bytes(row) / n);
      };
    },
  },
  {
    name: 'flows',
    max: U96,
    meaning: 'flows in the record: 1',
    aliases: [],
    reads: [],
    sql: 'CAST(1 AS DOUBLE)',
    bind: () => () => 1,
  },
  {
    name: 'engine_type',
    max: 255n,
    meaning: 'engine type of NetFlow v5: bits 8 to 15 of the domain',
    aliases: ['engine-type'],
    reads: ['domain'],
    sql: '(("domain" >> 8) & 255)',
    bind: (batch) => {
      const domain = readDouble(batch, 'domain');
      return (row) => (domain(row) >>> 8) & 255;
    },
  },
  {
    name: 'engine_id',
    max: 255n,
    meaning: 'engine id of NetFlow v5: the low 8 bits of the domain',
    aliases: ['engine-id'],
    reads: ['domain'],
    sql: '("domain" & 255)',
    bind: (batch) => {
      const domain = readDouble(batch, 'domain');
      return (row) => domain(row) & 255;
    },
  },
];

const byName = new Map(COMPUTED.map((c) => [c.name, c]));

export function computedOf(name: ComputedName): Computed {
  return byName.get(name)!;
}
