import type { FlowBatch, TextColumns } from '../flow/index.ts';
import { ColumnMapping } from './columns/column-mapping.ts';
import type { ElementMapping } from './exporter-settings.ts';
import type { FlowSieve } from './flow-sieve.ts';
import type { Template } from './template.ts';
import { CHUNK, type FieldPlace, growSlots, lengthOf, type Slots, valueAt } from './template-layout.ts';
import { OptionsReader } from './template-options.ts';
import { compilePlan, mostRows, type RowPlan, type TemplatePlan } from './template-plan.ts';
import type { TemplateResult } from './template-result.ts';
import { TemplateRows } from './template-rows.ts';
import type { DataSet } from './template-set.ts';
import { Shapes } from './template-shapes.ts';

/** The most rows of one message: 65,507 bytes hold so many records of four bytes. */
export const MAX_ROWS = 16_384;
/** Compiled templates that are kept at a time: the oldest is compiled again when it is needed. */
const MAX_PLANS = 4_096;
/**
 * Templates whose data one message may bring, whether compiled or not, so that a replay does the same: a hostile message could hold
 * thousands of new ones, and to compile one is as dear as a thousand flows. What is beyond waits for the next message.
 */
const MAX_USED = 32;
/** Bytes behind the last record that are taken for padding whatever they hold (RFC 3954 section 5.3 pads to four). */
const PADDING = 3;

/** Turns data sets into rows of the bound batch, or into facts where they hold options. One for a decoder. */
export class TemplateData {
  /** Records of the last `take`, and those of them that describe flows. */
  records = 0;
  flows = 0;
  private readonly result: TemplateResult;
  private readonly mapping: ColumnMapping;
  private readonly rows: TemplateRows;
  private readonly options = new OptionsReader();
  private readonly shapes = new Shapes();
  private readonly slots: Slots = [];
  /** The places of records that have a reverse direction. */
  private readonly picked: Slots = [];
  private readonly chosen = new Uint32Array(CHUNK);
  private readonly planned = new Set<Template>();
  private batch: FlowBatch | null = null;
  private bound = false;
  private message = 0;
  private used = 0;
  /** Rows that the set may make yet. */
  private left = 0;

  constructor(texts: TextColumns, mappings: readonly ElementMapping[], result: TemplateResult) {
    this.mapping = new ColumnMapping(mappings);
    this.rows = new TemplateRows(texts);
    this.result = result;
  }

  /** Rows go to this batch from now on; its arrays are looked up when the first message comes. */
  bind(batch: FlowBatch | null): void {
    this.batch = batch;
    this.bound = false;
  }

  /** Before the sets of a message; whether there is a batch to write to. */
  begin(): boolean {
    this.message += 1;
    this.used = 0;
    this.options.begin();
    if (this.batch === null) return false;
    if (!this.bound) this.rows.bind(this.batch);
    this.bound = true;
    return true;
  }

  /** Rows that can be written yet for this message. */
  get room(): number {
    if (this.batch === null) return 0;
    return Math.max(0, Math.min(MAX_ROWS, this.batch.capacity - this.batch.rows) - this.result.rows);
  }

  /** Whether records of the template can be read now, or only with a later message. */
  readable(template: Template): boolean {
    return template.options || template.usedIn === this.message || this.used < MAX_USED;
  }

  /** The records in [at, end) of the set. Without `writes` they are counted, and options learnt. */
  take(template: Template, at: number, end: number, set: DataSet, writes: boolean): void {
    this.records = 0;
    this.flows = 0;
    if (template.usedIn !== this.message) this.used += 1;
    template.usedIn = this.message;
    const plan = template.options ? null : this.planOf(template, set);
    if (plan === null || plan.forward === null) this.learn(template, at, end, set);
    else this.read(template, plan, plan.forward, at, end, set, writes);
  }

  /** Options, and data that describes no flow: what else it says may be of use. */
  private learn(template: Template, at: number, end: number, set: DataSet): void {
    const { options } = this;
    options.take(template, at, end, set);
    this.records = options.records;
    if (template.options) this.result.options += options.records;
    if (options.unlearnt) this.result.error('too_many_records');
    this.finish(template, options.next, end, options.overrun, set);
  }

  private read(
    template: Template,
    plan: TemplatePlan,
    forward: RowPlan,
    at: number,
    end: number,
    set: DataSet,
    writes: boolean,
  ): void {
    const { layout } = plan;
    growSlots(this.slots, layout.slotCount);
    this.left = mostRows(end - at);
    let p = at;
    let n = CHUNK;
    while (n === CHUNK) {
      n = layout.locate(set.view, p, end, CHUNK, this.slots);
      p = layout.next;
      this.records += n;
      if (writes && n > 0) this.write(plan, forward, n, set);
    }
    this.flows = this.records;
    this.finish(template, p, end, layout.overrun, set);
  }

  /** What is behind the last whole record: padding, which is shorter than a record, or a record whose end is missing. */
  private finish(template: Template, at: number, end: number, overrun: boolean, { bytes }: DataSet): void {
    if (!overrun && (end - at <= PADDING || isZero(bytes, at, end))) return;
    if (!overrun && !template.fixed && end - at < template.minBytes) return;
    this.result.error('bad_record');
    this.result.missing += 1;
    this.result.exact = false;
  }

  private write(plan: TemplatePlan, forward: RowPlan, n: number, set: DataSet): void {
    const { result } = this;
    const room = Math.min(this.room, this.left);
    const both = plan.reverse === null ? 0 : this.pick(plan, n, set.view);
    const fit = Math.min(n, room);
    const back = Math.min(both, room - fit);
    const { slotCount } = plan.layout;
    this.writeRows(forward, this.slots, slotCount, fit, set);
    // Chosen by themselves: kept or not together, they would make the error of totals larger than it is said to be.
    if (plan.reverse !== null) this.writeRows(plan.reverse, this.picked, slotCount, back, set);
    this.left -= fit + back;
    if (fit + back < n + both) {
      result.error('too_many_records');
      result.missing += n + both - fit - back;
    }
  }

  private writeRows(plan: RowPlan, slots: Slots, slotCount: number, count: number, set: DataSet): void {
    const { result, rows } = this;
    const { sieve } = set.context;
    const n = sieve === null ? count : thin(sieve, plan, slots, slotCount, count, set.view);
    result.shed += count - n;
    if (n === 0) return;
    rows.write(plan, slots, n, this.batch!.rows + result.rows, set);
    result.rows += n;
    result.clockCorrected += rows.corrected;
    result.sampledRows += rows.sampling.sampled;
    result.unknownSamplingRows += rows.sampling.unknown;
  }

  /** Notes the records whose reverse counters are not 0 in `picked`; how many. */
  private pick(plan: TemplatePlan, n: number, view: DataView): number {
    const { slots, picked, chosen } = this;
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

  private planOf(template: Template, { context }: DataSet): TemplatePlan {
    const peer = context.settings.asType === 'peer';
    const hasSource = context.sourceCode !== 0;
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
}

/** Leaves the records that the sieve keeps among the first `count` noted ones; how many. */
function thin(
  sieve: FlowSieve,
  { octets }: RowPlan,
  slots: Slots,
  slotCount: number,
  count: number,
  view: DataView,
): number {
  for (let i = 0; i < count; i++) sieve.sizes[i] = octets === null ? 0 : valueAt(view, octets, slots, i);
  const n = sieve.sift(count);
  const { kept } = sieve;
  for (let s = 0; s < slotCount; s++) {
    const places = slots[s]!;
    for (let j = 0; j < n; j++) places[j] = places[kept[j]!]!;
  }
  return n;
}

function isZero(bytes: Uint8Array, at: number, end: number): boolean {
  for (let i = at; i < end; i++) if (bytes[i] !== 0) return false;
  return true;
}

function anyNotZero(places: readonly FieldPlace[], view: DataView, slots: Slots, i: number): boolean {
  for (let k = 0; k < places.length; k++) {
    const place = places[k]!;
    const length = lengthOf(place, slots, i);
    const at = slots[place.slot]![i]! + place.offset;
    for (let b = 0; b < length; b++) if (view.getUint8(at + b) !== 0) return true;
  }
  return false;
}
