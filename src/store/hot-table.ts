import type { DuckDBConnection, DuckDBDataChunk, DuckDBType } from '@duckdb/node-api';
import type duckdb from '@duckdb/node-bindings';
import {
  type ColumnArray,
  type FlowBatch,
  fillOf,
  type PhysicalColumn,
  physicalColumns,
  WORD_BYTES,
} from '../flow/index.ts';
import { duckdbApi, duckdbBindings } from './duckdb-library.ts';

/** DuckDB's vector size: the most rows a table function gives at a time. */
const VECTOR = 2048;

/** Batches with the rows of each that count, frozen when the set was made (a batch that is being filled grows meanwhile). */
export interface HotSet {
  readonly parts: readonly { readonly batch: FlowBatch; readonly rows: number }[];
}

interface TextColumn {
  readonly type: DuckDBType;
  readonly width: 1 | 2 | 4;
  /** Code in the ENUM of this scan by code in the batch's dictionary, for each part. */
  readonly remap: readonly Uint32Array[];
}

interface Scan {
  readonly set: HotSet;
  readonly texts: ReadonlyMap<string, TextColumn>;
}

interface Position {
  part: number;
  row: number;
  readonly columns: readonly number[];
}

/**
 * The table function `hot(ID)`: batches in memory as a table with every physical column, so that the same SQL reads
 * them and the segments. Values are copied 2,048 at a time from the shared arrays into DuckDB's vectors; a column that is not asked for
 * is not touched. Its callbacks run on the thread that registered it.
 */
export class HotTable {
  private readonly sets = new Map<number, HotSet>();
  private nextId = 1;
  private readonly scratch = new ArrayBuffer(VECTOR * 8);
  private readonly scratchBytes = new Uint8Array(this.scratch);
  private readonly fills = new Map<string, ArrayBuffer>();

  /** Makes a set readable as `hot(ID)`; returns the ID. */
  add(set: HotSet): number {
    const id = this.nextId++;
    this.sets.set(id, set);
    return id;
  }
  remove(id: number): void {
    this.sets.delete(id);
  }

  register(connection: DuckDBConnection): void {
    const api = duckdbApi();
    connection.registerTableFunction(
      api.DuckDBTableFunction.create({
        name: 'hot',
        parameterTypes: [api.INTEGER],
        supportsProjectionPushdown: true,
        bindFunction: (bind) => {
          const set = this.sets.get(Number(bind.getParameter(0)));
          if (!set) return bind.setError('no such set of batches');
          const texts = textColumns(set);
          for (const p of physicalColumns)
            bind.addResultColumn(p.name, texts.get(p.name)?.type ?? typeOf(p.column.type));
          bind.setCardinality(
            set.parts.reduce((n, part) => n + part.rows, 0),
            true,
          );
          bind.setBindData({ set, texts } satisfies Scan);
        },
        initFunction: (init) => {
          init.setMaxThreads(1);
          init.setInitData({ part: 0, row: 0, columns: init.getColumnIndexes() } satisfies Position);
        },
        mainFunction: (info, chunk) => this.produce(info.bindData as Scan, info.initData as Position, chunk),
      }),
    );
  }

  private produce(scan: Scan, at: Position, chunk: DuckDBDataChunk): void {
    const { parts } = scan.set;
    while (at.part < parts.length && at.row >= parts[at.part]!.rows) {
      at.part += 1;
      at.row = 0;
    }
    const part = parts[at.part];
    const rows = part ? Math.min(VECTOR, part.rows - at.row) : 0;
    chunk.rowCount = rows;
    if (!part || rows === 0) return;
    at.columns.forEach((index, i) => {
      const p = physicalColumns[index];
      // COUNT(*) asks for no column of ours: DuckDB then names one beyond the table.
      if (!p) return;
      const vector = duckdbBindings().data_chunk_get_vector(chunk.chunk, i);
      const text = scan.texts.get(p.name);
      const array = part.batch.array(p.name);
      if (text) this.copyText(vector, text, text.remap[at.part]!, array, at.row, rows);
      else this.copy(vector, p, array, at.row, rows);
    });
    at.row += rows;
  }

  private copy(
    vector: duckdb.Vector,
    p: PhysicalColumn,
    array: ColumnArray | undefined,
    row: number,
    rows: number,
  ): void {
    const bytes = rows * WORD_BYTES[p.word];
    if (!array) {
      duckdbBindings().copy_data_to_vector(vector, 0, this.fill(p), 0, bytes);
      return;
    }
    // The binding takes an ordinary ArrayBuffer only: one copy more, within a cache line's noise.
    this.scratchBytes.set(new Uint8Array(array.buffer, array.byteOffset + row * WORD_BYTES[p.word], bytes));
    duckdbBindings().copy_data_to_vector(vector, 0, this.scratch, 0, bytes);
  }

  private copyText(
    vector: duckdb.Vector,
    text: TextColumn,
    remap: Uint32Array,
    array: ColumnArray | undefined,
    row: number,
    rows: number,
  ): void {
    const codes =
      text.width === 1
        ? new Uint8Array(this.scratch, 0, rows)
        : text.width === 2
          ? new Uint16Array(this.scratch, 0, rows)
          : new Uint32Array(this.scratch, 0, rows);
    for (let i = 0; i < rows; i++) codes[i] = array ? (remap[array[row + i]!] ?? 0) : 0;
    duckdbBindings().copy_data_to_vector(vector, 0, this.scratch, 0, rows * text.width);
  }

  /** A vector full of the column's `unknown`. */
  private fill(p: PhysicalColumn): ArrayBuffer {
    let fill = this.fills.get(p.name);
    if (!fill) {
      fill = new ArrayBuffer(VECTOR * WORD_BYTES[p.word]);
      const value = fillOf(p.column);
      if (p.word === 'u8') new Uint8Array(fill).fill(value);
      else if (p.word === 'u16') new Uint16Array(fill).fill(value);
      else if (p.word === 'u32') new Uint32Array(fill).fill(value);
      this.fills.set(p.name, fill);
    }
    return fill;
  }
}

function typeOf(type: PhysicalColumn['column']['type']): DuckDBType {
  const api = duckdbApi();
  switch (type) {
    case 'u8':
    case 'enum':
      return api.UTINYINT;
    case 'u16':
      return api.USMALLINT;
    case 'u32':
    case 'text':
      return api.UINTEGER;
    case 'u64':
    case 'address':
      return api.UBIGINT;
    case 'time':
      return api.BIGINT;
  }
}

const NO_TEXTS: readonly string[] = [''];

/** One ENUM for each text column over the dictionaries of all parts. */
function textColumns(set: HotSet): Map<string, TextColumn> {
  const found = new Map<string, TextColumn>();
  for (const p of physicalColumns) {
    if (p.column.type !== 'text') continue;
    const codes = new Map<string, number>([['', 0]]);
    // Batches of one thread share a dictionary, whose texts are looked up once.
    const remaps = new Map<readonly string[], Uint32Array>();
    const remap = set.parts.map(({ batch }) => {
      const texts = batch.array(p.name) ? batch.textsOf(p.name) : NO_TEXTS;
      let known = remaps.get(texts);
      if (!known) {
        known = Uint32Array.from(texts, (text) => {
          const code = codes.get(text) ?? codes.size;
          codes.set(text, code);
          return code;
        });
        remaps.set(texts, known);
      }
      return known;
    });
    const width = codes.size <= 256 ? 1 : codes.size <= 65_536 ? 2 : 4;
    found.set(p.name, { type: duckdbApi().ENUM([...codes.keys()]), width, remap });
  }
  return found;
}
