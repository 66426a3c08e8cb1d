import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { ListFailure } from './list-failure.ts';
import { type FetchBounds, fetchList } from './list-fetch.ts';

const BOUNDS: FetchBounds = {
  ...{ connectMs: 1_000, answerMs: 1_000, silenceMs: 1_000, wholeMs: 3_000 },
  ...{ mostBytes: 1 << 20, mostRedirects: 2, isInside: () => true },
};
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

const failureAt = (at: string) => fetchList(at, NOTHING, to, running(), BOUNDS).catch((e: unknown) => e);

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

it('a server outside does not send us to an address inside, by number or by name; one inside may', async () => {
  // What 127.0.0.1 is here: the first server is outside, and whatever else is on this machine is inside.
  const from = (isOutside: boolean) => ({
    ...BOUNDS,
    isInside: (address: string) => !isOutside || address !== '127.0.0.1',
  });
  const { port } = server.address() as AddressInfo;
  const inside = createServer((_, response) => response.end('198.51.100.9\n')).listen(port, '127.0.0.2');
  await once(inside, 'listening');
  for (const [place, told] of [
    ['127.0.0.2', '127.0.0.2'],
    ['[::1]', '::1'],
    ['localhost', null],
  ] as const) {
    answer = ({ headers }, response) => {
      if (headers.host?.startsWith('127.0.0.1'))
        response.writeHead(302, { location: `http://${place}:${port}/` }).end();
      else response.end('198.51.100.9\n');
    };
    const fetched = fetchList(url('/'), NOTHING, to, running(), from(true)).catch((e: unknown) => e);
    // The name has an address outside, which is asked, and another inside, which is not.
    if (told === null) expect(await fetched).toEqual(NOTHING);
    else
      expect(await fetched).toMatchObject({
        reason: 'redirect',
        message: `the server, which is a public one, redirects to ${told}, inside your network`,
      });
  }
  answer = (_, response) => response.writeHead(302, { location: `http://127.0.0.2:${port}/` }).end();
  expect(await fetchList(url('/'), NOTHING, to, running(), from(false))).toEqual(NOTHING);
  inside.close();
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
    } else if (request.url === '/halfpacked')
      response
        .writeHead(200, { 'content-encoding': 'gzip' })
        .end(gzipSync('198.51.100.7\n'.repeat(99)).subarray(0, 30));
    else if (request.url === '/br') response.writeHead(200, { 'content-encoding': 'br' }).end('x');
    else response.writeHead(503, 'Come Back Later', { 'retry-after': '120' }).end('198.51.100.7\n');
  };
  expect(await failure('/')).toEqual(['status', 'the server answers 503 Come Back Later']);
  await expect(get('/')).rejects.toMatchObject({ refusal: { status: 503, retryAfter: '120' } });
  expect(await failure('/cut')).toEqual([
    'cut',
    expect.stringMatching(/^the answer ended before its end, after 13 bytes/),
  ]);
  expect(await failure('/halfpacked')).toEqual(['broken', expect.stringContaining('no whole gzip')]);
  expect(await failure('/br')).toEqual(['broken', expect.stringContaining('packs it with br')]);
  expect(await failure('/slow')).toEqual(['timeout', 'no answer within 1 s']);
  const gone = url('/');
  server.closeAllConnections();
  server.close();
  await once(server, 'close');
  expect(await failureAt(gone)).toMatchObject({
    reason: 'unreachable',
    message: expect.stringContaining('ECONNREFUSED'),
  });
});

it('a server that says nothing, stands still, or drips is left at its deadline', async () => {
  answer = (request, response) => {
    response.writeHead(200).write('198.51.100.7\n');
    if (request.url === '/drip') setInterval(() => response.write('#'), 200).unref();
  };
  expect(await failure('/still')).toEqual(['timeout', 'the answer stood still for 1 s']);
  expect(await failure('/drip')).toEqual(['timeout', 'it did not come whole within 3 s']);
  const mute = createTcpServer((socket) => socket.on('error', () => {})).listen(0, '127.0.0.1');
  await once(mute, 'listening');
  const at = `https://127.0.0.1:${(mute.address() as AddressInfo).port}/`;
  // It takes the connection and never shakes hands.
  expect(await failureAt(at)).toMatchObject({ reason: 'timeout', message: 'no connection within 1 s' });
  mute.close();
});

it('a name that nobody has, and a server without TLS, are causes of their own', async () => {
  answer = (_, response) => response.end();
  expect(await failureAt('http://nobody.invalid/')).toMatchObject({
    reason: 'dns',
    message: expect.stringContaining('nobody.invalid'),
  });
  expect(await failureAt(url('/').replace('http:', 'https:'))).toMatchObject({ reason: 'tls' });
});

it('a node that stops does not wait for a server', async () => {
  answer = () => {};
  const stopped = new AbortController();
  const fetched = get('/', NOTHING, stopped.signal);
  stopped.abort();
  await expect(fetched).rejects.toMatchObject({ code: 'cancelled' });
});
