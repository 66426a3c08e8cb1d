import {
  type FilterNode,
  filterToPredicate,
  parseFilter,
  type RowPredicate,
  referencedColumns,
} from '../filter/index.ts';
import { type Column, cellOf, columns, storedColumnsOf, TextColumns } from '../flow/index.ts';
import type { ActiveQuery, OpenFlows } from '../ingest/index.ts';
import { type HomeNetworks, PlaceLabels } from '../label/index.ts';
import type { Policy } from './policy/policy.ts';
import { RecordRow } from './policy/record-row.ts';
import type { HostRecord, RecordTaker } from './table/host-record.ts';

/** A rate is over no less: of a flow that has just begun nobody knows one. */
const LEAST_RATE_MS = 1_000;
/** What says where a record came from, or what it does not say before it is one. */
const LEFT_OUT = ['received', 'time', 'exporter', 'domain', 'format', 'byte_layer', 'end_reason', 'source'];
const SHOWN: readonly Column[] = columns.filter((c) => !LEFT_OUT.includes(c.name));
const PLACE_NAMES = ['src_site', 'dst_site', 'src_subnet', 'dst_subnet'];
/** What labels of places write together: where there is one of them, there must be all. */
const SYSTEMS = ['src_as', 'dst_as', 'src_as_source', 'dst_as_source'];
const PLACED = ['src_addr', 'dst_addr', 'direction', 'reach', ...PLACE_NAMES, ...SYSTEMS];

/** What has flows that are open. */
interface OpenSource {
  openFlows(nowMs: number, take: RecordTaker): void;
}

type Shown = OpenFlows['flows'][number];
type Key = (record: HostRecord, nowMs: number) => number;

const KEYS: Readonly<Record<ActiveQuery['order'], Key>> = {
  bytes: (record) => record.raw_bytes as number,
  packets: (record) => record.raw_packets as number,
  rate: (record, nowMs) => rateOf(record, nowMs),
  age: (record, nowMs) => nowMs - (record.start as number),
  idle: (record, nowMs) => nowMs - (record.end as number),
};

function rateOf(record: HostRecord, nowMs: number): number {
  return ((record.raw_bytes as number) * 8_000) / Math.max(nowMs - (record.start as number), LEAST_RATE_MS);
}

/** Records as rows that filters and people read, with direction and sites as a store would have them. */
class PlacedRow {
  readonly row: RecordRow;
  private readonly places: PlaceLabels;

  constructor(names: readonly string[], networks: HomeNetworks) {
    const texts = new TextColumns();
    this.row = new RecordRow([...new Set([...names, ...PLACED])]);
    this.places = new PlaceLabels(networks, texts);
    const { batch } = this.row;
    batch.dictionaries = Object.fromEntries(PLACE_NAMES.map((name) => [name, texts.of(name).handle]));
    this.places.bind(batch);
  }

  fill(record: HostRecord): void {
    this.row.fill(record);
    this.places.rows(0, 1);
  }
}

/** Judges records by a filter. */
class Judge {
  private readonly row: PlacedRow;
  private readonly bind: (batch: RecordRow['batch']) => RowPredicate;
  private holds: RowPredicate = () => false;
  private revision = -1;

  constructor(node: FilterNode, networks: HomeNetworks) {
    const names = [...referencedColumns(node)];
    this.row = new PlacedRow(names.flatMap(storedColumnsOf), networks);
    this.bind = filterToPredicate(node);
  }

  selects(record: HostRecord): boolean {
    const { row } = this.row;
    this.row.fill(record);
    if (this.revision !== row.revision) {
      this.revision = row.revision;
      this.holds = this.bind(row.batch);
    }
    return this.holds(0);
  }
}

/** The open flows of meters that come first of all that a filter selects, as the privacy policy lets them be seen. */
export function openFlows(
  meters: readonly OpenSource[],
  policy: Policy | null,
  networks: HomeNetworks,
  query: ActiveQuery,
  nowMs: number,
): OpenFlows {
  const judge = new Judge(parseFilter(query.filter, { sets: query.sets, limit: query.within }), networks);
  const shown = new PlacedRow(
    SHOWN.map((c) => c.name),
    networks,
  );
  const key = KEYS[query.order];
  const sign = query.reverse ? -1 : 1;
  const first: { key: number; flow: Shown }[] = [];
  const total = { open: 0, matched: 0, bytes: 0, packets: 0, duplicates: 0 };
  const judged: RecordTaker = (record) => {
    if (policy?.apply(record, nowMs, false) === 'drop') return;
    const isCopy = record.duplicate === 'yes';
    const leftOut = isCopy && query.duplicates === 'counted';
    if (!leftOut) total.open += 1;
    if (!judge.selects(record)) return;
    if (leftOut) {
      total.duplicates += 1;
      return;
    }
    total.matched += 1;
    // What another record has is not there twice.
    if (!isCopy) {
      total.bytes += record.raw_bytes as number;
      total.packets += record.raw_packets as number;
    }
    insert(first, sign * key(record, nowMs), query.limit, () => read(shown, record, nowMs));
  };
  for (const meter of meters) meter.openFlows(nowMs, judged);
  return { as_of: nowMs, ...total, flows: first.map(({ flow }) => flow) };
}

/** Keeps the list in order, the largest first, and no longer than `limit`. */
function insert(first: { key: number; flow: Shown }[], key: number, limit: number, flow: () => Shown): void {
  if (first.length >= limit && (limit === 0 || key <= first[first.length - 1]!.key)) return;
  let low = 0;
  let high = first.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (first[middle]!.key >= key) low = middle + 1;
    else high = middle;
  }
  first.splice(low, 0, { key, flow: flow() });
  if (first.length > limit) first.pop();
}

function read(placed: PlacedRow, record: HostRecord, nowMs: number): Shown {
  placed.fill(record);
  const { batch } = placed.row;
  const flow: Record<string, string | number> = {};
  for (const column of SHOWN) {
    const value = cellOf(batch, column, 0);
    if (value !== null) flow[column.name] = value;
  }
  const age = Math.max(0, nowMs - (record.start as number));
  const idle = Math.max(0, nowMs - (record.end as number));
  const bytes = record.raw_bytes as number;
  const packets = record.raw_packets as number;
  return { ...flow, age, idle, bytes, packets, rate: Math.round(rateOf(record, nowMs)) };
}
