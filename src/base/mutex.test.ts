import { expect, it } from 'vitest';
import { Mutex } from './mutex.ts';

const later = () => new Promise<void>((resolve) => setImmediate(resolve));

it('runs one after the other in the order of asking, also behind one that failed', async () => {
  const mutex = new Mutex();
  const seen: string[] = [];
  const work = (name: string) => async () => {
    seen.push(`${name} begins`);
    await later();
    seen.push(`${name} ends`);
    if (name === 'b') throw new Error('b');
    return name;
  };
  const turns = await Promise.allSettled(['a', 'b', 'c'].map((name) => mutex.run(work(name))));
  expect(turns.map((turn) => turn.status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  expect(seen).toEqual(['a begins', 'a ends', 'b begins', 'b ends', 'c begins', 'c ends']);
});

it('is busy from the asking to the end of the last, which may ask again at once', async () => {
  const mutex = new Mutex();
  expect(mutex.busy).toBe(false);
  const first = mutex.run(later);
  const second = mutex.run(async () => Promise.reject(new Error('refused')));
  expect(mutex.busy).toBe(true);
  await first;
  expect(mutex.busy).toBe(true);
  await expect(second).rejects.toThrow('refused');
  expect(mutex.busy).toBe(false);
});

it('begins within the call where nobody is before', async () => {
  let begun = false;
  const turn = new Mutex().run(async () => {
    begun = true;
  });
  expect(begun).toBe(true);
  await turn;
});
