import { afterEach, expect, it } from 'vitest';
import { sharedLines } from './shared-lines.ts';

let ended: AbortController[] = [];
afterEach(() => {
  for (const end of ended) end.abort();
  ended = [];
});

/** A stream of a number each 20 ms, as the node has it, and how many read it now. */
function numbers() {
  let n = 0;
  const timer = setInterval(() => (n += 1), 20);
  timer.unref();
  const stream = {
    open: 0,
    async *lines(signal: AbortSignal): AsyncGenerator<number> {
      stream.open += 1;
      try {
        for (;;) {
          await new Promise((resolve) => setTimeout(resolve, 20));
          if (signal.aborted) throw new Error('aborted');
          yield n;
        }
      } finally {
        stream.open -= 1;
      }
    },
  };
  return stream;
}

function windowOf(name: string, stream: ReturnType<typeof numbers>) {
  const end = new AbortController();
  ended.push(end);
  const seen: number[] = [];
  const done = (async () => {
    try {
      for await (const line of sharedLines(name, (signal) => stream.lines(signal), end.signal)) seen.push(line);
    } catch {
      // As the page does: it begins anew.
    }
  })();
  return { seen, close: () => end.abort(), done };
}

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

it('one window of several reads the stream, and another when it closes', async () => {
  const stream = numbers();
  const windows = [windowOf('a', stream), windowOf('a', stream), windowOf('a', stream), windowOf('b', stream)];
  await expect.poll(() => windows.every(({ seen }) => seen.length > 5), { timeout: 10_000 }).toBe(true);
  await expect.poll(() => stream.open, { timeout: 5_000 }).toBe(2);
  for (let left = 3; left > 1; left--) {
    for (const one of windows.slice(0, 3 - left + 1)) one.close();
    await Promise.all(windows.slice(0, 3 - left + 1).map(({ done }) => done));
    const rest = windows.slice(3 - left + 1, 3);
    const before = rest.map(({ seen }) => seen.length);
    await expect.poll(() => rest.every(({ seen }, i) => seen.length > before[i]! + 5), { timeout: 10_000 }).toBe(true);
    await expect.poll(() => stream.open, { timeout: 5_000 }).toBe(2);
  }
  await sleep(0);
});
