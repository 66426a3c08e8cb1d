/**
 * `weir report servers` about servers on this machine and beyond: one that lives, one that refuses, one that is slow, and a black hole. Takes root: programs are loaded into the kernel.
 */
import { execFile, execFileSync } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { noEbpf } from './ebpf.testing.ts';
import { remove, startNode, type TestNode, tempFolder, until, weirJson } from './node.testing.ts';

const run = promisify(execFile);

const HOLE = `weir-hole-${process.pid}`;
const HOLE_ADDRESS = '192.0.2.7';
/** Below the ports that clients are given: nothing else tells who of two that exchange datagrams asked. */
const SLOW_PORT = 20_000 + (process.pid % 10_000);
const SLOW_MS = 150;
/** Takes connections at once, and this long to answer. */
const BUSY_MS = 800;
/** Of tcpmux, which nobody has any more. */
const REFUSING_PORT = 1;

interface Server {
  readonly server: string;
  readonly port: number;
  readonly process: string | null;
  readonly attempts: number;
  readonly percent: Readonly<Record<'established' | 'refused' | 'unanswered' | 'reset', number>>;
  readonly setup: { readonly p50: number | null };
  readonly response: { readonly p50: number | null };
  readonly affected: { readonly addresses: number; readonly users: number; readonly hosts: number };
}

const ip = (...args: string[]) => execFileSync('ip', args, { stdio: 'ignore' });
const live = createServer((_request, response) => response.end('here'));
const busy = createServer((_request, response) => setTimeout(() => response.end('here'), BUSY_MS));
const slow = createSocket('udp4', (_question, from) => {
  setTimeout(() => slow.send('late', from.port, from.address), SLOW_MS);
});
const data = tempFolder();
let node: TestNode | null = null;

beforeAll(async () => {
  if (noEbpf !== null) return;
  ip('netns', 'add', HOLE);
  ip('-n', HOLE, 'link', 'add', 'near', 'type', 'veth', 'peer', 'name', 'far');
  ip('-n', HOLE, 'addr', 'add', '192.0.2.1/24', 'dev', 'near');
  for (const end of ['near', 'far']) ip('-n', HOLE, 'link', 'set', end, 'up');
  ip('-n', HOLE, 'neigh', 'add', HOLE_ADDRESS, 'lladdr', '02:00:00:00:00:07', 'dev', 'near');
  await new Promise<void>((resolve) => live.listen(0, '127.0.0.1', resolve));
  await new Promise<void>((resolve) => busy.listen(0, '127.0.0.1', resolve));
  await new Promise<void>((resolve) => slow.bind(SLOW_PORT, '127.0.0.1', resolve));
  node = await startNode(data, ['--netflow', 'off', '--host', 'on', '--host-name', 'here']);
}, 180_000);

afterAll(async () => {
  await node?.stop();
  if (noEbpf === null) {
    live.close();
    busy.close();
    slow.close();
    ip('netns', 'del', HOLE);
  }
  remove(data);
});

test.skipIf(noEbpf !== null)(
  'servers that live, refuse, are slow or never answer are shown as what they are, each attempt once',
  async () => {
    const { port } = live.address() as AddressInfo;
    const { port: busyPort } = busy.address() as AddressInfo;
    const failing = (...args: string[]) => run(args[0]!, args.slice(1)).catch(() => null);
    for (let i = 0; i < 4; i++) await run('curl', ['-s', `http://127.0.0.1:${port}/`]);
    await run('curl', ['-s', `http://127.0.0.1:${busyPort}/`]);
    for (let i = 0; i < 3; i++) await failing('curl', '-s', `http://127.0.0.1:${REFUSING_PORT}/`);
    await failing('ip', 'netns', 'exec', HOLE, 'curl', '-s', '-m', '1.5', `http://${HOLE_ADDRESS}/`);
    await run('bash', ['-c', `exec 3<>/dev/udp/127.0.0.1/${SLOW_PORT}; echo question >&3; read -r -N 4 -u 3 x`]);

    const filter = `port in [${port} ${busyPort} ${REFUSING_PORT} ${SLOW_PORT}] or host ${HOLE_ADDRESS}`;
    const report = () =>
      weirJson<{
        data: {
          servers: readonly Server[];
          hit: readonly { port: number; client: string; process: string; failed: number }[];
        };
      }>('report', 'servers', '--data', data, '--from', '-1h', filter);
    const wanted = [port, busyPort, REFUSING_PORT, SLOW_PORT, 80];
    const { data: found } = await until(report, ({ data: { servers } }) =>
      wanted.every((one) => servers.some((server) => server.port === one)),
    );
    expect(found.servers).toHaveLength(wanted.length);
    const of = (one: number) => found.servers.find((s) => s.port === one);
    const shares = { established: 0, refused: 0, unanswered: 0, reset: 0 };
    const nobody = { addresses: 0, users: 0, hosts: 0 };
    const somebody = { addresses: 1, users: 1, hosts: 1 };
    expect(of(port)).toMatchObject({ attempts: 4, percent: { ...shares, established: 100 }, affected: nobody });
    expect(of(port)!.process).not.toBe('curl');
    expect(of(port)!.setup.p50).toBeLessThan(50_000);
    expect(of(REFUSING_PORT)).toMatchObject({
      attempts: 3,
      process: null,
      percent: { ...shares, refused: 100 },
      affected: somebody,
    });
    expect(of(80)).toMatchObject({
      server: HOLE_ADDRESS,
      attempts: 1,
      percent: { ...shares, unanswered: 100 },
      affected: somebody,
    });
    expect(of(SLOW_PORT)).toMatchObject({ attempts: 1, percent: { ...shares, established: 100 } });
    expect(of(SLOW_PORT)!.setup.p50).toBeGreaterThanOrEqual(SLOW_MS * 1_000 - 10_000);
    expect(found.servers[0]!.port).toBe(REFUSING_PORT);
    expect(of(port)!.response.p50).toBeLessThan(BUSY_MS * 500);
    expect(of(busyPort)!.setup.p50).toBeLessThan(50_000);
    expect(of(busyPort)!.response.p50).toBeGreaterThanOrEqual(BUSY_MS * 1_000);
    expect(found.hit[0]).toMatchObject({ port: REFUSING_PORT, client: '127.0.0.1', process: 'curl', failed: 3 });
    expect(found.hit.map((one) => one.port)).toEqual([REFUSING_PORT, 80]);
  },
  60_000,
);
