import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
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

describe('failures', () => {
  const failing = (error: unknown): QueryService =>
    ({
      query: async () => {
        throw error;
      },
    }) as unknown as QueryService;

  it.each([
    ['usage', 400],
    ['not_found', 404],
    ['unauthorised', 401],
    ['forbidden', 403],
    ['busy', 503],
    ['timeout', 504],
    ['memory', 507],
    ['disk_full', 507],
    ['unsupported', 501],
    ['corrupt', 500],
  ] as const)('%s is answered with %i', async (code, status) => {
    const app = await testApi(store, scratch, {
      service: failing(new WeirError(code, 'the reason', { details: { a: 1 } })),
    });
    const response = await app.inject({ url: '/api/v1/query' });
    expect(response.statusCode).toBe(status);
    expect(json(response)).toEqual({ error: { code, message: 'the reason', details: { a: 1 } } });
    if (code === 'busy') expect(response.headers['retry-after']).toBe('1');
    await app.close();
  });

  it('of our own are told to the log, not to the client', async () => {
    const app = await testApi(store, scratch, { service: failing(new Error('cannot read /secret/path')) });
    const response = await app.inject({ url: '/api/v1/query' });
    expect(response.statusCode).toBe(500);
    expect(response.body).not.toContain('/secret/path');
    expect(json(response).error).toMatchObject({ code: 'internal' });
    await app.close();
  });
});
