import type { CounterSheet, CounterSheetHandle } from '../base/index.ts';
import type { HomeNetworks } from '../label/index.ts';
import { DEFAULT_METER, type FlowSink, type Flows, Meter } from '../meter/index.ts';
import { dissectLink, FragmentPorts, newPacketFields, PACKET_PROBLEM, PACKET_PROBLEMS } from '../packet/index.ts';
import type { PacketRing } from '../system/index.ts';
import { type MeterCounter, meterCounters } from './capture-counters.ts';
import type { ActiveFlows, ActiveQuery, CaptureOptions } from './capture-messages.ts';
import { CaptureStream } from './capture-stream.ts';
import { CapturedLink } from './captured-interface.ts';
import type { OneDatagram } from './one-datagram.ts';
import { OpenFlows } from './open-flows.ts';

export interface CaptureEvents {
  /** A message with flows, or about the capture. */
  message(datagram: OneDatagram): void;
  problem(text: string): void;
}

const INNER = { tunnels: 'inner' } as const;

/** Interfaces, one meter for all of them (the two directions of a tap come by two), and a stream of messages for each. */
export class LiveCapture implements FlowSink {
  readonly links: readonly CapturedLink[];
  private readonly streams: readonly CaptureStream[];
  /** By index of an interface, those of before it went and came again among them. */
  private readonly byIndex = new Map<number, number>();
  private readonly meter: Meter;
  private readonly meterCounters: CounterSheet<MeterCounter> = meterCounters();
  private readonly openFlows: OpenFlows;
  private readonly fields = newPacketFields();
  private readonly fragments = new FragmentPorts();
  /** Which link waits for packets next, where none has any. */
  private turn = 0;

  constructor(options: CaptureOptions, networks: HomeNetworks, events: CaptureEvents) {
    this.meter = new Meter(
      { ...DEFAULT_METER, idleMs: options.idleMs, activeMs: options.activeMs, sampling: options.sampling },
      this,
    );
    this.openFlows = new OpenFlows(this.meter, networks);
    this.streams = options.interfaces.map(
      (name, i) => new CaptureStream(name, i + 1, options.sampling, events.message),
    );
    this.links = options.interfaces.map(
      (name, i) =>
        new CapturedLink(name, options.ringBytes, {
          opened: (index) => {
            this.byIndex.set(index, i);
            this.streams[i]!.opened(index);
          },
          problem: events.problem,
        }),
    );
  }

  get counters(): CounterSheetHandle[] {
    return [this.meterCounters.handle(), ...this.links.map((l) => l.counters.handle())];
  }

  /** Opens all interfaces, or raises why one of them cannot be. */
  open(): void {
    try {
      for (const link of this.links) link.open();
    } catch (error) {
      this.close();
      throw error;
    }
  }

  /** Meters what is there; where nothing is, waits for it, at most `waitMs`. How many packets. */
  take(waitMs: number): number {
    let packets = 0;
    for (const link of this.links) packets += this.from(link, 0);
    if (packets > 0) return packets;
    this.turn = (this.turn + 1) % this.links.length;
    return this.from(this.links[this.turn]!, waitMs / this.links.length);
  }

  private from(link: CapturedLink, waitMs: number): number {
    const ring = link.receive(waitMs);
    if (ring === null) return 0;
    this.meterPackets(ring, link);
    return ring.count;
  }

  private meterPackets(ring: PacketRing, { counters }: CapturedLink): void {
    const { fields, fragments, meter } = this;
    const { view, at, captured, original, timeMs, linkType, interfaceIndex, count } = ring;
    let octets = 0;
    for (let i = 0; i < count; i++) {
      dissectLink(view, at[i]!, captured[i]!, linkType[i]!, fields, INNER);
      octets += original[i]!;
      if (fields.problem !== PACKET_PROBLEM.none) counters.add(causeOf(fields.problem));
      if (!fields.hasIp || !fragments.apply(fields, timeMs[i]!)) continue;
      meter.packet(fields, original[i]!, timeMs[i]!, interfaceIndex);
    }
    counters.add('packets', count);
    counters.add('octets', octets);
  }

  /** A flow that is over goes to the stream of the interface that its first packet came in by. */
  flow(flows: Flows, slot: number, endReason: number): void {
    this.streams[this.byIndex.get(flows.inIf[slot]!) ?? 0]!.flow(flows, slot, endReason);
  }

  /** Once a second: flows that are over by the clock, what happened to the interfaces, and what there is to be told of them. */
  look(nowMs: number): void {
    for (const stream of this.streams) stream.nowMs = nowMs;
    this.meter.tick(nowMs);
    this.links.forEach((link, i) => {
      link.look();
      this.streams[i]!.flush(nowMs, link.up, link.counters.get('drops'));
    });
    this.count();
  }

  active(query: ActiveQuery, nowMs: number): ActiveFlows {
    const nameOf = (index: number) => this.links[this.byIndex.get(index) ?? -1]?.name ?? '';
    const found = this.openFlows.find(query, nowMs, nameOf);
    return { ...found, captures: this.links.map((l) => l.state()) };
  }

  /** Ends all flows that are open. */
  finish(nowMs: number): void {
    for (const stream of this.streams) stream.nowMs = nowMs;
    this.meter.finish();
    this.look(nowMs);
  }

  close(): void {
    for (const link of this.links) link.close();
  }

  private count(): void {
    const { meter, meterCounters } = this;
    const { counts } = meter;
    meterCounters.set('open', meter.open);
    meterCounters.set('flows', counts.flows);
    meterCounters.set('duplicates', counts.duplicates);
    meterCounters.set('sampled_out', counts.sampledOut);
    meterCounters.set('emergency_expired', counts.emergencyExpired);
  }
}

function causeOf(problem: number): Exclude<(typeof PACKET_PROBLEMS)[number], 'none'> {
  return PACKET_PROBLEMS[problem] as Exclude<(typeof PACKET_PROBLEMS)[number], 'none'>;
}
