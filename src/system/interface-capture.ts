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

  /** False from the beginning where the interface is down. */
  get isUp(): boolean {
    return this.state === 'up';
  }

  /** Waits for packets, at most `timeoutMs`; the ring whose columns hold them, `count` of them, until the next call. */
  receive(timeoutMs: number): PacketRing {
    this.current.receive(timeoutMs);
    return this.current;
  }

  /** To be asked now and then: what has become of the interface; null while all is as before. */
  check(): InterfaceChange | null {
    const { state } = this.current;
    if (state === 'replaced') return this.follow();
    if (state === this.state) return null;
    this.state = state;
    return { state, problem: null };
  }

  /** What the kernel counted since the beginning. The same object is filled each time. */
  counts(): Readonly<PacketRingCounts> {
    const { packets, drops } = this.current.counts();
    this.total.packets = this.before.packets + packets;
    this.total.drops = this.before.drops + drops;
    return this.total;
  }

  close(): void {
    this.current.close();
  }

  /** Takes a ring on the interface that came in the place of the first one; tried again each time until it is there. */
  private follow(): InterfaceChange | null {
    try {
      const next = openPacketRing(this.options);
      const { packets, drops } = this.current.counts();
      this.before.packets += packets;
      this.before.drops += drops;
      this.current.close();
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
