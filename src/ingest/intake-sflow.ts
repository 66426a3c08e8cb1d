import type { FlowBatch, TextColumns } from '../flow/index.ts';
import {
  EntryLimit,
  type ExportHeader,
  FORMAT,
  newExportHeader,
  newFlowContext,
  readSflowHeader,
  SflowDecoder,
  SflowSession,
} from '../wire/index.ts';
import type { Pipeline } from './pipeline.ts';
import type { Datagram } from './pipeline-options.ts';
import { FAMILY, type Stream } from './stream.ts';
import { COUNTER } from './stream-ledger.ts';

/** sFlow v5: samples of packets, each a row, and counters of interfaces. */
export class SflowIntake {
  private readonly pipeline: Pipeline;
  private readonly decoder: SflowDecoder;
  private readonly header: ExportHeader = newExportHeader();
  /** What its records do not say themselves. */
  readonly context = newFlowContext();
  private batch: FlowBatch | null = null;
  /** Of the stream that all share who found no room: their samples are rows, and nothing is remembered of them. */
  private readonly nobody = new SflowSession(new EntryLimit(0));

  constructor(pipeline: Pipeline, texts: TextColumns) {
    this.pipeline = pipeline;
    this.decoder = new SflowDecoder(texts);
  }

  bind(batch: FlowBatch): void {
    this.batch = batch;
    this.decoder.bind(batch);
  }

  take(d: Datagram): Stream {
    const { header, pipeline } = this;
    const problem = readSflowHeader(d.view, d.at, d.length, header);
    // After any other problem the header is that of the datagram before, whoever sent it.
    const readable = problem === null || problem === 'bad_count';
    const agent = readable && namesOne(header.agent) ? header.agent : undefined;
    const stream = pipeline.enter(
      d,
      FAMILY.sflow,
      readable ? header.domain : 0,
      readable ? header.sequence : -1,
      agent,
    );
    if (problem !== null) pipeline.error(stream, problem, d.receivedMs);
    if (!readable) return stream;
    stream.format = FORMAT.sflow;
    this.decode(stream, d);
    return stream;
  }

  private decode(stream: Stream, d: Datagram): void {
    const { header, context, pipeline, decoder } = this;
    const { exporters } = pipeline;
    const { result } = decoder;
    pipeline.describe(context, stream, d);
    const write = d.mode === 'keep' && this.batch !== null;
    decoder.decode(d.view, d.at, d.length, header, stream.sflow ?? this.nobody, context, write);
    if (stream.tracked) this.observe(stream, d);
    // What applications report of themselves has numbers in the sequence and is no flow.
    pipeline.records(stream, result.records - result.withoutPacket, d);
    exporters.count(stream, COUNTER.counter_samples, result.counterSamples, d.receivedMs);
    exporters.count(stream, COUNTER.unreadable, result.unreadable + result.unwritten, d.receivedMs);
    exporters.count(stream, COUNTER.sampled_records, result.sampledRows, d.receivedMs);
    exporters.count(stream, COUNTER.exporter_drops, result.exporterDrops, d.receivedMs);
    if (result.problem !== null) pipeline.error(stream, result.problem, d.receivedMs);
    pipeline.written(stream, result.rows, result.shed, d.receivedMs);
  }

  /** Samples are counted by their data source; datagrams only so that a stream is known again which changed its port. */
  private observe(stream: Stream, d: Datagram): void {
    const { header, pipeline } = this;
    const { exporters } = pipeline;
    const { result } = this.decoder;
    stream.tracker.observe(header.sequence, result.records, Number.NaN);
    const sources = stream.sources!;
    sources.observe(header, result, d.receivedMs);
    pipeline.lost(stream, sources.lost, d.receivedMs);
    exporters.count(stream, COUNTER.recovered, sources.recovered, d.receivedMs);
    exporters.count(stream, COUNTER.duplicated, sources.duplicated, d.receivedMs);
    exporters.count(stream, COUNTER.restarts, sources.restarted, d.receivedMs);
    const { untracked, interfaces } = stream.sflow!;
    const uncounted = Math.max(sources.untracked, untracked) + interfaces.untracked;
    exporters.count(stream, COUNTER.not_counted, uncounted, d.receivedMs);
  }
}

/** An agent that was never given an address names none, or the loopback: then many would be one. */
function namesOne(agent: Uint32Array): boolean {
  const mapped = agent[0] === 0 && agent[1] === 0 && agent[2] === 0xffff;
  if (mapped) return agent[3] !== 0 && agent[3]! >>> 24 !== 127;
  return (agent[0]! | agent[1]! | agent[2]!) !== 0 || agent[3]! > 1;
}
