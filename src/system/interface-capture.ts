import { asWeirError, type WeirError } from '../base/index.ts';
import type { InterfaceState } from './network-interface.ts';
import { openPacketRing, type PacketRing, type PacketRingCounts, type PacketRingOptions } from './packet-ring.ts';

/** What happened to an interface since it was looked at last. */
export interface InterfaceChange {
  readonly state: InterfaceState;
  /** Why an interface that came back cannot be captured. */
  readonly problem: WeirError | null;
}

/** The packets of an interface for as long as it is wanted: it may go down, away, and come back as another one of the same name. */
export class InterfaceCapture {
  private readonly options: PacketRingOptions;
  private current: PacketRing;
  /** The ring of the interface that was replaced, until it is looked again: the kernel gives its last packets after a moment. */
  private leaving: PacketRing | null = null;
  private readonly total: PacketRingCounts = { packets: 0, drops: 0 };
  /** Of rings that were closed. */
  private readonly before: PacketRingCounts = { packets: 0, drops: 0 };
  private state: InterfaceState;

  /** Opens the ring; WeirError as `openPacketRing` says. */
  constructor(options: PacketRingOptions) {
    this.options = options;
    this.current = openPacketRing(options);
    this.state = this.current.state;
  }

  /** False from the beginning where the interface is down or has no carrier. */
  get isUp(): boolean {
    return this.state === 'up';
  }

  /** Where packets come now. */
  get ring(): PacketRing {
    return this.current;
  }

  /** Waits for packets, at most `timeoutMs`; the ring whose columns hold them, `count` of them, until the next call. */
  receive(timeoutMs: number): PacketRing {
    if (this.leaving && this.leaving.receive(0) > 0) return this.leaving;
    this.current.receive(timeoutMs);
    return this.current;
  }

  /** To be asked now and then: what has become of the interface; null while all is as before. */
  check(): InterfaceChange | null {
    this.leave();
    const { state } = this.current;
    if (state === 'replaced') return this.follow();
    if (state === this.state) return null;
    this.state = state;
    return { state, problem: null };
  }

  /** What the kernel counted since the beginning. The same object is filled each time. */
  counts(): Readonly<PacketRingCounts> {
    const { total, before, leaving, current } = this;
    total.packets = before.packets;
    total.drops = before.drops;
    if (leaving) add(total, leaving.counts());
    add(total, current.counts());
    return total;
  }

  close(): void {
    this.leave();
    this.current.close();
  }

  /** No more packets come by a ring that was replaced. */
  private leave(): void {
    const { leaving } = this;
    if (!leaving) return;
    this.leaving = null;
    add(this.before, leaving.counts());
    leaving.close();
  }

  /** Takes a ring on the interface that came in the place of the first one; tried again each time until it is there. */
  private follow(): InterfaceChange | null {
    try {
      const next = openPacketRing(this.options);
      this.leaving = this.current;
      this.current = next;
      this.state = next.state;
      return { state: this.state, problem: null };
    } catch (error) {
      if (this.state === 'replaced') return null;
      this.state = 'replaced';
      return { state: this.state, problem: asWeirError(error) };
    }
  }
}

function add(to: PacketRingCounts, { packets, drops }: Readonly<PacketRingCounts>): void {
  to.packets += packets;
  to.drops += drops;
}
