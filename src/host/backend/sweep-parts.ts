import { newSocketSweep, type SocketSweep, UNKNOWN_UID } from './socket-sweep.ts';

const PART = 1_024;

/** The two ends of a socket, as lists of the kernel have them. */
interface Ends {
  readonly local: Uint32Array;
  readonly remote: Uint32Array;
  readonly localPort: number;
  readonly remotePort: number;
  readonly protocol: number;
}

/** A sweep that is filled slot by slot, and handed on part by part: of backends that read lists of sockets. */
export class SweepParts {
  readonly part: SocketSweep = newSocketSweep(PART);
  private each: (part: SocketSweep) => void = () => {};

  begin(each: (part: SocketSweep) => void): void {
    this.part.count = 0;
    this.each = each;
  }

  /** The next slot, in which all is unknown but which socket it is and when it was seen. */
  take(cookie: number, firstMs: number, lastMs: number): number {
    const { part } = this;
    if (part.count === PART) this.handOn();
    const slot = part.count++;
    part.cookie[slot] = cookie;
    part.firstMs[slot] = firstMs;
    part.lastMs[slot] = lastMs;
    part.local.fill(0, 4 * slot, 4 * slot + 4);
    part.remote.fill(0, 4 * slot, 4 * slot + 4);
    part.localPort[slot] = part.remotePort[slot] = part.protocol[slot] = part.ifIndex[slot] = 0;
    part.txBytes[slot] = part.txPackets[slot] = part.rxBytes[slot] = part.rxPackets[slot] = 0;
    part.txFlags[slot] = part.rxFlags[slot] = part.began[slot] = part.raw[slot] = part.cgroup[slot] = 0;
    part.setupUs[slot] = part.responseUs[slot] = part.rttUs[slot] = part.retransmits[slot] = 0;
    part.uid[slot] = UNKNOWN_UID;
    return slot;
  }

  /** The next slot, with the ends of a socket. */
  takeSocket(ends: Ends, cookie: number, firstMs: number, lastMs: number): number {
    const slot = this.take(cookie, firstMs, lastMs);
    const { part } = this;
    part.local.set(ends.local, 4 * slot);
    part.remote.set(ends.remote, 4 * slot);
    part.localPort[slot] = ends.localPort;
    part.remotePort[slot] = ends.remotePort;
    part.protocol[slot] = ends.protocol;
    return slot;
  }

  /** The last part. */
  end(): void {
    if (this.part.count > 0) this.handOn();
    this.each = () => {};
  }

  private handOn(): void {
    this.each(this.part);
    this.part.count = 0;
  }
}
