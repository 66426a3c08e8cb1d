import { F64, RECORD_F64, RECORD_U32, STATE } from './flow-record.ts';
import type { FlowTable } from './flow-table.ts';
import type { TwoWayView } from './flow-view.ts';
import { END_REASON, type FlowSink } from './flows.ts';
import type { MeterCounts } from './meter-counts.ts';
import type { Recognition } from './recognition/recognition.ts';
import { has } from './tcp-connection.ts';
import { turn } from './turn.ts';

/** Records of the table as a sink takes them. */
export class FlowOutput {
  readonly view: TwoWayView;
  private readonly table: FlowTable;
  private readonly recognition: Recognition;
  private readonly sink: FlowSink;
  private readonly counts: MeterCounts;

  constructor(table: FlowTable, view: TwoWayView, recognition: Recognition, sink: FlowSink, counts: MeterCounts) {
    this.table = table;
    this.view = view;
    this.recognition = recognition;
    this.sink = sink;
    this.counts = counts;
  }

  /** Gives the record to the sink, which may not keep it. A connection that was over has ended so, whatever made the meter give it away. */
  give(slot: number, reason: number): void {
    const { table, view, counts } = this;
    const closed = has(table.u32, slot * RECORD_U32, STATE.closed);
    this.recognition.conclude(slot);
    this.load(slot);
    counts.records += 1;
    if (view.continued[0] === 0) counts.flows += 1;
    this.sink.flow(view, 0, closed && reason !== END_REASON.active ? END_REASON.end : reason);
  }

  /** Fills `view`. A record in which only the reverse direction has packets, since an active timeout, is that of the one who sent them. */
  load(slot: number): void {
    const { f64, u32 } = this.table;
    const turned = f64[slot * RECORD_F64 + F64.packets] === 0;
    if (turned) turn(f64, u32, slot);
    const { view } = this;
    view.load(f64, u32, slot);
    if (view.revPackets[0]! > 0) {
      turn(f64, u32, slot);
      view.back.loadTurned(f64, u32, slot);
      turn(f64, u32, slot);
    }
    if (!turned) return;
    turn(f64, u32, slot);
    view.ttl[0] = 0;
  }
}
