import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createLog } from '../../base/index.ts';
import { type TestStore, testStore } from '../../query/store.testing.ts';
import { testApi } from '../api.testing.ts';
import type { Api } from '../api-schema.ts';
import { AuditLog } from './audit-log.ts';

const log = createLog({ style: 'json', level: 'silent' });
const KNOWN = { host: 'localhost', authorization: 'Bearer a-token-of-the-node' };

describe('the audit log', () => {
  const scratch = mkdtempSync(join(tmpdir(), 'weir-audit-'));
  let store: TestStore;
  let api: Api;
  let audit: AuditLog;
  beforeAll(async () => {
    store = await testStore([{ time: 1e12, src_addr: '10.0.0.1', dst_addr: '10.0.0.2', raw_bytes: 100 }]);
    audit = new AuditLog(join(scratch, 'audit.jsonl'), log);
    api = await testApi(store, scratch, { audit, token: 'a-token-of-the-node' });
  });
  afterAll(async () => {
    await api.close();
    await audit.stop();
    store.close();
  });
  const entries = (route: string) => audit.read(10_000, (entry) => entry.route === route);

  it('says what was asked through a view that is gone', async () => {
    const payload = {
      name: 'Quiet',
      page: '/explore',
      state: { from: 1, to: 2e12, filter: 'ip 10.0.0.1' },
      shared: false,
    };
    const made = await api.inject({ method: 'POST', url: '/api/v1/views', headers: KNOWN, payload });
    await api.inject({ url: `/api/v1/graph.svg?view=${made.json().id}`, headers: KNOWN });
    await api.inject({
      ...{ method: 'DELETE', url: `/api/v1/views/${made.json().id}` },
      headers: { ...KNOWN, 'if-match': '"1"' },
    });
    expect(await entries('/api/v1/graph.svg')).toMatchObject([{ asked: { name: 'Quiet', filter: 'ip 10.0.0.1' } }]);
    expect(await entries('/api/v1/views')).toMatchObject([{ asked: { name: 'Quiet', page: '/explore' } }]);
  });

  it.each([
    [
      'a page of another site',
      { url: '/api/v1/health', headers: { host: 'localhost', origin: 'http://evil.example' } },
    ],
    ['a sign-in that is none', { method: 'POST', url: '/api/v1/session', headers: { host: 'localhost' }, payload: {} }],
    ['an address that is not there', { url: `/${'x'.repeat(900)}`, headers: { host: 'localhost' } }],
  ] as const)('is not pushed out by strangers: %s', async (_, request) => {
    const before = (await audit.read(10_000, () => true)).length;
    for (let i = 0; i < 300; i++) await api.inject(request);
    const all = await audit.read(10_000, () => true);
    expect(all.length - before).toBeLessThanOrEqual(120);
    expect(Math.max(...all.map((entry) => JSON.stringify(entry).length))).toBeLessThan(600);
  });
});
