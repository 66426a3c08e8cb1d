import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type TestStore, testStore } from '../query/store.testing.ts';
import { testApi } from '../server/api.testing.ts';
import type { Api } from '../server/api-schema.ts';
import { findAnswerer } from './client.ts';

let folder: string;
let store: TestStore;
let tcp: Api;
let unix: Api;
let url: string;
let data: string;
const TOKEN = 'abcdefgh-12345678';

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'weir-client-'));
  store = await testStore([]);
  tcp = await testApi(store, folder, { token: TOKEN });
  await tcp.listen({ host: '127.0.0.1', port: 0 });
  url = `http://127.0.0.1:${(tcp.server.address() as AddressInfo).port}`;
  data = join(folder, 'data');
  mkdirSync(data);
  writeFileSync(join(data, 'VERSION'), '{"layout":1}\n');
  unix = await testApi(store, folder, { door: { kind: 'unix' } });
  await unix.listen({ path: join(data, 'weir.sock') });
});
afterAll(async () => {
  await tcp.close();
  await unix.close();
  store.close();
});

/** An own runtime directory: nodes of this machine are none of the test's business. */
let runtime: string;
beforeEach(() => {
  runtime = mkdtempSync(join(folder, 'run-'));
  process.env.WEIR_RUNTIME_DIR = runtime;
});
const note = (name: string, node: object) =>
  writeFileSync(join(runtime, `${name}.json`), JSON.stringify({ pid: process.pid, http: null, ...node }));

describe('who answers', () => {
  it('the node at --server, with a token from the flag or the environment', async () => {
    const { service, name } = await findAnswerer({ server: url, token: TOKEN }, {});
    expect(name).toBe(url);
    expect((await service.query({ metrics: ['records'] })).total).toEqual({ records: 0 });
    const fromEnvironment = await findAnswerer({}, { WEIR_SERVER: url.replace('http://', ''), WEIR_TOKEN: TOKEN });
    expect(await fromEnvironment.service.running()).toEqual([]);
    await expect((await findAnswerer({ server: url }, {})).service.running()).rejects.toMatchObject({
      code: 'unauthorised',
    });
  });

  it('the node that runs on --data', async () => {
    const answerer = await findAnswerer({ data }, {});
    expect(answerer.endpoint).toEqual({ kind: 'socket', path: join(data, 'weir.sock') });
    expect(await answerer.service.running()).toEqual([]);
    expect((await findAnswerer({}, { WEIR_DATA: data })).endpoint).toEqual(answerer.endpoint);
  });

  it('not two at a time', async () => {
    await expect(findAnswerer({ data, server: url }, {})).rejects.toMatchObject({ code: 'usage' });
    await expect(findAnswerer({ server: 'ftp://x' }, {})).rejects.toMatchObject({ code: 'usage' });
  });

  it('the one node that runs on this machine', async () => {
    note('a', { data, socket: join(data, 'weir.sock') });
    expect((await findAnswerer({}, {})).endpoint).toEqual({ kind: 'socket', path: join(data, 'weir.sock') });
  });

  it('over HTTP, the node whose socket belongs to another user', async () => {
    note('a', { data: '/a', socket: '/nonexistent/weir.sock', http: url });
    expect((await findAnswerer({ token: TOKEN }, {})).endpoint).toMatchObject({ kind: 'url', token: TOKEN });
  });

  it('several nodes are listed', async () => {
    note('a', { data: '/a', socket: '/a/weir.sock' });
    note('b', { data: '/b', socket: '/b/weir.sock', http: 'http://127.0.0.1:1' });
    await expect(findAnswerer({}, {})).rejects.toMatchObject({
      code: 'usage',
      message: expect.stringMatching(
        /nodes run on this machine[\s\S]*--data \/a [\s\S]*--data \/b .*http:\/\/127\.0\.0\.1:1/,
      ),
    });
  });

  it('nobody: it says how to begin', async () => {
    const none = join(folder, 'none');
    const error = await findAnswerer({ data: none }, {}).catch((e: unknown) => e as Error);
    expect(error).toMatchObject({ code: 'not_found', message: expect.stringContaining('weir up') });
  });
});
