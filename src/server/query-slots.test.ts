import { describe, expect, it } from 'vitest';
import { ManualClock } from '../base/index.ts';
import { QuerySlots, type Slot } from './query-slots.ts';

const request = { kind: 'query' as const, text: 'by src_addr' };

/** Work that ends when it is told to, or when its slot is cancelled. */
function held() {
  let finish: () => void = () => {};
  const done = new Promise<void>((resolve) => {
    finish = resolve;
  });
  const work = (slot: Slot) =>
    Promise.race([
      done.then(() => slot.id),
      new Promise<never>((_, reject) => slot.signal.addEventListener('abort', () => reject(new Error('stopped')))),
    ]);
  return { work, finish };
}

describe('query slots', () => {
  it('run so many at once, let so many wait, and refuse the next', async () => {
    const slots = new QuerySlots({ maxRunning: 2, maxWaiting: 1, clock: new ManualClock(5) });
    const [a, b, c] = [held(), held(), held()];
    const answers = [slots.run(request, a.work), slots.run(request, b.work), slots.run(request, c.work)];
    await Promise.resolve();
    expect(slots.list().map((q) => q.state)).toEqual(['running', 'running', 'waiting']);
    expect(slots.list()[0]).toMatchObject({ id: 'q1', kind: 'query', text: 'by src_addr', startedMs: 5, progress: 0 });
    await expect(slots.run(request, a.work)).rejects.toMatchObject({ code: 'busy' });

    a.finish();
    expect(await answers[0]).toBe('q1');
    expect(slots.list().map((q) => q.state)).toEqual(['running', 'running']);
    b.finish();
    c.finish();
    expect(await Promise.all(answers)).toEqual(['q1', 'q2', 'q3']);
    expect(slots.list()).toEqual([]);
  });

  it('cancel what runs and what waits', async () => {
    const slots = new QuerySlots({ maxRunning: 1, maxWaiting: 5 });
    const [a, b] = [held(), held()];
    const running = slots.run(request, a.work);
    const waiting = slots.run(request, b.work);
    await Promise.resolve();
    expect(slots.cancel('q2')).toBe(true);
    await expect(waiting).rejects.toMatchObject({ code: 'cancelled' });
    expect(slots.cancel('q1')).toBe(true);
    await expect(running).rejects.toThrow('stopped');
    expect(slots.cancel('q1')).toBe(false);
    expect(slots.list()).toEqual([]);
  });

  it('follow the signal of who asked', async () => {
    const slots = new QuerySlots({ maxRunning: 1, maxWaiting: 5 });
    const abort = new AbortController();
    const answer = slots.run({ ...request, signal: abort.signal }, held().work);
    await Promise.resolve();
    abort.abort();
    await expect(answer).rejects.toThrow('stopped');
    await expect(slots.run({ ...request, signal: abort.signal }, held().work)).rejects.toMatchObject({
      code: 'cancelled',
    });
  });

  it('tell progress, which never falls', async () => {
    const slots = new QuerySlots({ maxRunning: 1, maxWaiting: 5 });
    const seen: number[] = [];
    await slots.run({ ...request, onProgress: (s) => seen.push(s) }, async (slot) => {
      slot.progress(0.5);
      slot.progress(0.2);
      slot.progress(2);
    });
    expect(seen).toEqual([0.5, 0.5, 1]);
  });

  it('stop when all that runs and waits has ended', async () => {
    const slots = new QuerySlots({ maxRunning: 1, maxWaiting: 5, prefix: 'e' });
    const ends = [slots.run(request, held().work), slots.run(request, held().work)].map((p) =>
      p.catch((e: Error) => e.message),
    );
    await Promise.resolve();
    expect(slots.list().map((q) => q.id)).toEqual(['e1', 'e2']);
    await slots.stop();
    expect(slots.list()).toEqual([]);
    expect(await Promise.all(ends)).toEqual(['stopped', 'the query was cancelled']);
    await slots.stop();
  });

  it('give the slot back when the work fails', async () => {
    const slots = new QuerySlots({ maxRunning: 1, maxWaiting: 0 });
    await expect(slots.run(request, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(await slots.run(request, async () => 7)).toBe(7);
  });

  it('run fewer at once while they are limited, and never more than at the start', async () => {
    const slots = new QuerySlots({ maxRunning: 2, maxWaiting: 5 });
    const all = [held(), held(), held(), held()];
    const answers = all.map(({ work }) => slots.run(request, work));
    const running = () => slots.list().filter((q) => q.state === 'running').length;
    slots.limit(1);
    await Promise.resolve();
    // Those that run go on.
    expect(running()).toBe(2);
    all[0]!.finish();
    await answers[0];
    expect(running()).toBe(1);
    all[1]!.finish();
    await answers[1];
    expect(running()).toBe(1);
    slots.limit(9);
    expect(running()).toBe(2);
    for (const { finish } of all) finish();
    await Promise.all(answers);
  });
});
