import { parseAddress } from '../flow/index.ts';
import { FlowExport, type FlowSink, type Flows } from '../meter/index.ts';
import {
  DEFAULT_EXPORTER_SETTINGS,
  type FlowEncoder,
  flowEncoder,
  interfaceOptions,
  openOptions,
} from '../wire/index.ts';
import type { CaptureOptions } from './capture-messages.ts';
import type { ExporterRule } from './exporter-rules.ts';
import { OneDatagram } from './one-datagram.ts';
import type { OpenMinutes } from './open-packets.ts';
import { OWN_PORT } from './own-port.ts';
import { isDue } from './periods.ts';

/**
 * Who exported the flows that this node metered itself: the node, by an address that no other exporter has. It is of the discard prefix (RFC 6666), which no
 * host may have and no router carries; a probe on this machine may well send from ::1.
 */
const OWN_ADDRESS = '100::1';
const OWN_WORDS = Uint32Array.from(parseAddress(OWN_ADDRESS)!);
const OWN_NAME = 'this node';
/** Some hundred flows: the journal keeps each message by itself, and a batch keeps room for all rows that one may hold. */
const MESSAGE_BYTES = 8_192;
/** An interface without traffic is told of so often, so that its silence is known from one that is not captured. */
const ACCOUNT_MS = 10_000;

/** The rate was chosen here, so rows say `configured`; in the rules it also stands in the journal, and a replay says the same. */
export function captureRules({ meter }: CaptureOptions): readonly ExporterRule[] {
  const rate = meter.sampling ?? 1;
  const settings =
    rate > 1
      ? { ...DEFAULT_EXPORTER_SETTINGS, sampling: { rate, mode: 'override' as const } }
      : DEFAULT_EXPORTER_SETTINGS;
  return [{ prefix: OWN_ADDRESS, settings, name: OWN_NAME }];
}

/** What is counted of an interface since the capture began, and told with its flows. */
export interface InterfaceCounts {
  /** Packets that the kernel dropped. */
  readonly drops: number;
  /** Packets that were metered though they may be copies which a mirror made. */
  readonly unsure: number;
}

/** The flows of one interface as IPFIX messages, with its name and what was lost there: what an exporter would say of it. */
export class CaptureStream implements FlowSink {
  private readonly name: string;
  private readonly rate: number;
  private readonly encoder: FlowEncoder;
  private readonly flows: FlowExport;
  private readonly one = new OneDatagram();
  private index = 0;
  private accountMs = Number.NEGATIVE_INFINITY;
  private told: InterfaceCounts = { drops: 0, unsure: 0 };
  /** Packets in open flows by minute, as they were told last. */
  private toldOpen: OpenMinutes = new Map();
  private readonly domain: number;

  /** `domain`: the observation domain of the interface. `rate`: one packet, or flow, in so many is metered. */
  constructor(name: string, domain: number, rate: number, message: (one: OneDatagram) => void) {
    this.name = name;
    this.domain = domain;
    this.rate = rate;
    this.encoder = flowEncoder('ipfix', {
      domain,
      mtu: MESSAGE_BYTES,
      // Nothing is lost on the way: templates are told once, and the journal keeps them.
      refreshDatagrams: 0,
      refreshMs: 0,
      send: (bytes) => {
        this.one.set(bytes, OWN_WORDS, OWN_PORT);
        message(this.one);
      },
    });
    this.flows = new FlowExport(this.encoder, { reverse: false });
  }

  /** The clock for flows that end from now on. */
  set nowMs(nowMs: number) {
    this.flows.nowMs = nowMs;
  }

  flow(flows: Flows, slot: number, endReason: number): void {
    this.flows.flow(flows, slot, endReason);
  }

  /** The interface was opened, perhaps again and as another one. `counts`: those of before, which are told of it as it was. */
  opened(index: number, counts: InterfaceCounts): void {
    if (this.isNews(counts)) this.account(this.flows.nowMs, counts);
    this.index = index;
    this.accountMs = Number.NEGATIVE_INFINITY;
  }

  /**
   * Hands on what there is; while the interface is up also how it fares, from time to time. What was counted anew is told at once: there may be no
   * other time before the interface goes, or the node.
   */
  flush(nowMs: number, up: boolean, counts: InterfaceCounts): void {
    if (this.isNews(counts) || (up && isDue(this.accountMs, ACCOUNT_MS, nowMs))) this.account(nowMs, counts);
    this.encoder.flush(nowMs);
  }

  /** How many packets are in flows that are open: of each minute where it is news. A crash may come at any time, so it goes on at once. */
  tellOpen(open: OpenMinutes, nowMs: number): void {
    const { domain, rate, encoder, toldOpen } = this;
    const tell = (minute: number, packets: number) =>
      encoder.tell(openOptions({ domain, minute, packets }), rate, nowMs);
    for (const minute of toldOpen.keys()) if (!open.has(minute)) tell(minute, 0);
    for (const [minute, packets] of open) if (toldOpen.get(minute) !== packets) tell(minute, packets);
    this.toldOpen = open;
    encoder.flush(nowMs);
  }

  private isNews({ drops, unsure }: InterfaceCounts): boolean {
    return drops > this.told.drops || unsure > this.told.unsure;
  }

  private account(nowMs: number, counts: InterfaceCounts): void {
    this.accountMs = nowMs;
    this.told = counts;
    const { index, name } = this;
    const { drops: droppedPackets, unsure: unsureCopies } = counts;
    this.encoder.tell(interfaceOptions({ index, name, droppedPackets, unsureCopies }), this.rate, nowMs);
  }
}
