import { type ColumnArray, enumCode, type FlowBatch, rowShape } from '../flow/index.ts';
import { SAMPLING_ORIGIN } from '../wire/index.ts';
import { ContinuityKey, ReadColumns } from './continuity-key.ts';
import { ContinuityTable } from './continuity-table.ts';

/** Codes of the column `continued`. */
export const CONTINUED = { unknown: 0, no: 1, yes: 2 } as const;
const { unknown: UNKNOWN, no: NO, yes: YES } = CONTINUED;
const ACTIVE = enumCode('end_reason', 'active');
const FORCED = enumCode('end_reason', 'forced');
const RESOURCES = enumCode('end_reason', 'resources');
const CREATED = enumCode('fw_event', 'created');
const DELETED = enumCode('fw_event', 'deleted');
const UPDATE = enumCode('fw_event', 'update');
const SFLOW = enumCode('format', 'sflow');
const { unknown: UNKNOWN_RATE, shed: SHED } = SAMPLING_ORIGIN;
const SHAPE = rowShape(['continued']);
/** Rows that are judged together: those of most datagrams. */
const AT_ONCE = 128;

/** What a meter says of the end of a record: that the flow was over, or that it went on and only the record ended. */
const SAID_NOTHING = 0;
const SAID_OVER = 1;
const SAID_CUT = 2;

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
  private readonly key = new ContinuityKey(this.readers, AT_ONCE);
  /** Rows whose judgement takes a look into the table. */
  private readonly open = new Uint32Array(AT_ONCE);
  /** Of each of them 1 where it may have been cut, by its length and flags, else 0. */
  private readonly lasting = new Uint8Array(AT_ONCE);
  private batch: FlowBatch | null = null;
  private liveColumns = -1;
  /** Records received up to here may be missing in the table. */
  private blindMs = Number.NEGATIVE_INFINITY;
  private nowMs = 0;
  private nowS = 0;
  /** What ended before this may have come before we listened. */
  private knownMs = 0;
  /** The batch has columns in which meters and firewalls say what they did. */
  private hasMarks = false;
  private continued!: Uint8Array;
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
    // Weir's own meter says of each record whether it goes on; before the column is open, a row of another kind holds what was there before.
    if (batch.array('continued') !== undefined && this.continued[from] !== UNKNOWN) return;
    batch.open(SHAPE, from);
    this.nowMs = wide(this.received, from);
    this.nowS = Math.floor(this.nowMs / 1000);
    this.knownMs = Math.max(sinceMs, this.blindMs);
    for (let at = from; at < to; at += AT_ONCE) this.some(at, Math.min(at + AT_ONCE, to));
  }

  /** Step by step for all rows, so that the waits for memory of a step overlap: a table of many megabytes is in no cache. */
  private some(from: number, to: number): void {
    const asked = this.sift(from, to);
    if (asked === 0) return;
    const { table, key, open, lasting, continued, protocol, flags, hasMarks } = this;
    key.hash(open, asked);
    table.fetch(key.h1, lasting, asked);
    for (let i = 0; i < asked; i++) {
      const row = open[i]!;
      const seen = protocol[row] === TCP ? flags[row]! : 0;
      const h1 = key.h1[i]!;
      const h2 = key.h2[i]!;
      continued[row] = hasMarks ? this.judgeMarked(row, seen, h1, h2) : this.judge(row, seen, SAID_NOTHING, h1, h2);
    }
  }

  /** Judges those that need no other record; how many are left `open`. Without branches on what changes with each row: a wrong guess of them costs more than all the rest. */
  private sift(from: number, to: number): number {
    const { open, lasting, continued, sampling, origin, protocol, flags, start, end } = this;
    const always = this.hasMarks ? 1 : 0;
    let asked = 0;
    for (let row = from; row < to; row++) {
      if (sampling[row] !== 1 || origin[row] === UNKNOWN_RATE) {
        continued[row] = UNKNOWN;
        // Others of the same flow were left out.
        if (origin[row] === SHED) this.interrupt(this.nowMs);
        continue;
      }
      const seen = flags[row]!;
      const isLong = (LEAST_CUT_MS - 1 - ((end[2 * row]! - start[2 * row]!) | 0)) >>> 31;
      // Most records of most exporters: a TCP connection from its beginning on, too short to be cut. 0 for these.
      const needs = (protocol[row]! ^ TCP) | (~seen & SYN) | isLong | always;
      continued[row] = NO;
      open[asked] = row;
      lasting[asked] = isLong & (((seen & FIN_OR_RST) - 1) >>> 31);
      asked += (needs | -needs) >>> 31;
    }
    return asked;
  }

  /** With what the meter says of the record itself. */
  private judgeMarked(row: number, flags: number, h1: number, h2: number): number {
    const reason = this.reason[row]!;
    const event = this.fwEvent[row]!;
    if (this.natEvent[row] !== 0) return UNKNOWN;
    if (event === 0) return this.judge(row, flags, saidBy(reason), h1, h2);
    if (event !== CREATED && event !== UPDATE && event !== DELETED) return NO;
    const said = event === DELETED ? SAID_OVER : SAID_CUT;
    const found = this.judge(row, event === CREATED ? SYN : flags & ~SYN, said, h1, h2);
    // The beginning of the connection may have been told or not.
    return found === NO && event !== CREATED ? UNKNOWN : found;
  }

  /** `said`: what the meter says of the end of the record. */
  private judge(row: number, flags: number, said: number, h1: number, h2: number): number {
    const { table, nowS } = this;
    const startMs = wide(this.start, row);
    const endMs = wide(this.end, row);
    const durationMs = endMs > startMs ? endMs - startMs : 0;
    const isLong = durationMs >= LEAST_CUT_MS;
    const goesOn = said === SAID_NOTHING ? isLong && (flags & FIN_OR_RST) === 0 : said === SAID_CUT;
    const begins = (flags & SYN) !== 0;
    // Only a meter that tells the beginning of the whole flow each time has a SYN in what continues, and then the record is long.
    if (begins && !isLong && !goesOn) return NO;
    const entry = table.find(h1, h2, nowS);
    const continues = entry >= 0 && this.continues(entry, startMs, endMs, begins);
    if (goesOn) {
      if (entry < 0 || table.sinceEnd(entry, endMs) >= 0)
        table.put(h1, h2, entry, endMs, durationMs, said === SAID_CUT, nowS);
    } else if (continues) table.remove(h1, entry);
    if (continues) return YES;
    if (begins) return NO;
    const gapMs = said === SAID_NOTHING ? GAP_MS : MARKED_GAP_MS;
    const beforeMs = wide(this.time, row) - durationMs - gapMs - ROUNDING_MS;
    return beforeMs > this.knownMs && !table.mayHaveGone(h1, beforeMs) ? NO : UNKNOWN;
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
    this.hasMarks = ['end_reason', 'nat_event', 'fw_event'].some((name) => batch.array(name) !== undefined);
    this.continued = batch.u8('continued');
    this.liveColumns = batch.liveColumns;
  }
}

/** RFC 5102 section 5.11.3. */
function saidBy(reason: number): number {
  if (reason === 0) return SAID_NOTHING;
  return reason === ACTIVE || reason === FORCED || reason === RESOURCES ? SAID_CUT : SAID_OVER;
}

/** Value `row` of a 64-bit column below 2^53. */
function wide(words: ColumnArray, row: number): number {
  return words[2 * row + 1]! * 4_294_967_296 + words[2 * row]!;
}
