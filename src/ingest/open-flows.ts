import { filterToPredicate, parseFilter, type RowPredicate } from '../filter/index.ts';
import { allColumnNames, type Column, cellOf, columns, FlowBatch, getWide, TextColumns } from '../flow/index.ts';
import { Labeller, type LabelOptions } from '../label/index.ts';
import { FlowRows, type Flows, type Meter } from '../meter/index.ts';
import type { ActiveFlow, ActiveFlows, ActiveOrder, ActiveQuery } from './capture-messages.ts';
import { Largest } from './largest.ts';

/** Rows that are judged together. */
const AT_ONCE = 1_024;
/** What one step looks at: a few milliseconds, in which the ring takes what comes. */
const JUDGED_AT_ONCE = 4_096;
const SHOWN_AT_ONCE = 256;
/** A rate is over no less: of a flow that has just begun nobody knows one. */
const LEAST_RATE_MS = 1_000;
/** What says where a record came from, or what it does not say before it is one. */
const LEFT_OUT = ['received', 'time', 'exporter', 'domain', 'format', 'byte_layer', 'end_reason', 'source'];
const SHOWN = columns.filter((c) => !LEFT_OUT.includes(c.name));
/** No END_REASON. */
const NOT_OVER = 0;

/** Of the flow in slot 0. */
type Key = (flows: Flows, nowMs: number) => number;

const KEYS: Readonly<Record<ActiveOrder, Key>> = {
  bytes: (flows) => flows.bytes[0]! * flows.sampling[0]!,
  packets: (flows) => flows.packets[0]! * flows.sampling[0]!,
  rate: (flows, nowMs) => rateOf(flows.bytes[0]! * flows.sampling[0]!, nowMs - flows.start[0]!),
  age: (flows, nowMs) => nowMs - flows.start[0]!,
  idle: (flows, nowMs) => nowMs - flows.end[0]!,
};

function rateOf(bytes: number, ageMs: number): number {
  return (bytes * 8_000) / Math.max(ageMs, LEAST_RATE_MS);
}

/** What was found so far, and what is still to be looked at. */
type Found = Omit<ActiveFlows, 'captures'>;

/**
 * A search among the open flows of a meter for those that come first of all that a filter selects. It goes on a step at a time, because packets wait
 * meanwhile: flows may begin and end between two steps. First every flow is judged, then those that are shown become records.
 */
export class OpenFlowSearch {
  private readonly meter: Meter;
  private readonly nowMs: number;
  private readonly key: Key;
  private readonly sign: number;
  private readonly bind: ((batch: FlowBatch) => RowPredicate) | null;
  private readonly rows: FlowRows;
  private readonly labeller: Labeller;
  private readonly texts = new TextColumns();
  private readonly batch = new FlowBatch(AT_ONCE, allColumnNames, undefined, true);
  private readonly first: Largest<number>;
  /** Of the rows in the batch. */
  private readonly slots = new Uint32Array(AT_ONCE);
  private readonly keys = new Float64Array(AT_ONCE);
  private next = 0;
  private chosen: readonly number[] | null = null;
  private readonly flows: ActiveFlow[] = [];
  private matched = 0;
  private bytes = 0;
  private packets = 0;

  constructor(meter: Meter, labels: LabelOptions, query: ActiveQuery, nowMs: number) {
    this.meter = meter;
    this.nowMs = nowMs;
    this.key = KEYS[query.order];
    this.sign = query.reverse ? -1 : 1;
    const node = parseFilter(query.filter, { sets: query.sets, limit: query.within });
    this.bind = node.kind === 'constant' && node.value ? null : filterToPredicate(node);
    this.first = new Largest(query.limit);
    this.rows = new FlowRows(this.texts);
    this.labeller = new Labeller(labels, this.texts);
  }

  /** Goes on for a few milliseconds; what was found when nothing is left to be looked at, else null. */
  step(): Found | null {
    const { meter } = this;
    if (this.chosen === null) {
      const to = Math.min(this.next + JUDGED_AT_ONCE, meter.slots);
      if (this.bind === null) this.rank(to);
      else for (; this.next < to; ) this.judge(Math.min(this.next + AT_ONCE, to));
      if (this.next >= meter.slots) this.chosen = this.first.sorted();
      return null;
    }
    const { chosen, nowMs, matched, bytes, packets, flows } = this;
    this.show(chosen.slice(flows.length + this.gone, flows.length + this.gone + SHOWN_AT_ONCE));
    if (flows.length + this.gone < chosen.length) return null;
    return { as_of: nowMs, open: meter.open, matched, bytes, packets, flows };
  }
  /** Flows that ended between the steps. */
  private gone = 0;

  /** Without a filter no row is needed. */
  private rank(to: number): void {
    const { meter, first } = this;
    for (; this.next < to; this.next++) {
      const flows = meter.at(this.next);
      if (flows === null) continue;
      this.count(flows.bytes[0]! * flows.sampling[0]!, flows.packets[0]! * flows.sampling[0]!);
      first.add(this.sign * this.key(flows, this.nowMs), this.next);
    }
  }

  /** Lets the filter choose among the flows up to slot `to`, as rows of the batch. */
  private judge(to: number): void {
    const { meter, first, batch, keys, slots } = this;
    this.begin();
    for (; this.next < to; this.next++) {
      const flows = meter.at(this.next);
      if (flows === null) continue;
      keys[batch.rows] = this.sign * this.key(flows, this.nowMs);
      slots[batch.rows] = this.next;
      this.rows.flow(flows, 0, NOT_OVER);
    }
    const holds = this.holds();
    for (let row = 0; row < batch.rows; row++) {
      if (!holds(row)) continue;
      this.count(this.scaled('raw_bytes', row), this.scaled('raw_packets', row));
      first.add(keys[row]!, slots[row]!);
    }
  }

  /** Makes records of flows, as they are now: what took the slot of one that ended must pass the filter as well. */
  private show(slots: readonly number[]): void {
    const { meter, batch } = this;
    this.begin();
    for (const slot of slots) {
      const flows = meter.at(slot);
      if (flows !== null) this.rows.flow(flows, 0, NOT_OVER);
    }
    const holds = this.holds();
    const shown = SHOWN.filter((column) => batch.shape.includes(column.name));
    const before = this.flows.length;
    for (let row = 0; row < batch.rows; row++) if (holds(row)) this.flows.push(this.read(row, shown));
    this.gone += slots.length - (this.flows.length - before);
  }

  private begin(): void {
    const { batch } = this;
    batch.clear();
    batch.rows = 0;
    this.texts.begin(batch);
    this.rows.bind(batch);
    this.labeller.bind(batch);
  }

  /** The filter over the rows of the batch, which are labelled first. */
  private holds(): RowPredicate {
    this.labeller.rows(0, this.batch.rows);
    return this.bind?.(this.batch) ?? (() => true);
  }

  private count(bytes: number, packets: number): void {
    this.matched += 1;
    this.bytes += bytes;
    this.packets += packets;
  }

  private scaled(column: 'raw_bytes' | 'raw_packets', row: number): number {
    return getWide(this.batch.u32(column), row) * this.batch.u32('sampling')[row]!;
  }

  /** The row by the names of its columns, with what only an open flow has. */
  private read(row: number, shown: readonly Column[]): ActiveFlow {
    const { batch, nowMs } = this;
    const flow: Record<string, string | number> = {};
    for (const column of shown) {
      const value = cellOf(batch, column, row);
      if (value !== null) flow[column.name] = value;
    }
    const age = Math.max(0, nowMs - getWide(batch.u32('start'), row));
    const idle = Math.max(0, nowMs - getWide(batch.u32('end'), row));
    const bytes = this.scaled('raw_bytes', row);
    const packets = this.scaled('raw_packets', row);
    return { ...flow, age, idle, bytes, packets, rate: Math.round(rateOf(bytes, age)) };
  }
}
