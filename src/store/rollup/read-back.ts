import { join } from 'node:path';
import type { DuckDBDataChunk } from '@duckdb/node-api';
import { FlowBatch, findColumn, physicalOfAll, WORD_BYTES } from '../../flow/index.ts';
import type { Duck } from '../duck.ts';
import { duckdbBindings } from '../duckdb-library.ts';
import type { Layout } from '../layout.ts';
import type { SegmentEntry } from '../manifest.ts';
import type { TimeRange } from '../reader.ts';
import { literal, namesOf, quote, selectItem } from '../relation.ts';
import type { SegmentLeases } from '../segment-leases.ts';
import { CUBES } from './cubes.ts';

const PIECE_ROWS = 65_536;
/** A chunk of DuckDB has this many rows at most. */
const VECTOR = 2_048;
/** Between two pieces other work may take its time. */
const TIMEOUT_MS = 3_600_000;

/** Columns that history is made of: keys of cubes, what virtual ones are computed from, sums, and which records count. */
const INPUTS: readonly string[] = [
  ...new Set([
    'time',
    'raw_bytes',
    'raw_packets',
    'sampling',
    'sampling_origin',
    'continued',
    'duplicate',
    'direction',
    'src_addr',
    'dst_addr',
    'src_port',
    'dst_port',
    'src_site',
    'dst_site',
    ...CUBES.flatMap((cube) => cube.keys).filter((key) => findColumn(key)),
  ]),
];

/** Rows of one segment, read from its file into batches, piece by piece. */
export class ReadBack {
  readonly segment: SegmentEntry;
  private readonly leases: SegmentLeases;
  private readonly lease: number;
  private readonly names: readonly string[];
  private readonly chunks: AsyncIterator<DuckDBDataChunk>;
  private readonly texts: Record<string, string[]> = {};
  private readonly codes = new Map<string, Map<string, number>>();

  private constructor(duck: Duck, layout: Layout, leases: SegmentLeases, segment: SegmentEntry, range: TimeRange) {
    this.segment = segment;
    this.leases = leases;
    this.lease = leases.take({ segments: [segment], rollups: [], batches: [] });
    this.names = INPUTS.filter((name) => name === 'time' || segment.shape.includes(name));
    this.chunks = chunksOf(duck, this.sql(layout, range));
  }

  /** All rows of a segment that are in no roll-up. */
  static start(duck: Duck, layout: Layout, leases: SegmentLeases, segment: SegmentEntry): ReadBack {
    const from = segment.rolledBefore ?? Number.NEGATIVE_INFINITY;
    return new ReadBack(duck, layout, leases, segment, { from, to: Number.POSITIVE_INFINITY });
  }

  /** Those in a stretch of time that are in roll-ups. */
  static rolled(duck: Duck, layout: Layout, leases: SegmentLeases, segment: SegmentEntry, range: TimeRange): ReadBack {
    const until = segment.rolled ? range.to : (segment.rolledBefore ?? range.from);
    return new ReadBack(duck, layout, leases, segment, { from: range.from, to: Math.min(range.to, until) });
  }

  /** Up to PIECE_ROWS rows; null at the end. */
  async next(): Promise<FlowBatch | null> {
    const batch = new FlowBatch(PIECE_ROWS, this.names);
    while (batch.rows + VECTOR <= PIECE_ROWS) {
      const { value: chunk, done } = await this.chunks.next();
      if (done) break;
      this.copy(chunk, batch);
    }
    batch.texts = this.texts;
    if (batch.rows > 0) return batch;
    this.end();
    return null;
  }

  /** Ends before all is read. */
  end(): void {
    void this.chunks.return?.();
    this.leases.end(this.lease);
  }

  private sql(layout: Layout, { from, to }: TimeRange): string {
    const { file, shape } = this.segment;
    const time = shape.includes('time') ? 'time' : 'end';
    const has = namesOf(this.segment);
    const items = physicalOfAll(this.names).map((p) => selectItem(p, has));
    const bounds = [
      ...(Number.isFinite(from) ? [`${quote(time)} >= ${from}`] : []),
      ...(Number.isFinite(to) ? [`${quote(time)} < ${to}`] : []),
    ];
    const where = bounds.length > 0 ? ` WHERE ${bounds.join(' AND ')}` : '';
    return `SELECT ${items.join(', ')} FROM read_parquet(${literal(join(layout.segments, file))})${where}`;
  }

  private copy(chunk: DuckDBDataChunk, batch: FlowBatch): void {
    const rows = chunk.rowCount;
    const physical = physicalOfAll(this.names);
    physical.forEach((p, i) => {
      const array = batch.array(p.name)!;
      if (p.column.type === 'text') {
        const codes = array as Uint32Array;
        chunk.getColumnValues(i).forEach((text, row) => {
          codes[batch.rows + row] = this.codeOf(p.name, String(text));
        });
        return;
      }
      const width = WORD_BYTES[p.word];
      const bindings = duckdbBindings();
      const bytes = bindings.vector_get_data(bindings.data_chunk_get_vector(chunk.chunk, i), rows * width);
      new Uint8Array(array.buffer, array.byteOffset).set(bytes, batch.rows * width);
    });
    batch.rows += rows;
  }

  private codeOf(column: string, text: string): number {
    let codes = this.codes.get(column);
    if (!codes) {
      codes = new Map([['', 0]]);
      this.codes.set(column, codes);
      this.texts[column] = [''];
    }
    let code = codes.get(text);
    if (code === undefined) {
      code = codes.size;
      codes.set(text, code);
      this.texts[column]!.push(text);
    }
    return code;
  }
}

async function* chunksOf(duck: Duck, sql: string): AsyncGenerator<DuckDBDataChunk> {
  for await (const { chunk } of duck.chunks(sql, [], { timeoutMs: TIMEOUT_MS })) if (chunk) yield chunk;
}
