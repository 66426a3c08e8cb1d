import { BYTES_PER_DATAGRAM, type SocketLoad } from '../ingest/index.ts';
import { type Finding, fail, warn } from './finding.ts';

/** What the kernel gives one socket at most, as it is asked for: half of what an int can hold (sock_setsockopt in net/core/sock.c). */
const MOST_BYTES = 2 ** 30 - 1;

/** What is looked at: part of NodeFacts. */
interface BufferFacts {
  readonly buffers: readonly SocketLoad[];
  readonly sinceRise: (counter: string) => number | null;
}

/** Ports whose buffer overflowed, or whose largest burst does not fit; the port with the largest need tells what to change. */
export function bufferFindings({ buffers, sinceRise }: BufferFacts, overMs: number): Finding[] {
  const small = tooSmall(buffers);
  const advice = enlarge(buffers);
  if (small.length === 0 || advice === null) return [];
  const ports = small.map((b) => b.port).join(', ');
  const worst = largest(small);
  const held = `the socket holds ${worst.limitBytes}, and ${worst.highWaterBytes} was the most that waited in it`;
  const since = sinceRise('weir_ingest_kernel_drops_total');
  if (worst.overflow > 0) {
    const text =
      `${ports}: the buffer overflowed, and one burst lost ${worst.overflow} datagrams of ${BYTES_PER_DATAGRAM} bytes each: ` +
      `${worst.neededBytes} bytes would have held it; ${held}`;
    return [
      since !== null && since < overMs ? fail('receive buffer', text, advice) : warn('receive buffer', text, advice),
    ];
  }
  const text =
    `${ports}: as many as ${worst.burst100} datagrams came within 100 ms, which take ${worst.neededBytes} bytes ` +
    `(${BYTES_PER_DATAGRAM} each); ${held}`;
  return [warn('receive buffer', text, advice)];
}

/** How to make room for what came; null where all of it had room. */
export function enlarge(buffers: readonly SocketLoad[]): string | null {
  const small = tooSmall(buffers);
  if (small.length === 0) return null;
  // The kernel doubles what is asked (socket(7)), and charges datagrams to the double.
  const ask = Math.ceil(largest(small).neededBytes / 2);
  if (ask > MOST_BYTES) return 'raise receive_threads: no socket may hold so much';
  return `sysctl -w net.core.rmem_max=${ask} (for good: in /etc/sysctl.d/weir.conf), and receive_buffer at ${ask} or more`;
}

function tooSmall(buffers: readonly SocketLoad[]): SocketLoad[] {
  return buffers.filter((b) => b.limitBytes > 0 && b.neededBytes > b.limitBytes);
}

function largest(buffers: readonly SocketLoad[]): SocketLoad {
  return buffers.reduce((a, b) => (b.neededBytes > a.neededBytes ? b : a));
}
