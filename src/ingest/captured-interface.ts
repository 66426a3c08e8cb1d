import type { CounterSheet } from '../base/index.ts';
import { openPacketRing, type PacketRing } from '../system/index.ts';
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
  /** For the log. */
  problem(text: string): void;
}

/** One interface that is captured. It may go down or away at any time, and come back as another one with the same name. */
export class CapturedLink {
  readonly name: string;
  readonly counters: CounterSheet<InterfaceCounter>;
  private readonly size: RingSize;
  private readonly events: InterfaceEvents;
  private ring: PacketRing | null = null;
  /** Dropped by rings of before. */
  private droppedBefore = 0;

  constructor(name: string, size: RingSize, events: InterfaceEvents) {
    this.name = name;
    this.size = size;
    this.events = events;
    this.counters = interfaceCounters(name);
  }

  /** Opens the ring; raises what stands in the way, with the remedy. */
  open(): void {
    const { name, size } = this;
    this.ring = openPacketRing({ interface: name, ...size, promiscuous: true });
    this.counters.set('up', this.ring.state === 'up' ? 1 : 0);
    this.events.opened(this.ring.interfaceIndex);
  }

  get up(): boolean {
    return this.counters.get('up') === 1;
  }

  /** The ring, with packets; null when none came within `timeoutMs`, at once where the interface is not there. */
  receive(timeoutMs: number): PacketRing | null {
    const { ring } = this;
    return ring && ring.receive(timeoutMs) > 0 ? ring : null;
  }

  /** Counts what the kernel dropped, and notices when the interface went or came. */
  look(): void {
    this.count();
    const isUp = this.ring?.state === 'up';
    if (isUp !== this.up) {
      this.counters.set('up', isUp ? 1 : 0);
      this.events.problem(
        isUp
          ? `interface ${this.name} is up again: its packets are metered`
          : `interface ${this.name} is down or gone: nothing is metered there until it is back`,
      );
    }
    if (!isUp) this.tryAgain();
  }

  /** One that is only down keeps its ring, which goes on by itself; one that is another one now needs a new ring. */
  private tryAgain(): void {
    const before = this.ring;
    if (before && before.state !== 'replaced') return;
    try {
      this.open();
    } catch {
      // Said when it went; it is tried again each second.
      return;
    }
    if (!before) return;
    this.droppedBefore += before.counts().drops;
    before.close();
  }

  private count(): void {
    if (this.ring) this.counters.set('drops', this.droppedBefore + this.ring.counts().drops);
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
    this.ring?.close();
    this.ring = null;
  }
}
