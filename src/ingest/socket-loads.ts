import { BurstMeter, HourMax, OverflowMeter } from './bursts.ts';

/** How full the socket buffer of one port was, and what came at once. */
export interface SocketLoad {
  /** Name of the listener. */
  readonly port: string;
  /** What the kernel lets the socket hold, as it charges it. */
  readonly limitBytes: number;
  readonly highWaterBytes: number;
  readonly highWaterHourBytes: number;
  /** The most datagrams of all exporters together within 10 and 100 ms. */
  readonly burst10: number;
  readonly burst100: number;
  /** The most datagrams that one burst made the kernel drop, because the buffer was full. */
  readonly overflow: number;
  /**
   * What the largest burst of 100 ms takes in the kernel: a thread that is kept from reading for so long then loses nothing. Of a buffer that
   * overflowed, what it can hold and what was dropped besides, at least.
   */
  readonly neededBytes: number;
}

/** What the kernel charges a socket for a datagram of a common size (skb->truesize: 2,304 for one of 700 to 1,500 bytes). */
export const BYTES_PER_DATAGRAM = 2_300;

const LIMIT = 0;
const HIGH_WATER = 1;
const HIGH_WATER_HOUR = 2;
const BURST_10 = 3;
const BURST_100 = 4;
const OVERFLOW = 5;
const FIELDS = 6;

/** The loads of a thread's sockets, in memory that others may read at any time. */
export class SocketLoads {
  readonly memory: SharedArrayBuffer;
  private readonly values: Float64Array;
  private readonly bursts: readonly BurstMeter[];
  private readonly hours: readonly HourMax[];
  private readonly overflows: readonly OverflowMeter[];

  constructor(sockets: number) {
    this.memory = new SharedArrayBuffer(sockets * FIELDS * 8);
    this.values = new Float64Array(this.memory);
    this.bursts = Array.from({ length: sockets }, () => new BurstMeter());
    this.hours = Array.from({ length: sockets }, () => new HourMax());
    this.overflows = Array.from({ length: sockets }, () => new OverflowMeter());
  }

  /** Before a read: what waits. */
  waiting(socket: number, queuedBytes: number, limitBytes: number, monotonicMs: number): void {
    const at = socket * FIELDS;
    this.values[at + LIMIT] = limitBytes;
    if (queuedBytes > this.values[at + HIGH_WATER]!) this.values[at + HIGH_WATER] = queuedBytes;
    this.hours[socket]!.see(queuedBytes, monotonicMs);
  }

  /** What the kernel dropped since the read before. */
  dropped(socket: number, datagrams: number, monotonicMs: number): void {
    this.overflows[socket]!.count(datagrams, monotonicMs);
  }

  /** After a read: how many came. */
  received(socket: number, datagrams: number, monotonicMs: number): void {
    this.bursts[socket]!.count(datagrams, monotonicMs);
  }

  /** Now and then: what takes longer to work out. */
  publish(monotonicMs: number): void {
    for (let i = 0; i < this.bursts.length; i++) {
      const at = i * FIELDS;
      this.values[at + HIGH_WATER_HOUR] = this.hours[i]!.most(monotonicMs);
      this.values[at + BURST_10] = this.bursts[i]!.most10;
      this.values[at + BURST_100] = this.bursts[i]!.most100;
      this.values[at + OVERFLOW] = this.overflows[i]!.most;
    }
  }
}

/** Ports that several threads share have a socket in each: the one that had most to take counts. */
export function readSocketLoads(ports: readonly string[], threads: readonly SharedArrayBuffer[]): SocketLoad[] {
  return ports.map((port, i) => {
    const most = (field: number) =>
      threads.reduce((n, memory) => Math.max(n, new Float64Array(memory)[i * FIELDS + field] ?? 0), 0);
    const burst100 = most(BURST_100);
    const limitBytes = most(LIMIT);
    const overflow = most(OVERFLOW);
    const overflowBytes = overflow > 0 ? limitBytes + overflow * BYTES_PER_DATAGRAM : 0;
    return {
      port,
      limitBytes,
      highWaterBytes: most(HIGH_WATER),
      highWaterHourBytes: most(HIGH_WATER_HOUR),
      burst10: most(BURST_10),
      burst100,
      overflow,
      neededBytes: Math.max(burst100 * BYTES_PER_DATAGRAM, overflowBytes),
    };
  });
}
