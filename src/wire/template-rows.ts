import type { FlowBatch, RowShape, TextColumns } from '../flow/index.ts';
import { type OpContext, runOp } from './columns/run-op.ts';
import { FORMAT } from './export-header.ts';
import { writeIcmp } from './template-icmp.ts';
import type { Slots } from './template-layout.ts';
import { RecordNames } from './template-names.ts';
import { RecordPackets } from './template-packets.ts';
import type { RowPlan } from './template-plan.ts';
import { writeSampling } from './template-sampling.ts';
import type { DataSet } from './template-set.ts';
import { ALL_COLUMNS } from './template-shapes.ts';
import { newTargets, type Targets, targetOf } from './template-targets.ts';
import { RecordTimes } from './template-times.ts';

/** Shapes of one batch before rows of another shape get all columns. */
const MAX_SHAPES = 512;

const RECEIVED = targetOf('received');
const EXPORTER_HI = targetOf('exporter_hi');
const EXPORTER_LO = targetOf('exporter_lo');
const DOMAIN = targetOf('domain');
const FORMAT_COLUMN = targetOf('format');
const BYTE_LAYER = targetOf('byte_layer');
const SOURCE = targetOf('source');

/** Writes located records into the rows of a batch, column by column. One for a decoder. */
export class TemplateRows {
  readonly targets: Targets = newTargets();
  /** Of the last `write`. */
  readonly sampling = { sampled: 0, unknown: 0 };
  private readonly times = new RecordTimes();
  private readonly packets: RecordPackets;
  private readonly names = new RecordNames();
  private readonly texts: TextColumns;
  private readonly ops: OpContext;
  /** Those that the batch has notes for. */
  private readonly shapes = new Set<RowShape>();

  constructor(texts: TextColumns) {
    this.texts = texts;
    this.packets = new RecordPackets(texts);
    const view = new DataView(new ArrayBuffer(0));
    this.ops = { view, bytes: new Uint8Array(0), targets: this.targets, texts, names: this.names };
  }

  /** Rows go to this batch from now on. */
  bind(batch: FlowBatch): void {
    this.targets.bind(batch);
    this.shapes.clear();
  }

  /** Rows of the last `write` whose time was moved. */
  get corrected(): number {
    return this.times.corrected;
  }

  /** The `n` records that are noted in `slots`, as rows from `row` on. */
  write(plan: RowPlan, slots: Slots, n: number, row: number, set: DataSet): void {
    const { targets } = this;
    const { view, facts } = set;
    this.begin(plan.shape, row, n);
    this.ops.view = view;
    this.ops.bytes = set.bytes;
    this.names.begin(facts, this.texts.generation);
    this.writeShared(plan, row, n, set);
    for (let i = 0; i < plan.ops.length; i++) runOp(plan.ops[i]!, this.ops, slots, n, row);
    if (plan.packet !== null) this.packets.write(plan.packet, slots, n, row, targets, set);
    else writeIcmp(plan.icmp, view, slots, n, row, targets);
    this.times.write(plan.times, slots, n, row, targets, set);
    this.sampling.sampled = 0;
    this.sampling.unknown = 0;
    writeSampling(plan.sampling, slots, n, row, targets, set, this.sampling);
  }

  /** Batches keep notes for each shape: a flood of templates, each with other columns, shares one that has all. */
  private begin(shape: RowShape, row: number, n: number): void {
    const { targets, shapes } = this;
    if (shapes.has(shape) || shapes.size < MAX_SHAPES) {
      shapes.add(shape);
      targets.batch!.begin(shape, row, n);
      return;
    }
    targets.batch!.begin(ALL_COLUMNS, row, n);
    targets.clear(row, n);
  }

  private writeShared(plan: RowPlan, row: number, n: number, set: DataSet): void {
    const { u8, u16, u32 } = this.targets;
    const { exporter } = set.context;
    const to = row + n;
    fillPairs(u32[RECEIVED]!, row, to, Math.floor(set.receivedMs / 4_294_967_296), set.receivedMs >>> 0);
    fillPairs(u32[EXPORTER_HI]!, row, to, exporter[0]!, exporter[1]!);
    fillPairs(u32[EXPORTER_LO]!, row, to, exporter[2]!, exporter[3]!);
    u32[DOMAIN]!.fill(set.header.domain, row, to);
    u8[FORMAT_COLUMN]!.fill(set.context.metered ? FORMAT.meter : set.header.format, row, to);
    u8[BYTE_LAYER]!.fill(plan.byteLayer, row, to);
    if (plan.hasSource) u32[SOURCE]!.fill(set.context.sourceCode, row, to);
    const { zeros } = plan;
    for (let i = 0; i < zeros.u8.length; i++) u8[zeros.u8[i]!]!.fill(0, row, to);
    for (let i = 0; i < zeros.u16.length; i++) u16[zeros.u16[i]!]!.fill(0, row, to);
    for (let i = 0; i < zeros.u64.length; i++) u32[zeros.u64[i]!]!.fill(0, 2 * row, 2 * to);
  }
}

function fillPairs(words: Uint32Array, row: number, to: number, high: number, low: number): void {
  for (let w = 2 * row; w < 2 * to; w += 2) {
    words[w] = low;
    words[w + 1] = high;
  }
}
