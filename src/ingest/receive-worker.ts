import { parentPort, receiveMessageOnPort } from 'node:worker_threads';
import { systemClock } from '../base/index.ts';
import {
  openDatagramReceiver,
  openUdpReceiver,
  receiverKind,
  setThreadPriority,
  threadCpuSeconds,
  type UdpReceiver,
  waitReadable,
} from '../system/index.ts';
import { OneDatagram } from './one-datagram.ts';
import type { ReceiveRequest, ReceiveThreadOptions } from './receive-messages.ts';
import { type ReceiveThread, runReceiveThread, TICK_MS } from './receive-thread.ts';
import { BYTES_PER_DATAGRAM } from './socket-loads.ts';

/**
 * A receive thread. With recvmmsg it never returns to its event loop: it waits in the kernel (at most WAIT_MS, so that the stop flag and
 * the clock are seen), takes what is there, and reads its mail between. The portable receiver is event-driven.
 */
const WAIT_MS = 100;
/**
 * After the stop flag what waits in the sockets is read until each has been seen empty: all that came before the flag. This long at
 * most, for a machine that takes longer (a disk that does not answer, a flood that cannot be read as fast as it comes).
 */
const EMPTY_MS = 10_000;

function open(options: ReceiveThreadOptions): UdpReceiver[] {
  return options.listeners.map((listener) => {
    const wanted = { ...listener, receiveBufferBytes: options.receiveBufferBytes, timeoutMs: WAIT_MS };
    // SO_REUSEPORT would share the port with a stranger of the same user without a word: ask without it first.
    if (options.reusePort && options.thread === 0 && listener.port !== 0)
      openUdpReceiver({ ...wanted, slots: 1 }).close();
    return openUdpReceiver({ ...wanted, reusePort: options.reusePort });
  });
}

function runBlocking(thread: ReceiveThread): void {
  const { options, loop, counters, loads } = thread;
  const port = parentPort!;
  const receivers = open(options);
  // Best effort: without CAP_SYS_NICE the thread stays where it is.
  setThreadPriority(-5);
  thread.ready(
    receivers.map((r, i) => ({ ...options.listeners[i]!, port: r.port, buffer: r.buffer, kind: 'recvmmsg' as const })),
  );
  const drops = receivers.map(() => 0);
  let queued = 0;
  /** What waited when it was looked at last, and how many datagrams have been read since the last tick. */
  let left = 0;
  let taken = 0;
  let lastTick = Number.NEGATIVE_INFINITY;
  let stopAt = Number.POSITIVE_INFINITY;
  loop.start(systemClock.now());
  for (;;) {
    const readable = receivers.length === 1 ? 1 : waitReadable(receivers, WAIT_MS);
    let received = 0;
    let emptied = true;
    left = 0;
    for (let i = 0; i < receivers.length; i++) {
      if ((readable & (1 << i)) === 0) continue;
      const receiver = receivers[i]!;
      // Before the read, which makes room: how full the buffer was is what it is looked at for.
      const memory = receiver.memory();
      const dropped = (memory.drops - drops[i]!) >>> 0;
      drops[i] = memory.drops;
      if (memory.queuedBytes > queued) queued = memory.queuedBytes;
      const { queuedBytes, limitBytes } = memory;
      const count = receiver.receive();
      const readMs = performance.now();
      received += count;
      if (count === receiver.slotCount) emptied = false;
      left = Math.max(left, queuedBytes / BYTES_PER_DATAGRAM - count);
      loads.waiting(i, queuedBytes, limitBytes, readMs);
      if (count > 0) loads.received(i, count, readMs);
      if (dropped > 0) loads.dropped(i, dropped, readMs);
      if (count > 0 || dropped > 0) loop.block(receiver, count, systemClock.now(), dropped);
    }
    // Not the wall clock: one that is set back by an hour under steady load would leave the loop without a tick for that hour.
    const now = performance.now();
    taken += received;
    if (now - lastTick >= TICK_MS || received === 0) {
      loop.tick(
        systemClock.now(),
        taken > 0 && Number.isFinite(lastTick) ? (Math.max(0, left) * (now - lastTick)) / taken : 0,
      );
      lastTick = now;
      taken = 0;
      for (let mail = receiveMessageOnPort(port); mail; mail = receiveMessageOnPort(port))
        thread.answer(mail.message as ReceiveRequest);
      loads.publish(now);
      counters.set('cpu_seconds', threadCpuSeconds());
      counters.set('buffer_queued', queued);
      counters.set('buffer_limit', receivers[0]!.memory().limitBytes);
      queued = 0;
    }
    if (stopAt === Number.POSITIVE_INFINITY) {
      if (thread.stopping()) stopAt = now + EMPTY_MS;
    } else if (emptied) break;
    else if (now >= stopAt) {
      thread.log(
        'error',
        `stopped with about ${Math.ceil(left)} datagrams left in the socket: they could not be read within ${EMPTY_MS / 1_000} s`,
      );
      break;
    }
  }
  loop.finish(systemClock.now());
  for (const receiver of receivers) receiver.close();
}

/** node:dgram: one datagram per event; what the kernel drops, and how full its buffers are, is not told. */
async function runEvents(thread: ReceiveThread): Promise<void> {
  const { options, loop, loads } = thread;
  const port = parentPort!;
  const one = new OneDatagram();
  const receivers = await Promise.all(
    options.listeners.map((listener, i) =>
      openDatagramReceiver({ ...listener, receiveBufferBytes: options.receiveBufferBytes }, (bytes, source, from) => {
        one.set(bytes, source, from);
        loads.received(i, 1, performance.now());
        loop.block(one, 1, systemClock.now(), 0);
      }),
    ),
  );
  thread.ready(
    receivers.map((r, i) => ({ ...options.listeners[i]!, port: r.port, buffer: r.buffer, kind: 'dgram' as const })),
  );
  receivers.forEach((r, i) => {
    loads.waiting(i, 0, r.buffer.grantedBytes * (process.platform === 'linux' ? 2 : 1), performance.now());
  });
  loop.start(systemClock.now());
  port.on('message', (request: ReceiveRequest) => thread.answer(request));
  await new Promise<void>((resolve) => {
    const timer = setInterval(() => {
      loop.tick(systemClock.now());
      loads.publish(performance.now());
      if (!thread.stopping()) return;
      clearInterval(timer);
      resolve();
    }, TICK_MS);
  });
  for (const receiver of receivers) await receiver.close();
  loop.finish(systemClock.now());
  port.close();
}

void runReceiveThread((thread) => (receiverKind().kind === 'recvmmsg' ? runBlocking(thread) : runEvents(thread)));
