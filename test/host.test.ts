/**
 * `weir up` on this machine's own traffic: programs that are run here, over loopback, and what answers say of them. Takes root: programs are loaded into the kernel.
 */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { existsSync, mkdtempSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { noEbpf } from './ebpf.testing.ts';
import { remove, sleep, startNode, type TestNode, tempFolder, until, weir, weirJson } from './node.testing.ts';

const run = promisify(execFile);

interface HostState {
  readonly status: string;
  readonly level: string;
  readonly pid: number | null;
  readonly restarts: number;
  readonly notes: readonly string[];
}
interface Answer {
  readonly rows: readonly (string | number)[][];
  readonly total: Readonly<Record<string, number>>;
  readonly quality: {
    readonly lost: { readonly unmetered_packets: number };
    readonly gaps: { readonly by?: Record<string, { gaps: number; ms: number }> };
  };
}

const PORTS_OFF = ['--netflow', 'off', '--ipfix', 'off', '--sflow', 'off'];

let data: string;
let node: TestNode | null;
let server: Server | null;
let port: number;
beforeEach(async () => {
  data = tempFolder();
  node = null;
  server = createServer((_request, response) => response.end('x'.repeat(20_000)));
  await new Promise<void>((resolve) => server!.listen(0, '127.0.0.1', resolve));
  port = (server.address() as AddressInfo).port;
});
afterEach(async () => {
  server?.close();
  await node?.stop();
  remove(data);
});

async function start(...args: string[]): Promise<TestNode> {
  node = await startNode(data, [...PORTS_OFF, '--host', 'on', ...args]);
  return node;
}

const curl = () => run('curl', ['-s', '-o', '/dev/null', `http://127.0.0.1:${port}/`]);

const hostState = async (of: TestNode): Promise<HostState> =>
  (await (await fetch(`${of.http}/api/v1/host`)).json()) as HostState;

const ask = (...args: string[]) => weirJson<Answer>('query', '--data', data, `port ${port}`, '--from', '-1h', ...args);

const activeHere = () =>
  weirJson<{ records: Record<string, string | number>[] }>('flows', '--active', '--data', data, `port ${port}`);

const BY = ['--by', 'process,user,dst_port', '--metrics', 'flows,bytes,packets'];

/** What curl and its server sent, once both are told. */
const bothSides = (connections: number) =>
  until(
    () => ask(...BY),
    ({ rows }) => rows.filter((r) => r[0] === 'curl').reduce((n, r) => n + Number(r[3]), 0) >= connections,
  );

describe.skipIf(noEbpf !== null)('a node that meters its own machine', { timeout: 360_000 }, () => {
  test('shows both sides of a connection within 2 s, by process and user, counted once', async () => {
    const running = await start();
    expect(await hostState(running)).toMatchObject({ status: 'metered', level: 'ebpf', restarts: 0 });
    expect(running.stderr()).toContain('this host is metered: level ebpf');
    await curl();
    const ended = Date.now();
    const { rows, total } = await bothSides(1);
    expect(Date.now() - ended).toBeLessThan(2_000);
    const out = rows.filter((r) => r[2] === port);
    const back = rows.filter((r) => r[2] !== port);
    expect(out.map((r) => r.slice(0, 2))).toEqual([['curl', 'root']]);
    expect(back).toHaveLength(1);
    expect(back[0]![1]).toBe('root');
    expect(back[0]![0]).not.toBe('curl');
    // The page alone has 20,000 bytes; counted at both ends it would be more than 40,000.
    expect(total.bytes).toBeGreaterThan(20_000);
    expect(total.bytes).toBeLessThan(30_000);
    expect(total.flows).toBe(2);
    const all = await ask(...BY, '--duplicates', 'all');
    expect(all.total.bytes).toBe(2 * total.bytes!);
  });

  test('shows the flows that are open, with their process', async () => {
    await start();
    const client = connect(port, '127.0.0.1');
    client.write('GET / HTTP/1.1\r\nHost: a\r\nConnection: keep-alive\r\n\r\n');
    const active = await until(
      () => activeHere(),
      ({ records }) => records.length > 0,
    );
    expect(active.records[0]).toMatchObject({ protocol: 6, pid: process.pid });
    expect(active.records[0]!.age).toBeGreaterThanOrEqual(0);
    const shown = await weir('flows', '--active', '--data', data);
    client.destroy();
    expect(shown.stdout).toContain('process');
  });

  test('has after kill -9 of the meter all that was over a second before, meters on, and tells the gap', async () => {
    const running = await start();
    for (let i = 0; i < 20; i++) await curl();
    await sleep(2_000);
    const { pid } = await hostState(running);
    process.kill(pid!, 'SIGKILL');
    const again = await until(
      () => hostState(running),
      (state) => state.pid !== null && state.pid !== pid,
    );
    expect(again).toMatchObject({ status: 'metered', restarts: 1 });
    for (let i = 0; i < 5; i++) await curl();
    const { rows, total } = await bothSides(25);
    expect(rows.filter((r) => r[0] === 'curl').reduce((n, r) => n + Number(r[3]), 0)).toBe(25);
    expect(total.flows).toBe(50);
    const { quality } = await until(
      () => ask(...BY),
      (answer) => answer.quality.gaps.by?.meter !== undefined,
    );
    expect(quality.gaps.by!.meter!.gaps).toBe(1);
    expect(quality.gaps.by!.meter!.ms).toBeLessThan(10_000);
    const doctor = await weir('doctor', '--data', data);
    expect(doctor.stdout).toMatch(/node: host +the meter of this machine ended 1 time/);
  });

  test('tells after kill -9 of the meter which packets of open flows are in no record, in their minutes', async () => {
    const running = await start();
    const client = connect(port, '127.0.0.1');
    const asked = 'GET / HTTP/1.1\r\nHost: a\r\nConnection: keep-alive\r\n\r\n';
    client.write(asked);
    client.resume();
    await until(
      () => activeHere(),
      ({ records }) => records.length > 0,
    );
    await sleep(1_500);
    const { pid } = await hostState(running);
    process.kill(pid!, 'SIGKILL');
    const { quality } = await until(
      () => weirJson<Answer>('query', '--data', data, '--from', '-1h', ...BY),
      (answer) => answer.quality.lost.unmetered_packets > 0,
    );
    // Of both sides what each sent: the handshake, the question, the page and what acknowledges them.
    expect(quality.lost.unmetered_packets).toBeGreaterThanOrEqual(6);
    client.destroy();
  });

  test('has after kill -9 of the node each flow once that was over a second before, and leaves no meter behind', async () => {
    const first = await start();
    for (let i = 0; i < 20; i++) await curl();
    await bothSides(20);
    // What the journal promises: what is older than a second.
    await sleep(1_200);
    const { pid } = await hostState(first);
    await first.kill();
    await until(
      async () => existsSync(`/proc/${pid}`),
      (there) => !there,
    );
    const second = await start();
    await second.stop();
    const { rows } = await ask(...BY, '--top', '1000');
    const shown = JSON.stringify(rows);
    // Only records with a process are judged here: those of the ends of the twenty connections.
    const counts = rows.filter((r) => r[0]).map((r) => Number(r[3]));
    expect(rows.find((r) => r[0] === 'curl')?.[3], shown).toBe(20);
    expect(
      counts.filter((n) => n !== 20),
      shown,
    ).toEqual(Array.from({ length: 20 }, () => 1));
  });

  test('stores what is open when it stops, and does not meter when it is told not to', async () => {
    const running = await start();
    const client = connect(port, '127.0.0.1');
    client.write('GET / HTTP/1.1\r\nHost: a\r\nConnection: keep-alive\r\n\r\n');
    await until(
      () => activeHere(),
      ({ records }) => records.length > 0,
    );
    await running.stop();
    client.destroy();
    expect((await ask(...BY)).total.flows).toBe(2);
    const silent = await startNode(data, [...PORTS_OFF, '--no-host']);
    node = silent;
    expect(await hostState(silent)).toMatchObject({ status: 'off', level: 'none' });
    await curl();
    await sleep(1_500);
    expect((await ask(...BY)).total.flows).toBe(2);
  });

  test('runs on without rights at a lesser level, and doctor says what to change', async () => {
    // Temporary folders of tests are closed to others.
    const open = mkdtempSync('/var/tmp/weir-host-');
    await run('chown', ['65534:65534', open]);
    const child: ChildProcess = spawn(
      'setpriv',
      ['--reuid', '65534', '--regid', '65534', '--clear-groups', process.execPath, 'dist/cli/main.js', 'up'].concat(
        ['--data', `${open}/store`, '--no-http', '--host', 'on'],
        PORTS_OFF,
      ),
      { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, WEIR_RUNTIME_DIR: `${open}/run` } },
    );
    let said = '';
    for (const stream of [child.stdout!, child.stderr!])
      stream.setEncoding('utf8').on('data', (text: string) => {
        said += text;
      });
    const ended = new Promise((resolve) => child.once('exit', resolve));
    try {
      await until(
        async () => said,
        (text) => /^ready$/m.test(text),
      );
      const { stdout } = await weir('doctor', '--data', `${open}/store`);
      expect(stdout).toMatch(/node: host +this machine is (not metered|metered, level (sock_diag|proc))/);
      expect(stdout).toContain('CAP_BPF');
    } finally {
      child.kill('SIGTERM');
      await ended;
      remove(open);
    }
  });
});
