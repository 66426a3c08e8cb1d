import { type ChildProcess, spawn } from 'node:child_process';
import {
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { COMMAND_NAMES, SUMMARIES } from './command-names.ts';

/** The built command: threads run compiled files only (`npm test` builds first). */
const MAIN = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'weir-main-'));
const runtime = join(folder, 'run');
/** Nodes of tests run side by side: only the ports that a test asks for are opened. */
const env = { ...process.env, WEIR_RUNTIME_DIR: runtime, TZ: 'UTC', WEIR_IPFIX: 'off', WEIR_SFLOW: 'off' };

interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

function start(args: readonly string[], more: Record<string, string> = {}) {
  const child: ChildProcess = spawn(process.execPath, [MAIN, ...args], { cwd: folder, env: { ...env, ...more } });
  let out = '';
  let err = '';
  child.stdout!.on('data', (d: Buffer) => {
    out += d.toString();
  });
  child.stderr!.on('data', (d: Buffer) => {
    err += d.toString();
  });
  const ended = new Promise<Ended>((resolve) => child.on('close', (code) => resolve({ code, out, err })));
  const printed = async (text: RegExp): Promise<string> => {
    for (let i = 0; i < 600 && !text.test(out); i++) await sleep(25);
    return out;
  };
  return { child, ended, printed };
}

const weir = (...args: string[]): Promise<Ended> => start(args).ended;

/** Of commands that have commands of their own: one of these. */
const OWN_COMMANDS: Readonly<Record<string, string>> = { host: 'policy', label: 'explain', user: 'add', token: 'add' };

describe('usage', () => {
  it('help, version and wrong words', async () => {
    const [help, version, unknown, none, sub] = await Promise.all([
      weir('--help'),
      weir('--version'),
      weir('quer'),
      weir(),
      weir('help', 'flows'),
    ]);
    expect(help).toMatchObject({ code: 0, err: '', out: expect.stringContaining('Examples:') });
    expect(version).toMatchObject({ code: 0, out: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) });
    expect(unknown).toMatchObject({ code: 2, out: '', err: expect.stringContaining('Did you mean query?') });
    expect(none).toMatchObject({ code: 2, out: '', err: expect.stringContaining('Usage: weir') });
    expect(sub).toMatchObject({ code: 0, out: expect.stringContaining('$ weir flows') });
  });

  it('help of a command is the same before and after its name, and the list has the line of each', async () => {
    const list = await weir('--help');
    expect(COMMAND_NAMES.length).toBeGreaterThan(10);
    for (const name of COMMAND_NAMES) {
      const [before, after] = await Promise.all([weir('help', name), weir(name, '--help')]);
      expect(before).toMatchObject({ code: 0, err: '', out: expect.stringContaining(SUMMARIES[name]) });
      expect(after.out).toBe(before.out);
      // With what it takes, which is known only where the command itself was read.
      // One that has commands of its own takes nothing itself.
      const own = OWN_COMMANDS[name];
      if (own !== undefined) expect(before.out).toMatch(new RegExp(`^ {2}${own} `, 'm'));
      else expect(list.out).toMatch(new RegExp(`^  ${name} \\[`, 'm'));
    }
  });

  it('what one command needs is not read for another', async () => {
    // Of packages that were built into the program its map knows.
    const sourcesOf = (file: string): readonly string[] =>
      existsSync(`${file}.map`) ? JSON.parse(readFileSync(`${file}.map`, 'utf8')).sources : [file];
    const packages = async (...args: string[]) => {
      const { err } = await start(args, { NODE_DEBUG: 'esm,module' }).ended;
      const files = new Set([...err.matchAll(/(?:Storing file:\/\/|load ")(\/[^\s"]+)/g)].map((m) => m[1]!));
      const read = [...files].flatMap(sourcesOf).map((path) => /\/node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1]);
      return [...new Set(read.filter((name) => name !== undefined))].sort();
    };
    expect(await packages('--version')).toEqual(['commander']);
    expect(await packages('meter', 'there-is-none.pcap')).toEqual(['@lezer/common', '@lezer/lr', 'commander']);
    expect(await packages('up', '--netflow', 'x')).toContain('zod');
  });

  it('every mistake of a configuration at once, exit 2', async () => {
    const { code, out, err } = await weir('up', '--netflow', 'x', '--http', 'x', '--receive-threads', '0');
    expect(code).toBe(2);
    expect(out).toBe('');
    expect(err).toContain('3 mistakes');
  });

  it('times and formats that cannot be read', async () => {
    const ended = await Promise.all([
      weir('query', '--from', 'sometime'),
      weir('query', '--format', 'xml'),
      weir('flows', '--order', 'colour'),
      weir('export', '--to', 'flows.doc'),
      weir('query', '--from', 'now', '--to', '-1h'),
    ]);
    expect(ended.map((e) => e.code)).toEqual([2, 2, 2, 2, 2]);
    expect(ended[3]!.err).toContain('.parquet');
    expect(await weir('query', '--top', '99999999')).toMatchObject({ code: 2, err: 'weir: --top: at most 100,000\n' });
    expect(await weir('flows', '--limit', '3000000')).toMatchObject({
      code: 2,
      err: 'weir: --limit: at most 1,000,000; weir export gives all\n',
    });
  });

  it('no store: how to begin, exit 1', async () => {
    expect(await weir('query')).toMatchObject({ code: 1, out: '', err: expect.stringContaining('weir up') });
  });

  it('Ctrl-C while a node thinks, exit 130', async () => {
    const server = createServer(() => {});
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const asked = new Promise((resolve) => server.once('request', resolve));
    const running = start(['query', '--server', `127.0.0.1:${(server.address() as AddressInfo).port}`]);
    await asked;
    running.child.kill('SIGINT');
    expect(await running.ended).toMatchObject({ code: 130, out: '' });
    server.close();
    server.closeAllConnections();
  });
});

describe('a node', () => {
  // Deeper than the name of a Unix socket may be long.
  const data = join(folder, 'd'.repeat(100), 'data');
  let node: ReturnType<typeof start>;
  let ports: Record<string, string>;

  beforeAll(async () => {
    mkdirSync(join(folder, 'd'.repeat(100)));
    node = start([
      'up',
      '--no-host',
      '--data',
      data,
      '--http',
      '127.0.0.1:0',
      '--netflow',
      '[::1]:0',
      '--home',
      '10.0.0.0/8',
    ]);
    const out = await node.printed(/^ready$/m);
    ports = Object.fromEntries([...out.matchAll(/^listening (\S+) (\S+)$/gm)].map((m) => [m[1], m[2]]));
  });
  afterAll(() => {
    node.child.kill('SIGKILL');
  });

  it('says what it listens on, and then that it is ready, and nothing else on stdout', async () => {
    expect(await node.printed(/ready/)).toMatch(
      /^listening http 127\.0\.0\.1:\d+\nlistening netflow \[::1\]:\d+\napi http:\/\/127\.0\.0\.1:\d+\ndashboard http:\/\/127\.0\.0\.1:\d+\nready\n$/,
    );
  });

  it('notes itself, and its socket is for its user alone', () => {
    const [note] = readdirSync(runtime);
    expect(JSON.parse(readFileSync(join(runtime, note!), 'utf8'))).toEqual({
      pid: node.child.pid,
      data,
      socket: join(data, 'weir.sock'),
      http: `http://${ports.http}`,
    });
    expect(statSync(join(data, 'weir.sock')).mode & 0o777).toBe(0o600);
  });

  it('answers commands found by the runtime directory, by --data and by --server', async () => {
    const answers = await Promise.all([
      weir('query', '--format', 'json'),
      weir('query', '--format', 'json', '--data', data),
      weir('query', '--format', 'json', '--server', `http://${ports.http}`),
    ]);
    for (const { code, out } of answers) {
      expect(code).toBe(0);
      expect(Object.keys(JSON.parse(out) as object)).toEqual(
        expect.arrayContaining(['columns', 'rows', 'total', 'other', 'quality', 'plan']),
      );
    }
    expect(await weir('query', 'src ip in @home')).toMatchObject({
      code: 0,
      err: expect.stringContaining('nothing is stored yet'),
    });
    expect(await weir('query', 'dst prt 5')).toMatchObject({ code: 2, err: expect.stringContaining('\n  ^^^^^^^') });
    expect(await weir('report', 'summary')).toMatchObject({ code: 0, out: expect.stringContaining('quality: ') });
    expect(await weir('flows', '--format', 'jsonl')).toMatchObject({ code: 0, out: '' });
  });

  it('ends cleanly when the reader of its output has gone', async () => {
    const reading = start(['report']);
    reading.child.stdout!.destroy();
    expect(await reading.ended).toMatchObject({ code: 0, err: '' });
  });

  it('exports through the node', async () => {
    const file = join(folder, 'flows.csv');
    expect(await weir('export', '--to', file, '--from', 'all')).toMatchObject({
      code: 0,
      out: '',
      err: expect.stringContaining('0 records'),
    });
    expect(readFileSync(file, 'utf8')).toContain('src_addr');
  });

  it('counts nothing that the reference page does not name', async () => {
    const text = await (await fetch(`http://${ports.http}/metrics`)).text();
    const page = readFileSync(new URL('../../docs/reference/metrics.md', import.meta.url), 'utf8');
    const names = new Set([...text.matchAll(/^# TYPE (weir_\S+)/gm)].map((m) => m[1]!));
    expect(names.size).toBeGreaterThan(20);
    for (const name of names) if (!name.startsWith('weir_exporter_')) expect(page).toContain(name);
  });

  it('tells its health to doctor', async () => {
    const { code, out } = await weir('doctor', '--format', 'json');
    const { findings } = JSON.parse(out) as { findings: { subject: string; level: string; text: string }[] };
    expect(findings.find((f) => f.subject === 'node process')?.text).toContain(data);
    expect(findings.find((f) => f.subject === 'node: store')?.level).toBe('ok');
    expect(code).toBe(findings.some((f) => f.level === 'fail') ? 1 : 0);
  });

  it('is what doctor looks at, also with a configuration that names no data directory', async () => {
    const file = join(folder, 'no-data.yaml');
    writeFileSync(file, 'log: json\n');
    const { out } = await weir('doctor', '--config', file);
    expect(out).toContain(`process ${node.child.pid} runs on ${data}`);
    expect((await weir('doctor', '--data', join(folder, 'elsewhere'))).out).toContain('no node runs on');
  });

  it('says in one line that an answer could not be written', async () => {
    const full = openSync('/dev/full', 'w');
    const child = spawn(process.execPath, [MAIN, 'query', '--data', data], { env, stdio: ['ignore', full, 'pipe'] });
    closeSync(full);
    const err = (await child.stderr!.setEncoding('utf8').toArray()).join('');
    expect(err).toMatch(/^weir: cannot write the answer: ENOSPC[^\n]*\n$/m);
    expect(err).not.toContain('    at ');
    expect(child.exitCode ?? (await new Promise((resolve) => child.once('exit', resolve)))).toBe(1);
  });

  it('keeps others from its store and its ports, and names itself as the holder', async () => {
    const same = await weir('up', '--data', data, '--http', 'off', '--netflow', 'off');
    expect(same).toMatchObject({ code: 1, out: '', err: expect.stringContaining(`process ${node.child.pid}`) });
    const other = await weir('up', '--data', join(folder, 'other'), '--no-http', '--netflow', ports.netflow!);
    expect(other).toMatchObject({ code: 1, out: '', err: expect.stringContaining(`process ${node.child.pid}`) });
    const http = await weir('up', '--data', join(folder, 'other'), '--http', ports.http!, '--netflow', 'off');
    expect(http).toMatchObject({ code: 1, out: '', err: expect.stringContaining(`process ${node.child.pid}`) });
    // What had begun to run was stopped again.
    expect(existsSync(join(folder, 'other/weir.sock'))).toBe(false);
  });

  it('stops in order at SIGTERM: exit 0, no note, no socket, and the store can be opened at once', async () => {
    node.child.kill('SIGTERM');
    expect(await node.ended).toMatchObject({ code: 0 });
    expect(readdirSync(runtime)).toEqual([]);
    expect(existsSync(join(data, 'weir.sock'))).toBe(false);
    expect(await weir('query', '--data', data)).toMatchObject({ code: 0 });
  });
});

it('with --no-http and a file: the socket stays, the file rules where no flag does', async () => {
  const file = join(folder, 'weir.yaml');
  writeFileSync(file, `data: ${join(folder, 'quiet')}\nnetflow: 127.0.0.1:0\nhttp: 127.0.0.1:0\nlog: json\n`);
  const node = start(['up', '--no-host', '--config', file, '--no-http']);
  expect(await node.printed(/^ready$/m)).toMatch(
    /^listening netflow 127\.0\.0\.1:\d+\napi unix:.*quiet\/weir\.sock\nready\n$/,
  );
  expect(await weir('query', '--data', join(folder, 'quiet'))).toMatchObject({ code: 0 });
  node.child.kill('SIGINT');
  const { code, err } = await node.ended;
  expect(code).toBe(0);
  for (const line of err.trim().split('\n')) expect(JSON.parse(line)).toHaveProperty('msg');
});

it('a token from the environment guards the port, and the commands send it', async () => {
  const WEIR_HTTP_TOKEN = 'abcdefgh-12345678';
  const node = start(
    ['up', '--no-host', '--data', join(folder, 'guarded'), '--http', '0.0.0.0:0', '--netflow', 'off'],
    {
      WEIR_HTTP_TOKEN,
    },
  );
  const out = await node.printed(/^ready$/m);
  const url = /^api (\S+)$/m.exec(out)![1]!;
  expect(out).toMatch(/^listening http 0\.0\.0\.0:\d+$/m);
  expect((await fetch(`${url}/api/v1/health`)).status).toBe(401);
  expect(await weir('query', '--server', url)).toMatchObject({ code: 1, err: expect.stringContaining('token') });
  expect(await weir('query', '--server', url, '--token', WEIR_HTTP_TOKEN)).toMatchObject({ code: 0 });
  expect(
    (await fetch(url.replace('127.0.0.1', '[::1]'), { headers: { authorization: `Bearer ${WEIR_HTTP_TOKEN}` } }))
      .status,
  ).toBe(200);
  node.child.kill('SIGTERM');
  expect((await node.ended).code).toBe(0);
});

it('a second signal ends a node that is stopping', async () => {
  const node = start(['up', '--no-host', '--data', join(folder, 'twice'), '--no-http', '--netflow', '127.0.0.1:0']);
  await node.printed(/^ready$/m);
  node.child.kill('SIGTERM');
  node.child.kill('SIGINT');
  expect([0, 1]).toContain((await node.ended).code);
});
