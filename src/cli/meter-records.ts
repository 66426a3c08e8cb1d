import { WeirError } from '../base/index.ts';
import { type Column, cellOf, columns, type FlowBatch, getWide, type JsonValue, jsonInteger } from '../flow/index.ts';
import type { AnswerColumn, FlowRecord } from '../query/index.ts';

type Read = (row: number) => JsonValue;

/** A field of a metered flow: how it is described, and what reads it from a batch; null where no row of the batch has a value. */
interface MeterField {
  readonly column: AnswerColumn;
  readonly bind: (batch: FlowBatch) => Read | null;
}

/** Nothing here was received, nobody exported it, and no import has a name. */
const NOT_METERED = new Set(['received', 'exporter', 'domain', 'source']);

const RECORD: readonly MeterField[] = [
  ...columns.filter((c) => !NOT_METERED.has(c.name)).map(columnField),
  scaledField('bytes', 'raw_bytes'),
  scaledField('packets', 'raw_packets'),
];

const DURATION: MeterField = {
  column: { name: 'duration', type: 'integer', unit: 'ms' },
  bind: (batch) => {
    const [start, end] = [batch.u32('start'), batch.u32('end')];
    return (row) => getWide(end, row) - getWide(start, row);
  },
};

/** What a record of both directions has of the way back, under the names of the way there. */
const BACK = ['bytes', 'packets', 'start', 'end', 'tcp_flags', 'tos'];
const BACK_FIELDS = RECORD.filter((f) => BACK.includes(f.column.name)).map((f) => ({
  ...f,
  column: { ...f.column, name: `rev_${f.column.name}` },
}));

function columnField(column: Column): MeterField {
  const type = column.type === 'time' || column.type === 'address' ? column.type : isText(column) ? 'text' : 'integer';
  const physical = column.type === 'address' ? `${column.name.replace(/_addr$/, '')}_hi` : column.name;
  const always = column.unknown === undefined;
  return {
    column: { name: column.name, type, unit: column.unit ?? null },
    bind: (batch) => (always || batch.array(physical) ? (row) => cellOf(batch, column, row) : null),
  };
}

function isText({ type, names }: Column): boolean {
  return type === 'text' || type === 'enum' || names === 'mac';
}

function scaledField(name: string, raw: string): MeterField {
  return {
    column: { name, type: 'integer', unit: name },
    bind: (batch) => {
      const amounts = batch.u32(raw);
      const sampling = batch.array('sampling');
      return (row) => jsonInteger(getWide(amounts, row) * (sampling?.[row] ?? 1));
    },
  };
}

/** Rows of batches as records with chosen fields; unknown values are absent. */
export class MeterRecords {
  readonly columns: readonly AnswerColumn[];
  private readonly there: readonly MeterField[];
  private readonly back: readonly MeterField[];

  /** `names`: the fields in their order; none: all that `weir flows` has of a record, and with `biflow` those of the way back. */
  constructor(names: readonly string[] | undefined, biflow: boolean) {
    const known = [...RECORD, DURATION, ...(biflow ? BACK_FIELDS : [])];
    const chosen = names
      ? [...new Set(names)].map((name) => known.find((f) => f.column.name === name) ?? unknownField(name, known))
      : known.filter((f) => f !== DURATION);
    this.columns = chosen.map((f) => f.column);
    this.there = chosen.filter((f) => !BACK_FIELDS.includes(f));
    this.back = chosen.filter((f) => BACK_FIELDS.includes(f));
  }

  /** What makes the record of a row; `back` is the row of the other direction, -1 where there is none. */
  of(batch: FlowBatch, file: string): (row: number, back: number) => FlowRecord {
    const there = bound(this.there, batch);
    const backwards = bound(this.back, batch);
    return (row, back) => {
      const record: FlowRecord = { file };
      fill(record, there, row);
      if (back >= 0) fill(record, backwards, back);
      return record;
    };
  }
}

type Bound = readonly (readonly [string, Read])[];

function bound(fields: readonly MeterField[], batch: FlowBatch): Bound {
  return fields.flatMap(({ column, bind }) => {
    const read = bind(batch);
    return read ? [[column.name, read] as const] : [];
  });
}

function fill(record: FlowRecord, fields: Bound, row: number): void {
  for (const [name, read] of fields) {
    const value = read(row);
    if (value !== null) record[name] = value;
  }
}

function unknownField(name: string, known: readonly MeterField[]): never {
  throw new WeirError(
    'usage',
    `--columns: there is no column "${name}" in a metered flow; there are ${known.map((f) => f.column.name).join(', ')}`,
  );
}
