import { parentPort } from 'node:worker_threads';
import { type ErrorCode, systemClock, WeirError } from '../base/index.ts';
import { parseAddress } from '../flow/index.ts';
import { MeteredHost } from './metered-host.ts';
import { OneDatagram } from './one-datagram.ts';
import { OWN_PORT } from './own-port.ts';
import { HOST_EXPORTER } from './piped-rules.ts';
import type { ReceiveRequest } from './receive-messages.ts';
import { type ReceiveThread, runReceiveThread } from './receive-thread.ts';
import { untilStopped } from './until-stopped.ts';

/**
 * The thread of this host's meter: a process of its own, which has the rights, writes flows as IPFIX messages, and each is taken here like a datagram of an
 * exporter. So journal, replay, ledger and overload are those of every exporter, and an end of that process loses nothing that it wrote.
 */
const NOTHING = new Uint8Array(0);
const SOURCE = Uint32Array.from(parseAddress(HOST_EXPORTER)!);

async function run(thread: ReceiveThread): Promise<void> {
  const { options, loop } = thread;
  const { program, options: metering, forward } = options.host!;
  const port = parentPort!;
  const one = new OneDatagram();
  const meter = new MeteredHost(
    program,
    {
      message(bytes, at, length) {
        one.set(bytes.subarray(at, at + length), SOURCE, OWN_PORT);
        loop.block(one, 1, systemClock.now(), 0);
      },
      // In the journal as well: a replay must not read what the next process writes with the templates of this one.
      ended() {
        one.set(NOTHING, SOURCE, OWN_PORT);
        loop.block(one, 1, systemClock.now(), 0);
      },
      resumed: (fromMs) =>
        thread.post({ type: 'interrupted', exporter: HOST_EXPORTER, fromMs, toMs: systemClock.now() }),
      log: (level, text) => thread.log(level, text),
    },
    { wall: () => systemClock.now(), steady: () => performance.now() },
  );
  loop.start(systemClock.now());
  const refused = await meter.begin(metering, forward);
  if (refused) {
    await meter.stop();
    loop.finish(systemClock.now());
    throw new WeirError(refused.code as ErrorCode, refused.message);
  }
  thread.ready([], [meter.counters.handle()]);
  port.on('message', (request: ReceiveRequest) => answer(request));
  await untilStopped(thread, { tick: () => meter.tick() });
  await meter.stop();
  loop.finish(systemClock.now());
  port.close();

  function answer(request: ReceiveRequest): void {
    const { type, id } = request;
    if (type === 'host') port.postMessage({ type, id, status: meter.status });
    else if (type === 'active')
      void meter
        .ask(request.query)
        .then((found) => port.postMessage({ type, id, answer: found && { ...found, captures: [] } }));
    else if (type === 'live')
      void meter.live(request.query).then((second) => port.postMessage({ type, id, answer: second }));
    else thread.answer(request);
  }
}

void runReceiveThread(run, { connections: true, metered: true });
