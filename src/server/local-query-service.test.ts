import { existsSync, mkdtempSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep, setImmediate as turn } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type TestStore, testStore } from '../query/store.testing.ts';
import { localQueryService } from './local-query-service.ts';

const flows = Array.from({ length: 20_000 }, (_, i) => ({
  start: 1_000 + i,
  end: 1_000 + i,
  time: 1_000 + i,
  received: 1_000 + i,
  src_addr: '10.0.0.1',
  dst_addr: '10.0.0.2',
  protocol: 6,
  raw_bytes: 1,
  raw_packets: 1,
  exporter: '192.0.2.1',
}));
const options = { maxRunning: 1, maxWaiting: 2, timeoutMs: 60_000 };
let store: TestStore;
let scratchDirectory: string;
beforeAll(async () => {
  store = await testStore(flows);
  scratchDirectory = mkdtempSync(join(tmpdir(), 'weir-local-'));
});
afterAll(() => store.close());

async function read(records: AsyncIterable<readonly object[]>): Promise<number> {
  let n = 0;
  for await (const piece of records) n += piece.length;
  return n;
}

describe('flows hold their slot and their view', () => {
  it('until they are read', async () => {
    const service = localQueryService(store, { ...options, scratchDirectory });
    const { records } = await service.flows({ limit: 20_000 });
    expect(await service.running()).toMatchObject([{ kind: 'flows', state: 'running' }]);
    expect(store.open()).toBe(1);
    expect(await read(records)).toBe(20_000);
    expect(await service.running()).toEqual([]);
    expect(store.open()).toBe(0);
  });

  it('not for a reader who takes nothing', async () => {
    const service = localQueryService(store, { ...options, scratchDirectory, stallMs: 30 });
    const { records } = await service.flows({ limit: 20_000 });
    const reader = records[Symbol.asyncIterator]();
    await reader.next();
    await expect.poll(() => service.running()).toEqual([]);
    expect(store.open()).toBe(0);
    await expect(reader.next()).rejects.toMatchObject({
      code: 'timeout',
      message: expect.stringContaining('not read'),
    });
    const never = await service.flows({ limit: 20_000 });
    await expect.poll(() => service.running()).toEqual([]);
    await expect(read(never.records)).rejects.toMatchObject({ code: 'timeout' });
  });

  it('not when they are cancelled before they are read', async () => {
    const service = localQueryService(store, { ...options, scratchDirectory });
    const { records } = await service.flows({ limit: 20_000 });
    const [running] = await service.running();
    expect(await service.cancel(running!.id)).toBe(true);
    await expect.poll(() => store.open()).toBe(0);
    await expect(read(records)).rejects.toMatchObject({ code: 'cancelled' });
  });
});

it('an export does not keep queries waiting', async () => {
  const service = localQueryService(store, { ...options, scratchDirectory });
  const path = join(mkdtempSync(join(tmpdir(), 'weir-out-')), 'a.csv');
  const { records } = await service.flows({ limit: 20_000 });
  const exported = await service.export({}, { format: 'csv', path });
  expect(exported.rows).toBe(20_000);
  expect(await read(records)).toBe(20_000);
  expect(readdirSync(scratchDirectory)).toEqual([]);
});

it('an export that is given up in the middle ends quietly, leaves no file, and the next questions are answered', async () => {
  const service = localQueryService(store, { ...options, scratchDirectory });
  const folder = mkdtempSync(join(tmpdir(), 'weir-out-'));
  const uncaught: unknown[] = [];
  const hear = (error: unknown) => void uncaught.push(error);
  process.on('uncaughtException', hear);
  try {
    for (let i = 0; i < 40; i++) {
      const path = join(folder, i % 2 ? 'a.csv' : 'a.jsonl');
      const abort = new AbortController();
      const format = i % 2 ? 'csv' : 'jsonl';
      const exported = service.export({}, { format, path }, { signal: abort.signal }).catch((e: object) => e);
      const answer = service.query({ from: 0, to: 1_000_000, by: ['src_addr', 'dst_addr'] });
      while (!existsSync(`${path}.part`)) await turn();
      await sleep(i % 8);
      abort.abort();
      expect(await exported).toMatchObject({ code: 'cancelled' });
      expect((await answer).rows).toHaveLength(1);
      expect(readdirSync(folder)).toEqual([]);
    }
    await sleep(50);
  } finally {
    process.off('uncaughtException', hear);
  }
  expect(uncaught).toEqual([]);
  expect(store.open()).toBe(0);
  expect((await service.export({}, { format: 'csv', path: join(folder, 'b.csv') })).rows).toBe(20_000);
});

it('a shorter time is kept, a longer one is cut to the limit', async () => {
  const slow = { ...store, view: () => sleep(60).then(() => store.view({ from: 0, to: 1 })) };
  const service = localQueryService(slow, { ...options, timeoutMs: 20, scratchDirectory });
  await expect(service.query({}, { timeoutMs: 1_000_000 })).rejects.toMatchObject({ code: 'timeout' });
});

it('stopping cancels what runs and waits', async () => {
  const service = localQueryService(store, { ...options, scratchDirectory });
  const first = await service.flows({ limit: 20_000 });
  const waiting = service.query({}).catch((e: { code: string }) => e.code);
  await service.stop();
  expect(await waiting).toBe('cancelled');
  await expect(read(first.records)).rejects.toMatchObject({ code: 'cancelled' });
});

it('begins no export while it is squeezed, and answers questions', async () => {
  const service = localQueryService(store, { ...options, maxRunning: 2, scratchDirectory });
  service.squeeze(true);
  const file = { format: 'csv' as const, path: join(scratchDirectory, 'never.csv') };
  await expect(service.export({}, file)).rejects.toMatchObject({
    code: 'busy',
    message: expect.stringContaining('exports must wait'),
  });
  await expect(service.flows({ order: 'stored' })).rejects.toMatchObject({ code: 'busy' });
  expect((await service.query({ by: ['protocol'], metrics: ['records'] })).rows).toHaveLength(1);
  service.squeeze(false);
  expect(await service.export({}, file)).toMatchObject({ rows: 20_000 });
});
