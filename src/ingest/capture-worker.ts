import { parentPort, receiveMessageOnPort } from 'node:worker_threads';
import { systemClock } from '../base/index.ts';
import { setThreadPriority, threadCpuSeconds } from '../system/index.ts';
import { LiveCapture } from './live-capture.ts';
import type { ReceiveRequest } from './receive-messages.ts';
import { type ReceiveThread, runReceiveThread, TICK_MS } from './receive-thread.ts';

/**
 * The capture thread: packets of interfaces become flows here, and flows that are over go on as IPFIX messages, as if an exporter had sent them: journal,
 * replay, ledger and overload are those of every exporter. Like a receive thread it never returns to its event loop.
 */
const WAIT_MS = 50;
const LOOK_MS = 1_000;
/** After the stop flag what waits in the rings is metered: this long at most. */
const EMPTY_MS = 5_000;

function run(thread: ReceiveThread): void {
  const { options, loop, counters } = thread;
  const port = parentPort!;
  const capture = new LiveCapture(options.capture!, options, {
    message: (datagram) => loop.block(datagram, 1, systemClock.now(), 0),
    lost: (text) => thread.log('warn', text),
    back: (text) => thread.log('info', text),
  });
  capture.open();
  // Best effort: without CAP_SYS_NICE the thread stays where it is.
  setThreadPriority(-5);
  thread.ready([], capture.counters);
  loop.start(systemClock.now());
  capture.look(systemClock.now());
  let lastTick = performance.now();
  let lastLook = lastTick;
  let stopAt = Number.POSITIVE_INFINITY;
  for (;;) {
    const packets = capture.take(capture.busy ? 0 : WAIT_MS);
    if (capture.busy) capture.work(systemClock.now());
    const now = performance.now();
    if (now - lastTick >= TICK_MS || packets === 0) {
      lastTick = now;
      loop.tick(systemClock.now());
      for (let mail = receiveMessageOnPort(port); mail; mail = receiveMessageOnPort(port))
        answer(mail.message as ReceiveRequest);
      counters.set('cpu_seconds', threadCpuSeconds());
    }
    if (now - lastLook >= LOOK_MS) {
      lastLook = now;
      capture.look(systemClock.now());
    }
    if (stopAt === Number.POSITIVE_INFINITY) {
      if (thread.stopping()) stopAt = now + EMPTY_MS;
    } else if (packets === 0 || now >= stopAt) break;
  }
  capture.finish(systemClock.now());
  loop.finish(systemClock.now());
  capture.close();
  port.close();

  function answer(request: ReceiveRequest): void {
    const { type, id } = request;
    if (type !== 'active') thread.answer(request);
    else capture.ask(request.query, systemClock.now(), (answer) => port.postMessage({ type, id, answer }));
  }
}

void runReceiveThread(run, { metered: true });
