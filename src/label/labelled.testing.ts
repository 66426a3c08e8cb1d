import {
  allColumnNames,
  cellOf,
  columnOf,
  columns,
  FlowBatch,
  type JsonValue,
  parseAddress,
  rowShape,
  setWide,
  TextColumns,
} from '../flow/index.ts';
import { NO_HOME } from './home-networks.ts';
import { Labeller, type LabelOptions } from './labeller.ts';
import type { PlaceTableHandle } from './places/place-table.ts';

export type Given = Readonly<Record<string, string | number>>;
export type Found = Record<string, JsonValue>;

/** What a labeller makes of rows that come one after the other, each with columns of its own, into a batch whose memory held other rows before; so many are labelled together. */
export function labelled(
  rows: readonly Given[],
  options: Partial<LabelOptions> = {},
  places?: PlaceTableHandle,
  together = 1,
): Found[] {
  const texts = new TextColumns();
  const batch = new FlowBatch(64, allColumnNames, undefined, true);
  new Uint8Array(batch.memory).fill(0x5a);
  batch.clear();
  texts.begin(batch);
  const labeller = new Labeller({ networks: NO_HOME, ...options }, texts);
  if (places) labeller.use(places);
  labeller.bind(batch);
  rows.forEach((row, i) => {
    write(batch, texts, row);
    if ((i + 1) % together === 0) labeller.rows(batch.rows - together, batch.rows);
  });
  labeller.rows(batch.rows - (batch.rows % together), batch.rows);
  return rows.map((_, row) => read(batch, row));
}

export function write(batch: FlowBatch, texts: TextColumns, given: Given): void {
  const row = batch.rows;
  batch.begin(rowShape(Object.keys(given)), row, 1);
  for (const [name, value] of Object.entries(given)) {
    const column = columnOf(name);
    if (column.type === 'address') {
      const [w0, w1, w2, w3] = parseAddress(String(value))!;
      const stem = name.replace('_addr', '');
      batch.u32(`${stem}_hi`).set([w1, w0], 2 * row);
      batch.u32(`${stem}_lo`).set([w3, w2], 2 * row);
    } else if (column.type === 'text') batch.u32(name)[row] = texts.of(name).code(String(value));
    else if (column.type === 'enum') batch.u8(name)[row] = column.values!.indexOf(String(value));
    else if (column.type === 'u64' || column.type === 'time') setWide(batch.u32(name), row, Number(value));
    else batch.u32(name)[row] = Number(value);
  }
  batch.rows += 1;
}

export function read(batch: FlowBatch, row: number): Found {
  const found: Found = {};
  for (const column of columns) {
    const value = cellOf(batch, column, row);
    if (value !== null) found[column.name] = value;
  }
  return found;
}
