import type { FlowBatch } from '../flow/index.ts';
import {
  applyNetflow5Sampling,
  FORMAT,
  Netflow5Writer,
  newFlowContext,
  newNetflow5Header,
  readNetflow5Header,
} from '../wire/index.ts';
import type { Pipeline } from './pipeline.ts';
import type { Datagram } from './pipeline-options.ts';
import { FAMILY, type Stream } from './stream.ts';
import { COUNTER } from './stream-ledger.ts';

/** NetFlow v5 and v7: records of one layout, counted by the sequence. */
export class FixedIntake {
  private readonly pipeline: Pipeline;
  private readonly header = newNetflow5Header();
  /** What its records do not say themselves. */
  readonly context = newFlowContext();
  private writer: Netflow5Writer | null = null;
  private batch: FlowBatch | null = null;

  constructor(pipeline: Pipeline) {
    this.pipeline = pipeline;
  }

  bind(batch: FlowBatch): void {
    this.batch = batch;
    this.writer = new Netflow5Writer(batch);
  }

  take(d: Datagram): Stream {
    const { header, pipeline } = this;
    const problem = readNetflow5Header(d.view, d.at, d.length, header);
    const readable = problem !== 'too_short' && problem !== 'unsupported_version';
    const domain = readable ? header.engineType * 256 + header.engineId : 0;
    const stream = pipeline.enter(d, FAMILY.fixed, domain, readable ? header.sequence : -1);
    if (problem !== null) pipeline.error(stream, problem, d.receivedMs);
    if (!readable || header.count === 0) return stream;
    stream.format = header.version === 7 ? FORMAT.netflow7 : FORMAT.netflow5;
    pipeline.exporters.count(stream, COUNTER.unreadable, header.missingRecords, d.receivedMs);
    if (stream.tracked) {
      stream.tracker.observe(header.sequence, header.count, header.exportMs - header.uptimeMs, 0, header.exportMs);
      pipeline.judged(stream, d.receivedMs);
    }
    if (d.mode === 'keep' && this.writer && this.batch) this.decode(this.writer, this.batch, stream, d);
    pipeline.records(stream, header.wholeRecords, d);
    return stream;
  }

  private decode(writer: Netflow5Writer, batch: FlowBatch, stream: Stream, d: Datagram): void {
    const { header, context } = this;
    const { pipeline } = this;
    const { exporters } = pipeline;
    pipeline.describe(context, stream, d);
    applyNetflow5Sampling(header, context);
    const rows = writer.decode(d.view, d.at, header, batch.rows, context);
    pipeline.written(stream, rows, writer.shed, d.receivedMs);
    exporters.count(stream, COUNTER.clock_corrected, writer.correctedClocks, d.receivedMs);
    if (context.sampling > 1) exporters.count(stream, COUNTER.sampled_records, rows + writer.shed, d.receivedMs);
  }
}
