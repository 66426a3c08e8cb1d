import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import { asWeirError, systemClock } from '../base/index.ts';
import { TextColumns } from '../flow/index.ts';
import { JournalWriter } from '../store/index.ts';
import {
  openDatagramReceiver,
  openUdpReceiver,
  receiverKind,
  setThreadPriority,
  threadCpuSeconds,
  type UdpReceiver,
  waitReadable,
} from '../system/index.ts';
import { BatchPool } from './batch-pool.ts';
import { ingestCounters } from './ingest-counters.ts';
import { Pipeline } from './pipeline.ts';
import { ReceiveLoop } from './receive-loop.ts';
import type { DatagramSlots } from './receive-loop-options.ts';
import type {
  Listening,
  ReceiveReady,
  ReceiveReply,
  ReceiveRequest,
  ReceiveThreadOptions,
} from './receive-messages.ts';

/**
 * A receive thread. With recvmmsg it never returns to its event loop: it waits in the kernel (at most WAIT_MS, so that the stop flag and
 * the clock are seen), takes what is there, and reads its mail between. The portable receiver is event-driven.
 */
const options = workerData as ReceiveThreadOptions;
const WAIT_MS = 100;
const TICK_MS = 50;
/** After the stop flag: how long datagrams that already wait in the socket are still taken. */
const DRAIN_MS = 2_000;

const counters = ingestCounters();
const pipeline = new Pipeline(options.maxExporters, counters);
pipeline.restore(options.streams);
const journal = new JournalWriter(options.journalDirectory, options.thread);
const texts = new TextColumns();
const pool = new BatchPool(options.poolBatches, options.batchRows, texts, options.shared);
const stopFlag = new Int32Array(options.shared.stop);
const loop = new ReceiveLoop({
  ...options,
  pipeline,
  journal,
  pool,
  counters,
  post: (message) => options.store.postMessage(message),
});
const port = parentPort!;

let isReady = false;

function ready(listening: readonly Listening[]): void {
  isReady = true;
  port.postMessage({ type: 'ready', listening, counters: counters.handle() } satisfies ReceiveReady);
}

function answerMail(): void {
  for (let mail = receiveMessageOnPort(port); mail; mail = receiveMessageOnPort(port))
    answer(mail.message as ReceiveRequest);
}

function answer(request: ReceiveRequest): void {
  port.postMessage({ type: 'exporters', id: request.id, list: pipeline.exporters.list() } satisfies ReceiveReply);
}

function open(): UdpReceiver[] {
  return options.listeners.map((listener) => {
    const wanted = { ...listener, receiveBufferBytes: options.receiveBufferBytes, timeoutMs: WAIT_MS };
    // SO_REUSEPORT would share the port with a stranger of the same user without a word: ask without it first.
    if (options.reusePort && options.thread === 0 && listener.port !== 0)
      openUdpReceiver({ ...wanted, slots: 1 }).close();
    return openUdpReceiver({ ...wanted, reusePort: options.reusePort });
  });
}

function runBlocking(): void {
  const receivers = open();
  // Best effort: without CAP_SYS_NICE the thread stays where it is.
  setThreadPriority(-5);
  ready(
    receivers.map((r, i) => ({ ...options.listeners[i]!, port: r.port, buffer: r.buffer, kind: 'recvmmsg' as const })),
  );
  const drops = receivers.map(() => 0);
  let queued = 0;
  let lastTick = Number.NEGATIVE_INFINITY;
  let stopAt = Number.POSITIVE_INFINITY;
  loop.start(systemClock.now());
  for (;;) {
    const readable = receivers.length === 1 ? 1 : waitReadable(receivers, WAIT_MS);
    let received = 0;
    for (let i = 0; i < receivers.length; i++) {
      if ((readable & (1 << i)) === 0) continue;
      const receiver = receivers[i]!;
      const count = receiver.receive();
      received += count;
      const memory = receiver.memory();
      const dropped = (memory.drops - drops[i]!) >>> 0;
      drops[i] = memory.drops;
      if (memory.queuedBytes > queued) queued = memory.queuedBytes;
      if (count > 0 || dropped > 0) loop.block(receiver, count, systemClock.now(), dropped);
    }
    // Not the wall clock: one that is set back by an hour under steady load would leave the loop without a tick for that hour.
    const now = performance.now();
    if (now - lastTick >= TICK_MS || received === 0) {
      lastTick = now;
      loop.tick(systemClock.now());
      answerMail();
      counters.set('cpu_seconds', threadCpuSeconds());
      counters.set('buffer_queued', queued);
      counters.set('buffer_limit', receivers[0]!.memory().limitBytes);
      queued = 0;
      if (Atomics.load(stopFlag, 0) === 1 && stopAt === Number.POSITIVE_INFINITY) stopAt = now + DRAIN_MS;
    }
    if (now >= stopAt || (received === 0 && stopAt !== Number.POSITIVE_INFINITY)) break;
  }
  loop.finish(systemClock.now());
  for (const receiver of receivers) receiver.close();
}

/** node:dgram: one datagram per event; what the kernel drops is not told. */
async function runEvents(): Promise<void> {
  const one: DatagramSlots & { set(bytes: Uint8Array, source: Uint32Array, from: number): void } = singleSlot();
  const receivers = await Promise.all(
    options.listeners.map((listener) =>
      openDatagramReceiver({ ...listener, receiveBufferBytes: options.receiveBufferBytes }, (bytes, source, from) => {
        one.set(bytes, source, from);
        loop.block(one, 1, systemClock.now(), 0);
      }),
    ),
  );
  ready(
    receivers.map((r, i) => ({ ...options.listeners[i]!, port: r.port, buffer: r.buffer, kind: 'dgram' as const })),
  );
  loop.start(systemClock.now());
  port.on('message', answer);
  await new Promise<void>((resolve) => {
    const timer = setInterval(() => {
      loop.tick(systemClock.now());
      if (Atomics.load(stopFlag, 0) !== 1) return;
      clearInterval(timer);
      resolve();
    }, TICK_MS);
  });
  for (const receiver of receivers) await receiver.close();
  loop.finish(systemClock.now());
  port.close();
}

function singleSlot() {
  const bytes = new Uint8Array(65_536);
  const lengths = new Uint32Array(1);
  const sourceWords = new Uint32Array(4);
  const sourcePorts = new Uint16Array(1);
  return {
    view: new DataView(bytes.buffer),
    bytes,
    slotBytes: bytes.length,
    lengths,
    sourceWords,
    sourcePorts,
    truncated: () => false,
    set(from: Uint8Array, source: Uint32Array, sourcePort: number): void {
      bytes.set(from);
      lengths[0] = from.length;
      sourceWords.set(source);
      sourcePorts[0] = sourcePort;
    },
  };
}

/** What is in memory is handed on if that can still be done; what is not is in the journal. */
function saveRest(): void {
  try {
    loop.finish(systemClock.now());
  } catch {
    // The first error is the one to tell.
  }
}

async function main(): Promise<void> {
  try {
    if (receiverKind().kind === 'recvmmsg') runBlocking();
    else await runEvents();
  } catch (error) {
    if (isReady) {
      saveRest();
      // Nobody waits for `failed` any more: the Worker's 'error' event carries the reason.
      throw error;
    }
    const { code, message } = asWeirError(error);
    port.postMessage({ type: 'failed', code, message } satisfies ReceiveReady);
  }
  options.store.close();
}

void main();
