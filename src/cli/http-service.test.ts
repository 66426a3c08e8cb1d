import { mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type TestStore, testStore } from '../query/store.testing.ts';
import { testApi } from '../server/api.testing.ts';
import type { Api } from '../server/api-schema.ts';
import { localQueryService, type QueryService } from '../server/index.ts';
import { HttpQueryService } from './http-service.ts';

const START = Date.UTC(2026, 10, 21, 12);
const flows = Array.from({ length: 3_000 }, (_, i) => ({
  start: START + i,
  end: START + i,
  time: START + i,
  received: START + i,
  src_addr: `10.0.${i % 7}.1`,
  dst_addr: '2001:db8::1',
  dst_port: 53,
  protocol: 17,
  raw_bytes: i,
  raw_packets: 1,
  exporter: '198.51.100.1',
}));

let scratch: string;
let store: TestStore;
let api: Api;
let here: QueryService;
const services: [string, () => QueryService][] = [];
let tcp: QueryService;
let unix: QueryService;
let server: Api;

beforeAll(async () => {
  scratch = mkdtempSync(join(tmpdir(), 'weir-http-'));
  store = await testStore(flows);
  api = await testApi(store, scratch);
  await api.listen({ host: '127.0.0.1', port: 0 });
  const { port } = api.server.address() as AddressInfo;
  tcp = new HttpQueryService({ kind: 'url', url: new URL(`http://127.0.0.1:${port}`), token: undefined });
  // Longer than a socket's name may be.
  const deep = mkdtempSync(join(scratch, 'x'.repeat(120)));
  server = await testApi(store, scratch, { door: { kind: 'unix' } });
  const { shortSocketPath } = await import('../server/index.ts');
  const short = shortSocketPath(join(deep, 'weir.sock'));
  await server.listen({ path: short.path });
  short.done();
  unix = new HttpQueryService({ kind: 'socket', path: join(deep, 'weir.sock') });
  here = localQueryService(store, { maxRunning: 1, maxWaiting: 4, timeoutMs: 60_000, scratchDirectory: scratch });
});
afterAll(async () => {
  await api.close();
  await server.close();
  store.close();
});
services.push(
  ['over TCP', () => tcp],
  ['over a Unix socket with a long path', () => unix],
  ['in this process', () => here],
);

async function collect(records: AsyncIterable<readonly object[]>): Promise<object[]> {
  const all: object[] = [];
  for await (const piece of records) all.push(...piece);
  return all;
}

describe.each(services)('the same service %s', (_, service) => {
  const range = { from: START, to: START + 10_000 };

  it('answers queries', async () => {
    const answer = await service().query({ ...range, by: ['src_addr'], metrics: ['records'] });
    expect(answer.total).toEqual({ records: 3_000 });
    expect(answer.rows).toHaveLength(7);
  });

  it('answers reports', async () => {
    const report = await service().report('talkers', { ...range, limit: 3 });
    expect(report.tables[0]!.rows).toHaveLength(3);
    expect(report.quality).toHaveProperty('lost');
    await expect(service().report('weather', {})).rejects.toMatchObject({
      code: expect.stringMatching('usage|not_found'),
    });
  });

  it('streams records', async () => {
    const { header, records } = await service().flows({
      ...range,
      limit: 2_500,
      order: 'time',
      columns: ['start', 'dst_addr', 'bytes'],
    });
    expect(header.columns.map((c) => c.name)).toEqual(['start', 'dst_addr', 'bytes']);
    expect(header.quality).toHaveProperty('lost');
    const all = await collect(records);
    expect(all).toHaveLength(2_500);
    expect(all[7]).toEqual({ start: START + 7, dst_addr: '2001:db8::1', bytes: 7 });
  });

  it('frees what it holds when a reader leaves early', async () => {
    const { records } = await service().flows({ ...range, limit: 3_000 });
    for await (const _piece of records) break;
    await expect.poll(() => store.open()).toBe(0);
    await expect.poll(async () => (await service().running()).length).toBe(0);
  });

  it('writes files', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'weir-export-'));
    const csv = await service().export(
      { ...range, columns: ['bytes'] },
      { format: 'csv', path: join(directory, 'a.csv') },
    );
    expect(csv.rows).toBe(3_000);
    expect(csv.quality).toHaveProperty('lost');
    const text = readFileSync(join(directory, 'a.csv'), 'utf8');
    expect(text.length).toBe(csv.bytes);
    expect(text.split('\n')[0]).toBe('bytes');
    const parquet = await service().export(range, { format: 'parquet', path: join(directory, 'a.parquet') });
    expect(parquet.rows).toBe(3_000);
    expect(readFileSync(join(directory, 'a.parquet')).subarray(0, 4).toString()).toBe('PAR1');
    expect(readdirSync(directory).sort()).toEqual(['a.csv', 'a.parquet']);
  });

  it('refuses what is wrong, with code and details', async () => {
    await expect(service().query({ filter: 'dst prt 4' })).rejects.toMatchObject({
      code: 'usage',
      details: { position: 0 },
    });
    await expect(service().flows({ columns: ['colour'] })).rejects.toMatchObject({ code: 'usage' });
    await expect(
      service().export({ filter: '((' }, { format: 'csv', path: '/nonexistent/a.csv' }),
    ).rejects.toMatchObject({ code: 'usage' });
  });

  it('ends when it is cancelled', async () => {
    const abort = new AbortController();
    abort.abort();
    await expect(service().query(range, { signal: abort.signal })).rejects.toMatchObject({ code: 'cancelled' });
    const later = new AbortController();
    const { records } = await service().flows({ ...range, limit: 3_000 }, { signal: later.signal });
    later.abort();
    await expect(collect(records)).rejects.toMatchObject({ code: 'cancelled' });
    await expect.poll(() => store.open()).toBe(0);
  });

  it('cancels by id', async () => {
    expect(await service().cancel('q12345')).toBe(false);
  });
});

describe('what is not a node', () => {
  let odd: Server;
  let port: number;
  let reply: (path: string) => { status: number; body: string };
  beforeAll(async () => {
    odd = createServer((request, response) => {
      const { status, body } = reply(request.url!);
      response.writeHead(status).end(body);
    });
    await new Promise<void>((resolve) => odd.listen(0, '127.0.0.1', resolve));
    port = (odd.address() as AddressInfo).port;
  });
  afterAll(() => odd.close());
  const service = () =>
    new HttpQueryService({ kind: 'url', url: new URL(`http://127.0.0.1:${port}`), token: undefined });

  it('is told apart', async () => {
    reply = () => ({ status: 200, body: '<html>' });
    await expect(service().query({})).rejects.toMatchObject({
      code: 'system',
      message: expect.stringContaining('not'),
    });
    reply = () => ({ status: 502, body: 'bad gateway' });
    await expect(service().query({})).rejects.toMatchObject({
      code: 'system',
      message: expect.stringContaining('502'),
    });
  });

  it('cannot pass off half a stream as a whole one', async () => {
    reply = () => ({ status: 200, body: '{"header":{"columns":[]}}\n{"records":[{"bytes":1}]}\n' });
    const { records } = await service().flows({});
    await expect(collect(records)).rejects.toMatchObject({
      code: 'system',
      message: expect.stringContaining('middle'),
    });
  });

  it('is said not to answer when nobody listens', async () => {
    const nobody = new HttpQueryService({ kind: 'url', url: new URL('http://127.0.0.1:1'), token: undefined });
    await expect(nobody.query({})).rejects.toMatchObject({
      code: 'system',
      message: expect.stringContaining('is the node running?'),
    });
  });
});
