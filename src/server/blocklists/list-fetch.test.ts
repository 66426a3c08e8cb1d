import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { ListFailure } from './list-failure.ts';
import { type FetchBounds, fetchList } from './list-fetch.ts';

const BOUNDS: FetchBounds = { timeoutMs: 1_000, mostBytes: 1 << 20, mostRedirects: 2 };
const NOTHING = { etag: '', lastModified: '' };

const folder = mkdtempSync(join(tmpdir(), 'weir-fetch-'));
const to = join(folder, 'list.fetched');
let server: Server;
let answer: (request: IncomingMessage, response: ServerResponse) => void;

beforeEach(async () => {
  server = createServer((request, response) => answer(request, response)).listen(0, '127.0.0.1');
  await once(server, 'listening');
});

afterEach(() => {
  server.closeAllConnections();
  server.close();
  rmSync(to, { force: true });
});

const url = (path: string) => `http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`;
const running = () => new AbortController().signal;
const get = (path: string, known = NOTHING, stopped = running()) => fetchList(url(path), known, to, stopped, BOUNDS);

async function failure(path: string): Promise<[string, string]> {
  const error = await get(path).catch((e: unknown) => e);
  if (!(error instanceof ListFailure)) throw error;
  return [error.reason, error.message];
}

it('a list is kept in a file, with what its server says to know it again, and is not sent again while it is the same', async () => {
  const asked: string[] = [];
  answer = ({ headers }, response) => {
    asked.push(`${headers['if-none-match'] ?? ''} ${headers['if-modified-since'] ?? ''}`);
    const isKnown = headers['if-none-match'] === '"a"';
    response.writeHead(isKnown ? 304 : 200, { etag: '"a"', 'last-modified': 'Sun, 22 Nov 2026 10:00:00 GMT' });
    response.end(isKnown ? '' : '198.51.100.7\n');
  };
  const known = await get('/list');
  expect(known).toEqual({ etag: '"a"', lastModified: 'Sun, 22 Nov 2026 10:00:00 GMT' });
  expect(readFileSync(to, 'utf8')).toBe('198.51.100.7\n');
  expect(await get('/list', known!)).toBeNull();
  expect(asked).toEqual([' ', '"a" Sun, 22 Nov 2026 10:00:00 GMT']);
});

it('redirects are followed, but not for ever, and not to another kind of place', async () => {
  answer = (request, response) => {
    const hops = Number(request.url!.slice(1));
    if (request.url === '/file') response.writeHead(302, { location: 'file:///etc/passwd' }).end();
    else if (request.url === '/nowhere') response.writeHead(302).end();
    else if (hops > 0) response.writeHead(302, { location: `/${hops - 1}` }).end();
    else response.end('198.51.100.7\n');
  };
  expect(await get('/2')).toEqual(NOTHING);
  expect(await failure('/3')).toEqual(['redirect', 'more than 2 redirects']);
  expect(await failure('/file')).toEqual(['redirect', 'the server redirects from http: to file:']);
  expect((await failure('/nowhere'))[0]).toBe('redirect');
});

it('an answer that is too large ends there, also where it only becomes so when it is unpacked', async () => {
  const large = Buffer.alloc(8 << 20, '198.51.100.7\n');
  answer = (request, response) => {
    if (request.url === '/packed') response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(large));
    else response.end(large);
  };
  expect(await failure('/')).toEqual(['too_large', 'it is larger than 1 MiB']);
  expect(await failure('/packed')).toEqual(['too_large', 'it is larger than 1 MiB']);
});

it('what is no list of the server is told by its cause', async () => {
  answer = (request, response) => {
    if (request.url === '/slow') return;
    if (request.url === '/cut') {
      response.writeHead(200, { 'content-length': '1000' }).write('198.51.100.7\n');
      setTimeout(() => response.destroy(), 50);
    } else response.writeHead(503, 'Come Back Later').end('198.51.100.7\n');
  };
  expect(await failure('/')).toEqual(['status', 'the server answers 503 Come Back Later']);
  expect((await failure('/cut'))[0]).toBe('unreachable');
  expect(await failure('/slow')).toEqual(['timeout', 'no answer within 1 s']);
  const gone = url('/');
  server.closeAllConnections();
  server.close();
  await once(server, 'close');
  const error = await fetchList(gone, NOTHING, to, running(), BOUNDS).catch((e: unknown) => e);
  expect(error).toMatchObject({ reason: 'unreachable', message: expect.stringContaining('ECONNREFUSED') });
});

it('a node that stops does not wait for a server', async () => {
  answer = () => {};
  const stopped = new AbortController();
  const fetched = get('/', NOTHING, stopped.signal);
  stopped.abort();
  await expect(fetched).rejects.toMatchObject({ code: 'cancelled' });
});
