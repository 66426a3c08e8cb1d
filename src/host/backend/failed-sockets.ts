import type { BpfRingBuffer } from '../../system/index.ts';

/** `struct failure` of bpf/kernel-events.bpf.h, and how many of them the ring can hold. */
const FAILURE_BYTES = 48;
const LOCAL_PORT = 32;
const REMOTE_PORT = 34;
const PROTOCOL = 36;
const ERROR = 38;
const AT_NS = 40;
const MOST = (1 << 17) / (FAILURE_BYTES + 8);

/** A socket whose kernel was told by ICMP, or by a reset, that what it sent goes no further. The same object is filled again. */
export interface FailedSocket {
  /** Four words each, the most significant first; IPv4 as ::ffff:a.b.c.d. */
  readonly local: Uint32Array;
  readonly remote: Uint32Array;
  localPort: number;
  remotePort: number;
  protocol: number;
  /** An errno: what the process was told. */
  error: number;
  /** Ms since 1970. */
  atMs: number;
}

/**
 * What the kernel tells sockets of errors. They are taken before a sweep and told after it: then the sweep has the flow of each. Where there are more than the ring holds the rest
 * is not known, and those flows are unanswered.
 */
export class FailedSockets {
  private readonly ring: BpfRingBuffer;
  private readonly taken = new DataView(new ArrayBuffer(MOST * FAILURE_BYTES));
  private count = 0;
  private readonly socket: FailedSocket = {
    local: new Uint32Array(4),
    remote: new Uint32Array(4),
    localPort: 0,
    remotePort: 0,
    protocol: 0,
    error: 0,
    atMs: 0,
  };

  constructor(ring: BpfRingBuffer) {
    this.ring = ring;
  }

  take(): void {
    const { view } = this.ring;
    this.ring.read((at) => {
      // What came while the ring was read waits in it no longer, and is one too many.
      if (this.count === MOST) return;
      const to = this.count++ * FAILURE_BYTES;
      for (let i = 0; i < FAILURE_BYTES; i += 4) this.taken.setUint32(to + i, view.getUint32(at + i));
    });
  }

  /** `clockMs` is 1970 on the monotonic clock. */
  tell(clockMs: number, each: (socket: FailedSocket) => void): void {
    const { taken, socket } = this;
    for (let i = 0; i < this.count; i++) {
      const at = i * FAILURE_BYTES;
      for (let w = 0; w < 4; w++) {
        socket.local[w] = taken.getUint32(at + 4 * w);
        socket.remote[w] = taken.getUint32(at + 16 + 4 * w);
      }
      socket.localPort = taken.getUint16(at + LOCAL_PORT, true);
      socket.remotePort = taken.getUint16(at + REMOTE_PORT, true);
      socket.protocol = taken.getUint16(at + PROTOCOL, true);
      socket.error = taken.getUint16(at + ERROR, true);
      socket.atMs = Number(taken.getBigUint64(at + AT_NS, true)) / 1e6 + clockMs;
      each(socket);
    }
    this.count = 0;
  }
}
