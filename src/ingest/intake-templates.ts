import type { FlowBatch, TextColumns } from '../flow/index.ts';
import {
  DECODE_ERRORS,
  type ElementMapping,
  type ExportHeader,
  FORMAT,
  newExportHeader,
  newFlowContext,
  readIpfixHeader,
  readNetflow9Header,
  TemplateDecoder,
  type TemplateSession,
} from '../wire/index.ts';
import { BorrowedTemplates } from './borrowed-templates.ts';
import type { Pipeline } from './pipeline.ts';
import type { Datagram } from './pipeline-options.ts';
import { FAMILY, type Stream } from './stream.ts';
import { COUNTER } from './stream-ledger.ts';

/** NetFlow v9 and IPFIX: records whose layout the exporter tells in templates, which its stream keeps. */
export class TemplateIntake {
  private readonly pipeline: Pipeline;
  private readonly decoder: TemplateDecoder;
  private readonly header: ExportHeader = newExportHeader();
  /** What its records do not say themselves. */
  readonly context = newFlowContext();
  private batch: FlowBatch | null = null;

  constructor(pipeline: Pipeline, texts: TextColumns, elements: readonly ElementMapping[]) {
    this.pipeline = pipeline;
    this.decoder = new TemplateDecoder(texts, elements);
  }

  bind(batch: FlowBatch): void {
    this.batch = batch;
    this.decoder.bind(batch);
  }

  /** What a session of before keeps counts towards the bounds of this decoder. */
  attach(session: TemplateSession): void {
    session.attach(this.decoder.budget);
  }

  /** Whether data waits for its template. */
  get holds(): boolean {
    return this.decoder.budget.heldBytes > 0;
  }

  take(d: Datagram, version: 9 | 10): Stream {
    const { header, pipeline } = this;
    const read = version === 9 ? readNetflow9Header : readIpfixHeader;
    const problem = read(d.view, d.at, d.length, header);
    const readable = problem !== 'too_short' && problem !== 'unsupported_version';
    const family = version === 9 ? FAMILY.netflow9 : FAMILY.ipfix;
    const stream = pipeline.enter(d, family, readable ? header.domain : 0, readable ? header.sequence : -1);
    if (problem !== null) pipeline.error(stream, problem, d.receivedMs);
    if (!readable) return stream;
    stream.format = pipeline.metered ? FORMAT.meter : version === 9 ? FORMAT.netflow9 : FORMAT.ipfix;
    // The stream that all share who found no room has no templates of its own.
    if (!stream.templates) pipeline.error(stream, 'no_template', d.receivedMs);
    else this.decode(stream, d);
    return stream;
  }

  private decode(stream: Stream, d: Datagram): void {
    const { header, context, pipeline, decoder } = this;
    const { exporters } = pipeline;
    const { result } = decoder;
    pipeline.describe(context, stream, d);
    const write = d.mode === 'keep' && this.batch !== null;
    decoder.decode(d.view, d.at, d.length, header, stream.templates!, context, write);
    if (stream.tracked) this.observe(stream, d.receivedMs);
    // Those that came before their template are told with it.
    pipeline.records(stream, result.flowRecords + result.lateRecords, d);
    exporters.count(stream, COUNTER.templates, result.templates, d.receivedMs);
    exporters.count(stream, COUNTER.options, result.options, d.receivedMs);
    exporters.count(stream, COUNTER.held, result.held, d.receivedMs);
    exporters.count(stream, COUNTER.text_overflow, result.overflow, d.receivedMs);
    exporters.count(stream, COUNTER.unreadable, result.missing, d.receivedMs);
    exporters.count(stream, COUNTER.clock_corrected, result.clockCorrected, d.receivedMs);
    exporters.count(stream, COUNTER.sampled_records, result.sampledRows, d.receivedMs);
    exporters.count(stream, COUNTER.unknown_sampling, result.unknownSamplingRows, d.receivedMs);
    const { facts } = stream.templates!;
    // Flows of an interface may be open, and told, when it is down.
    if (result.options > facts.open.takeReports() && pipeline.metered) stream.presentMs = d.receivedMs;
    exporters.count(stream, COUNTER.exporter_drops, facts.takeFlowDrops(), d.receivedMs);
    exporters.count(stream, COUNTER.unmetered_packets, facts.takeUnmeteredPackets(), d.receivedMs);
    exporters.count(stream, COUNTER.duplicates_unsure, facts.takeUnsureCopies(), d.receivedMs);
    exporters.count(stream, COUNTER.policy_removed_records, facts.takeRemoved('removedRecords'), d.receivedMs);
    exporters.count(stream, COUNTER.policy_removed_bytes, facts.takeRemoved('removedOctets'), d.receivedMs);
    exporters.count(stream, COUNTER.policy_removed_packets, facts.takeRemoved('removedPackets'), d.receivedMs);
    exporters.count(stream, COUNTER.payload_only_ms, facts.takeLowerLevel('payloadOnlyTime'), d.receivedMs);
    exporters.count(stream, COUNTER.uncounted_ms, facts.takeLowerLevel('uncountedTime'), d.receivedMs);
    if (result.failed)
      for (let i = 0; i < DECODE_ERRORS.length; i++)
        if (result.errors[i]! > 0) pipeline.error(stream, DECODE_ERRORS[i]!, d.receivedMs, result.errors[i]!);
    pipeline.written(stream, result.rows, result.shed, d.receivedMs);
    // Those who are silent keep what newcomers have no room for.
    if (result.failed && decoder.budget.crowded) exporters.table.evict(d.receivedMs);
    if (result.templates > 0 || stream.templates!.held.size > 0) this.lend(stream, d.receivedMs);
  }

  /** Between the ports of one exporter. */
  private lend(stream: Stream, nowMs: number): void {
    const { exporters } = this.pipeline;
    const siblings = exporters.table.siblingsOf(stream);
    if (siblings.length < 2) return;
    if (this.decoder.result.templates > 0) BorrowedTemplates.told(stream, siblings, nowMs);
    exporters.count(stream, COUNTER.borrowed, stream.borrowed.take(stream, siblings, nowMs), nowMs);
  }

  /** v9 counts datagrams, of which the records say how much one holds; IPFIX counts records, and may hold some that nobody can count. */
  private observe(stream: Stream, receivedMs: number): void {
    const { header, pipeline } = this;
    const { result } = this.decoder;
    const bootMs = header.format === FORMAT.netflow9 ? header.exportMs - header.uptimeMs : Number.NaN;
    stream.tracker.observe(header.sequence, result.records, bootMs, result.options, header.exportMs);
    pipeline.judged(stream, receivedMs);
    if (result.exact) return;
    stream.tracker.lostCount();
    pipeline.exporters.count(stream, COUNTER.not_counted, 1, receivedMs);
  }
}
