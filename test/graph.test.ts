/** Saved views as pictures, of a real node over HTTP: who gets which, and what is in them. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { call, type SignedIn, signIn } from './access.testing.ts';
import { remove, startNode, type TestNode, tempFolder, until } from './node.testing.ts';
import { numberedDatagram, openSender } from './numbered.testing.ts';

const ADMIN = { name: 'anna', password: 'correct horse battery' };
const VIEWER = { name: 'vera', password: 'only a part of it' };
const [SEEN, HIDDEN] = ['10.0.0.1', '10.0.0.2'];

describe('graphs as pictures', { timeout: 180_000 }, () => {
  const data = tempFolder();
  let node: TestNode;
  let admin: SignedIn;
  let viewer: SignedIn;

  beforeAll(async () => {
    node = await startNode(data, ['--no-host', '--publish', 'on']);
    const to = await openSender(node.port);
    for (const n of [1, 2]) await to.send(Buffer.from(numberedDatagram(n, Date.now() - 30_000)));
    to.close();
    await until(
      async () => (await call(node.http, 'GET', '/api/v1/query?metrics=records')).json,
      (answer) => answer.total?.records === 60,
    );
    await call(node.http, 'POST', '/api/v1/users', { body: { ...ADMIN, role: 'admin' } });
    admin = await signIn(node.http, ADMIN.name, ADMIN.password);
    const limited = { ...VIEWER, role: 'viewer', limit: `src ip ${SEEN}` };
    expect((await call(node.http, 'POST', '/api/v1/users', { ...admin, body: limited })).status).toBe(200);
    viewer = await signIn(node.http, VIEWER.name, VIEWER.password);
  }, 180_000);
  afterAll(async () => {
    await node?.stop();
    remove(data);
  });

  const save = async (name: string, part: object = {}) => {
    const body = { name, page: '/explore', state: { by: 'src_addr', last: '1h' }, shared: true, ...part };
    return (await call(node.http, 'POST', '/api/v1/views', { ...admin, body })).json.id as string;
  };
  const graph = (query: string, who?: SignedIn, headers: object = {}) =>
    call(node.http, 'GET', `/api/v1/graph.${query}`, { ...who, headers: headers as Record<string, string> });

  test('have what the view asks, and are files of their kind', async () => {
    const id = await save('Senders & others');
    const svg = await graph(`svg?view=${id}`, admin);
    expect(svg).toMatchObject({ status: 200, headers: { 'content-type': 'image/svg+xml; charset=utf-8' } });
    for (const word of ['Senders &#38; others', 'bps by src_addr', SEEN, HIDDEN, 'quality: ', 'complete until'])
      expect(svg.json).toContain(word);
    const small = await graph(`png?view=${id}&width=400&height=300&dark=true`, admin);
    expect(small).toMatchObject({ status: 200, headers: { 'content-type': 'image/png' } });
    expect(svg.headers['content-security-policy']).toMatch(/default-src 'none';.*sandbox/);
  });

  test('of Overview and of a host are those of their pages', async () => {
    const overview = await graph(`svg?view=${await save('All', { page: '/', state: {} })}&utc=true`, admin);
    expect(overview.json).toMatch(/Traffic.*\(UTC\)/);
    const host = await graph(`svg?view=${await save('One', { page: `/host/${SEEN}`, state: {} })}`, admin);
    expect(host.json).toContain(`Only: ip ${SEEN}`);
  });

  test('are of what the caller may see, and of no view that is not theirs', async () => {
    const shared = await graph(`svg?view=${await save('Shared')}`, viewer);
    expect(shared.json).toContain(SEEN);
    expect(shared.json).not.toContain(HIDDEN);
    const own = await save('Own', { shared: false });
    expect((await graph(`svg?view=${own}`, viewer)).status).toBe(404);
    expect((await graph(`svg?view=${own}`)).status).toBe(401);
    const embedded = await graph(`png?view=${own}`, admin, {
      'sec-fetch-site': 'cross-site',
      'sec-fetch-dest': 'image',
    });
    expect(embedded.status).toBe(403);
  });

  test('are refused in words where a view is no chart, or the picture would be none', async () => {
    const report = await graph(`svg?view=${await save('Report', { page: '/hosts', state: {} })}`, admin);
    expect(report).toMatchObject({ status: 400, json: { error: { code: 'usage' } } });
    expect(report.json.error.message).toMatch(/no single chart/);
    const id = await save('Small');
    for (const size of ['width=100000', 'height=1', 'width=abc', 'panel=1'])
      expect((await graph(`svg?view=${id}&${size}`, admin)).status, size).toBe(400);
    expect((await graph(`svg?view=${id}&width=320&height=200`, admin)).json.error?.message).toMatch(/or more$/);
    expect((await graph('svg?view=../../etc', admin)).status).toBe(404);
  });

  test('of what is published are for everybody, also on pages of other sites, until it is revoked', async () => {
    const id = await save('Protocols', { state: { by: 'protocol', metric: 'bytes', last: '1h' } });
    const { json } = await call(node.http, 'POST', '/api/v1/publications', { ...admin, body: { kind: 'views', id } });
    const wiki = { 'sec-fetch-site': 'cross-site', 'sec-fetch-dest': 'image' };
    const visit = (rest: string) =>
      call(node.http, 'GET', `/api/v1/published/${json.id}/graph.${rest}`, { headers: wiki });
    const svg = await visit('svg');
    expect(svg).toMatchObject({ status: 200, headers: { 'cache-control': 'public, max-age=60' } });
    expect(svg.json).toContain('bytes by protocol');
    expect((await visit('svg')).json).toBe(svg.json);
    expect((await visit('png?panel=1&dark=true')).headers['content-type']).toBe('image/png');
    expect((await visit('png?panel=2')).status).toBe(404);
    expect((await visit('png?view=x')).status).toBe(400);
    await call(node.http, 'DELETE', `/api/v1/publications/${json.id}`, admin);
    expect((await visit('svg')).status).toBe(404);
  });
});
