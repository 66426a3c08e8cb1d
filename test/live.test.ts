/** The live view of this machine: `weir top` and /api/v1/host/live, over real traffic. Takes root: programs are loaded into the kernel. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { get, type IncomingMessage } from 'node:http';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { startWeirAgent } from './agent.testing.ts';
import { noEbpf } from './ebpf.testing.ts';
import { remove, sleep, startNode, type TestNode, tempFolder, until, weir, weirJson } from './node.testing.ts';

interface Figures {
  readonly in_bytes: number;
  readonly in_packets: number;
  readonly out_bytes: number;
  readonly out_packets: number;
}
interface Second {
  readonly from: number;
  readonly to: number;
  readonly missed: number;
  readonly total: Figures;
  readonly by: { process: { groups: (Figures & { group: { process?: string; pid?: number } })[] } };
  readonly quality: { readonly unmetered_packets: number };
}

const PORTS_OFF = ['--netflow', 'off', '--ipfix', 'off', '--sflow', 'off'];
const main = fileURLToPath(new URL('../dist/cli/main.js', import.meta.url));

let data: string;
let node: TestNode | null = null;
const children: ChildProcess[] = [];
beforeEach(() => {
  data = tempFolder();
});
afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  await node?.stop();
  node = null;
  remove(data);
});

function started(command: string, args: readonly string[]): ChildProcess {
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'pipe'] });
  children.push(child);
  return child;
}

/** Sends datagrams of 1,000 bytes to a port, so many every 10 ms, by the clock; tells how many it sent when it is told to end. */
const SENDER = `
  const socket = require('node:dgram').createSocket('udp4');
  const [port, each] = process.argv.slice(1).map(Number);
  const payload = Buffer.alloc(1_000);
  const began = performance.now();
  let sent = 0;
  socket.connect(port, '127.0.0.1', () => setInterval(() => {
    for (const due = Math.floor((performance.now() - began) / 10) * each; sent < due; sent++) socket.send(payload);
  }, 10));
  process.on('SIGTERM', () => socket.close(() => { console.log(sent); process.exit(); }));
`;
/** IP and UDP. */
const HEADERS = 28;

async function receiver(): Promise<{ port: number; close(): void }> {
  const socket = createSocket('udp4');
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
  socket.on('message', () => {});
  return { port: socket.address().port, close: () => socket.close() };
}

/** Seconds of the live view until it is left. */
async function* seconds(http: string, query: string): AsyncGenerator<Second> {
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    get(`${http}/api/v1/host/live?${query}`, resolve).on('error', reject);
  });
  try {
    for await (const line of createInterface({ input: response })) yield JSON.parse(line) as Second;
  } finally {
    response.destroy();
  }
}

const of = (second: Second, pid: number) => second.by.process.groups.find(({ group }) => group.pid === pid);

describe.skipIf(noEbpf !== null)('the live view', { timeout: 360_000 }, () => {
  describe('of a node that all of these ask', () => {
    let one: TestNode;
    beforeAll(async () => {
      one = await startNode(tempFolder(), [...PORTS_OFF, '--host', 'on']);
    });
    afterAll(async () => {
      await one?.stop();
      if (one) remove(one.data);
    });

    test('shows a known rate in each full second, at the process that sends and at the one that receives', async () => {
      const sink = await receiver();
      const sender = started(process.execPath, ['-e', SENDER, String(sink.port), '10']);
      await sleep(2_000);
      const told: Second[] = [];
      for await (const second of seconds(one.http, 'by=process&top=1000')) if (told.push(second) === 6) break;
      sink.close();
      // Who sends catches up with the clock where it had to wait for a core: all of it is closer than each second.
      const near = (bytes: number, { from, to }: { from: number; to: number }, within: number) => {
        const due = (to - from) * (1_000 + HEADERS);
        expect(bytes / due).toBeGreaterThan(1 - within);
        expect(bytes / due).toBeLessThan(1 + within);
      };
      const all = { from: told[0]!.from, to: told.at(-1)!.to };
      near(
        told.reduce((sum, second) => sum + of(second, sender.pid!)!.out_bytes, 0),
        all,
        0.05,
      );
      near(
        told.reduce((sum, second) => sum + of(second, process.pid)!.in_bytes, 0),
        all,
        0.05,
      );
      for (const second of told) {
        const sent = of(second, sender.pid!)!;
        near(sent.out_bytes, second, 0.3);
        expect(sent.out_bytes).toBe(sent.out_packets * (1_000 + HEADERS));
        near(of(second, process.pid)!.in_bytes, second, 0.3);
        expect(second.total.out_bytes).toBeGreaterThanOrEqual(sent.out_bytes);
        expect(second.missed).toBe(0);
      }
      told.slice(1).forEach((second, i) => {
        expect(second.from).toBe(told[i]!.to);
      });
    });

    test('is an event stream for a browser', async () => {
      const response = await fetch(`${one.http}/api/v1/host/live?seconds=2`, {
        headers: { accept: 'text/event-stream' },
      });
      expect(response.headers.get('content-type')).toBe('text/event-stream');
      const events = (await response.text()).split('\n\n').filter((event) => event !== '');
      expect(events).toHaveLength(2);
      expect((JSON.parse(events[1]!.replace(/^data: /, '')) as Second).total).toBeDefined();
    });

    test('weir top prints lines into a pipe, with total and quality', async () => {
      const { stdout, code } = await weir('top', '--data', one.data, '--once', '--by', 'user');
      expect(code).toBe(0);
      expect(stdout).toMatch(
        /^this machine at .*, level ebpf\nuser +in +out +in pkt\/s +out pkt\/s +open +new +ended\n/,
      );
      expect(stdout).toMatch(/\ntotal .*\nquality: bytes of IP packets; not sampled; /);
      // biome-ignore lint/suspicious/noControlCharactersInRegex: that there are none is what is asked
      expect(stdout).not.toMatch(/\u001b/);
      const json = await weir('top', '--data', one.data, '--seconds', '2', '--json', '--by', 'remote');
      expect(json.stdout.trim().split('\n')).toHaveLength(2);
    });

    test('weir top draws on a terminal, and gives it back at q', async () => {
      const terminal = started('script', [
        '-qec',
        `stty rows 30 cols 100; ${process.execPath} ${main} top --data ${one.data}`,
        '/dev/null',
      ]);
      let drawn = '';
      terminal.stdout!.setEncoding('utf8').on('data', (text: string) => {
        drawn += text;
      });
      await until(
        async () => drawn.split('this machine at').length,
        (n) => n >= 3,
      );
      const ended = new Promise((resolve) => terminal.once('exit', resolve));
      terminal.stdin!.write('q');
      expect(await ended).toBe(0);
      expect(drawn).toContain('\u001b[?1049h');
      expect(drawn.trimEnd().endsWith('\u001b[?25h\u001b[?1049l')).toBe(true);
    });

    test('is refused to more than sixteen, and given again when one of them has gone', async () => {
      const open = await Promise.all(
        Array.from({ length: 16 }, async () => {
          const abort = new AbortController();
          const response = await fetch(`${one.http}/api/v1/host/live`, { signal: abort.signal });
          expect(response.status).toBe(200);
          return abort;
        }),
      );
      expect((await fetch(`${one.http}/api/v1/host/live?seconds=1`)).status).toBe(503);
      open[0]!.abort();
      const again = await until(
        () => fetch(`${one.http}/api/v1/host/live?seconds=1`),
        ({ status }) => status === 200,
      );
      expect(again.headers.get('content-type')).toContain('application/jsonl');
      expect((await again.text()).trim().split('\n')).toHaveLength(1);
      for (const abort of open.slice(1)) abort.abort();
    });
  });

  test('adds up to what is stored of a transfer that is over, and to what was sent', async () => {
    node = await startNode(data, [...PORTS_OFF, '--host', 'on', '--host-export-period', '2s']);
    const sink = await receiver();
    const live = { bytes: 0, packets: 0, missed: 0 };
    let pid = 0;
    let sent = 0;
    let last = 0;
    for await (const second of seconds(node.http, 'by=process&top=1000')) {
      live.missed += second.missed;
      if (pid === 0) {
        const sender = started(process.execPath, ['-e', SENDER, String(sink.port), '5']);
        pid = sender.pid!;
        sender.stdout!.on('data', (text: Buffer) => {
          sent = Number(text.toString());
        });
        setTimeout(() => sender.kill('SIGTERM'), 5_000);
      }
      const found = of(second, pid);
      live.bytes += found?.out_bytes ?? 0;
      live.packets += found?.out_packets ?? 0;
      if (sent > 0 && last++ >= 2) break;
    }
    sink.close();
    expect(live.missed).toBe(0);
    expect(live.packets).toBe(sent);
    const stored = await until(
      () =>
        weirJson<{ rows: number[][] }>(
          ...['query', '--data', data, `dst port ${sink.port}`, '--by', 'pid', '--metrics', 'bytes,packets'],
        ),
      ({ rows }) => rows[0]?.[2] === sent,
    );
    expect(stored.rows).toEqual([[pid, live.bytes, live.packets]]);
  });

  test('has all of a time in which the meter could not look, in one second that is longer', async () => {
    node = await startNode(data, [...PORTS_OFF, '--host', 'on']);
    const { pid: meter } = (await (await fetch(`${node.http}/api/v1/host`)).json()) as { pid: number };
    const sink = await receiver();
    const sender = started(process.execPath, ['-e', SENDER, String(sink.port), '1']);
    const told: Second[] = [];
    for await (const second of seconds(node.http, 'by=process&top=1000')) {
      told.push(second);
      if (told.length === 2) {
        process.kill(meter, 'SIGSTOP');
        setTimeout(() => process.kill(meter, 'SIGCONT'), 6_500);
      }
      // How many are on their way when it stops is a matter of moments.
      if (second.to - second.from > 3_000 || told.length === 10) break;
    }
    sink.close();
    const long = told.at(-1);
    expect(long!.to - long!.from).toBeGreaterThan(3_000);
    const due = ((long!.to - long!.from) / 1_000) * 100;
    expect(of(long!, sender.pid!)!.out_packets / due).toBeGreaterThan(0.95);
    expect(of(long!, sender.pid!)!.out_packets / due).toBeLessThan(1.05);
    for (const [i, second] of told.slice(1).entries()) if (second.missed === 0) expect(second.from).toBe(told[i]!.to);
  });

  test('goes on with the next meter when one was killed', async () => {
    node = await startNode(data, [...PORTS_OFF, '--host', 'on']);
    const told: Second[] = [];
    for await (const second of seconds(node.http, 'by=app')) {
      if (told.push(second) === 1) {
        const { pid } = (await (await fetch(`${node.http}/api/v1/host`)).json()) as { pid: number };
        process.kill(pid, 'SIGKILL');
      }
      if (told.length === 3) break;
    }
    expect(told.reduce((sum, second) => sum + second.missed, 0)).toBeGreaterThan(0);
  });

  test('an agent has it as well', async () => {
    const agent = await startWeirAgent(data, ['--user', 'root']);
    try {
      const { stdout, stderr, code } = await weir('top', '--data', data, '--seconds', '2', '--json', '--by', 'process');
      expect(stderr).toBe('');
      expect(code).toBe(0);
      expect(stdout.trim().split('\n')).toHaveLength(2);
    } finally {
      await agent.stop();
    }
  });
});

test('a node that meters nothing says so, and what to do', async () => {
  node = await startNode(data, [...PORTS_OFF, '--no-host']);
  const refused = await weir('top', '--data', data);
  expect(refused.code).toBe(1);
  expect(refused.stderr).toMatch(/does not meter its own machine.*--no-host/);
  expect((await fetch(`${node.http}/api/v1/host/live`)).status).toBe(404);
  await node.stop();
  node = null;
  const none = await weir('top', '--data', data);
  expect(none.code).toBe(1);
  expect(none.stderr).toMatch(/no node and no agent runs on .*weir up/);
});
