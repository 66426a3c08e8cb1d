import { asWeirError } from '../../base/index.ts';
import { type FlowSink, type Flows, Metering } from '../../meter/index.ts';
import { InterfaceCapture, type PacketRing } from '../../system/index.ts';
import type { GuestInterface } from './guest-interfaces.ts';
import type { GuestName } from './guest-name.ts';
import type { GuestRecords } from './guest-records.ts';
import { type GuestTraffic, WAY } from './guest-traffic.ts';

/** All headers of a packet: how it is to be cut, and flags, are in them. */
const SNAP_BYTES = 192;
/**
 * Some 15,000 packets that wait; the kernel takes this memory at once. It ends a block after 50 ms, however little is in it, and this process may not come to look for a
 * second: so there are many.
 */
const RING_BYTES = 4 << 20;
const BLOCK_BYTES = 1 << 16;
const BLOCKS = RING_BYTES / BLOCK_BYTES;
const IDLE_MS = 90_000;
/** The record of a connection that is over is asked for within seconds. */
const LINGER_MS = 1_000;

export interface GuestLinkOptions {
  /** A flow that lasts is recorded so often. */
  readonly exportPeriodMs: number;
  /** Whether names of servers are read from what guests send. */
  readonly serverNames: boolean;
  readonly traffic: GuestTraffic;
  readonly records: GuestRecords;
  /** Distinct among all that are metered; above 0. */
  readonly number: number;
}

/** One interface of a guest: its packets become flows here. */
export class GuestLink implements FlowSink {
  readonly name: string;
  guest: GuestName;
  /** Why it is not metered; null while it is. */
  problem: string | null = null;
  index: number;
  private readonly isGuestsEnd: boolean;
  private readonly options: GuestLinkOptions;
  private capture: InterfaceCapture | null = null;
  private metering: Metering;
  private nowMs = 0;
  private before = { packets: 0, bytes: 0, drops: 0 };

  constructor(found: GuestInterface, guest: GuestName, maxFlows: number, options: GuestLinkOptions) {
    this.name = found.name;
    this.index = found.index;
    this.isGuestsEnd = found.isGuestsEnd;
    this.guest = guest;
    this.options = options;
    this.metering = this.newMetering(maxFlows);
  }

  get isOpen(): boolean {
    return this.capture !== null;
  }

  get open(): number {
    return this.metering.meter.open;
  }

  get packets(): number {
    return this.before.packets + this.metering.meter.counts.packets;
  }

  get bytes(): number {
    return this.before.bytes + this.metering.meter.counts.bytes;
  }

  /** Packets that the kernel had no room for. */
  get drops(): number {
    return this.before.drops + (this.capture?.counts().drops ?? 0);
  }

  /** Opens the interface, or says why not. Not for frames of others: what is here is the guest's, and a card need not be told. */
  openRing(): void {
    try {
      this.capture = new InterfaceCapture({
        interface: this.name,
        snapBytes: SNAP_BYTES,
        ringBytes: RING_BYTES,
        blockBytes: BLOCK_BYTES,
        promiscuous: false,
        offload: true,
      });
      this.index = this.capture.ring.interfaceIndex;
      this.problem = null;
    } catch (error) {
      this.problem = asWeirError(error).message;
    }
  }

  /** Meters what is there; how many packets. */
  take(nowMs: number): number {
    const { capture } = this;
    if (capture === null) return 0;
    this.nowMs = nowMs;
    let packets = 0;
    // Once round: then others have their turn.
    for (let block = 0; block < BLOCKS; block++) {
      const ring = capture.receive(0);
      if (ring.count === 0) break;
      packets += ring.count;
      this.meterPackets(ring);
    }
    return packets;
  }

  /** Flows that are over by the clock; true where the interface is up again, or another one of the same name: all flows of before are over then. */
  look(nowMs: number): boolean {
    this.nowMs = nowMs;
    this.metering.meter.tick(nowMs);
    if (this.capture === null) return false;
    const change = this.capture.check();
    this.index = this.capture.ring.interfaceIndex;
    if (change?.problem) this.problem = change.problem.message;
    if (change?.state !== 'up' || change.problem !== null) return false;
    this.problem = null;
    // They were those of the guest that was here before.
    this.metering.meter.finish();
    return true;
  }

  flow(flows: Flows, slot: number, endReason: number): void {
    this.record(this.options.records, flows, slot, endReason, this.nowMs);
  }

  /** Each flow that is open, as the columns that `visit` may read until it returns. */
  openFlows(visit: (flows: Flows) => void): void {
    const { meter } = this.metering;
    for (let slot = 0; slot < meter.slots; slot++) {
      const flows = meter.at(slot);
      if (flows !== null) visit(flows);
    }
  }

  record(records: GuestRecords, flows: Flows, slot: number, endReason: number, nowMs: number): void {
    const facts = { vm: this.guest.name, index: this.index, duplicate: this.isDuplicate(flows, slot) };
    records.flow(flows, slot, endReason, nowMs, facts);
  }

  isDuplicate(flows: Flows, slot: number): boolean {
    return this.options.traffic.isDuplicate(flows, slot, this.options.number);
  }

  /** Room for so many flows from now on; what is open is recorded first. */
  resize(maxFlows: number, nowMs: number): void {
    this.nowMs = nowMs;
    this.metering.meter.finish();
    const { packets, bytes } = this;
    this.before = { ...this.before, packets, bytes };
    this.metering = this.newMetering(maxFlows);
  }

  /** Records of all that is open, and no more. */
  close(nowMs: number): void {
    this.take(nowMs);
    this.metering.meter.finish();
    this.before = { ...this.before, drops: this.drops };
    this.capture?.close();
    this.capture = null;
  }

  private newMetering(maxFlows: number): Metering {
    const { exportPeriodMs, serverNames, traffic, number } = this.options;
    traffic.enter(number, maxFlows);
    return new Metering(
      {
        meter: {
          idleMs: IDLE_MS,
          lingerMs: LINGER_MS,
          activeMs: exportPeriodMs,
          biflow: false,
          maxFlows,
          duplicates: 'counted',
          sampling: { kind: 'none' },
          serverNames,
        },
        // As a socket of this host would be: what a guest puts into a tunnel is its own.
        dissect: { tunnels: 'outer' },
      },
      this,
    );
  }

  private meterPackets(ring: PacketRing): void {
    const { metering, isGuestsEnd, options } = this;
    const { view, at, captured, original, linkType, timeMs, segmentBytes, outgoing, count } = ring;
    for (let i = 0; i < count; i++) {
      const sent = (outgoing[i] === 1) === isGuestsEnd;
      const way = sent ? WAY.fromGuest : WAY.toGuest;
      metering.packet(view, at[i]!, captured[i]!, original[i]!, linkType[i]!, timeMs[i]!, way, segmentBytes[i]!);
      if (sent && metering.fields.hasIp) options.traffic.learn(metering.fields, options.number);
    }
  }
}
