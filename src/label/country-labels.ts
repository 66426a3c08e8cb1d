import { type FlowBatch, rowShape, type TextColumns } from '../flow/index.ts';
import type { PlaceTable } from './places/place-table.ts';
import type { RowEnds } from './row-ends.ts';

const SHAPE = rowShape(['src_country', 'dst_country']);
const NAMES = ['src_country', 'dst_country'] as const;

/** Writes `src_country` and `dst_country`, where the table knows countries. */
export class CountryLabels {
  private readonly texts: TextColumns;
  private table: PlaceTable | null = null;
  private knows = false;
  private generation = -1;
  /** Codes of the two columns by the two letters as the table has them; 0 is a country that has none yet. */
  private readonly codes = NAMES.map(() => new Uint32Array(65_536));
  private batch: FlowBatch | null = null;
  private opened = false;

  constructor(texts: TextColumns) {
    this.texts = texts;
  }

  use(table: PlaceTable): void {
    this.table = table;
    this.knows = table.country.some((country) => country !== 0);
  }

  bind(batch: FlowBatch): void {
    this.batch = batch;
    this.opened = false;
    if (this.generation === this.texts.generation) return;
    for (const codes of this.codes) codes.fill(0);
    this.generation = this.texts.generation;
  }

  rows(ends: RowEnds, from: number, to: number): void {
    const { batch, table } = this;
    if (batch === null || table === null) return;
    if (!this.opened) {
      if (!this.knows) return;
      batch.claim(SHAPE, from);
      this.opened = true;
    }
    this.side(0, table.country, ends.src, from, to);
    this.side(1, table.country, ends.dst, from, to);
  }

  private side(side: 0 | 1, country: Uint16Array, ends: Uint32Array, from: number, to: number): void {
    const out = this.batch!.u32(NAMES[side]);
    const codes = this.codes[side]!;
    for (let row = from; row < to; row++) {
      const letters = country[ends[row - from]!]!;
      const code = codes[letters]!;
      out[row] = code === 0 && letters !== 0 ? this.learn(side, letters) : code;
    }
  }

  private learn(side: 0 | 1, letters: number): number {
    const code = this.texts.of(NAMES[side]).code(String.fromCharCode(letters >>> 8, letters & 255));
    this.codes[side]![letters] = code;
    return code;
  }
}
