import { mkdtempSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { REPORTS } from '../query/index.ts';
import { type TestStore, testStore } from '../query/store.testing.ts';
import { testApi } from './api.testing.ts';
import type { Api } from './api-schema.ts';

const START = Date.UTC(2026, 10, 21, 12);
const flow = (i: number, more: object = {}) => ({
  start: START + i * 1000,
  end: START + i * 1000 + 500,
  time: START + i * 1000 + 500,
  received: START + i * 1000 + 600,
  src_addr: `10.0.0.${i % 3}`,
  dst_addr: '192.0.2.1',
  src_port: 40_000 + i,
  dst_port: 443,
  protocol: 6,
  raw_bytes: 100,
  raw_packets: 2,
  exporter: '198.51.100.1',
  ...more,
});

let scratch: string;
let store: TestStore;
let api: Api;
beforeAll(async () => {
  scratch = mkdtempSync(join(tmpdir(), 'weir-api-'));
  store = await testStore(Array.from({ length: 30 }, (_, i) => flow(i)));
  api = await testApi(store, scratch);
});
afterAll(async () => {
  await api.close();
  store.close();
});

const json = <T = Record<string, unknown>>(response: { json(): unknown }) => response.json() as T;

describe('POST and GET /api/v1/query', () => {
  const body = { from: START, to: START + 60_000, by: ['src_addr'], metrics: ['bytes', 'flows'], limit: 2 };

  it('answer with rows, totals, other, quality and plan', async () => {
    const response = await api.inject({ method: 'POST', url: '/api/v1/query', payload: body });
    expect(response.statusCode).toBe(200);
    const answer = json(response);
    expect(answer.rows).toHaveLength(2);
    expect(answer.total).toEqual({ bytes: 3000, flows: 30 });
    expect(answer.other).toEqual({ bytes: 1000, flows: 10 });
    expect(answer.quality).toHaveProperty('complete_until');
    expect(answer.plan).toHaveProperty('rows_scanned');
  });

  it('mean the same', async () => {
    const post = json(await api.inject({ method: 'POST', url: '/api/v1/query', payload: body }));
    const url = `/api/v1/query?from=${START}&to=${new Date(START + 60_000).toISOString()}&by=src_addr&metrics=bytes,flows&limit=2`;
    const get = json(await api.inject({ url }));
    expect({ ...get, plan: null }).toEqual({ ...post, plan: null });
    const repeated = json(await api.inject({ url: url.replace('bytes,flows', 'bytes&metrics=flows') }));
    expect(repeated.total).toEqual(post.total);
  });

  it('keep commas inside brackets together', async () => {
    const answer = json(await api.inject({ url: '/api/v1/query?metrics=distinct(src_addr),records' }));
    expect(answer.total).toEqual({ 'distinct(src_addr)': 3, records: 30 });
  });

  it.each([
    ['an unknown name', { bye: ['src_addr'] }, /bye/],
    ['a wrong type', { limit: 'many' }, /limit/],
    ['an unknown dimension', { by: ['weather'] }, /weather/],
    ['a wrong filter', { filter: 'dst prt 443' }, /did you mean/],
    ['no time', { from: 'yesterday' }, /from/],
  ])('refuse %s with 400 and a message that helps', async (_, payload, expected) => {
    const response = await api.inject({ method: 'POST', url: '/api/v1/query', payload });
    expect(response.statusCode).toBe(400);
    expect(json(response).error).toMatchObject({
      code: 'usage',
      message: expect.stringMatching(expected),
      details: expect.any(Object),
    });
    expect(response.body).not.toMatch(/ at .*\.ts|node_modules/);
  });

  it('tell the position of a mistake in a filter', async () => {
    const response = await api.inject({
      url: `/api/v1/query?filter=${encodeURIComponent('dst port 443 andd proto tcp')}`,
    });
    expect(json<{ error: { details: object } }>(response).error.details).toMatchObject({ position: 13 });
  });

  it('know the home networks as @home', async () => {
    const answer = json(await api.inject({ url: '/api/v1/query?metrics=records&filter=src%20ip%20in%20@home' }));
    expect(answer.total).toEqual({ records: 30 });
  });

  it('refuse times without a zone', async () => {
    const response = await api.inject({ url: '/api/v1/query?from=2026-11-21T12:00' });
    expect(response.statusCode).toBe(400);
    expect(response.body).toContain('ISO 8601 with a zone');
  });
});

describe('GET and POST /api/v1/flows', () => {
  it('answer with one document', async () => {
    const answer = json(await api.inject({ url: '/api/v1/flows?limit=3&order=time&columns=src_port,bytes' }));
    expect(answer.records).toEqual([0, 1, 2].map((i) => ({ src_port: 40_000 + i, bytes: 100 })));
    expect(answer).toHaveProperty('quality');
  });

  it('answer with a record per line, or with lines that say when they are whole', async () => {
    const plain = await api.inject({
      method: 'POST',
      url: '/api/v1/flows?format=jsonl',
      payload: { limit: 30, columns: ['bytes'] },
    });
    expect(plain.headers['content-type']).toContain('jsonl');
    expect(plain.body).toBe('{"bytes":100}\n'.repeat(30));
    const wrapped = await api.inject({
      method: 'POST',
      url: '/api/v1/flows?format=stream',
      payload: { limit: 30, columns: ['bytes'] },
    });
    const lines = wrapped.body
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as object);
    expect(lines[0]).toHaveProperty('header.quality');
    expect(lines.at(-1)).toEqual({ end: true });
  });

  it('refuse a document that is too large', async () => {
    const response = await api.inject({ url: '/api/v1/flows?limit=200000' });
    expect(response.statusCode).toBe(400);
    expect(response.body).toContain('format=jsonl');
  });
});

describe('reports and exports', () => {
  it('answer with tables', async () => {
    const report = json<{ tables: object[] }>(await api.inject({ url: '/api/v1/report/protocols?filter=proto%20tcp' }));
    expect(report.tables).toHaveLength(1);
    expect((await api.inject({ url: '/api/v1/report/weather' })).statusCode).toBe(400);
  });

  it.each(REPORTS.map(({ name }) => name))('refuse a bad number of rows in words, as %s does', async (name) => {
    for (const top of ['0', '-1', 'ten', '1.5', '200000']) {
      const response = await api.inject({ url: `/api/v1/report/${name}?top=${top}` });
      expect(response.statusCode).toBe(400);
      expect(response.body).toContain('top: expected a whole number from 1 to 100000');
      expect((await api.inject({ url: `/api/v1/report/${name}?limit=${top}` })).statusCode).toBe(400);
    }
  });

  it('have as many rows as `top` says, which is another word for `limit`', async () => {
    const rowsOf = async (url: string) =>
      json<{ tables: { rows: unknown[] }[] }>(await api.inject({ url: `/api/v1/report/${url}` })).tables[0]!.rows;
    expect(await rowsOf('talkers?top=1')).toHaveLength(1);
    expect(await rowsOf('talkers?top=1')).toEqual(await rowsOf('talkers?limit=1'));
    const both = await api.inject({ url: '/api/v1/report/talkers?top=1&limit=2' });
    expect(both.statusCode).toBe(400);
    expect(both.body).toContain('give one of them');
  });

  it('are files with their quality in a header', async () => {
    const response = await api.inject({
      method: 'POST',
      url: '/api/v1/export?format=csv',
      payload: { columns: ['bytes'] },
    });
    expect(response.headers['content-disposition']).toContain('flows.csv');
    expect(response.body.trim().split(/\r?\n/)).toHaveLength(31);
    expect(JSON.parse(String(response.headers['x-weir-answer']))).toMatchObject({
      rows: 30,
      quality: { lost: { records: 0 } },
    });
  });
});

describe('the rest of the API', () => {
  it('gives the vocabulary of questions', async () => {
    const answer = json<Record<string, { name: string }[]>>(await api.inject({ url: '/api/v1/columns' }));
    expect(answer.columns!.map((c) => c.name)).toContain('src_addr');
    expect(answer.dimensions!.map((c) => c.name)).toContain('dst_port');
    expect(answer.metrics!.map((c) => c.name)).toContain('bytes');
    expect(answer.fields!.map((c) => c.name)).toContain('protocol');
  });

  it('completes and checks filters', async () => {
    const completed = json(await api.inject({ url: '/api/v1/filter/complete?text=dst%20po&cursor=6' }));
    expect((completed.candidates as { text: string }[]).map((c) => c.text)).toContain('dst port');
    const check = async (filter: string) =>
      json(await api.inject({ method: 'POST', url: '/api/v1/filter/check', payload: { filter } }));
    expect(await check('dst port 443')).toEqual({ ok: true });
    expect(await check('src ip in @home')).toEqual({ ok: true });
    expect(await check('dst prt 443')).toMatchObject({ ok: false, position: 0, nearest: 'dst port' });
  });

  it('says what the records of a range are worth', async () => {
    expect(json(await api.inject({ url: '/api/v1/quality' }))).toHaveProperty('sampling');
  });

  it('tells of the node', async () => {
    expect(json(await api.inject({ url: '/api/v1/health' }))).toMatchObject({ status: 'ok', version: '1.2.3' });
    expect(json(await api.inject({ url: '/api/v1/exporters' }))).toMatchObject({
      exporters: [{ exporter: '192.0.2.1' }],
    });
    const metrics = await api.inject({ url: '/metrics' });
    expect(metrics.headers['content-type']).toContain('text/plain');
    expect(metrics.body).toBe('weir_up 1\n');
  });

  it('names itself on its front page', async () => {
    const page = await api.inject({ url: '/' });
    expect(page.headers['content-type']).toContain('text/plain');
    expect(page.body).toContain('/api/v1/openapi.json');
  });

  it('answers 404 for what is not there', async () => {
    const response = await api.inject({ url: '/api/v2/query?token=secret' });
    expect(response.statusCode).toBe(404);
    expect(json(response).error).toMatchObject({ code: 'not_found' });
    expect((await api.inject({ method: 'DELETE', url: '/api/v1/queries/q999' })).statusCode).toBe(404);
    // Streams without an end have no HEAD: it would be read to its end.
    for (const url of ['/api/v1/live', '/api/v1/host/live'])
      expect((await api.inject({ method: 'HEAD', url })).statusCode, url).toBe(404);
  });

  it('bounds the body', async () => {
    const response = await api.inject({
      method: 'POST',
      url: '/api/v1/query',
      payload: { filter: 'x'.repeat(300_000) },
    });
    expect(response.statusCode).toBe(413);
    expect(json(response).error).toMatchObject({ code: 'usage' });
  });

  it('refuses a body that is no JSON', async () => {
    const response = await api.inject({
      method: 'POST',
      url: '/api/v1/query',
      payload: '{',
      headers: { 'content-type': 'application/json' },
    });
    expect(response.statusCode).toBe(400);
    expect(json(response).error).toMatchObject({ code: 'usage' });
  });
});

describe('the guard', () => {
  it('stands before every route', async () => {
    for (const url of ['/', '/metrics', '/api/v1/health', '/api/v1/query', '/api/v1/openapi.json', '/nowhere']) {
      expect((await api.inject({ url, headers: { host: 'evil.example' } })).statusCode).toBe(403);
      expect((await api.inject({ url, headers: { origin: 'https://evil.example' } })).statusCode).toBe(403);
    }
  });

  it('asks for the token', async () => {
    const guarded = await testApi(store, scratch, {
      token: 'abcdefgh-12345678',
      door: { kind: 'tcp', address: '0.0.0.0' },
    });
    const without = await guarded.inject({ url: '/api/v1/health' });
    expect(without.statusCode).toBe(401);
    expect(without.headers['www-authenticate']).toMatch(/^Bearer/);
    expect(json(without).error).toMatchObject({ code: 'unauthorised' });
    const authorization = 'Bearer abcdefgh-12345678';
    expect((await guarded.inject({ url: '/api/v1/health', headers: { authorization } })).statusCode).toBe(200);
    await guarded.close();
  });

  it('lets everything in through the Unix socket', async () => {
    const inside = await testApi(store, scratch, { token: 'abcdefgh-12345678', door: { kind: 'unix' } });
    expect((await inside.inject({ url: '/api/v1/health' })).statusCode).toBe(200);
    await inside.close();
  });
});

it('leaves nothing behind in the temporary directory', () => {
  expect(readdirSync(scratch)).toEqual([]);
});
