import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createLog } from '../../base/index.ts';
import { type TestFlow, type TestStore, testStore } from '../../query/store.testing.ts';
import { testApi } from '../api.testing.ts';
import type { Api } from '../api-schema.ts';
import { localQueryService } from '../local-query-service.ts';
import { Published } from './published.ts';
import { SavedViews } from './saved-views.ts';

const T = Date.UTC(2026, 10, 21, 12);
const log = createLog({ style: 'json', level: 'silent' });
const scratch = mkdtempSync(join(tmpdir(), 'weir-published-'));

/** Six ask for web, one alone for something rare. */
const flow = (client: number, port: number, bytes: number): TestFlow => ({
  ...{ time: T, start: T, end: T + 1_000, received: T + 1_000, raw_bytes: bytes, raw_packets: 1, protocol: 6 },
  ...{ src_addr: `10.0.0.${client}`, dst_addr: '192.0.2.1', src_port: 40_000, dst_port: port, client_side: 'source' },
});
const FLOWS = [...[1, 2, 3, 4, 5, 6].map((n) => flow(n, 443, 100)), flow(7, 8_443, 5_000)];
const RANGE = { from: T - 60_000, to: T + 60_000 };
const view = (state: object) => ({ name: 'Ports', page: '/explore', state: { ...RANGE, ...state }, shared: false });

interface Panel {
  readonly problem: string | null;
  readonly answer: { rows: (string | number)[][]; quality: string; buckets: { other: { bytes: number } | null }[] };
}

describe('what is published', () => {
  let store: TestStore;
  let api: Api;
  let off: Api;
  let views: SavedViews;
  beforeAll(async () => {
    store = await testStore(FLOWS);
    views = new SavedViews(join(scratch, 'views.json'), log);
    api = await testApi(store, scratch, { views, publish: true, token: 'a-token-of-the-node' });
    off = await testApi(store, scratch, { views, publish: false, token: 'a-token-of-the-node' });
  });
  afterAll(async () => {
    await Promise.all([api.close(), off.close()]);
    store.close();
  });
  const KNOWN = { authorization: 'Bearer a-token-of-the-node' };
  const ask = async (
    method: 'GET' | 'POST' | 'DELETE',
    url: string,
    body?: object,
    headers: object = KNOWN,
    to = api,
  ) => {
    const given = body === undefined ? {} : { payload: body };
    const answer = await to.inject({
      method,
      url: `/api/v1${url}`,
      headers: { host: 'localhost', ...headers },
      ...given,
    });
    return { status: answer.statusCode, text: answer.body, body: answer.json() as Record<string, never> };
  };
  const publish = async (state: object, more: object = {}) => {
    const { body } = await ask('POST', '/views', view(state));
    return ask('POST', '/publications', { kind: 'views', id: body.id, ...more });
  };
  const visit = (id: unknown, query = '', to = api) => ask('GET', `/published/${id}${query}`, undefined, {}, to);

  it('is seen without an account, and with it all else is not', async () => {
    const { body, text } = await publish({ by: 'protocol', metric: 'bytes' });
    expect(text).not.toContain('key');
    const seen = await visit(body.id);
    expect(seen.body.made_up).toBe(false);
    const [panel] = seen.body.panels as unknown as Panel[];
    expect(panel!.answer.rows.map((row) => row.slice(1))).toEqual([[6, 5_600]]);
    expect(panel!.answer.quality).toMatch(/^quality: /);
    expect((await ask('GET', '/views', undefined, {})).status).toBe(401);
    expect((await ask('GET', '/publications', undefined, {})).status).toBe(401);
    expect((await ask('GET', '/query?by=src_addr', undefined, {})).status).toBe(401);
  });

  it('has other addresses than those of the flows, the same in every answer', async () => {
    const { body } = await publish({ by: 'src_addr', metric: 'bytes' });
    const { text } = await visit(body.id);
    expect(text).not.toMatch(/10\.0\.0\.\d/);
    const [panel] = (await visit(body.id)).body.panels as unknown as Panel[];
    expect(panel!.answer.rows).toHaveLength(7);
    expect((await visit(body.id)).text).toBe(text);
  });

  it('has groups of few clients among all others', async () => {
    const { body } = await publish({ by: 'service_port', metric: 'bytes' });
    const seen = await visit(body.id);
    const [panel] = seen.body.panels as unknown as Panel[];
    expect(panel!.answer.rows.map((row) => row.slice(1))).toEqual([[443, 600]]);
    expect(panel!.answer.buckets.reduce((sum, { other }) => sum + (other?.bytes ?? 0), 0)).toBe(5_000);
  });

  it.each([
    ['users', { by: 'user', metric: 'bytes' }, /would tell who/],
    ['processes', { by: 'process', metric: 'bytes' }, /would tell who/],
    ['names of servers', { by: 'server_name', metric: 'bytes' }, /would tell who/],
    ['addresses with what they use', { by: 'src_addr,application', metric: 'bytes' }, /beside addresses/],
    ['addresses with their categories', { by: 'src_addr,category', metric: 'bytes' }, /beside addresses/],
    ['what does not add up', { by: 'protocol', metric: 'distinct(src_addr)' }, /does not add up/],
  ])('is not %s', async (_, state, why) => {
    const { status, text } = await publish(state);
    expect(status).toBe(400);
    expect(text).toMatch(why);
  });

  it('has categories of few clients among all others too', async () => {
    const { body } = await publish({ by: 'category', metric: 'bytes', filter: 'src_addr = 10.0.0.7' });
    const [panel] = (await visit(body.id)).body.panels as unknown as Panel[];
    expect(panel!.answer.rows).toEqual([]);
    expect(panel!.answer.buckets.reduce((sum, { other }) => sum + (other?.bytes ?? 0), 0)).toBe(5_000);
  });

  it('is not changed by what a visitor sends', async () => {
    const { body } = await publish({ by: 'protocol', metric: 'bytes' });
    const plain = await visit(body.id);
    expect((await visit(body.id, '?filter=src_addr%20%3D%2010.0.0.7&by=src_addr&from=0')).text).toBe(plain.text);
  });

  it('asks the store once, however many come', async () => {
    const { body } = await publish({ by: 'category', metric: 'bytes' });
    const before = store.statements.length;
    await visit(body.id);
    const once = store.statements.length;
    expect(once).toBeGreaterThan(before);
    await Promise.all(Array.from({ length: 20 }, () => visit(body.id)));
    expect(store.statements.length).toBe(once);
  });

  it('takes no more memory than it may: what is there is shown, and the rest when there is room', async () => {
    const [first, second] = [await publish({ by: 'protocol' }), await publish({ by: 'category' })];
    const service = localQueryService(store, {
      ...{ maxRunning: 2, maxWaiting: 4, timeoutMs: 20_000, scratchDirectory: scratch, sets: {} },
    });
    const published = new Published(views, service, log, () => true, 1);
    const [one, other] = [String(first.body.id), String(second.body.id)];
    const shown = await published.view(one);
    await expect(published.view(other)).rejects.toMatchObject({ code: 'busy' });
    expect(await published.view(one)).toBe(shown);
    await ask('DELETE', `/publications/${one}`);
    expect(await published.view(other)).toMatchObject({
      made_up: true,
      panels: [{ by: ['category'] }],
    });
  });

  it('is gone when it is revoked, when its view is deleted, and while the node publishes nothing', async () => {
    const first = await publish({ by: 'protocol', metric: 'bytes' });
    expect((await visit(first.body.id, '', off)).status).toBe(404);
    expect((await visit(first.body.id)).status).toBe(200);
    await ask('DELETE', `/publications/${first.body.id}`);
    expect((await visit(first.body.id)).status).toBe(404);
    const second = await publish({ by: 'protocol', metric: 'bytes' });
    await ask('DELETE', `/views/${second.body.of}`, undefined, { ...KNOWN, 'if-match': '"1"' });
    expect((await visit(second.body.id)).status).toBe(404);
  });

  it('is gone when its time is over', async () => {
    const { body } = await publish({ by: 'protocol', metric: 'bytes' }, { expires: Date.now() - 1 });
    expect((await visit(body.id)).status).toBe(404);
  });

  it.each(['AAAAAAAAAAAAAAAAAAAAAA', '..%2f..%2fviews', '__proto__', 'constructor', '%00', '1'])(
    'is not at the forged link %s',
    async (id) => expect((await visit(id)).status).toBe(404),
  );

  it('cannot be added to while the setting is off', async () => {
    const { body } = await ask('POST', '/views', view({}));
    const refused = await ask('POST', '/publications', { kind: 'views', id: body.id }, KNOWN, off);
    expect(refused).toMatchObject({ status: 403 });
    expect(refused.text).toContain('publish: true');
  });
});
