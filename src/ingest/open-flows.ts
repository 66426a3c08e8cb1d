import { filterToPredicate, parseFilter, type RowPredicate } from '../filter/index.ts';
import { allColumnNames, cellOf, columns, FlowBatch, getWide, TextColumns } from '../flow/index.ts';
import { type HomeNetworks, Sites } from '../label/index.ts';
import { FlowRows, type Flows, type Meter } from '../meter/index.ts';
import type { ActiveFlow, ActiveFlows, ActiveOrder, ActiveQuery } from './capture-messages.ts';
import { Largest } from './largest.ts';

/** Rows that are judged together. */
const AT_ONCE = 1_024;
/** A rate is over no less: of a flow that has just begun nobody knows one. */
const LEAST_RATE_MS = 1_000;
/** What says where a record came from, or what it does not say before it is one. */
const LEFT_OUT = ['received', 'time', 'exporter', 'domain', 'format', 'byte_layer', 'end_reason', 'source'];
const SHOWN = columns.filter((c) => !LEFT_OUT.includes(c.name));
/** No END_REASON. */
const NOT_OVER = 0;

type Key = (flows: Flows, slot: number, nowMs: number) => number;

const KEYS: Readonly<Record<ActiveOrder, Key>> = {
  bytes: (flows, slot) => flows.bytes[slot]! * flows.sampling[slot]!,
  packets: (flows, slot) => flows.packets[slot]! * flows.sampling[slot]!,
  rate: (flows, slot, nowMs) => rateOf(flows.bytes[slot]! * flows.sampling[slot]!, nowMs - flows.start[slot]!),
  age: (flows, slot, nowMs) => nowMs - flows.start[slot]!,
  idle: (flows, slot, nowMs) => nowMs - flows.end[slot]!,
};

function rateOf(bytes: number, ageMs: number): number {
  return (bytes * 8_000) / Math.max(ageMs, LEAST_RATE_MS);
}

/**
 * The open flows of a meter, as an answer has them: those that come first of all that a filter selects. Each is looked at where it lies; rows are made
 * only of those that a filter must judge or that the answer may show.
 */
export class OpenFlows {
  private readonly meter: Meter;
  private readonly networks: HomeNetworks;
  private readonly batch = new FlowBatch(AT_ONCE, allColumnNames, undefined, true);

  constructor(meter: Meter, networks: HomeNetworks) {
    this.meter = meter;
    this.networks = networks;
  }

  /** `nameOf`: the interface of an index. */
  find(query: ActiveQuery, nowMs: number, nameOf: (index: number) => string): Omit<ActiveFlows, 'captures'> {
    const search = new Search(query, nowMs, this.batch, this.networks);
    this.meter.active((flows, slot) => search.visit(flows, slot));
    return search.end(nameOf);
  }
}

/** One question. */
class Search {
  private readonly nowMs: number;
  private readonly batch: FlowBatch;
  private readonly key: Key;
  private readonly sign: number;
  private readonly bind: ((batch: FlowBatch) => RowPredicate) | null;
  private readonly rows: FlowRows;
  private readonly sites: Sites;
  private readonly texts = new TextColumns();
  private readonly first: Largest<ActiveFlow>;
  private readonly keys = new Float64Array(AT_ONCE);
  private open = 0;
  private matched = 0;
  private bytes = 0;
  private packets = 0;

  constructor(query: ActiveQuery, nowMs: number, batch: FlowBatch, networks: HomeNetworks) {
    this.nowMs = nowMs;
    this.batch = batch;
    this.key = KEYS[query.order];
    this.sign = query.reverse ? -1 : 1;
    const node = parseFilter(query.filter, { sets: query.sets });
    this.bind = node.kind === 'constant' && node.value ? null : filterToPredicate(node);
    this.first = new Largest(query.limit);
    this.rows = new FlowRows(this.texts);
    this.sites = new Sites(networks, this.texts);
    this.begin();
  }

  visit(flows: Flows, slot: number): void {
    this.open += 1;
    const key = this.sign * this.key(flows, slot, this.nowMs);
    if (this.bind === null) {
      this.count(flows.bytes[slot]! * flows.sampling[slot]!, flows.packets[slot]! * flows.sampling[slot]!);
      if (!this.first.takes(key)) return;
    }
    this.keys[this.batch.rows] = key;
    this.rows.flow(flows, slot, NOT_OVER);
    if (this.batch.rows === AT_ONCE) this.judge();
  }

  end(nameOf: (index: number) => string): Omit<ActiveFlows, 'captures'> {
    this.judge();
    const { nowMs, open, matched, bytes, packets, first } = this;
    const flows = first.sorted().map((flow) => withInterface(flow, nameOf));
    return { as_of: nowMs, open, matched, bytes, packets, flows };
  }

  private begin(): void {
    const { batch } = this;
    batch.clear();
    batch.rows = 0;
    this.texts.begin(batch);
    this.rows.bind(batch);
    this.sites.bind(batch);
  }

  private count(bytes: number, packets: number): void {
    this.matched += 1;
    this.bytes += bytes;
    this.packets += packets;
  }

  /** Lets the filter choose among the rows of the batch, and empties it. */
  private judge(): void {
    const { batch, first, keys } = this;
    this.sites.rows(0, batch.rows);
    const holds = this.bind?.(batch) ?? null;
    for (let row = 0; row < batch.rows; row++) {
      if (holds !== null) {
        if (!holds(row)) continue;
        const sampling = batch.u32('sampling')[row]!;
        this.count(getWide(batch.u32('raw_bytes'), row) * sampling, getWide(batch.u32('raw_packets'), row) * sampling);
      }
      if (first.takes(keys[row]!)) first.add(keys[row]!, this.read(row));
    }
    this.begin();
  }

  /** The row by the names of its columns, with what only an open flow has. */
  private read(row: number): ActiveFlow {
    const { batch, nowMs } = this;
    const flow: Record<string, string | number> = {};
    for (const column of SHOWN) {
      const value = cellOf(batch, column, row);
      if (value !== null) flow[column.name] = value;
    }
    const scaled = (column: string) => getWide(batch.u32(column), row) * batch.u32('sampling')[row]!;
    const age = Math.max(0, nowMs - getWide(batch.u32('start'), row));
    const bytes = scaled('raw_bytes');
    const idle = Math.max(0, nowMs - getWide(batch.u32('end'), row));
    return { ...flow, age, idle, bytes, packets: scaled('raw_packets'), rate: Math.round(rateOf(bytes, age)) };
  }
}

function withInterface(flow: ActiveFlow, nameOf: (index: number) => string): ActiveFlow {
  const name = typeof flow.in_if === 'number' ? nameOf(flow.in_if) : '';
  return name === '' ? flow : { ...flow, interface: name };
}
