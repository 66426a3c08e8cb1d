import { systemClock } from '../base/index.ts';
import { receiverKind, threadCpuSeconds } from '../system/index.ts';
import { type ReceiveThread, TICK_MS } from './receive-thread.ts';

const LOOK_MS = 1_000;

/** Keeps a thread that lives by events going until it is told to stop: `tick` several times a second, `look` once. */
export function untilStopped(thread: ReceiveThread, also: { tick?(): void; look?(): void }): Promise<void> {
  const seesCpu = receiverKind().kind === 'recvmmsg';
  let lookedMs = Number.NEGATIVE_INFINITY;
  return new Promise((resolve) => {
    const timer = setInterval(() => {
      const now = performance.now();
      thread.loop.tick(systemClock.now());
      also.tick?.();
      if (now - lookedMs >= LOOK_MS) {
        lookedMs = now;
        also.look?.();
        if (seesCpu) thread.counters.set('cpu_seconds', threadCpuSeconds());
      }
      if (!thread.stopping()) return;
      clearInterval(timer);
      resolve();
    }, TICK_MS);
  });
}
