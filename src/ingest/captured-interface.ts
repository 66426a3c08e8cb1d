import type { CounterSheet } from '../base/index.ts';
import { InterfaceCapture, type PacketRing } from '../system/index.ts';
import { type InterfaceCounter, interfaceCounters } from './capture-counters.ts';
import type { CapturedInterface } from './capture-messages.ts';

/** Memory for packets that wait, and how much of each is kept. */
export interface RingSize {
  readonly ringBytes: number;
  readonly snapBytes: number;
  readonly espSnapBytes: number;
}

interface InterfaceEvents {
  /** A ring was opened; the interface has this index from now on. */
  opened(index: number): void;
  /** For the log: it is captured no more, or again. */
  lost(text: string): void;
  back(text: string): void;
}

/** One interface that is captured. It may go down or away at any time, and come back as another one with the same name. */
export class CapturedLink {
  readonly name: string;
  readonly counters: CounterSheet<InterfaceCounter>;
  private readonly size: RingSize;
  private readonly events: InterfaceEvents;
  private capture: InterfaceCapture | null = null;

  constructor(name: string, size: RingSize, events: InterfaceEvents) {
    this.name = name;
    this.size = size;
    this.events = events;
    this.counters = interfaceCounters(name);
  }

  /** Opens the ring; raises what stands in the way, with the remedy. */
  open(): void {
    const { name, size } = this;
    this.capture = new InterfaceCapture({ interface: name, ...size, promiscuous: true });
    this.events.opened(this.capture.ring.interfaceIndex);
    if (this.capture.isUp) this.counters.set('up', 1);
    else this.tellLost();
  }

  get up(): boolean {
    return this.counters.get('up') === 1;
  }

  /** Where packets come now; null before it was opened. */
  get ring(): PacketRing | null {
    return this.capture?.ring ?? null;
  }

  /** The ring, with packets; null when there are none. */
  receive(): PacketRing | null {
    const ring = this.capture?.receive(0);
    return ring && ring.count > 0 ? ring : null;
  }

  /** Counts what the kernel dropped, and notices when the interface went or came. */
  look(): void {
    const { capture, events, name } = this;
    if (!capture) return;
    const before = capture.ring;
    capture.check();
    this.count();
    if (capture.ring !== before) events.opened(capture.ring.interfaceIndex);
    if (capture.isUp === this.up) return;
    this.counters.set('up', capture.isUp ? 1 : 0);
    if (capture.isUp) events.back(`interface ${name} is up: its packets are metered`);
    else this.tellLost();
  }

  private tellLost(): void {
    this.events.lost(
      `interface ${this.name} is down, gone or without carrier: nothing is metered there until it is back`,
    );
  }

  private count(): void {
    if (this.capture) this.counters.set('drops', this.capture.counts().drops);
  }

  state(): CapturedInterface {
    const { name, counters } = this;
    return {
      interface: name,
      up: this.up,
      packets: counters.get('packets'),
      dropped_packets: counters.get('drops'),
    };
  }

  close(): void {
    this.count();
    this.capture?.close();
    this.capture = null;
  }
}
