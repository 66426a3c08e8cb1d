import type { FlowBatch, TextColumns } from '../flow/index.ts';
import { ColumnMapping } from './columns/column-mapping.ts';
import { type ExportHeader, FORMAT, newExportHeader } from './export-header.ts';
import type { ElementMapping } from './exporter-settings.ts';
import { type FlowContext, newFlowContext } from './flow-context.ts';
import { ExporterFacts } from './options/exporter-facts.ts';
import type { Template } from './template.ts';
import { TemplateBudget } from './template-budget.ts';
import { readTemplateSet } from './template-definitions.ts';
import { CHUNK, type FieldPlace, growSlots, type Slots } from './template-layout.ts';
import { learnOptions } from './template-options.ts';
import { compilePlan, type TemplatePlan } from './template-plan.ts';
import { TemplateResult } from './template-result.ts';
import { type SetContext, TemplateRows } from './template-rows.ts';
import type { TemplateSession } from './template-session.ts';
import { Shapes } from './template-shapes.ts';

/** The most rows that one `decode` writes: 65,507 bytes hold so many records of four bytes. */
const MAX_ROWS = 16_384;
/** Compiled templates that are kept at a time: the oldest is compiled again when it is needed. */
const MAX_PLANS = 4_096;
const FIRST_DATA_SET = 256;
/** Bytes behind the last record that are taken for padding whatever they hold (RFC 3954 section 5.3 pads to four). */
const PADDING = 3;

/**
 * Decodes NetFlow v9 (RFC 3954) and IPFIX (RFC 7011) messages into the rows of a batch: one for a receiving thread, with a
 * TemplateSession for each export stream. Nothing is allocated per record, and nothing is thrown for what the bytes hold.
 */
export class TemplateDecoder {
  readonly result = new TemplateResult();
  readonly maxRows = MAX_ROWS;
  readonly budget: TemplateBudget;
  private readonly mapping: ColumnMapping;
  private readonly rows: TemplateRows;
  private readonly shapes = new Shapes();
  private readonly slots: Slots = [];
  /** The places of records that have a reverse direction. */
  private readonly picked: Slots = [];
  private readonly chosen = new Uint32Array(CHUNK);
  private readonly planned = new Set<Template>();
  private batch: FlowBatch | null = null;
  private bound = false;
  private view: DataView | null = null;
  private bytes: Uint8Array = new Uint8Array(0);
  private readonly set: SetContext;
  private readonly heldHeader = newExportHeader();

  constructor(texts: TextColumns, mappings: readonly ElementMapping[], budget = new TemplateBudget()) {
    this.mapping = new ColumnMapping(mappings);
    this.rows = new TemplateRows(texts);
    this.budget = budget;
    this.set = {
      view: new DataView(new ArrayBuffer(0)),
      bytes: this.bytes,
      header: this.heldHeader,
      receivedMs: 0,
      sourceCode: 0,
      context: newFlowContext(),
      facts: NO_FACTS,
    };
  }

  /** Rows go to this batch from now on; its arrays are looked up when the first row comes. */
  bind(batch: FlowBatch | null): void {
    this.batch = batch;
    this.bound = false;
  }

  /**
   * Takes the message at [at, at + length), whose header has been read. With `write`, its flows become rows from `batch.rows` on (the
   * caller raises `batch.rows` by `result.rows`, and sees to it that `maxRows` fit); without, templates and options are learnt
   * and records are counted.
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
    const { result } = this;
    result.clear();
    session.attach(this.budget);
    result.error('no_template', session.tidy(context.receivedMs));
    const writes = write && this.ready();
    this.use(view);
    if (session.held.size > 0) this.release(session, context, writes);
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
      const setEnd = Math.min(end, p + said);
      if (p + said > end) this.cut(header, length);
      this.takeSet(view, id, p + 4, setEnd, header, session, context, writes);
      p += said;
    }
  }

  /** A set that runs over the end. Where the whole message does, the header has told. */
  private cut(header: ExportHeader, length: number): void {
    this.result.exact = false;
    if (header.format === FORMAT.netflow9) this.result.error('truncated');
    else if (header.messageBytes <= length) this.result.error('bad_length');
  }

  private ready(): boolean {
    if (this.batch === null) return false;
    if (!this.bound) this.rows.bind(this.batch);
    this.bound = true;
    return true;
  }

  private use(view: DataView): void {
    if (view === this.view) return;
    this.view = view;
    this.bytes = new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
  }

  private takeSet(
    view: DataView,
    id: number,
    at: number,
    end: number,
    header: ExportHeader,
    session: TemplateSession,
    context: FlowContext,
    writes: boolean,
  ): void {
    const { result } = this;
    const base = header.format === FORMAT.netflow9 ? 0 : 2;
    if (id === base || id === base + 1) {
      const options = id === base + 1;
      const { format } = header;
      const now = context.receivedMs;
      const changed = readTemplateSet(view, this.bytes, at, end, format, options, now, session, result);
      if (changed && session.held.size > 0) this.release(session, context, writes);
      return;
    }
    // Numbers that no version gives a meaning.
    if (id < FIRST_DATA_SET) {
      result.error('bad_record');
      return;
    }
    const template = session.template(id);
    if (!template || template.format !== header.format) {
      this.hold(view, id, at, end, header, session, context);
      return;
    }
    template.lastMs = context.receivedMs;
    const { set } = this;
    set.view = view;
    set.bytes = this.bytes;
    set.header = header;
    set.receivedMs = context.receivedMs;
    set.sourceCode = context.sourceCode;
    set.context = context;
    set.facts = session.facts;
    const before = result.flowRecords;
    this.takeRecords(template, at, end, writes);
    result.flowRecords = before + this.flowsTaken;
    result.records += this.recordsTaken;
  }

  private hold(
    view: DataView,
    id: number,
    at: number,
    end: number,
    header: ExportHeader,
    session: TemplateSession,
    context: FlowContext,
  ): void {
    const { result } = this;
    if (end <= at) return;
    result.exact = false;
    const { kept, givenUp } = session.held.hold(id, view, at, end, header, context.receivedMs);
    if (kept) result.held += 1;
    result.error('no_template', givenUp);
  }

  private recordsTaken = 0;
  private flowsTaken = 0;

  /** The records of a data set: rows, or facts of options. */
  private takeRecords(template: Template, at: number, end: number, writes: boolean): void {
    this.recordsTaken = 0;
    this.flowsTaken = 0;
    const { view, facts, receivedMs } = this.set;
    const plan = template.options ? null : this.planOf(template);
    if (plan === null || plan.forward === null) {
      const learnt = learnOptions(template, view, at, end, facts, receivedMs);
      this.recordsTaken = learnt.records;
      if (template.options) this.result.options += learnt.records;
      if (learnt.unlearnt) this.result.error('too_many_records');
      this.finish(template, learnt.next, end, learnt.overrun);
      return;
    }
    growSlots(this.slots, plan.layout.slotCount);
    let p = at;
    for (;;) {
      const n = plan.layout.locate(view, p, end, CHUNK, this.slots);
      p = plan.layout.next;
      this.recordsTaken += n;
      this.flowsTaken += n;
      if (writes && n > 0) this.writeChunk(plan, n);
      if (n < CHUNK) break;
    }
    this.finish(template, p, end, plan.layout.overrun);
  }

  /** What is behind the last whole record: padding, which is shorter than a record, or a record whose end is missing. */
  private finish(template: Template, at: number, end: number, overrun: boolean): void {
    if (!overrun && (end - at <= PADDING || isZero(this.set.bytes, at, end))) return;
    if (!overrun && !template.fixed && end - at < template.minBytes) return;
    this.result.error('bad_record');
    this.result.missing += 1;
    this.result.exact = false;
  }

  private writeChunk(plan: TemplatePlan, n: number): void {
    const { result, slots } = this;
    const row = this.batch!.rows + result.rows;
    const room = Math.min(MAX_ROWS - result.rows, this.batch!.capacity - row);
    const both = plan.reverse === null ? 0 : this.pick(plan, n);
    const fit = Math.min(n, Math.max(0, room));
    if (fit > 0) this.writeRows(plan.forward!, slots, fit, row);
    const back = Math.min(both, Math.max(0, room - fit));
    if (back > 0) this.writeRows(plan.reverse!, this.picked, back, row + fit);
    if (fit + back < n + both) {
      result.error('too_many_records');
      result.missing += n + both - fit - back;
    }
  }

  private writeRows(plan: NonNullable<TemplatePlan['forward']>, slots: Slots, n: number, row: number): void {
    const { result, rows } = this;
    rows.write(plan, slots, n, row, this.set);
    result.rows += n;
    result.clockCorrected += rows.corrected;
    result.sampledRows += rows.sampling.sampled;
    result.unknownSamplingRows += rows.sampling.unknown;
  }

  /** Notes the records whose reverse counters are not 0 in `picked`; how many. */
  private pick(plan: TemplatePlan, n: number): number {
    const { slots, picked, chosen } = this;
    const { view } = this.set;
    growSlots(picked, plan.layout.slotCount);
    let m = 0;
    for (let i = 0; i < n; i++) if (anyNotZero(plan.reverseCounters, view, slots, i)) chosen[m++] = i;
    for (let s = 0; s < plan.layout.slotCount; s++) {
      const from = slots[s]!;
      const to = picked[s]!;
      for (let j = 0; j < m; j++) to[j] = from[chosen[j]!]!;
    }
    return m;
  }

  private planOf(template: Template): TemplatePlan {
    const peer = this.set.context.settings.asType === 'peer';
    const hasSource = this.set.sourceCode !== 0;
    const { plan } = template;
    if (plan !== null && plan.peer === peer && plan.hasSource === hasSource) return plan;
    template.plan = compilePlan(template, this.mapping, peer, hasSource, this.shapes.of);
    this.planned.delete(template);
    this.planned.add(template);
    if (this.planned.size > MAX_PLANS) {
      const oldest = this.planned.values().next().value!;
      oldest.plan = null;
      this.planned.delete(oldest);
    }
    return template.plan;
  }

  /**
   * Decodes the held sets whose template has come, as many as there is room for; the others stay. Without `writes` they are let go: whoever
   * reads the journal at this place writes their rows.
   */
  private release(session: TemplateSession, context: FlowContext, writes: boolean): void {
    const { result, set, heldHeader, view } = this;
    const { held } = session;
    const exact = result.exact;
    let i = held.next(0, (id) => session.template(id) !== undefined);
    while (i >= 0) {
      const waiting = held.at(i);
      const template = session.template(waiting.templateId)!;
      // A record makes at most two rows.
      const most = 2 * Math.ceil(waiting.bytes.length / template.minBytes);
      const room = writes
        ? Math.min(MAX_ROWS - result.rows, this.batch!.capacity - this.batch!.rows - result.rows)
        : most;
      if (most > room && result.rows > 0) break;
      held.drop(i);
      if (template.format === waiting.format) {
        heldHeader.format = waiting.format;
        heldHeader.domain = waiting.domain;
        heldHeader.exportMs = waiting.exportMs;
        heldHeader.uptimeMs = waiting.uptimeMs;
        this.use(new DataView(waiting.bytes.buffer));
        set.view = this.view!;
        set.bytes = this.bytes;
        set.header = heldHeader;
        set.receivedMs = waiting.receivedMs;
        set.sourceCode = context.sourceCode;
        set.context = context;
        set.facts = session.facts;
        const before = result.rows;
        this.takeRecords(template, 0, waiting.bytes.length, writes);
        result.lateRows += result.rows - before;
        result.lateRecords += this.flowsTaken;
      } else result.error('no_template');
      i = held.next(i, (id) => session.template(id) !== undefined);
    }
    // What was late says nothing of the count of this message.
    result.exact = exact;
    if (view !== null) this.use(view);
  }
}

const NO_FACTS = new ExporterFacts();

function isZero(bytes: Uint8Array, at: number, end: number): boolean {
  for (let i = at; i < end; i++) if (bytes[i] !== 0) return false;
  return true;
}

function anyNotZero(places: readonly FieldPlace[], view: DataView, slots: Slots, i: number): boolean {
  for (let k = 0; k < places.length; k++) {
    const place = places[k]!;
    const length = place.lengthSlot < 0 ? place.length : slots[place.lengthSlot]![i]!;
    const at = slots[place.slot]![i]! + place.offset;
    for (let b = 0; b < length; b++) if (view.getUint8(at + b) !== 0) return true;
  }
  return false;
}
