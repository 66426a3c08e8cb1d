import type { CounterSheet, CounterSheetHandle } from '../base/index.ts';
import type { LabelOptions } from '../label/index.ts';
import { type FlowSink, type Flows, Metering } from '../meter/index.ts';
import type { Esp } from '../packet/index.ts';
import { type PacketRing, waitForPackets } from '../system/index.ts';
import { type MeterCounter, meterCounters, UNMETERED } from './capture-counters.ts';
import type { ActiveFlow, ActiveFlows, ActiveQuery, CaptureOptions } from './capture-messages.ts';
import { CaptureStream, type InterfaceCounts } from './capture-stream.ts';
import { CapturedLink, type RingSize } from './captured-interface.ts';
import { trafficOptions } from './meter-settings.ts';
import type { OneDatagram } from './one-datagram.ts';
import { OpenFlowSearch } from './open-flows.ts';
import { NONE_OPEN, OpenPackets } from './open-packets.ts';

export interface CaptureEvents {
  /** A message with flows, or about the capture. */
  message(datagram: OneDatagram): void;
  /** What is to be said in the log of an interface that is captured no more, and of one that is again. */
  lost(text: string): void;
  back(text: string): void;
}

/** Flows that are looked at for being over in one step. */
const CHECKS_AT_ONCE = 4_096;

/**
 * Bytes that are kept of a packet: all headers, through tunnels, and some payload by which copies of a mirror are known. The ring then holds four times as
 * many packets as of whole ones. What is to be decrypted must be whole, in tunnels as well; ESP always is: what is not encrypted is told by its trailer.
 */
const HEADER_BYTES = 256;
const WHOLE_PACKET = 65_535;

function ringSize({ ringBytes, meter }: CaptureOptions): RingSize {
  return { ringBytes, snapBytes: meter.keys ? WHOLE_PACKET : HEADER_BYTES, espSnapBytes: WHOLE_PACKET };
}

/** Interfaces, one meter for all of them (the two directions of a tap come by two), and a stream of messages for each. */
export class LiveCapture implements FlowSink {
  readonly links: readonly CapturedLink[];
  private readonly streams: readonly CaptureStream[];
  /** By index of an interface, those of before it went and came again among them. */
  private readonly byIndex = new Map<number, number>();
  private readonly metering: Metering;
  private readonly esp: Esp;
  private readonly meterCounters: CounterSheet<MeterCounter> = meterCounters();
  private readonly labels: LabelOptions;
  private readonly searches: { readonly search: OpenFlowSearch; readonly answer: (found: ActiveFlows) => void }[] = [];
  /** Flows that may be over wait to be looked at. */
  private expiring = false;
  private readonly openPackets: OpenPackets;

  constructor(options: CaptureOptions, labels: LabelOptions, events: CaptureEvents) {
    const traffic = trafficOptions(options.meter);
    this.metering = new Metering(traffic, this);
    this.esp = traffic.esp;
    this.openPackets = new OpenPackets(
      this.metering.meter,
      options.interfaces.length,
      (index) => this.byIndex.get(index) ?? 0,
    );
    this.labels = labels;
    this.streams = options.interfaces.map(
      (name, i) => new CaptureStream(name, i + 1, options.meter.sampling ?? 1, events.message),
    );
    this.links = options.interfaces.map(
      (name, i) =>
        new CapturedLink(name, ringSize(options), {
          opened: (index) => {
            this.byIndex.set(index, i);
            this.streams[i]!.opened(index, countsOf(this.links[i]!));
          },
          lost: events.lost,
          back: events.back,
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
    const packets = this.takeAll();
    if (packets > 0 || waitMs === 0) return packets;
    waitForPackets(
      this.links.flatMap(({ ring }) => ring ?? []),
      waitMs,
    );
    return this.takeAll();
  }

  private takeAll(): number {
    let packets = 0;
    for (const link of this.links) {
      const ring = link.receive();
      if (ring === null) continue;
      this.meterPackets(ring, link);
      packets += ring.count;
    }
    return packets;
  }

  private meterPackets(ring: PacketRing, { counters }: CapturedLink): void {
    const { metering } = this;
    const { view, at, captured, original, timeMs, linkType, interfaceIndex, count } = ring;
    const before = metering.meter.counts.duplicatesUnsure;
    let octets = 0;
    for (let i = 0; i < count; i++) {
      octets += original[i]!;
      metering.packet(view, at[i]!, captured[i]!, original[i]!, linkType[i]!, timeMs[i]!, interfaceIndex);
    }
    counters.add('packets', count);
    counters.add('octets', octets);
    // A packet and what may be its copy come by one interface.
    counters.add('unsure', metering.meter.counts.duplicatesUnsure - before);
  }

  /** A flow that is over goes to the stream of the interface that its first packet came in by. */
  flow(flows: Flows, slot: number, endReason: number): void {
    this.streams[this.byIndex.get(flows.inIf[slot]!) ?? 0]!.flow(flows, slot, endReason);
  }

  /** Once a second: flows that are over by the clock, what happened to the interfaces, and what there is to be told of them. */
  look(nowMs: number): void {
    for (const stream of this.streams) stream.nowMs = nowMs;
    this.expiring = true;
    this.openPackets.look(nowMs);
    this.work(nowMs);
    this.links.forEach((link, i) => {
      link.look();
      this.streams[i]!.flush(nowMs, link.up, countsOf(link));
    });
    this.count();
  }

  /** Begins to look for open flows; `answer` is called once they are found. */
  ask(query: ActiveQuery, nowMs: number, answer: (found: ActiveFlows) => void): void {
    const search = new OpenFlowSearch(this.metering.meter, this.labels, query, nowMs);
    this.searches.push({ search, answer });
  }

  /** Whether there is work that goes on a step at a time: packets are not to be waited for. */
  get busy(): boolean {
    return this.expiring || this.openPackets.busy || this.searches.length > 0;
  }

  /** Goes on for a few milliseconds with what takes longer: ends flows that are over, counts what is open, and looks for flows that were asked for. */
  work(nowMs: number): void {
    if (this.expiring) this.expiring = !this.metering.meter.tick(nowMs, CHECKS_AT_ONCE);
    this.openPackets.step()?.forEach((open, i) => {
      this.streams[i]!.tellOpen(open, nowMs);
    });
    const [first] = this.searches;
    const found = first?.search.step();
    if (!found) return;
    this.searches.shift();
    const captures = this.links.map((l) => l.state());
    first!.answer({ ...found, flows: found.flows.map((flow) => this.withInterface(flow)), captures });
  }

  private withInterface(flow: ActiveFlow): ActiveFlow {
    const link = this.links[this.byIndex.get(Number(flow.in_if)) ?? -1];
    return link ? { ...flow, interface: link.name } : flow;
  }

  /** Ends all flows that are open. */
  finish(nowMs: number): void {
    for (const stream of this.streams) stream.nowMs = nowMs;
    this.metering.meter.finish();
    this.look(nowMs);
    for (const stream of this.streams) stream.tellOpen(NONE_OPEN, nowMs);
  }

  close(): void {
    for (const link of this.links) link.close();
  }

  private count(): void {
    const { metering, meterCounters } = this;
    const { counts, open } = metering.meter;
    meterCounters.set('open', open);
    meterCounters.set('flows', counts.flows);
    meterCounters.set('duplicates', counts.duplicates);
    meterCounters.set('sampled_out', counts.sampledOut);
    meterCounters.set('emergency_expired', counts.emergencyExpired);
    meterCounters.set('conversations_cut', counts.recognitionsCut);
    meterCounters.set('joins_cut', counts.joinsCut);
    meterCounters.set('server_names_cut', counts.namesLeftOut);
    meterCounters.set('given_names_cut', counts.givenNamesCut);
    meterCounters.set('announcements_cut', counts.announcementsCut);
    meterCounters.set('initials_cut', counts.initialsCut);
    const { integrityFailures, implausible, ...esp } = this.esp.counts;
    meterCounters.set('esp_opaque', esp.opaque);
    meterCounters.set('esp_null', esp.null);
    meterCounters.set('esp_decrypted', esp.decrypted);
    meterCounters.set('esp_integrity', integrityFailures);
    meterCounters.set('esp_implausible', implausible);
    UNMETERED.forEach((cause, i) => {
      meterCounters.set(cause, metering.unmetered[i + 1]!);
    });
  }
}

function countsOf({ counters }: CapturedLink): InterfaceCounts {
  return { drops: counters.get('drops'), unsure: counters.get('unsure') };
}
