import type { FlowBatch, TextColumns } from '../flow/index.ts';
import { type ExportHeader, FORMAT, newExportHeader } from './export-header.ts';
import type { ElementMapping } from './exporter-settings.ts';
import { type FlowContext, newFlowContext } from './flow-context.ts';
import type { HeldSet } from './held-sets.ts';
import { ExporterFacts } from './options/exporter-facts.ts';
import type { Template } from './template.ts';
import { TemplateBudget } from './template-budget.ts';
import { TemplateData } from './template-data.ts';
import { readTemplateSet } from './template-definitions.ts';
import { mostRows } from './template-plan.ts';
import { TemplateResult } from './template-result.ts';
import type { TemplateSession } from './template-session.ts';
import type { DataSet } from './template-set.ts';

const FIRST_DATA_SET = 256;
/** Sets of one message that may wait: a hostile one holds 13,000, and to keep one is dearer than to decode it. */
const MAX_HELD = 256;

/**
 * Decodes NetFlow v9 (RFC 3954) and IPFIX (RFC 7011) messages into the rows of a batch: one for a receiving thread, with a
 * TemplateSession for each export stream. Nothing is allocated per record, and nothing is thrown for what the bytes hold.
 */
export class TemplateDecoder {
  readonly result = new TemplateResult();
  readonly budget: TemplateBudget;
  private readonly data: TemplateData;
  private readonly set: DataSet;
  private readonly heldHeader = newExportHeader();
  private session: TemplateSession | null = null;
  private writes = false;

  constructor(texts: TextColumns, mappings: readonly ElementMapping[], budget = new TemplateBudget()) {
    this.data = new TemplateData(texts, mappings, this.result);
    this.budget = budget;
    const view = new DataView(new ArrayBuffer(0));
    this.set = {
      view,
      bytes: new Uint8Array(view.buffer),
      header: this.heldHeader,
      receivedMs: 0,
      context: newFlowContext(),
      facts: new ExporterFacts(),
      mayLearn: true,
    };
  }

  /** Rows go to this batch from now on. */
  bind(batch: FlowBatch | null): void {
    this.data.bind(batch);
  }

  /**
   * Takes the message at [at, at + length), whose header has been read. With `write`, its flows become rows from `batch.rows` on (the
   * caller raises `batch.rows` by `result.rows`, and sees to it that a row for every four bytes fits, or 16,384 where data is held);
   * without, templates and options are learnt and records are counted.
   */
  decode(
    view: DataView,
    at: number,
    length: number,
    header: ExportHeader,
    session: TemplateSession,
    context: FlowContext,
    write: boolean,
  ): void {
    const { result, set } = this;
    result.clear();
    session.attach(this.budget);
    result.error('no_template', session.tidy(context.receivedMs));
    this.session = session;
    this.writes = this.data.begin() && write;
    set.context = context;
    set.facts = session.facts;
    set.mayLearn = session.mayLearn;
    const { overflow } = session.facts;
    this.look(view, header, context.receivedMs);
    // Room is left for the rows of the message itself.
    this.release(mostRows(length));
    const end = at + Math.min(length, header.messageBytes, view.byteLength - at);
    let p = at + header.headerBytes;
    while (end - p >= 4) {
      const id = view.getUint16(p);
      const said = view.getUint16(p + 2);
      if (said < 4) {
        // Some exporters pad the message with zeros.
        if (id !== 0 || said !== 0) result.error('bad_length');
        break;
      }
      if (p + said > end) this.cut(header, length);
      this.takeSet(id, p + 4, Math.min(end, p + said));
      p += said;
    }
    this.release(0);
    result.overflow = session.facts.overflow - overflow;
  }

  /** Where the sets to come lie, and when they came. */
  private look(view: DataView, header: ExportHeader, receivedMs: number): void {
    const { set } = this;
    // One view is used for many messages.
    if (view !== set.view) set.bytes = new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
    set.view = view;
    set.header = header;
    set.receivedMs = receivedMs;
  }

  /** A set that runs over the end. Where the whole message does, the header has told. */
  private cut(header: ExportHeader, length: number): void {
    this.result.exact = false;
    if (header.format === FORMAT.netflow9) this.result.error('truncated');
    else if (header.messageBytes <= length) this.result.error('bad_length');
  }

  private takeSet(id: number, at: number, end: number): void {
    const { result, set, session } = this;
    const { format } = set.header;
    const templates = format === FORMAT.netflow9 ? 0 : 2;
    if (id === templates || id === templates + 1) {
      const options = id !== templates;
      const { view, bytes, receivedMs } = set;
      readTemplateSet(view, bytes, at, end, format, options, receivedMs, session!, result);
      return;
    }
    // Numbers that no version gives a meaning.
    if (id < FIRST_DATA_SET) {
      result.error('bad_record');
      return;
    }
    const known = session!.template(id);
    const template = known?.format === format ? known : null;
    if (template === null || !this.data.readable(template)) {
      this.hold(id, template, at, end);
      return;
    }
    template.lastMs = set.receivedMs;
    this.data.take(template, at, end, set, this.writes);
    session!.chargeFacts();
    result.records += this.data.records;
    result.flowRecords += this.data.flows;
  }

  private hold(id: number, template: Template | null, at: number, end: number): void {
    const { result, set } = this;
    if (end <= at) return;
    result.exact = false;
    if (result.held >= MAX_HELD) {
      result.error('no_template');
      return;
    }
    const { kept, givenUp } = this.session!.held.hold(id, template, set.view, at, end, set.header, set.receivedMs);
    if (kept) result.held += 1;
    result.error('no_template', givenUp);
  }

  /**
   * Decodes the held sets whose template has come, as many as there is room for beside `reserved` rows; the others stay. Where nothing
   * is written they are let go: whoever reads the journal at this place writes their rows.
   */
  private release(reserved: number): void {
    const { set, data, result } = this;
    const { held } = this.session!;
    const { view, header, receivedMs } = set;
    const { exact } = result;
    for (let i = 0; held.ready > 0 && i < held.size; ) {
      const waiting = held.at(i);
      const { template } = waiting;
      if (template === null) {
        i += 1;
        continue;
      }
      if (!data.readable(template) || (this.writes && rowsOf(waiting, template) > data.room - reserved)) break;
      held.drop(i);
      this.takeHeld(waiting, template);
    }
    // What was late says nothing of the count of this message.
    result.exact = exact;
    this.look(view, header, receivedMs);
  }

  private takeHeld(waiting: HeldSet, template: Template): void {
    const { heldHeader, result, data } = this;
    heldHeader.format = waiting.format;
    heldHeader.domain = waiting.domain;
    heldHeader.exportMs = waiting.exportMs;
    heldHeader.uptimeMs = waiting.uptimeMs;
    this.look(new DataView(waiting.bytes.buffer), heldHeader, waiting.receivedMs);
    data.take(template, 0, waiting.bytes.length, this.set, this.writes);
    this.session!.chargeFacts();
    result.lateRecords += data.flows;
  }
}

/** Rows that a held set makes at most: a record of two directions makes two. */
function rowsOf({ bytes }: HeldSet, { options, minBytes }: Template): number {
  if (options) return 0;
  return Math.min(mostRows(bytes.length), 2 * Math.ceil(bytes.length / minBytes));
}
