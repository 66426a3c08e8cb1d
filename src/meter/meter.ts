import type { PacketFields } from '../packet/index.ts';
import { countFirst, countNext, forgetFirst } from './count-packet.ts';
import { NONE } from './expiry-wheel.ts';
import { FlowExpiry } from './flow-expiry.ts';
import { FlowOutput } from './flow-output.ts';
import { F64, RECORD_F64, RECORD_U32, REVERSE, STATE, STATE_SHIFT, U32 } from './flow-record.ts';
import { FlowTable } from './flow-table.ts';
import { startOf } from './flow-times.ts';
import { TwoWayView } from './flow-view.ts';
import { END_REASON, type FlowSink, type Flows } from './flows.ts';
import { hashSecrets } from './key-hash.ts';
import { type MeterCounts, newMeterCounts } from './meter-counts.ts';
import type { MeterOptions } from './meter-options.ts';
import { COPY, MirrorCopies } from './mirror-copies.ts';
import { PacketClock, REORDER_MS } from './packet-clock.ts';
import { PacketKey } from './packet-key.ts';
import { Recognition } from './recognition/recognition.ts';
import { createSampler, type Sampler } from './sampler.ts';
import {
  has,
  isEnding,
  isHandshake,
  isReset,
  judgeBothWays,
  judgeOneWay,
  setState,
  TCP_EVENT,
} from './tcp-connection.ts';
import { TunnelTable } from './tunnel-table.ts';
import { turn } from './turn.ts';

const TCP = 6;

/** In the word of the flags: payload is not looked at, of either direction and of the forward one. */
const SETTLED = STATE.settled << STATE_SHIFT;
const PASSED = (STATE.settled | STATE.passed) << STATE_SHIFT;

/** In the word of the flags: as large as a TTL can be, until a packet has one. */
const NO_TTL = 0x00ff_0000;

/** Flows that are looked at for being over when a packet comes, at most. Each packet makes one necessary, sooner or later. */
const CHECKS_PER_PACKET = 16;

/** One call of `packet` gives the sink so many flows at most: those that were looked at, one that gave way, and the packet's own. */
export const MOST_FLOWS_PER_PACKET = CHECKS_PER_PACKET + 2;

/** Packets into flows. Flows that are over go to the sink within `packet`, `tick` and `finish`. */
export class Meter {
  private readonly activeMs: number;
  private readonly biflow: boolean;
  private readonly table: FlowTable;
  private readonly tunnels: TunnelTable;
  private readonly key: PacketKey;
  private readonly output: FlowOutput;
  private readonly expiry: FlowExpiry;
  private readonly recognition: Recognition;
  private readonly clock = new PacketClock();
  private readonly copies: MirrorCopies | null;
  private readonly sampler: Sampler | null;
  private readonly counted = newMeterCounts();

  constructor(options: MeterOptions, sink: FlowSink) {
    const { idleMs, lingerMs, activeMs, biflow, maxFlows, duplicates, sampling, hashSeed } = options;
    const secrets = hashSecrets(hashSeed);
    this.activeMs = activeMs ?? Number.POSITIVE_INFINITY;
    this.biflow = biflow;
    this.table = new FlowTable(maxFlows, idleMs + REORDER_MS);
    this.tunnels = new TunnelTable(secrets);
    this.key = new PacketKey(biflow, secrets, this.tunnels);
    this.recognition = new Recognition(this.table, this.key, secrets, options);
    const view = new TwoWayView(this.tunnels.texts, this.recognition.names.table.texts, sampling);
    this.output = new FlowOutput(this.table, view, this.recognition, sink, this.counted);
    this.expiry = new FlowExpiry(this.table, this.tunnels, this.recognition, this.output, idleMs, lingerMs);
    this.copies = duplicates === 'left_out' ? new MirrorCopies(secrets) : null;
    this.sampler = createSampler(sampling);
  }

  get counts(): Readonly<MeterCounts> {
    this.counted.timeless = this.clock.timeless;
    this.counted.timeJumps = this.clock.jumps;
    this.recognition.count(this.counted);
    return this.counted;
  }

  /** Flows that are open. */
  get open(): number {
    return this.table.size;
  }

  /**
   * A packet with an IP header, `octets` long from there on where the header does not say. `timeMs` is NaN where the capture keeps no time; `inIf` is 0 where the
   * interface is not known. `packets`: how many it is on the wire, where segmentation offload makes one of them; `octets` must then be of all of them.
   */
  packet(fields: PacketFields, octets: number, timeMs: number, inIf: number, packets = 1): void {
    const bytes = packets > 1 ? octets : fields.ipBytes || octets;
    const time = this.clock.of(timeMs);
    this.counted.packets += packets;
    this.counted.bytes += bytes;
    this.expiry.expire(this.clock.nowMs, CHECKS_PER_PACKET);
    this.key.take(fields);
    // Before sampling: the copy of a packet that was passed over is a copy all the same. Without times nobody knows what came soon after what.
    if (this.copies !== null && timeMs === time && this.isCopy(this.copies, fields, bytes, time, inIf)) return;
    if (this.sampler !== null && !this.sampler.takes(fields)) {
      this.counted.sampledOut += 1;
      return;
    }
    let slot = this.table.find(this.key, fields);
    let reverse = false;
    if (slot === NONE && this.biflow) {
      slot = this.table.findReverse(this.key, fields);
      reverse = slot !== NONE;
    }
    if (slot === NONE) slot = this.begin(fields, bytes, packets, time, inIf);
    else reverse = this.take(slot, fields, bytes, packets, time, inIf, reverse);
    const unseen = reverse ? SETTLED : PASSED;
    if (fields.payloadLength > 0 && (this.table.u32[slot * RECORD_U32 + U32.flags]! & unseen) === 0)
      this.recognition.payload(slot, fields, time, reverse);
    if (fields.protocol === TCP && isEnding(fields.tcpFlags)) this.end(slot, fields, time, reverse);
  }

  /**
   * It is `nowMs`, and the packets of before were given: flows that are over by now go to the sink, `maxChecks` of them at most. True when none is left.
   */
  tick(nowMs: number, maxChecks = Number.POSITIVE_INFINITY): boolean {
    this.clock.set(nowMs);
    return this.expiry.expire(nowMs, maxChecks);
  }

  /** No more packets come: the open flows go to the sink, `maxFlows` of them at most. True when none is left. */
  finish(maxFlows = Number.POSITIVE_INFINITY): boolean {
    this.clock.finish();
    return this.expiry.finish(this.clock.nowMs, maxFlows);
  }

  /** Open flows lie in slots below this one. */
  get slots(): number {
    return this.table.used;
  }

  /** The open flow of a slot, as slot 0 of columns that are its own until the meter is called again; null where there is none. */
  at(slot: number): Flows | null {
    if (!this.table.isOpen(slot)) return null;
    this.output.load(slot);
    return this.output.view;
  }

  /** The same, with counters, times, rate and interface alone: for looks at all flows. A direction without packets has no times. */
  countersAt(slot: number): Flows | null {
    const { table, output } = this;
    if (!table.isOpen(slot)) return null;
    output.view.loadCounters(table.f64, slot * RECORD_F64);
    output.view.inIf[0] = table.u32[slot * RECORD_U32 + U32.inIf]!;
    return output.view;
  }

  private isCopy(copies: MirrorCopies, fields: PacketFields, bytes: number, time: number, inIf: number): boolean {
    const copy = copies.judge(fields, this.key.hash, time, inIf);
    if (copy === COPY.none) return false;
    if (copy === COPY.unsure) {
      this.counted.duplicatesUnsure += 1;
      this.counted.duplicateUnsureBytes += bytes;
      return false;
    }
    this.counted.duplicates += 1;
    this.counted.duplicateBytes += bytes;
    return true;
  }

  /** A packet of a key that no flow has. */
  private begin(fields: PacketFields, bytes: number, packets: number, time: number, inIf: number): number {
    const { table } = this;
    if (table.full && this.expiry.makeRoom(this.clock.nowMs)) this.counted.emergencyExpired += 1;
    const slot = table.open(this.key.hash);
    this.key.write(table.u32, slot, fields);
    this.fill(slot, fields, bytes, packets, time, inIf);
    return slot;
  }

  private fill(slot: number, fields: PacketFields, bytes: number, packets: number, time: number, inIf: number): void {
    const { table, tunnels, key } = this;
    countFirst(table.f64, table.u32, slot, fields, bytes, packets, time, inIf, this.biflow);
    table.u32[slot * RECORD_U32 + U32.tunnel] = key.tunnel;
    if (key.tunnel !== 0) tunnels.hold(key.tunnel);
    this.recognition.begin(slot, fields, time);
    this.expiry.begin(slot, time);
  }

  /** A packet of a key that a flow has; true when it goes in the reverse direction of that flow. */
  private take(
    slot: number,
    fields: PacketFields,
    bytes: number,
    packets: number,
    time: number,
    inIf: number,
    reverse: boolean,
  ): boolean {
    const { f64, u32 } = this.table;
    const u = slot * RECORD_U32;
    if (this.expiry.isOver(slot, time)) {
      this.replace(slot, END_REASON.idle, fields, bytes, packets, time, inIf);
      return false;
    }
    let back = reverse;
    if (fields.protocol === TCP && isHandshake(fields.tcpFlags)) {
      const event = this.biflow
        ? judgeBothWays(f64, u32, slot, fields, time, reverse)
        : judgeOneWay(f64, u32, slot, fields, time);
      if (event === TCP_EVENT.restart) {
        this.replace(slot, END_REASON.end, fields, bytes, packets, time, inIf);
        return false;
      }
      if (event === TCP_EVENT.turn) {
        turn(f64, u32, slot);
        this.recognition.turned(slot);
        back = !reverse;
        // What is known of the first packet and the TTL of before is that of the other direction, save the type of service.
        const tos = u32[u + U32.tos]!;
        forgetFirst(u32, u);
        u32[u + U32.tos] = tos;
        u32[u + U32.flags]! |= NO_TTL;
      }
    }
    if (time - startOf(f64, slot) > this.activeMs) this.cut(slot);
    countNext(f64, u32, slot, fields, bytes, packets, time, inIf, back);
    return back;
  }

  /** FIN or RST: the connection is over when the other direction has ended as well, or is not seen at all. */
  private end(slot: number, fields: PacketFields, time: number, reverse: boolean): void {
    const { u32, f64 } = this.table;
    const u = slot * RECORD_U32;
    const other = this.biflow ? NONE : this.opposite(fields, time);
    setState(u32, u, reverse ? STATE.revFin : STATE.fin);
    let over = isReset(fields.tcpFlags);
    if (this.biflow) {
      const oneWay = f64[slot * RECORD_F64 + F64.revPackets] === 0 || f64[slot * RECORD_F64 + F64.packets] === 0;
      over ||= oneWay || (has(u32, u, STATE.fin) && has(u32, u, STATE.revFin));
    } else over ||= other === NONE || has(u32, other * RECORD_U32, STATE.fin);
    if (!over) return;
    this.expiry.close(slot);
    if (other !== NONE) this.expiry.close(other);
  }

  /** The flow of the other direction, if it is not over by now, or NONE: nobody knows it in a tunnel where each direction has a number of its own. */
  private opposite(fields: PacketFields, time: number): number {
    const slot = this.table.findReverse(this.key, fields);
    return slot !== NONE && this.expiry.isOver(slot, time) ? NONE : slot;
  }

  /** The flow is over, and the packet begins another one with its key. */
  private replace(
    slot: number,
    reason: number,
    fields: PacketFields,
    bytes: number,
    packets: number,
    time: number,
    inIf: number,
  ): void {
    const { table } = this;
    this.expiry.give(slot, reason);
    table.wheel.remove(slot);
    this.key.write(table.u32, slot, fields);
    this.fill(slot, fields, bytes, packets, time, inIf);
  }

  /** The record has lasted long enough: what comes now is another one, of the same flow. */
  private cut(slot: number): void {
    const { f64, u32 } = this.table;
    this.output.give(slot, END_REASON.active);
    const f = slot * RECORD_F64;
    const u = slot * RECORD_U32;
    f64.fill(0, f, f + 2 * REVERSE);
    forgetFirst(u32, u);
    // The state stays; flags and TTL are those of the packets that come.
    u32[u + U32.flags] = (u32[u + U32.flags]! & (0xff << STATE_SHIFT)) | NO_TTL;
    setState(u32, u, STATE.continued);
  }
}
