/** The privacy policy of a host on the way that its records take: what it takes away is in no file and no answer, and what it leaves is in all of them. */
import { spawn } from 'node:child_process';
import { chmodSync, copyFileSync, mkdtempSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadPolicy } from '../src/host/index.ts';
import {
  type CaseRecord,
  formsOf,
  type Gone,
  goneOf,
  policyCase,
  policyText,
} from '../src/host/policy/policy-cases.testing.ts';
import { flowEncoder } from '../src/wire/index.ts';
import { noEbpf } from './ebpf.testing.ts';
import { remove, sender, sleep, startNode, type TestNode, tempFolder, until, weir, weirJson } from './node.testing.ts';

const NAMES = ['process', 'executable', 'parent', 'app', 'container', 'vm', 'user', 'server_name', 'host', 'pid'];
/** The one file that is to be kept from others. */
const KEY = 'host-policy.key';

/** The bytes of all files below a folder but the key, by path; some go while they are read. */
function filesOf(folder: string): { path: string; bytes: Buffer }[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).flatMap((name) => {
    const path = join(folder, name);
    try {
      return name === KEY || !statSync(path).isFile() ? [] : [{ path: name, bytes: readFileSync(path) }];
    } catch {
      return [];
    }
  });
}

/** Every value of every row of the Parquet files below a folder, as text: their pages are packed. */
async function cellsOf(folder: string): Promise<Buffer> {
  const files = filesOf(folder).flatMap(({ path }) => (path.endsWith('.parquet') ? [join(folder, path)] : []));
  const connection = await (await DuckDBInstance.create()).connect();
  let cells = '';
  for (const file of files) {
    const result = await connection.runAndReadAll(`SELECT * FROM read_parquet('${file}')`);
    for (const row of result.getRows()) cells += `${row.map(String).join('\n')}\n`;
  }
  connection.closeSync();
  return Buffer.from(cells);
}

/** What a node answers to all that can be asked of its flows, and what it says itself. */
async function answersOf(node: TestNode): Promise<Buffer> {
  const ask = (...args: string[]) => weir(...args, '--server', node.http, '--from', 'all');
  const told = [
    await ask('flows', '--format', 'jsonl', '--limit', '100000'),
    await ask('report', 'talkers', '--format', 'json'),
  ];
  for (const by of [...NAMES, 'src_addr', 'dst_addr', 'exporter'])
    told.push(await ask('query', '--by', by, '--top', '10000', '--format', 'json'));
  for (const answer of told) expect(answer, answer.stderr).toMatchObject({ code: 0 });
  const pages = await Promise.all(
    ['/metrics', '/api/v1/status', '/api/v1/host', '/api/v1/exporters'].map(async (path) =>
      (await fetch(node.http + path)).text(),
    ),
  );
  return Buffer.from([...told.map((a) => a.stdout), ...pages, node.stdout(), node.stderr()].join('\n'));
}

/** Where a form is found; each place that is searched by its name. */
function foundIn(places: Readonly<Record<string, Buffer>>, form: Buffer): string[] {
  return Object.keys(places).filter((name) => places[name]!.includes(form));
}

function lookFor(places: Readonly<Record<string, Buffer>>, gone: Pick<Gone, 'addresses' | 'texts' | 'pid'>): string[] {
  return formsOf(gone).flatMap((form) =>
    foundIn(places, form).map((place) => `${form.toString('latin1')} in ${place}`),
  );
}

const together = (files: readonly { bytes: Buffer }[]) => Buffer.concat(files.map((f) => f.bytes));

describe('records made at random, through the whole node', () => {
  const folder = tempFolder();
  const gone: { of: Gone; record: CaseRecord }[] = [];
  const places: Record<string, Buffer> = {};
  let kept = 0;

  beforeAll(async () => {
    const data = join(folder, 'data');
    const node = await startNode(data, ['--ipfix', '127.0.0.1:0']);
    const socket = await sender(node.portOf('ipfix'));
    const waiting: Uint8Array[] = [];
    const encoder = flowEncoder('ipfix', { domain: 1, send: (bytes) => waiting.push(bytes) });
    // A seed: four bytes of an address stand somewhere else by chance once in a thousand runs.
    for (const made of fc.sample(policyCase, { numRuns: 60, seed: 20_061 })) {
      const path = join(folder, 'policy.yaml');
      writeFileSync(path, policyText(made));
      const policy = loadPolicy(path, { stateDirectory: data, hostName: 'a' });
      const now = Date.now();
      for (const record of made.records) {
        gone.push({ of: goneOf(made.rules, record), record });
        const flow = { ...record.flow, start: now - 20, end: now };
        if (policy.apply(flow, now) === 'drop') continue;
        encoder.add(flow, now);
        kept += 1;
      }
      encoder.flush(now);
      for (const message of waiting.splice(0)) await socket.send(message);
      await sleep(5);
    }
    socket.close();
    const count = () =>
      weirJson<{ total: { records: number } }>(
        'query',
        '--by',
        'protocol',
        '--metrics',
        'records',
        '--from',
        'all',
        '--data',
        data,
      );
    await until(count, ({ total }) => total.records >= kept);
    await sleep(500);
    places.answers = await answersOf(node);
    places.journal = together(filesOf(data).filter((f) => f.path.startsWith('journal')));
    places['files of a node that runs'] = together(filesOf(data));
    await node.stop();
    places['files of one that stopped'] = together(filesOf(data));
    places.segments = await cellsOf(data);
    places.output = Buffer.from(node.stdout() + node.stderr());
  }, 360_000);
  afterAll(() => remove(folder));

  test('what the policies take away is found nowhere', () => {
    expect(gone.filter((g) => g.of.dropped).length).toBeGreaterThan(10);
    expect(gone.flatMap(({ of }) => lookFor(places, of))).toEqual([]);
  });

  test('what they leave alone is found in answers, journal and segments: the search finds what is there', () => {
    const whole = gone.filter((g) => !g.of.touched);
    expect(whole.length).toBeGreaterThan(10);
    for (const { record } of whole) {
      const { src, dst, pid, texts } = record;
      const values = [{ addresses: [src] }, { addresses: [dst] }, { pid }];
      for (const one of [...values, ...Object.values(texts).map((text) => ({ texts: [text] }))]) {
        const found = formsOf({ addresses: [], texts: [], pid: null, ...one }).flatMap((form) => foundIn(places, form));
        expect(new Set(found)).toEqual(new Set([...found, 'answers', 'journal', 'segments']));
      }
    }
  });
});

/** Answers each connection, and leaves it open. */
async function listener(): Promise<Server> {
  const server = createServer((socket) => socket.on('error', () => {}).write('x'.repeat(3_000)));
  await new Promise<void>((resolve) => server.listen(0, '0.0.0.0', resolve));
  return server;
}

const SHELL = '/bin/bash';

describe.skipIf(noEbpf !== null)('traffic of this machine', () => {
  const folder = tempFolder();
  // Other users must get there.
  const programs = mkdtempSync('/var/tmp/weir-policy-');
  afterAll(() => [folder, programs].forEach(remove));

  test('what the policy drops or hides is in no file and no answer, and how much was dropped is told', async (ctx) => {
    const data = join(folder, 'data');
    const servers = await Promise.all([listener(), listener(), listener()]);
    const [dropped, hidden, shown] = servers.map((s) => (s.address() as AddressInfo).port) as [number, number, number];
    const path = join(folder, 'policy.yaml');
    writeFileSync(
      path,
      `rules:
        - {name: nobody's business, match: dst port ${dropped}, actions: [drop]}
        - {name: hidden, match: dst port ${hidden}, actions: [{pseudonymise: [both, user]}, {remove: process_detail}]}
      `,
    );
    const node = await startNode(data, ['--host', 'on', '--host-policy', path, '--log', 'json']);
    try {
      const { level } = (await (await fetch(`${node.http}/api/v1/host`)).json()) as { level: string };
      if (level !== 'ebpf') return ctx.skip(`this machine meters by ${level}`);
      const clients = [dropped, hidden, shown].map((port, i) => ({
        port,
        name: `zq${i}${Date.now().toString(36)}`,
        address: `127.${101 + i}.${17 + i}.${211 + i}`,
        uid: 654_321 + i,
      }));
      chmodSync(programs, 0o755);
      const started = clients.map(({ port, name, address, uid }) => {
        const program = join(programs, name);
        copyFileSync(SHELL, program);
        chmodSync(program, 0o755);
        const script = `exec 3<>/dev/tcp/${address}/${port}; read -r -t 30 -N 9000 -u 3 answer`;
        const child = spawn(program, ['-c', script], { uid, stdio: 'ignore', cwd: '/' });
        const exited = new Promise((resolve, reject) => child.once('exit', resolve).once('error', reject));
        return { child, exited };
      });
      const open = () => weir('flows', '--active', '--server', node.http, '--format', 'jsonl', '--limit', '10000');
      const { stdout: active } = await until(open, ({ stdout }) => stdout.includes(clients[2]!.name));
      for (const { child, exited } of started) {
        child.kill();
        await exited;
      }
      const ask = () =>
        weirJson<Answer>('query', `port ${shown}`, '--by', 'process', '--server', node.http, '--from', 'all');
      await until(ask, ({ rows }) => rows.some(([process]) => process === clients[2]!.name));
      await sleep(1_500);
      const { quality } = await weirJson<Answer>('query', '--by', 'protocol', '--server', node.http, '--from', 'all');
      const { policy } = (await (await fetch(`${node.http}/api/v1/host`)).json()) as { policy: unknown };
      const answers = await answersOf(node);
      const running = filesOf(data);
      await node.stop();
      const places = {
        answers,
        'open flows': Buffer.from(active),
        journal: together(running.filter((f) => f.path.startsWith('journal'))),
        'files of a node that runs': together(running),
        'files of one that stopped': together(filesOf(data)),
        segments: await cellsOf(data),
        output: Buffer.from(node.stdout() + node.stderr()),
      };
      // Each end of the connection has a record of what it sent and of what it received.
      expect(policy).toMatchObject([
        { rule: "nobody's business", matched: 4, records: 4, bytes: quality.removed!.bytes },
        { rule: 'hidden', records: 0, bytes: 0 },
      ]);
      expect(quality.removed).toMatchObject({ records: 4, bytes: expect.any(Number) });
      expect(quality.removed!.bytes).toBeGreaterThan(3_000);
      expect(quality.removed!.bytes).toBeLessThan(6_000);
      const valuesOf = ({ name, address, uid }: (typeof clients)[number]) => ({
        texts: [name, String(uid)],
        addresses: [[0, 0, 0xffff, address.split('.').reduce((w, octet) => w * 256 + Number(octet), 0)] as const],
        pid: null,
      });
      expect(clients.slice(0, 2).flatMap((client) => lookFor(places, valuesOf(client)))).toEqual([]);
      for (const one of [
        { texts: [clients[2]!.name] },
        { texts: [String(clients[2]!.uid)] },
        { addresses: valuesOf(clients[2]!).addresses },
      ]) {
        const found = formsOf({ addresses: [], texts: [], pid: null, ...one }).flatMap((form) => foundIn(places, form));
        expect(new Set(found)).toEqual(new Set([...found, 'answers', 'journal', 'segments']));
      }
      expect(statSync(join(data, KEY)).mode & 0o777).toBe(0o600);
    } finally {
      await node.stop();
      for (const server of servers) server.close();
    }
  }, 360_000);
});

interface Answer {
  readonly rows: readonly (readonly unknown[])[];
  readonly quality: { readonly removed?: { readonly records: number; readonly bytes: number } };
}
