import { parentPort } from 'node:worker_threads';
import { systemClock } from '../base/index.ts';
import { openTcpListener } from '../system/index.ts';
import { OneDatagram } from './one-datagram.ts';
import type { ReceiveRequest } from './receive-messages.ts';
import { type ReceiveThread, runReceiveThread, TICK_MS } from './receive-thread.ts';
import { tcpCounters } from './tcp-counters.ts';
import { MAX_CONNECTIONS, TcpSessions } from './tcp-sessions.ts';
import { untilStopped } from './until-stopped.ts';

/** The thread of IPFIX over TCP: each message of a connection is taken like a datagram of its peer's address and port. */
const NOTHING = new Uint8Array(0);
/** After the stop flag: connections that were silent for this long have nothing more on the way that can be waited for. */
const QUIET_MS = 150;
/** After the stop flag: how long what comes over open connections is still taken. */
const DRAIN_MS = 2_000;

async function run(thread: ReceiveThread): Promise<void> {
  const { options, loop } = thread;
  const port = parentPort!;
  const one = new OneDatagram();
  const counters = tcpCounters();
  let lastMessage = Number.NEGATIVE_INFINITY;
  const sessions = new TcpSessions(
    counters,
    {
      message(bytes, at, length, peer) {
        lastMessage = performance.now();
        one.set(bytes.subarray(at, at + length), peer.words, peer.port);
        loop.block(one, 1, systemClock.now(), 0);
      },
      // In the journal as well: a replay must not read the next connection from there with the templates of this one.
      ended(peer) {
        one.set(NOTHING, peer.words, peer.port);
        loop.block(one, 1, systemClock.now(), 0);
      },
      problem: (text) => thread.log('error', text),
    },
    () => performance.now(),
  );
  const wanted = options.listeners[0]!;
  const listener = await openTcpListener(
    { ...wanted, maxConnections: MAX_CONNECTIONS },
    (socket, peer) => sessions.accept(socket, peer),
    () => sessions.refuse('full', 'one more exporter'),
  );
  thread.ready([{ ...wanted, port: listener.port, buffer: null, kind: 'tcp' }], [counters.handle()]);
  loop.start(systemClock.now());
  port.on('message', (request: ReceiveRequest) => thread.answer(request));
  await untilStopped(thread, { look: () => sessions.tick() });
  listener.close();
  // What was sent just before the stop may be the first that comes at all.
  lastMessage = performance.now();
  await drained(() => performance.now() - lastMessage);
  sessions.stop();
  loop.finish(systemClock.now());
  port.close();
}

/** What the kernel has already taken for us is still read: until nothing came for a while. */
async function drained(silentMs: () => number): Promise<void> {
  const end = performance.now() + DRAIN_MS;
  while (silentMs() < QUIET_MS && performance.now() < end) await new Promise((resolve) => setTimeout(resolve, TICK_MS));
}

void runReceiveThread(run, { connections: true });
