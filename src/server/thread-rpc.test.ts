import { setTimeout as sleep } from 'node:timers/promises';
import { MessageChannel } from 'node:worker_threads';
import { afterEach, describe, expect, it } from 'vitest';
import { WeirError } from '../base/index.ts';
import { type Handlers, serveCalls, ThreadCaller } from './thread-rpc.ts';

const open: MessageChannel[] = [];
afterEach(() => {
  for (const { port1, port2 } of open.splice(0)) {
    port1.close();
    port2.close();
  }
});

function connect(handlers: Partial<Handlers>): ThreadCaller {
  const channel = new MessageChannel();
  open.push(channel);
  serveCalls(channel.port2, { calls: {}, streams: {}, ...handlers });
  return new ThreadCaller(channel.port1);
}

async function* numbers(n: number, made: { count: number; closed: boolean }) {
  try {
    for (let i = 0; i < n; i++) {
      made.count += 1;
      yield i;
    }
  } finally {
    made.closed = true;
  }
}

describe('calls between threads', () => {
  it('bring values, progress and bigints', async () => {
    const caller = connect({
      calls: {
        double: async (n: number, { progress }) => {
          progress(0.5);
          return BigInt(n) * 2n;
        },
      },
    });
    const shares: number[] = [];
    expect(await caller.call('double', 21, { onProgress: (s) => shares.push(s) })).toBe(42n);
    expect(shares).toEqual([0.5]);
  });

  it('bring errors with code, message and details', async () => {
    const caller = connect({
      calls: {
        fail: async () => {
          throw new WeirError('usage', 'no such column', { details: { position: 3 } });
        },
      },
    });
    await expect(caller.call('fail', null)).rejects.toMatchObject({
      code: 'usage',
      message: 'no such column',
      details: { position: 3 },
    });
    await expect(caller.call('unheard', null)).rejects.toMatchObject({ code: 'internal' });
  });

  it('are cancelled on the other side', async () => {
    const caller = connect({
      calls: {
        wait: (_: null, { signal }) =>
          new Promise((_resolve, reject) => {
            signal.addEventListener('abort', () => reject(new WeirError('cancelled', 'stopped')));
          }),
      },
    });
    const abort = new AbortController();
    const answer = caller.call('wait', null, { signal: abort.signal });
    setTimeout(() => abort.abort(), 5);
    await expect(answer).rejects.toMatchObject({ code: 'cancelled' });
  });

  it('fail when the other side is gone', async () => {
    const caller = connect({ calls: { wait: () => new Promise(() => {}) } });
    const answer = caller.call('wait', null);
    open[0]!.port2.close();
    await expect(answer).rejects.toMatchObject({ code: 'internal' });
    await expect(caller.call('wait', null)).rejects.toMatchObject({ code: 'internal' });
  });
});

describe('streams between threads', () => {
  it('bring a header and every chunk in order', async () => {
    const made = { count: 0, closed: false };
    const caller = connect({
      streams: { numbers: async (n: number) => ({ header: { n }, chunks: numbers(n, made) }) },
    });
    const { header, chunks } = await caller.stream<{ n: number }, number>('numbers', 100);
    expect(header).toEqual({ n: 100 });
    const got: number[] = [];
    for await (const chunk of chunks) got.push(chunk);
    expect(got).toEqual(Array.from({ length: 100 }, (_, i) => i));
  });

  it('do not run ahead of a slow reader', async () => {
    const made = { count: 0, closed: false };
    const caller = connect({ streams: { numbers: async (n: number) => ({ header: null, chunks: numbers(n, made) }) } });
    const { chunks } = await caller.stream<null, number>('numbers', 1_000);
    const reader = chunks[Symbol.asyncIterator]();
    await reader.next();
    await sleep(30);
    expect(made.count).toBeLessThanOrEqual(6);
    await reader.return!();
    await expect.poll(() => made.closed).toBe(true);
  });

  it('end with the error of the other side', async () => {
    async function* broken() {
      yield 1;
      throw new WeirError('timeout', 'too long');
    }
    const caller = connect({ streams: { broken: async () => ({ header: null, chunks: broken() }) } });
    const { chunks } = await caller.stream<null, number>('broken', null);
    const got: number[] = [];
    await expect(
      (async () => {
        for await (const chunk of chunks) got.push(chunk);
      })(),
    ).rejects.toMatchObject({ code: 'timeout' });
    expect(got).toEqual([1]);
  });
});
