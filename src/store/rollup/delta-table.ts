import type { DuckDBConnection, DuckDBDataChunk, DuckDBType } from '@duckdb/node-api';
import type duckdb from '@duckdb/node-bindings';
import { setWide } from '../../flow/index.ts';
import { duckdbApi, duckdbBindings } from '../duckdb-library.ts';
import type { RollupDelta } from './delta.ts';
import { FIGURE_COLUMNS, figureDefault, figureType, PLACE_COLUMNS } from './file-columns.ts';

/** DuckDB's vector size: the most rows a table function gives at a time. */
const VECTOR = 2048;

/** Rows of a delta, by their numbers. */
export interface DeltaRows {
  readonly delta: RollupDelta;
  readonly rows: Uint32Array;
}

type Copy = (vector: duckdb.Vector, rows: Uint32Array, from: number, count: number) => void;

interface Scan {
  readonly rows: Uint32Array;
  /** By position of the column. */
  readonly copies: readonly Copy[];
}

interface Position {
  row: number;
  readonly columns: readonly number[];
}

const COLUMNS = [...PLACE_COLUMNS, ...FIGURE_COLUMNS, 'sketch'];

/**
 * The table function `rollup_rows(ID)`: rows of deltas as DuckDB sees them, so that COPY writes them to a file without a staging table. Texts and sketches are
 * ENUMs, figures doubles: `DELTA_SQL` casts them to the columns of a file.
 */
export class DeltaTable {
  private readonly sets = new Map<number, DeltaRows>();
  private nextId = 1;
  private readonly scratch = new ArrayBuffer(VECTOR * 8);

  /** Makes rows readable as `rollup_rows(ID)`; returns the ID. */
  add(set: DeltaRows): number {
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
        name: 'rollup_rows',
        parameterTypes: [api.INTEGER],
        supportsProjectionPushdown: true,
        bindFunction: (bind) => {
          const set = this.sets.get(Number(bind.getParameter(0)));
          if (!set) return bind.setError('no such rows of history');
          const { types, copies } = this.plan(set.delta);
          for (const [i, name] of COLUMNS.entries()) bind.addResultColumn(name, types[i]!);
          bind.setCardinality(set.rows.length, true);
          bind.setBindData({ rows: set.rows, copies } satisfies Scan);
        },
        initFunction: (init) => {
          init.setMaxThreads(1);
          init.setInitData({ row: 0, columns: init.getColumnIndexes() } satisfies Position);
        },
        mainFunction: (info, chunk) => produce(info.bindData as Scan, info.initData as Position, chunk),
      }),
    );
  }

  /** One type and one way to fill a vector for each of COLUMNS. */
  private plan(delta: RollupDelta): { types: DuckDBType[]; copies: Copy[] } {
    const { UTINYINT, BIGINT, UBIGINT, DOUBLE } = duckdbApi();
    const types: DuckDBType[] = [];
    const copies: Copy[] = [];
    const column = (type: DuckDBType, copy: Copy) => {
      types.push(type);
      copies.push(copy);
    };
    const texts = enumOf(delta.texts);
    const sketches = enumOf(delta.sketches);
    column(UTINYINT, this.bytes(delta.cube));
    column(BIGINT, this.times(delta.time));
    column(UTINYINT, this.bytes(delta.rest));
    for (let i = 0; i < 3; i++) column(UBIGINT, this.words(delta.keys[i]));
    for (let i = 0; i < 2; i++) column(texts.type, this.codes(delta.textKeys[i], texts.remap));
    for (const name of FIGURE_COLUMNS)
      column(DOUBLE, this.figures(delta.figures.get(name), Number(figureDefault(name))));
    column(sketches.type, this.codes(delta.sketch, sketches.remap));
    return { types, copies };
  }

  private bytes(array: Uint8Array): Copy {
    const to = new Uint8Array(this.scratch);
    return (vector, rows, from, count) => {
      for (let i = 0; i < count; i++) to[i] = array[rows[from + i]!]!;
      duckdbBindings().copy_data_to_vector(vector, 0, this.scratch, 0, count);
    };
  }

  private times(array: Float64Array): Copy {
    const to = new Uint32Array(this.scratch);
    return (vector, rows, from, count) => {
      for (let i = 0; i < count; i++) setWide(to, i, array[rows[from + i]!]!);
      duckdbBindings().copy_data_to_vector(vector, 0, this.scratch, 0, count * 8);
    };
  }

  private words(array: Uint32Array | undefined): Copy {
    const to = new Uint32Array(this.scratch);
    return (vector, rows, from, count) => {
      to.fill(0, 0, 2 * count);
      for (let i = 0; array && i < count; i++) {
        const row = rows[from + i]!;
        to[2 * i] = array[2 * row]!;
        to[2 * i + 1] = array[2 * row + 1]!;
      }
      duckdbBindings().copy_data_to_vector(vector, 0, this.scratch, 0, count * 8);
    };
  }

  private codes(array: Uint32Array | undefined, remap: Enum['remap']): Copy {
    const { width } = remap;
    const Words = width === 1 ? Uint8Array : width === 2 ? Uint16Array : Uint32Array;
    const to = new Words(this.scratch);
    return (vector, rows, from, count) => {
      for (let i = 0; i < count; i++) to[i] = array ? (remap.codes[array[rows[from + i]!]!] ?? 0) : 0;
      duckdbBindings().copy_data_to_vector(vector, 0, this.scratch, 0, count * width);
    };
  }

  private figures(array: Float64Array | undefined, absent: number): Copy {
    const to = new Float64Array(this.scratch);
    return (vector, rows, from, count) => {
      if (array) for (let i = 0; i < count; i++) to[i] = array[rows[from + i]!]!;
      else to.fill(absent, 0, count);
      duckdbBindings().copy_data_to_vector(vector, 0, this.scratch, 0, count * 8);
    };
  }
}

function produce(scan: Scan, at: Position, chunk: DuckDBDataChunk): void {
  const count = Math.min(VECTOR, scan.rows.length - at.row);
  chunk.rowCount = count;
  if (count === 0) return;
  at.columns.forEach((index, i) => {
    // COUNT(*) asks for no column of ours: DuckDB then names one beyond the table.
    scan.copies[index]?.(duckdbBindings().data_chunk_get_vector(chunk.chunk, i), scan.rows, at.row, count);
  });
  at.row += count;
}

interface Enum {
  readonly type: DuckDBType;
  readonly remap: { readonly codes: Uint32Array; readonly width: 1 | 2 | 4 };
}

/** An ENUM takes each value once. */
function enumOf(texts: readonly string[]): Enum {
  const known = new Map<string, number>([['', 0]]);
  const codes = Uint32Array.from(texts, (text) => {
    const code = known.get(text) ?? known.size;
    known.set(text, code);
    return code;
  });
  return {
    type: duckdbApi().ENUM([...known.keys()]),
    remap: { codes, width: known.size <= 256 ? 1 : known.size <= 65_536 ? 2 : 4 },
  };
}

/** The columns of a file from those of `rollup_rows`. Peaks need whole minutes, which a delta does not have. */
export const DELTA_SQL = COLUMNS.map((name) => {
  if (name === 'cube' || name === 'time' || (name.startsWith('k') && name.length === 2)) return name;
  if (name === 'rest') return 'rest <> 0 AS rest';
  if (name === 't0' || name === 't1') return `CAST(${name} AS VARCHAR) AS ${name}`;
  if (name === 'sketch') return 'from_base64(CAST(sketch AS VARCHAR)) AS sketch';
  if (figureDefault(name) === 'NULL') return `CAST(NULL AS BIGINT) AS ${name}`;
  return figureType(name) === 'DOUBLE' ? name : `CAST(${name} AS BIGINT) AS ${name}`;
}).join(', ');
