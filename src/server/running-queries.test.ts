import { mkdtempSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WeirError } from '../base/index.ts';
import { type TestStore, testStore } from '../query/store.testing.ts';
import { testApi } from './api.testing.ts';
import type { QueryService } from './query-service.ts';

const scratch = mkdtempSync(join(tmpdir(), 'weir-api-'));
let store: TestStore;
beforeAll(async () => {
  store = await testStore([]);
});
afterAll(() => store.close());

const json = <T = Record<string, unknown>>(response: { json(): unknown }) => response.json() as T;

describe('questions that run', () => {
  it('are cancelled when their client goes away', async () => {
    let signal: AbortSignal | undefined;
    const service = {
      query: (_: unknown, ask: { signal: AbortSignal }) => {
        signal = ask.signal;
        return new Promise((_resolve, reject) =>
          ask.signal.addEventListener('abort', () => reject(new WeirError('cancelled', 'gone'))),
        );
      },
    } as unknown as QueryService;
    const app = await testApi(store, scratch, { service });
    await app.listen({ host: '127.0.0.1', port: 0 });
    const { port } = app.server.address() as { port: number };
    const client = request({ host: '127.0.0.1', port, path: '/api/v1/query' });
    client.on('error', () => {});
    client.end();
    await until(() => signal !== undefined);
    expect(signal!.aborted).toBe(false);
    client.destroy();
    await until(() => signal!.aborted);
    await app.close();
  });

  it('are listed and can be cancelled by their id', async () => {
    const slow = { ...store, view: () => new Promise<never>(() => {}) };
    const app = await testApi(slow as unknown as TestStore, scratch);
    const answers = [1, 2, 3, 4, 5, 6].map(() => app.inject({ url: '/api/v1/query?by=src_addr&filter=proto%20tcp' }));
    await until(async () => (json(await app.inject({ url: '/api/v1/queries' })).queries as object[]).length === 6);
    const { queries } = json(await app.inject({ url: '/api/v1/queries' })) as unknown as {
      queries: { id: string; state: string; text: string }[];
    };
    expect(queries.map((q) => q.state)).toEqual(['running', 'running', 'waiting', 'waiting', 'waiting', 'waiting']);
    expect(queries[0]!.text).toContain('proto tcp');
    // Two run and four wait: the next is refused.
    expect((await app.inject({ url: '/api/v1/query' })).statusCode).toBe(503);
    expect((await app.inject({ method: 'DELETE', url: `/api/v1/queries/${queries[5]!.id}` })).json()).toEqual({
      cancelled: queries[5]!.id,
    });
    expect((await answers[5]!).statusCode).toBe(499);
    await app.close();
  });
});

async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 5_000;
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error('waited too long');
    await sleep(5);
  }
}
