import { type ColumnArray, columnOf, type FlowBatch, rowShape } from '../flow/index.ts';
import { SAMPLING_ORIGIN } from '../wire/index.ts';
import { ContinuityKey, ReadColumns } from './continuity-key.ts';
import { ContinuityTable } from './continuity-table.ts';

const codes = (name: string) => Object.fromEntries(columnOf(name).values!.map((value, code) => [value, code]));
/** Codes of the column `continued`. */
export const CONTINUED = codes('continued') as { readonly unknown: 0; readonly no: 1; readonly yes: 2 };
const REASON = codes('end_reason');
const EVENT = codes('fw_event');
const SFLOW = codes('format').sflow!;
const SHAPE = rowShape(['continued']);

const TCP = 6;
const SYN = 0x02;
const FIN_OR_RST = 0x05;

/**
 * Idle timeouts are 15 s or longer (Cisco IOS and IOS XE 15, ipt_NETFLOW 15, nProbe 30, YAF 300): a record that begins sooner after the one before was not parted
 * from it by silence.
 */
const GAP_MS = 15_000;
/** Where the meter itself says that it cut the flow, only its idle timeout can have ended it since; YAF's is the longest usual one. */
const MARKED_GAP_MS = 300_000;
/** Active timeouts are 30 s or longer, and the packet before one is not longer ago than an idle timeout: what a timeout cut has lasted for so long. */
const LEAST_CUT_MS = 15_000;
/** NetFlow v9 tells the time in its header in whole seconds, so that the times of two datagrams may differ by one; others round up. */
const ROUNDING_MS = 1_000;

/**
 * Judges of each record whether it continues a flow that a timeout of its meter cut, so that flows can be counted as well as records. The meter's own mark (IPFIX
 * element 136) comes first; without it a record continues the one before of the same key if it begins where that one ended, or has its beginning. What nobody
 * can tell is left unknown: records of sampled packets, and those whose predecessor may have come before we listened, or was not kept.
 */
export class Continuity {
  private readonly table: ContinuityTable;
  private readonly readers = new ReadColumns();
  private readonly key = new ContinuityKey(this.readers);
  private batch: FlowBatch | null = null;
  private liveColumns = -1;
  /** Records received up to here may be missing in the table. */
  private blindMs = Number.NEGATIVE_INFINITY;
  private start!: ColumnArray;
  private end!: ColumnArray;
  private time!: ColumnArray;
  private received!: ColumnArray;
  private protocol!: ColumnArray;
  private flags!: ColumnArray;
  private reason!: ColumnArray;
  private sampling!: ColumnArray;
  private origin!: ColumnArray;
  private format!: ColumnArray;
  private natEvent!: ColumnArray;
  private fwEvent!: ColumnArray;

  constructor(table = new ContinuityTable()) {
    this.table = table;
  }

  /** Flows that could not be followed because the table was full. */
  get overflowed(): number {
    return this.table.overflowed;
  }

  bind(batch: FlowBatch): void {
    this.batch = batch;
    this.liveColumns = -1;
  }

  /** Records were received that come not this way, but later or never. */
  interrupt(receivedMs: number): void {
    if (!(this.blindMs > receivedMs)) this.blindMs = receivedMs;
  }

  /** Judges rows [from, to) of the bound batch, its last, which are of one exporter and domain and of which all is known since `sinceMs`. */
  rows(from: number, to: number, sinceMs: number): void {
    const { batch } = this;
    if (batch === null || to <= from) return;
    if (this.liveColumns !== batch.liveColumns) this.read(batch);
    // Single packets: what they are a part of is not told.
    if (this.format[from] === SFLOW) return;
    batch.open(SHAPE, from);
    const continued = batch.u8('continued');
    const nowMs = wide(this.received, from);
    this.key.begin(from);
    for (let row = from; row < to; row++) {
      const { sampling, origin } = this;
      if (sampling[row] === 1 && origin[row] !== SAMPLING_ORIGIN.unknown && this.natEvent[row] === 0)
        continued[row] = this.judge(row, Math.max(sinceMs, this.blindMs), nowMs);
      else {
        continued[row] = CONTINUED.unknown;
        // Others of the same flow were left out.
        if (origin[row] === SAMPLING_ORIGIN.shed) this.interrupt(nowMs);
      }
    }
  }

  private judge(row: number, knownMs: number, nowMs: number): number {
    const { table, key } = this;
    const event = this.fwEvent[row]!;
    const reason = this.reason[row]!;
    const startMs = wide(this.start, row);
    const endMs = wide(this.end, row);
    const durationMs = endMs > startMs ? endMs - startMs : 0;
    const flags = this.protocol[row] === TCP ? this.flags[row]! : 0;
    const isLong = durationMs >= LEAST_CUT_MS;
    const marked = isMarked(reason, event);
    const goesOn = reason === REASON.unknown && event === EVENT.none ? isLong && (flags & FIN_OR_RST) === 0 : marked;
    const begins = (flags & SYN) !== 0 || event === EVENT.created;
    // Only a meter that tells the beginning of the whole flow each time has a SYN in what continues, and then the record is long.
    if (begins && !isLong && !goesOn) return CONTINUED.no;
    if (event === EVENT.denied || event === EVENT.alert) return CONTINUED.no;
    const nowS = Math.floor(nowMs / 1000);
    key.of(row);
    const { h1, h2 } = key;
    const entry = table.find(h1, h2, nowS);
    const continues = entry >= 0 && event !== EVENT.created && this.continues(entry, startMs, endMs, begins);
    if (goesOn) {
      if (entry < 0 || table.sinceEnd(entry, endMs) >= 0) table.put(h1, h2, entry, endMs, durationMs, marked, nowS);
    } else if (continues) table.remove(h1, entry);
    if (continues) return CONTINUED.yes;
    if (begins) return CONTINUED.no;
    // The connection has begun before, and its beginning may have been told or not.
    if (event === EVENT.update || event === EVENT.deleted) return CONTINUED.unknown;
    const gapMs = reason === REASON.unknown ? GAP_MS : MARKED_GAP_MS;
    const beforeMs = wide(this.time, row) - durationMs - gapMs - ROUNDING_MS;
    return beforeMs > knownMs && beforeMs > table.goneUntil(h1) * 1000 ? CONTINUED.no : CONTINUED.unknown;
  }

  /** Whether a record goes on where that of the entry ended, or is told with the same beginning as that one. */
  private continues(entry: number, startMs: number, endMs: number, begins: boolean): boolean {
    const { table } = this;
    const durationMs = table.durationOf(entry);
    const marked = table.isMarked(entry);
    const fromEnd = table.sinceEnd(entry, startMs);
    const fromStart = fromEnd + durationMs;
    if (
      Math.abs(fromStart) <= ROUNDING_MS &&
      table.sinceEnd(entry, endMs) > 0 &&
      (marked || durationMs >= LEAST_CUT_MS)
    )
      return durationMs > ROUNDING_MS || !begins;
    return !begins && fromEnd >= -ROUNDING_MS && fromEnd < (marked ? MARKED_GAP_MS : GAP_MS);
  }

  private read(batch: FlowBatch): void {
    const of = (physical: string) => this.readers.read(batch, physical);
    this.key.bind(batch);
    this.start = of('start');
    this.end = of('end');
    this.time = of('time');
    this.received = of('received');
    this.protocol = of('protocol');
    this.flags = of('tcp_flags');
    this.reason = of('end_reason');
    this.sampling = of('sampling');
    this.origin = of('sampling_origin');
    this.format = of('format');
    this.natEvent = of('nat_event');
    this.fwEvent = of('fw_event');
    this.liveColumns = batch.liveColumns;
  }
}

/** RFC 5102 section 5.11.3: the flow went on, and the meter ended its record all the same. A firewall tells the same by its events. */
function isMarked(reason: number, event: number): boolean {
  if (event !== EVENT.none) return event === EVENT.created || event === EVENT.update;
  return reason === REASON.active || reason === REASON.forced || reason === REASON.resources;
}

/** Value `row` of a 64-bit column below 2^53. */
function wide(words: ColumnArray, row: number): number {
  return words[2 * row + 1]! * 4_294_967_296 + words[2 * row]!;
}
