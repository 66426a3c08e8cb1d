import { EventEmitter } from 'node:events';
import { expect, test } from 'vitest';
import { threadAsker } from './ask-thread.ts';
import type { ExporterInfo } from './exporters.ts';
import type { ReceiveRequest } from './receive-messages.ts';

const info: ExporterInfo = {
  exporter: '192.0.2.1',
  port: 2055,
  domain: 0,
  first_seen: 1,
  last_seen: 2,
  sampling: 1,
  burst_10ms: 0,
  burst_100ms: 0,
  waiting_sets: 0,
  counts: {},
};

class Thread extends EventEmitter {
  readonly asked: number[] = [];
  postMessage(request: ReceiveRequest): void {
    this.asked.push(request.id);
  }
  answer(list: readonly ExporterInfo[]): void {
    this.emit('message', { type: 'exporters', id: this.asked.shift(), list });
  }
}

test('a thread is asked a thousand times with the listeners of once', async () => {
  const thread = new Thread();
  const ask = threadAsker(thread);
  const listeners = () => thread.listenerCount('message') + thread.listenerCount('exit');
  const before = listeners();
  const lists = Array.from({ length: 1_000 }, () => ask({ type: 'exporters' }));
  expect(listeners()).toBe(before);
  for (let i = 0; i < 1_000; i++) thread.answer([{ ...info, port: i }]);
  expect((await Promise.all(lists)).map((reply) => reply!.list[0]!.port)).toEqual(
    Array.from({ length: 1_000 }, (_, i) => i),
  );
});

test('a thread that ends answers neither what waits nor what is asked later', async () => {
  const thread = new Thread();
  const ask = threadAsker(thread);
  const waiting = ask({ type: 'exporters' });
  thread.emit('exit');
  expect(await waiting).toBeNull();
  expect(await ask({ type: 'exporters' })).toBeNull();
});
