import { type ChildProcess, execFile, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import { createServer as createTcpServer } from 'node:net';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ProxyRequest } from '../src/host/proxy/proxy-line.ts';
import { ProxyLog } from '../src/host/proxy/proxy-log.ts';
import { remove, sleep, tempFolder, until } from './node.testing.ts';

/** Squid itself writes the log, in the format that the docs give and in its own. */

const squid = spawnSync('squid', ['-v']).status === 0;
const folder = tempFolder();
const own = join(folder, 'weir.log');
const usual = join(folder, 'squid.log');
const seen: number[] = [];
const server = createHttpServer((request, response) => {
  seen.push(request.socket.remotePort!);
  response.end('ten octets');
});
let proxy: ChildProcess;
let proxyPort = 0;

/** A port that nobody has, for now. */
async function freePort(): Promise<number> {
  const held = createTcpServer().listen(0, '127.0.0.1');
  await once(held, 'listening');
  const { port } = held.address() as { port: number };
  held.close();
  await once(held, 'close');
  return port;
}

const serverPort = () => (server.address() as { port: number }).port;

/** The port that curl had. */
async function ask(...args: string[]): Promise<number> {
  const out = ['-s', '-o', join(folder, 'answer'), '-w', '%{local_port}', '-x', `http://127.0.0.1:${proxyPort}`];
  const asked = promisify(execFile)('curl', [...out, ...args]);
  // A refused tunnel is an error of curl, which has written its port all the same.
  return Number((await asked.catch((error: { stdout: string }) => error)).stdout);
}

describe.skipIf(!squid)('requests that Squid made on behalf of clients', () => {
  beforeAll(async () => {
    // Squid writes as a user of its own.
    chmodSync(folder, 0o777);
    chmodSync(dirname(folder), 0o711);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    proxyPort = await freePort();
    const guide = readFileSync(new URL('../docs/how-to/proxy-logs.md', import.meta.url), 'utf8');
    const format = /^logformat weir .*$/m.exec(guide)![0];
    const lines = [
      `http_port 127.0.0.1:${proxyPort}`,
      `pid_filename ${folder}/pid`,
      `coredump_dir ${folder}`,
      `cache_log ${folder}/cache.log`,
      'cache deny all',
      'http_access allow all',
      'pinger_enable off',
      'shutdown_lifetime 0 seconds',
      'client_persistent_connections off',
      format,
      `access_log stdio:${own} weir`,
      `access_log stdio:${usual} squid`,
    ];
    writeFileSync(join(folder, 'squid.conf'), `${lines.join('\n')}\n`);
    proxy = spawn('squid', ['-N', '-f', join(folder, 'squid.conf')], { stdio: 'ignore' });
    await until(
      () => ask(`http://127.0.0.1:${serverPort()}/`).catch(() => 0),
      () => seen.length > 0,
      30_000,
    );
  }, 180_000);

  afterAll(async () => {
    server.close();
    server.closeAllConnections();
    if (proxy.exitCode === null) {
      const ended = once(proxy, 'exit');
      proxy.kill();
      await ended;
    }
    remove(folder);
  });

  async function requests(log: ProxyLog, count: number): Promise<ProxyRequest[]> {
    const found: ProxyRequest[] = [];
    for (const end = Date.now() + 10_000; found.length < count && Date.now() < end; await sleep(50)) {
      log.look((request) => found.push(request));
    }
    return found;
  }

  test('the client, the server and the port of the proxy between them are those of the sockets', async () => {
    const log = new ProxyLog(own);
    log.look(() => {});
    const before = Date.now();
    const clientPort = await ask(`http://127.0.0.1:${serverPort()}/`);
    const [request] = await requests(log, 1);
    expect(request).toMatchObject({
      client: '127.0.0.1',
      clientPort,
      server: '127.0.0.1',
      serverPort: serverPort(),
      proxy: '127.0.0.1',
      proxyPort: seen.at(-1),
      outcome: 'established',
    });
    expect(request!.received).toBeGreaterThan('ten octets'.length);
    expect(Math.abs(request!.endMs - before)).toBeLessThan(10_000);
    log.close();
  });

  test('a tunnel to a server that refuses says so, and a name that nobody has is counted', async () => {
    const log = new ProxyLog(own);
    log.look(() => {});
    const closed = await freePort();
    await ask('-p', `http://127.0.0.1:${closed}/`);
    await ask('http://nobody.invalid/');
    await ask(`http://127.0.0.1:${serverPort()}/`);
    const [refused, answered] = await requests(log, 2);
    expect(refused).toMatchObject({ serverPort: closed, outcome: 'refused', proxy: '' });
    expect(answered).toMatchObject({ outcome: 'established' });
    expect(log.counts).toEqual({ requests: 2, not_a_line: 0, no_server: 1, too_long: 0 });
    log.close();
  });

  test('its own format gives the client and the server as well', async () => {
    const log = new ProxyLog(usual);
    log.look(() => {});
    await ask(`http://127.0.0.1:${serverPort()}/`);
    const [request] = await requests(log, 1);
    expect(request).toMatchObject({
      client: '127.0.0.1',
      clientPort: 0,
      server: '127.0.0.1',
      serverPort: serverPort(),
    });
    log.close();
  });
});
