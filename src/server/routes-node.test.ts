import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ImportService } from '../ingest/index.ts';
import { type TestStore, testStore } from '../query/store.testing.ts';
import { testApi } from './api.testing.ts';
import type { Api } from './api-schema.ts';

const scratch = mkdtempSync(join(tmpdir(), 'weir-api-'));
const names = ['demo seed 7', 'demo seed 7#2', 'my demo seed 7', 'router.pcap'];
const imports = { sources: () => names.map((name) => ({ name })) } as unknown as ImportService;
let store: TestStore;
let api: Api;
beforeAll(async () => {
  store = await testStore([]);
  api = await testApi(store, scratch, { imports });
});
afterAll(() => store.close());

describe('GET /api/v1/node', () => {
  it('says where flows can be sent to, and which sources are made up', async () => {
    const answer = (await api.inject({ url: '/api/v1/node' })).json();
    expect(answer).toEqual({
      version: '1.2.3',
      doors: [
        {
          ...{ name: 'ipfix', address: '127.0.0.1', port: 4739 },
          addresses: [{ address: '127.0.0.1', interface: 'lo', loopback: true }],
        },
      ],
      no_live_view: expect.stringMatching(/does not meter its own machine .* without --no-host/),
      made_up: ['demo seed 7', 'demo seed 7#2'],
    });
  });
});

describe('every answer', () => {
  const urls = ['/api/v1/node', '/api/v1/health', '/metrics', '/no/such/route', '/api/v1/query?by=nothing'];
  const headers = [
    ['content-security-policy', /default-src 'none'.*frame-ancestors 'none'/],
    ['cross-origin-opener-policy', /^same-origin$/],
    ['permissions-policy', /camera=\(\).*geolocation=\(\).*microphone=\(\)/],
    ['referrer-policy', /^no-referrer$/],
    ['x-content-type-options', /^nosniff$/],
    ['x-frame-options', /^DENY$/],
    ['cache-control', /^no-store$/],
  ] as const;
  it.each(headers)('has %s', async (name, value) => {
    for (const url of urls) expect((await api.inject({ url })).headers[name], url).toMatch(value);
  });

  it('that is refused has them too', async () => {
    const refused = await api.inject({ url: '/api/v1/node', headers: { host: 'example.org' } });
    expect(refused.statusCode).toBe(403);
    for (const [name, value] of headers) expect(refused.headers[name]).toMatch(value);
  });
});
