import { type FlowBatch, fillOf, physicalColumns } from '../flow/index.ts';

const POSITION = new Map(physicalColumns.map((p, i) => [p.name, i]));

/** The number by which plans know a physical column. */
export function targetOf(physical: string): number {
  return POSITION.get(physical)!;
}

/** The arrays of the batch that is written now, by the number of the physical column. Looked up once for each batch. */
export class Targets {
  batch: FlowBatch | null = null;
  readonly u8: Uint8Array[] = [];
  readonly u16: Uint16Array[] = [];
  readonly u32: Uint32Array[] = [];

  bind(batch: FlowBatch): void {
    this.batch = batch;
    physicalColumns.forEach(({ name, word }, i) => {
      if (word === 'u8') this.u8[i] = batch.u8(name);
      else if (word === 'u16') this.u16[i] = batch.u16(name);
      else this.u32[i] = batch.u32(name);
    });
  }

  /** Writes "not known" to all columns of `n` rows. */
  clear(row: number, n: number): void {
    physicalColumns.forEach(({ word, column }, i) => {
      if (word === 'u8') this.u8[i]!.fill(fillOf(column), row, row + n);
      else if (word === 'u16') this.u16[i]!.fill(fillOf(column), row, row + n);
      else if (word === 'u32') this.u32[i]!.fill(fillOf(column), row, row + n);
      else this.u32[i]!.fill(0, 2 * row, 2 * (row + n));
    });
  }
}

/** Holes would make the arrays slow: every place has an array of its kind from the start. */
export function newTargets(): Targets {
  const targets = new Targets();
  for (let i = 0; i < physicalColumns.length; i++) {
    targets.u8.push(NO_BYTES);
    targets.u16.push(NO_SHORTS);
    targets.u32.push(NO_WORDS);
  }
  return targets;
}

const NO_BYTES = new Uint8Array(0);
const NO_SHORTS = new Uint16Array(0);
const NO_WORDS = new Uint32Array(0);
