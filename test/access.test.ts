/** Who may come in and what they may do, of a real node over HTTP. */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { call, cookieOf, type SignedIn, signIn } from './access.testing.ts';
import { remove, startNode, type TestNode, tempFolder, until } from './node.testing.ts';
import { numberedDatagram, openSender } from './numbered.testing.ts';

const ADMIN = { name: 'anna', password: 'correct horse battery' };
const VIEWER = { name: 'vera', password: 'only a part of it' };
const OPERATOR = { name: 'olaf', password: 'does things to it' };
const LIMIT = 'src ip 10.0.0.1';
/** Half of them are within the limit. */
const RECORDS = 60;

interface Entry {
  readonly who: string;
  readonly route: string;
  readonly status: number;
  readonly limit?: string;
  readonly asked?: { readonly filter?: string };
}

/** JSON lines as they come. */
async function* linesOf(body: ReadableStream<Uint8Array>) {
  let rest = '';
  for await (const text of body.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + text).split('\n');
    rest = lines.pop()!;
    for (const line of lines) yield JSON.parse(line);
  }
}

describe('users of a node', { timeout: 180_000 }, () => {
  const data = tempFolder();
  let node: TestNode;
  let admin: SignedIn;
  let viewer: SignedIn;
  let operator: SignedIn;

  beforeAll(async () => {
    node = await startNode(data, ['--no-host']);
    const to = await openSender(node.port);
    for (const n of [1, 2]) await to.send(Buffer.from(numberedDatagram(n, Date.now() - 30_000)));
    to.close();
    await until(
      async () => (await call(node.http, 'GET', '/api/v1/query?metrics=records')).json,
      (answer) => answer.total?.records === RECORDS,
    );
  }, 180_000);
  afterAll(async () => {
    await node?.stop();
    remove(data);
  });

  const as = (who: SignedIn) => ({ cookie: who.cookie, csrf: who.csrf });

  test('on loopback nobody has to sign in until there is a user, the first of whom is an admin', async () => {
    expect((await call(node.http, 'GET', '/api/v1/session')).json).toMatchObject({ role: 'admin', via: 'open' });
    const first = await call(node.http, 'POST', '/api/v1/users', { body: { ...VIEWER, role: 'viewer' } });
    expect(first.json.error.message).toMatch(/first user must be an admin/);
    expect((await call(node.http, 'POST', '/api/v1/users', { body: { ...ADMIN, role: 'admin' } })).status).toBe(200);
    const refused = await call(node.http, 'GET', '/api/v1/query?metrics=records');
    expect(refused).toMatchObject({ status: 401, json: { error: { code: 'unauthorised' } } });
    // The page itself tells nothing, and asks who one is.
    expect((await call(node.http, 'GET', '/')).status).toBe(200);
  });

  test('signing in gives a cookie that no script and no other site gets', async () => {
    const got = await call(node.http, 'POST', '/api/v1/session', { body: ADMIN });
    expect(got.status).toBe(200);
    expect(got.headers['set-cookie']![0]).toMatch(
      /^weir_session=[\w-]{43}; Path=\/; Max-Age=604800; HttpOnly; SameSite=Strict$/,
    );
    admin = { cookie: cookieOf(got), csrf: got.json.csrf };
    for (const [who, role, limit] of [
      [VIEWER, 'viewer', LIMIT],
      [OPERATOR, 'operator', null],
    ] as const)
      expect(
        (await call(node.http, 'POST', '/api/v1/users', { ...as(admin), body: { ...who, role, limit } })).status,
      ).toBe(200);
    viewer = await signIn(node.http, VIEWER.name.toUpperCase(), VIEWER.password);
    operator = await signIn(node.http, OPERATOR.name, OPERATOR.password);
    expect((await call(node.http, 'GET', '/api/v1/session', as(viewer))).json).toMatchObject({
      name: 'vera',
      role: 'viewer',
      limit: LIMIT,
    });
  });

  test('nothing secret is in the file as it is, and nobody else can read it', () => {
    const path = join(data, 'access.json');
    expect(statSync(path).mode & 0o777).toBe(0o600);
    const text = readFileSync(path, 'utf8');
    for (const secret of [ADMIN.password, VIEWER.password, admin.cookie.split('=')[1]!, admin.csrf])
      expect(text).not.toContain(secret);
  });

  test('a change by cookie alone is refused: it needs the number of the session, and no page of another site', async () => {
    const body = { name: 'mallory', password: 'let me in please', role: 'admin' };
    for (const headers of [{}, { 'x-weir-csrf': viewer.csrf }, { 'x-weir-csrf': '' }] as Record<string, string>[]) {
      const got = await call(node.http, 'POST', '/api/v1/users', { cookie: admin.cookie, body, headers });
      expect(got).toMatchObject({ status: 403, json: { error: { code: 'forbidden' } } });
    }
    const elsewhere = { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' };
    expect((await call(node.http, 'POST', '/api/v1/users', { ...as(admin), body, headers: elsewhere })).status).toBe(
      403,
    );
    expect((await call(node.http, 'GET', '/api/v1/users', as(admin))).json.users).toHaveLength(3);
  });

  test('a role does what it may and no more', async () => {
    const statusOf = async (who: SignedIn, method: string, path: string, body?: unknown) =>
      (await call(node.http, method, path, { ...as(who), body })).status;
    for (const [method, path, body] of [
      ['GET', '/api/v1/users'],
      ['POST', '/api/v1/users', { name: 'x', password: 'xxxxxxxxxx', role: 'admin' }],
      ['POST', '/api/v1/users/vera', { role: 'admin', limit: null }],
      ['DELETE', '/api/v1/users/anna'],
      ['GET', '/api/v1/tokens'],
      ['POST', '/api/v1/tokens', { name: 'x', scope: 'admin' }],
      ['GET', '/api/v1/sessions'],
      ['GET', '/api/v1/audit'],
    ] as const) {
      expect(await statusOf(viewer, method, path, body), `viewer ${method} ${path}`).toBe(403);
      expect(await statusOf(operator, method, path, body), `operator ${method} ${path}`).toBe(403);
    }
    expect(await statusOf(viewer, 'POST', '/api/v1/import?name=x')).toBe(403);
    expect(await statusOf(operator, 'POST', '/api/v1/import?name=x')).not.toBe(403);
    expect(await statusOf(operator, 'GET', '/api/v1/exporters')).toBe(200);
    // Of all traffic: nobody who sees a part gets it.
    for (const path of [
      '/api/v1/exporters',
      '/metrics',
      '/api/v1/sources',
      '/api/v1/host',
      '/api/v1/host/live',
      '/api/v1/report/exporters',
      '/api/v1/report/data-quality',
    ])
      expect(await statusOf(viewer, 'GET', path), path).toBe(403);
  });

  test('a limit cuts down every answer, whatever its filter says', async () => {
    const filters = ['', 'any', 'any or any', 'not (src ip 10.0.0.1)', 'any # or', 'src ip 10.0.0.2'];
    const records = async (path: string, who: SignedIn, filter: string) =>
      (
        await call(
          node.http,
          'GET',
          `${path}${path.includes('?') ? '&' : '?'}filter=${encodeURIComponent(filter)}`,
          as(who),
        )
      ).json;
    for (const filter of filters) {
      const within = `(${filter === '' ? 'any' : filter}\n) and (${LIMIT})`;
      const [cut, whole] = [
        await records('/api/v1/query?by=src_addr&metrics=records,bytes&limit=100', viewer, filter),
        await records('/api/v1/query?by=src_addr&metrics=records,bytes&limit=100', operator, within),
      ];
      expect(cut.total, filter).toEqual(whole.total);
      expect(new Set(cut.rows.map(String))).toEqual(new Set(whole.rows.map(String)));
      const flows = await records('/api/v1/flows?columns=src_addr', viewer, filter);
      for (const { src_addr } of flows.records) expect(src_addr).toBe('10.0.0.1');
    }
    const all = await records('/api/v1/query?metrics=records', operator, '');
    const part = await records('/api/v1/query?metrics=records', viewer, '');
    expect([part.total.records, all.total.records]).toEqual([RECORDS / 2, RECORDS]);
    const broken = await records('/api/v1/query?metrics=records', viewer, 'any) or (any');
    expect(broken.error.code).toBe('usage');
    const file = await call(node.http, 'POST', '/api/v1/export?format=csv', {
      ...as(viewer),
      body: { columns: ['src_addr'] },
    });
    const lines = String(file.json).trim().split('\n').slice(1);
    expect(lines).toHaveLength(RECORDS / 2);
    expect(new Set(lines)).toEqual(new Set(['10.0.0.1']));
    const summary = await records('/api/v1/report/summary', viewer, '');
    expect(JSON.stringify(summary)).not.toContain('10.0.0.2');
  });

  test('forged sessions, tokens and names get nowhere', async () => {
    const secret = admin.cookie.split('=')[1]!;
    for (const cookie of [
      'weir_session=',
      'weir_session=admin',
      `weir_session=${secret.slice(1)}A`,
      `weir_session=${'A'.repeat(43)}`,
      `weir_session=${'A'.repeat(20_000)}`,
      `__Host-weir_session=${secret}`,
      `xweir_session=${secret}`,
      'weir_session=__proto__',
      'weir_session={"user":"anna"}',
    ])
      expect((await call(node.http, 'GET', '/api/v1/session', { cookie })).status, cookie.slice(0, 60)).toBe(401);
    for (const token of ['weir_', `weir_${'A'.repeat(43)}`, secret, 'null', '__proto__'])
      expect((await call(node.http, 'GET', '/api/v1/session', { token })).status).toBe(401);
    for (const name of ['__proto__', 'constructor', 'anna\u0000', '\u0430nna', 'anna ', '../anna', 'ＡＮＮＡ'])
      expect(
        (await call(node.http, 'POST', '/api/v1/session', { body: { name, password: ADMIN.password } })).status,
      ).toBe(401);
    expect((await call(node.http, 'POST', '/api/v1/session', { body: { ...ADMIN, role: 'admin' } })).status).toBe(400);
  });

  test('names that could be taken for others, and input that is too long, are refused', async () => {
    const add = (name: string, password = 'long enough for it') =>
      call(node.http, 'POST', '/api/v1/users', { ...as(admin), body: { name, password, role: 'viewer' } });
    for (const name of ['\u0430nna', 'Anna', 'anna', '__proto__', 'a\u0000b', 'a\nb', '../x', '', 'a'.repeat(65)])
      expect((await add(name)).status, JSON.stringify(name)).toBe(400);
    expect((await add('short', 'seven77')).status).toBe(400);
    expect((await add('long', 'x'.repeat(1_025))).status).toBe(400);
    expect(
      (await call(node.http, 'POST', '/api/v1/session', { body: { name: 'anna', password: 'x'.repeat(100_000) } }))
        .status,
    ).toBe(413);
    const wrong = await call(node.http, 'POST', '/api/v1/users/vera', {
      ...as(admin),
      body: { limit: 'src nte 10/8' },
    });
    expect(wrong).toMatchObject({ status: 400, json: { error: { details: { position: expect.any(Number) } } } });
  });

  test('no path leads out of the pages, and no header into another answer', async () => {
    for (const path of [
      '/..%2f..%2fetc%2fpasswd',
      '/assets/..%2f..%2f..%2fpackage.json',
      '/assets/../../access.json',
      '//etc/passwd',
      '/%00',
    ])
      expect([400, 401, 404], path).toContain((await call(node.http, 'GET', path)).status);
    const injected = await call(
      node.http,
      'GET',
      `/api/v1/query?filter=${encodeURIComponent('x\r\nset-cookie: a=b')}`,
      as(admin),
    );
    expect(injected.headers['set-cookie']).toBeUndefined();
    const page = await call(node.http, 'GET', '/');
    expect(page.headers['content-security-policy']).toMatch(/default-src 'none'.*frame-ancestors 'none'/);
    expect(page.headers['x-content-type-options']).toBe('nosniff');
  });

  test('whoever guesses must wait ever longer, and is told so', async () => {
    const tries = [];
    for (let i = 0; i < 8; i++)
      tries.push(await call(node.http, 'POST', '/api/v1/session', { body: { name: 'olaf', password: `guess ${i}` } }));
    const last = tries.at(-1)!;
    expect(tries[0]!.status).toBe(401);
    expect(last).toMatchObject({ status: 429, json: { error: { code: 'too_often' } } });
    expect(Number(last.headers['retry-after'])).toBeGreaterThan(0);
    // The right one is not looked at either.
    expect((await call(node.http, 'POST', '/api/v1/session', { body: OPERATOR })).status).toBe(429);
    // Those who are signed in go on.
    expect((await call(node.http, 'GET', '/api/v1/session', as(operator))).status).toBe(200);
  });

  test('a token does what its scope says until it is removed or too old', async () => {
    const make = (body: object) => call(node.http, 'POST', '/api/v1/tokens', { ...as(admin), body });
    const ask = (await make({ name: 'grafana', scope: 'ask', limit: LIMIT })).json;
    expect(ask.token).toMatch(/^weir_[\w-]{43}$/);
    expect(readFileSync(join(data, 'access.json'), 'utf8')).not.toContain(ask.token);
    const part = await call(node.http, 'GET', '/api/v1/query?metrics=records', { token: ask.token });
    expect(part.json.total.records).toBe(RECORDS / 2);
    expect((await call(node.http, 'GET', '/api/v1/users', { token: ask.token })).status).toBe(403);
    const old = (await make({ name: 'old', scope: 'admin', expires: 1 })).json;
    expect((await call(node.http, 'GET', '/api/v1/session', { token: old.token })).status).toBe(401);
    expect((await make({ name: 'x', scope: 'admin', limit: LIMIT })).status).toBe(400);
    expect((await call(node.http, 'DELETE', '/api/v1/tokens/grafana', as(admin))).status).toBe(200);
    expect((await call(node.http, 'GET', '/api/v1/session', { token: ask.token })).status).toBe(401);
  });

  test('sessions outlive a restart, and end with a new password, another role and their removal', async () => {
    await node.stop();
    node = await startNode(data, ['--no-host']);
    const isIn = async (who: SignedIn) => (await call(node.http, 'GET', '/api/v1/session', as(who))).status === 200;
    expect(await isIn(viewer)).toBe(true);
    const change = (body: object) => call(node.http, 'POST', '/api/v1/users/vera', { ...as(admin), body });
    expect((await change({ password: 'another one for it' })).status).toBe(200);
    expect(await isIn(viewer)).toBe(false);
    const again = await signIn(node.http, 'vera', 'another one for it');
    expect((await change({ role: 'operator' })).status).toBe(200);
    expect(await isIn(again)).toBe(false);
    const third = await signIn(node.http, 'vera', 'another one for it');
    const own = { old: 'another one for it', password: 'chosen by herself' };
    expect(
      (await call(node.http, 'POST', '/api/v1/session/password', { ...as(third), body: { ...own, old: 'wrong one' } }))
        .status,
    ).toBe(401);
    expect((await call(node.http, 'POST', '/api/v1/session/password', { ...as(third), body: own })).status).toBe(200);
    expect(await isIn(third)).toBe(true);
    expect((await call(node.http, 'DELETE', '/api/v1/session', as(third))).headers['set-cookie']![0]).toMatch(
      /Max-Age=0/,
    );
    expect(await isIn(third)).toBe(false);
    expect((await call(node.http, 'DELETE', '/api/v1/users/vera', as(admin))).status).toBe(200);
    expect((await call(node.http, 'DELETE', '/api/v1/users/anna', as(admin))).json.error.message).toMatch(/last admin/);
  });

  test('a stream shows what its limit allows, and ends when its caller may see something else', async () => {
    await call(node.http, 'POST', '/api/v1/users', {
      ...as(admin),
      body: { name: 'lena', password: 'sees it as it comes', role: 'viewer', limit: LIMIT },
    });
    const lena = await signIn(node.http, 'lena', 'sees it as it comes');
    const answer = await fetch(`${node.http}/api/v1/live`, { headers: { cookie: lena.cookie } });
    const lines = linesOf(answer.body!);
    expect((await lines.next()).value).toHaveProperty('total');
    const to = await openSender(node.port);
    for (const n of [1, 2]) await to.send(numberedDatagram(n, Date.now() - 30_000));
    to.close();
    let flows = 0;
    while (flows < RECORDS / 2) flows += (await lines.next()).value.total.flows;
    expect(flows).toBe(RECORDS / 2);
    await call(node.http, 'POST', '/api/v1/users/lena', { ...as(admin), body: { limit: 'src ip 10.0.0.2' } });
    let last: Awaited<ReturnType<typeof lines.next>>['value'];
    for await (const line of lines) last = line;
    expect(last.error).toMatchObject({
      code: 'unauthorised',
      message: expect.stringMatching(/may see something else/),
    });
  });

  test('the audit log says who asked what, and a name cannot begin a line', async () => {
    await call(node.http, 'POST', '/api/v1/session', {
      body: { name: 'x\n{"who":"anna"}', password: 'whatever it is' },
    });
    const filter = encodeURIComponent('dst port 443 # "}\n# {"who":"mallory"}');
    await call(node.http, 'GET', `/api/v1/query?metrics=records&filter=${filter}`, as(admin));
    const read = await call(node.http, 'GET', '/api/v1/audit?limit=1000', as(admin));
    const entries = read.json.entries as Entry[];
    const [asked] = entries.filter((e: Entry) => e.asked?.filter?.startsWith('dst port 443'));
    expect(asked).toMatchObject({
      who: 'anna',
      via: 'session',
      from: '127.0.0.1',
      status: 200,
      rows: 1,
      route: '/api/v1/query',
    });
    expect(entries.some((e: Entry) => e.who === 'mallory')).toBe(false);
    expect(entries.some((e: Entry) => e.route === '/api/v1/session' && e.status === 429)).toBe(true);
    expect(entries.some((e: Entry) => e.limit === LIMIT && e.who === 'vera')).toBe(true);
    const path = join(data, 'audit.jsonl');
    expect(statSync(path).mode & 0o777).toBe(0o600);
    const text = readFileSync(path, 'utf8');
    for (const line of text.trim().split('\n')) JSON.parse(line);
    for (const secret of [ADMIN.password, 'another one for it', 'chosen by herself', 'weir_'])
      expect(text).not.toContain(secret);
  });
});

describe('the first start on a port that others reach', { timeout: 180_000 }, () => {
  const data = tempFolder();
  let node: TestNode;
  afterAll(async () => {
    await node?.stop();
    remove(data);
  });

  test('prints a link that makes one admin, once', async () => {
    node = await startNode(data, ['--no-host', '--http', '0.0.0.0:0']);
    const link = new URL(/^first (http:\S+)$/m.exec(node.stdout())![1]!);
    const origin = `http://127.0.0.1:${link.port}`;
    expect(link.pathname).toBe('/first');
    const code = link.hash.slice(1);
    expect(code).toMatch(/^[\w-]{22}$/);
    expect(readFileSync(join(data, 'access.json'), 'utf8')).not.toContain(code);
    const refused = await call(origin, 'GET', '/api/v1/health');
    expect(refused).toMatchObject({ status: 401 });
    expect(refused.json.error.message).toMatch(/open the link/);
    const first = (body: object) => call(origin, 'POST', '/api/v1/session/first', { body: { ...ADMIN, ...body } });
    expect((await first({ code: 'A'.repeat(22) })).status).toBe(401);
    expect((await first({ code, password: 'short' })).status).toBe(400);
    const made = await first({ code });
    expect(made).toMatchObject({ status: 200, json: { name: 'anna', role: 'admin' } });
    expect((await call(origin, 'GET', '/api/v1/users', { cookie: cookieOf(made) })).status).toBe(200);
    expect((await first({ code, name: 'second' })).status).toBe(401);
    await node.stop();
    node = await startNode(data, ['--no-host', '--http', '0.0.0.0:0']);
    expect(node.stdout()).not.toMatch(/^first /m);
    expect(existsSync(join(data, 'access.json'))).toBe(true);
  });
});
