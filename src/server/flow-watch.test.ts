import { MessageChannel } from 'node:worker_threads';
import { expect, test, vi } from 'vitest';
import { filterToPredicate } from '../filter/index.ts';
import { FlowBatch } from '../flow/index.ts';
import type { FlowSecond, SecondsQuestion } from '../ingest/index.ts';
import { FlowWatch } from './flow-watch.ts';

const figures = { bytes: 0, packets: 0, flows: 0, records: 0 };
const second = (from: number): FlowSecond => ({
  ...{ from, to: from + 1_000, total: figures, categories: [], by: {} },
  quality: {
    duplicates: figures,
    sampling: { records: 0, unknown_bytes: 0, origins: [], error: null },
    lost: {
      records: 0,
      by: { network: 0, kernel: 0, queue: 0, decode: 0, store: 0, exporter: 0 },
      unmetered_packets: 0,
    },
    not_looked_at: 0,
    deferred: false,
    complete_until: from,
  },
});

/** The other ends of the ports that were asked for, with their questions. */
function watched() {
  const asked: {
    question: SecondsQuestion;
    tell: (second: FlowSecond) => void;
    die: () => void;
    closed: () => boolean;
  }[] = [];
  const watch = new FlowWatch(
    (question) => {
      const { port1, port2 } = new MessageChannel();
      let closed = false;
      port1.on('close', () => {
        closed = true;
      });
      asked.push({ question, tell: (s) => port1.postMessage(s), die: () => port1.close(), closed: () => closed });
      return port2;
    },
    { staff: ['10.1.0.0/16'] },
  );
  return { watch, asked };
}

const request = { filter: '', limit: null, by: ['src_addr'] as const, top: 5 };

test('who asks the same shares one look; the last who leaves ends it', async () => {
  const { watch, asked } = watched();
  const [a, b] = [new AbortController(), new AbortController()];
  const [one, two] = [watch.listen(request, a.signal), watch.listen({ ...request, top: 5 }, b.signal)];
  expect(asked.length).toBe(1);
  asked[0]!.tell(second(0));
  expect((await one.next()).value).toMatchObject({ from: 0, missed: 0 });
  expect((await two.next()).value).toMatchObject({ from: 0, missed: 0 });
  a.abort();
  expect(await one.next()).toMatchObject({ done: true });
  expect(asked[0]!.closed()).toBe(false);
  b.abort();
  await vi.waitFor(() => expect(asked[0]!.closed()).toBe(true));
  watch.listen(request, new AbortController().signal);
  expect(asked.length).toBe(2);
});

test('a slow reader gets the newest second, and is told how many were missed', async () => {
  const { watch, asked } = watched();
  const other = watch.listen(request, new AbortController().signal);
  const slow = watch.listen(request, new AbortController().signal);
  for (const from of [0, 1_000, 2_000]) {
    asked[0]!.tell(second(from));
    await other.next();
  }
  expect((await slow.next()).value).toMatchObject({ from: 2_000, missed: 2 });
  asked[0]!.tell(second(3_000));
  expect((await slow.next()).value).toMatchObject({ from: 3_000, missed: 0 });
});

test('a limit holds beside any filter, also one that would close its bracket', () => {
  const { watch, asked } = watched();
  const batch = new FlowBatch(2, ['src_port', 'dst_port']);
  batch.u16('src_port').set([1, 2]);
  batch.u16('dst_port').set([9, 9]);
  watch.listen({ ...request, limit: 'src port 1', filter: 'dst port 9 or any' }, new AbortController().signal);
  const holds = filterToPredicate(asked[0]!.question.filter)(batch);
  expect([holds(0), holds(1)]).toEqual([true, false]);
  const broken = { ...request, limit: 'src port 1', filter: 'any) or (any' };
  expect(() => watch.listen(broken, new AbortController().signal)).toThrow(/filter/);
  expect(asked.length).toBe(1);
});

test('sets of the configuration can be named; a mistake is told before anything is asked', () => {
  const { watch, asked } = watched();
  watch.listen({ ...request, filter: 'src net in @staff' }, new AbortController().signal);
  expect(() => watch.listen({ ...request, filter: 'dst prt 1' }, new AbortController().signal)).toThrow(/prt/);
  expect(asked.length).toBe(1);
});

test('so many may listen, and no more until one leaves', () => {
  const { watch } = watched();
  const aborts = Array.from({ length: 64 }, () => new AbortController());
  for (const { signal } of aborts) watch.listen(request, signal);
  expect(() => watch.listen(request, new AbortController().signal)).toThrow(/64 listen/);
  aborts[0]!.abort();
  watch.listen(request, new AbortController().signal);
});

test('different questions are few', () => {
  const { watch } = watched();
  for (let top = 1; top <= 16; top++) watch.listen({ ...request, top }, new AbortController().signal);
  expect(() => watch.listen({ ...request, top: 17 }, new AbortController().signal)).toThrow(/16 different/);
});

test('a listener whose client had gone before it was asked takes no room', () => {
  const { watch, asked } = watched();
  for (let i = 0; i < 65; i++) watch.listen({ ...request, top: i + 1 }, AbortSignal.abort());
  expect(asked.length).toBe(65);
});

test('the thread that tells dies: streams end', async () => {
  const { watch, asked } = watched();
  const stream = watch.listen(request, new AbortController().signal);
  asked[0]!.die();
  expect(await stream.next()).toMatchObject({ done: true });
});
