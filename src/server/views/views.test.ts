import { mkdtempSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createLog } from '../../base/index.ts';
import { type TestStore, testStore } from '../../query/store.testing.ts';
import type { Caller } from '../access/caller.ts';
import { testApi } from '../api.testing.ts';
import type { Api } from '../api-schema.ts';
import { SavedViews } from './saved-views.ts';

const log = createLog({ style: 'json', level: 'silent' });
const scratch = mkdtempSync(join(tmpdir(), 'weir-views-'));
const VIEW = { name: 'Web', page: '/explore', state: { by: 'application', last: '24h', top: 5 }, shared: true };
const caller = (name: string, role: Caller['role'] = 'viewer'): Caller => ({ name, role, limit: null, via: 'session' });
const [ANN, BOB, ROOT] = [caller('ann'), caller('bob'), caller('root', 'admin')];
let files = 0;
const freshPath = () => join(scratch, `views-${files++}.json`);

describe('saved views', () => {
  it('are there again after a restart, in a file that nobody else may read', () => {
    const path = freshPath();
    const made = new SavedViews(path, log).add('views', VIEW, ANN);
    expect(new SavedViews(path, log).get('views', made.id, ANN)).toEqual(made);
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  it('are read by others where they are shared, and changed by their owner and admins alone', () => {
    const saved = new SavedViews(freshPath(), log);
    const shared = saved.add('views', VIEW, ANN);
    const own = saved.add('views', { ...VIEW, shared: false }, ANN);
    expect(saved.list('views', BOB)).toEqual([shared]);
    expect(saved.list('views', ROOT)).toEqual([shared, own]);
    expect(() => saved.get('views', own.id, BOB)).toThrow(expect.objectContaining({ code: 'not_found' }));
    expect(() => saved.replace('views', own.id, VIEW, 1, BOB)).toThrow(expect.objectContaining({ code: 'not_found' }));
    expect(() => saved.remove('views', shared.id, 1, BOB)).toThrow(expect.objectContaining({ code: 'forbidden' }));
    saved.remove('views', shared.id, 1, ROOT);
    expect(saved.list('views', BOB)).toEqual([]);
  });

  it('of a user that is gone go too, but for what was shared, and nobody gets them with the name', () => {
    const saved = new SavedViews(freshPath(), log);
    const shared = saved.add('views', VIEW, ANN);
    saved.add('views', { ...VIEW, shared: false }, ANN);
    const other = saved.add('views', { ...VIEW, shared: false }, BOB);
    saved.publish(shared.id, 'Web', [], null, ANN);
    const panels = [{ view: shared.id, width: 1 }];
    saved.add('dashboards', { name: 'Wall', panels, shared: false }, ANN);
    saved.forget('ann');
    const anew = saved.list('views', ANN);
    expect(anew).toEqual([{ ...shared, owner: 'ann (removed)' }]);
    expect(() => saved.remove('views', shared.id, 1, ANN)).toThrow(expect.objectContaining({ code: 'forbidden' }));
    expect(saved.list('views', BOB)).toContainEqual(other);
    expect([saved.list('dashboards', ROOT), saved.publications()]).toEqual([[], []]);
    saved.remove('views', shared.id, 1, ROOT);
  });

  it('of one owner leave room for others', () => {
    const saved = new SavedViews(freshPath(), log);
    for (let i = 0; i < 500; i++) saved.add('views', VIEW, ANN);
    expect(() => saved.add('views', VIEW, ANN)).toThrow('ann has 500 views, and nobody may have more');
    expect(saved.add('views', VIEW, BOB).owner).toBe('bob');
  });

  it('of a file that cannot be read are kept aside, and the node works', () => {
    const path = freshPath();
    writeFileSync(path, '{"format":1,"views":[{"id":"../../etc"}]}');
    const saved = new SavedViews(path, log);
    expect(saved.list('views', ROOT)).toEqual([]);
    saved.add('views', VIEW, ANN);
    const name = path.split('/').pop()!;
    const aside = readdirSync(scratch).find((file) => file.startsWith(`${name}.damaged-`));
    expect(readFileSync(join(scratch, aside!), 'utf8')).toContain('../../etc');
  });

  it('that cannot be written have not happened', () => {
    const saved = new SavedViews(join(scratch, 'no-such-folder', 'views.json'), log);
    expect(() => saved.add('views', VIEW, ANN)).toThrow();
    expect(saved.list('views', ANN)).toEqual([]);
  });

  it('take no more room than a node gives them', () => {
    const saved = new SavedViews(freshPath(), log);
    const large = Object.fromEntries(Array.from({ length: 30 }, (_, i) => [`part${i}`, 'x'.repeat(65_000)]));
    const fill = () => {
      for (let i = 0; i < 10; i++) saved.add('views', { ...VIEW, state: large }, ANN);
    };
    expect(fill).toThrow(/8 MB in all/);
    expect(saved.list('views', ANN)).toHaveLength(4);
  });
});

describe('the routes of views', () => {
  let store: TestStore;
  let api: Api;
  beforeAll(async () => {
    store = await testStore([]);
    api = await testApi(store, scratch, { views: new SavedViews(freshPath(), log) });
  });
  afterAll(async () => {
    await api.close();
    store.close();
  });
  const ask = async (method: 'GET' | 'POST' | 'PUT' | 'DELETE', url: string, body?: unknown, version?: string) => {
    const headers = version === undefined ? {} : { 'if-match': version };
    const given = body === undefined ? {} : { payload: body as object };
    const answer = await api.inject({
      method,
      url: `/api/v1${url}`,
      headers: { host: 'localhost', ...headers },
      ...given,
    });
    return { status: answer.statusCode, etag: answer.headers.etag, body: answer.json() as Record<string, never> };
  };

  it('save, change, list and delete', async () => {
    const made = await ask('POST', '/views', VIEW);
    expect(made).toMatchObject({ status: 200, etag: '"1"', body: { ...VIEW, owner: 'local', version: 1 } });
    const id = String(made.body.id);
    expect(await ask('PUT', `/views/${id}`, { ...VIEW, name: 'Mail' }, '"1"')).toMatchObject({
      etag: '"2"',
      body: { name: 'Mail', version: 2 },
    });
    expect((await ask('GET', '/views')).body.views).toMatchObject([{ id, name: 'Mail' }]);
    expect((await ask('DELETE', `/views/${id}`, undefined, '"2"')).status).toBe(200);
    expect((await ask('GET', `/views/${id}`)).status).toBe(404);
  });

  it('refuse the second of two who change the same version', async () => {
    const id = String((await ask('POST', '/views', VIEW)).body.id);
    const both = await Promise.all(['a', 'b'].map((name) => ask('PUT', `/views/${id}`, { ...VIEW, name }, '"1"')));
    expect(both.map(({ status }) => status).sort()).toEqual([200, 412]);
    expect(both.find(({ status }) => status === 412)!.body).toMatchObject({ error: { code: 'conflict' } });
    expect((await ask('PUT', `/views/${id}`, VIEW)).status).toBe(400);
    expect((await ask('DELETE', `/views/${id}`, undefined, 'W/"1"')).status).toBe(400);
  });

  it('keep dashboards of views, in their order', async () => {
    const panels = [
      { view: 'abcdefgh', width: 3 },
      { view: 'ijklmnop', width: 1 },
    ];
    const made = await ask('POST', '/dashboards', { name: 'NOC', panels });
    expect(made.body).toMatchObject({ panels, shared: false });
    expect((await ask('GET', `/dashboards/${made.body.id}`)).body).toMatchObject({ panels });
  });

  it.each(['/host/192.0.2.1', '/host/2001:db8::1'])('are of the page of a host: %s', async (page) => {
    expect(await ask('POST', '/views', { ...VIEW, page })).toMatchObject({ status: 200, body: { page } });
  });

  it.each([
    ['no name', { ...VIEW, name: '  ' }],
    ['a name of several lines', { ...VIEW, name: 'a\nb' }],
    ['an address elsewhere', { ...VIEW, page: '//evil.example/' }],
    ['a program for an address', { ...VIEW, page: 'javascript:alert(1)' }],
    ['a way out of the pages', { ...VIEW, page: '/../etc' }],
    ['the page of a host without an address', { ...VIEW, page: '/host/..' }],
    ['a path behind an address', { ...VIEW, page: '/host/192.0.2.1/../../etc' }],
    ['a link within an address', { ...VIEW, page: '/host/fe80::1%25eth0' }],
    ['an address on another page', { ...VIEW, page: '/explore/192.0.2.1' }],
    ['an address packed', { ...VIEW, page: '/host/2001%3Adb8%3A%3A1' }],
    ['parts within parts', { ...VIEW, state: { by: { a: 1 } } }],
    ['a part that no page has', { ...VIEW, state: { 'a b': 1 } }],
    ['an owner', { ...VIEW, owner: 'root' }],
    ['a version', { ...VIEW, version: 9 }],
    ['too many parts', { ...VIEW, state: Object.fromEntries(Array.from({ length: 33 }, (_, i) => [`a${i}`, 1])) }],
  ])('refuse a view with %s', async (_, body) => {
    expect((await ask('POST', '/views', body)).status).toBe(400);
  });

  it.each(['..%2f..%2fetc', '__proto__', 'x'.repeat(300), '%00'])('have no view %s', async (id) => {
    expect([400, 404, 414]).toContain((await ask('GET', `/views/${id}`)).status);
  });
});
