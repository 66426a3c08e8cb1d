import { enumCode, type FlowBatch, type RowShape, rowShape } from '../flow/index.ts';
import { worthOf } from './autonomous-systems.ts';
import type { PlaceTable } from './places/place-table.ts';
import type { RowEnds } from './row-ends.ts';

const EXPORTER = enumCode('src_as_source', 'exporter');
const BUNDLED = enumCode('src_as_source', 'bundled');
const SIDES = ['src', 'dst'] as const;
type Side = (typeof SIDES)[number];
const NUMBER: Readonly<Record<Side, RowShape>> = { src: rowShape(['src_as']), dst: rowShape(['dst_as']) };
const SOURCE: Readonly<Record<Side, RowShape>> = { src: rowShape(['src_as_source']), dst: rowShape(['dst_as_source']) };
const NOT_BELIEVED: Readonly<Record<Side, RowShape>> = {
  src: rowShape(['exporter_src_as']),
  dst: rowShape(['exporter_dst_as']),
};

interface SystemArrays {
  readonly as: Uint32Array;
  readonly source: Uint8Array;
  /** Every row has a number from its writer; else what stands there is of no use. */
  readonly isGiven: boolean;
  /** What exporters say and is not believed; null before the first. */
  notBelieved: Uint32Array | null;
}

/** Numbers come in runs of the same few, which are weighed by table below this. */
const WORTH = Uint8Array.from({ length: 65_536 }, (_, asn) => worthOf(asn));

/**
 * Makes `src_as` and `dst_as` what is believed, and says who knows it. The exporter comes first; where its number is none that the Internet has, the table
 * is asked, and a number of private use stays unless a file of the user knows another: it is what this network calls a customer or a site, which open data
 * that come with Weir know nothing of.
 */
export class AutonomousSystemLabels {
  private table: PlaceTable | null = null;
  private knows = false;
  private batch: FlowBatch | null = null;
  private liveColumns = -1;
  /** Null where nothing is known of a side. */
  private readonly arrays: Record<Side, SystemArrays | null> = { src: null, dst: null };

  use(table: PlaceTable): void {
    this.table = table;
    this.knows = table.asn.some((asn) => asn !== 0);
    this.liveColumns = -1;
  }

  bind(batch: FlowBatch): void {
    this.batch = batch;
    this.liveColumns = -1;
  }

  rows(ends: RowEnds, from: number, to: number): void {
    const { batch } = this;
    if (batch === null) return;
    if (this.liveColumns !== batch.liveColumns) this.read(batch, from);
    this.side(batch, 'src', ends.src, from, to);
    this.side(batch, 'dst', ends.dst, from, to);
  }

  private read(batch: FlowBatch, from: number): void {
    for (const side of SIDES) {
      const name = `${side}_as`;
      const isGiven = batch.array(name) !== undefined && !batch.isClaimed(name);
      if (!isGiven && !this.knows && batch.array(`${side}_as_source`) === undefined) {
        this.arrays[side] = null;
        continue;
      }
      batch.claim(NUMBER[side], from);
      batch.claim(SOURCE[side], from);
      const notBelieved = batch.array(`exporter_${side}_as`);
      this.arrays[side] = {
        as: batch.u32(name),
        source: batch.u8(`${side}_as_source`),
        isGiven,
        notBelieved: notBelieved ? (notBelieved as Uint32Array) : null,
      };
    }
    this.liveColumns = batch.liveColumns;
  }

  private side(batch: FlowBatch, side: Side, ends: Uint32Array, from: number, to: number): void {
    const { table } = this;
    const arrays = this.arrays[side];
    if (arrays === null || table === null) return;
    const { as, source } = arrays;
    const { asn, asSource } = table;
    if (!arrays.isGiven) {
      for (let row = from; row < to; row++) {
        const entry = ends[row - from]!;
        as[row] = asn[entry]!;
        source[row] = asSource[entry]!;
      }
      return;
    }
    for (let row = from; row < to; row++) {
      const said = as[row]!;
      const worth = said < 65_536 ? WORTH[said]! : worthOf(said);
      if (worth === 2) source[row] = EXPORTER;
      else {
        const entry = ends[row - from]!;
        const known = asn[entry]!;
        if (worth === 0 || (known !== 0 && asSource[entry] !== BUNDLED)) {
          as[row] = known;
          source[row] = asSource[entry]!;
          if (said !== 0) (arrays.notBelieved ?? this.keep(batch, side, arrays, from, to))[row] = said;
        } else source[row] = EXPORTER;
      }
    }
  }

  /** What the exporter said is not lost. */
  private keep(batch: FlowBatch, side: Side, arrays: SystemArrays, from: number, to: number): Uint32Array {
    batch.open(NOT_BELIEVED[side], from);
    const notBelieved = batch.u32(`exporter_${side}_as`).fill(0, from, to);
    arrays.notBelieved = notBelieved;
    return notBelieved;
  }
}
