import { once } from 'node:events';
import { mkdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createLog, ManualClock } from '../src/base/index.ts';
import type { BlocklistsOptions, Blocklists as Lists } from '../src/server/blocklists/blocklists.ts';
import { remove, startNode, type TestNode, tempFolder, until } from './node.testing.ts';

/** As built: lists are read in a thread of their own. */
const { Blocklists } = (await import(new URL('../dist/server/blocklists/blocklists.js', import.meta.url).href)) as {
  Blocklists: new (options: BlocklistsOptions) => Lists;
};

const log = createLog({ style: 'json', level: 'fatal' });
const HOUR = 3_600_000;
let folder: string;
let server: Server;
let body: string | Buffer;
let status: number;
let asked: number;
let headers: Record<string, string>;
let node: TestNode | undefined;
let lists: Lists | undefined;

beforeEach(async () => {
  folder = tempFolder();
  headers = {};
  [body, status, asked] = ['198.51.100.7\n198.51.101.0/24\nx.example.com\n', 200, 0];
  server = createServer((_, response) => {
    asked += 1;
    response.writeHead(status, headers).end(body);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
});

afterEach(async () => {
  await lists?.stop();
  await node?.kill();
  [lists, node] = [undefined, undefined];
  server.closeAllConnections();
  server.close();
  remove(folder);
});

const url = () => `http://127.0.0.1:${(server.address() as AddressInfo).port}/list?key=secret`;
const source = () => ({ name: 'bad', url: url(), file: null, format: null, refreshMs: HOUR });

function open(clock: ManualClock, more: Partial<BlocklistsOptions> = {}): Lists {
  lists = new Blocklists({ directory: join(folder, 'lists'), lists: [source()], home: [], log, clock, ...more });
  lists.start();
  return lists;
}

const content = (of: Lists) => of.files().map(({ path }) => readFileSync(path, 'utf8'));
const settled = (of: Lists, is: (status: ReturnType<Lists['status']>[0]) => boolean) =>
  until(
    async () => of.status()[0]!,
    (found) => is(found),
  );

it('a list is kept over a restart without a network, and its source is asked again when it is due', async () => {
  const clock = new ManualClock(Date.UTC(2026, 10, 22));
  let changes = 0;
  const first = open(clock);
  first.onChange(() => {
    changes += 1;
  });
  await settled(first, ({ kept }) => kept !== null);
  expect(content(first)).toEqual(['198.51.100.7/32\n198.51.101.0/24\n']);
  expect(first.status()[0]).toMatchObject({ kept: { report: { entries: 2, rejected: { name: 1 } } }, failure: null });
  expect([changes, first.status()[0]!.source.includes('secret')]).toEqual([1, false]);
  await first.stop();

  status = 500;
  clock.advance(HOUR / 2);
  const second = open(clock);
  expect(content(second)).toHaveLength(1);
  const revision = second.files()[0]!.revision;
  clock.advance(HOUR);
  await settled(second, ({ failure }) => failure !== null);
  expect(second.status()[0]!.failure).toMatchObject({ reason: 'status' });
  expect([second.files()[0]!.revision, asked]).toEqual([revision, 2]);

  [status, body] = [200, gzipSync('{"cidr":"2001:db8::/32"}\n')];
  clock.advance(HOUR);
  await settled(second, ({ failure }) => failure === null);
  expect(content(second)).toEqual(['2001:db8::/32\n']);
  expect(second.files()[0]!.revision).not.toBe(revision);
});

it.each([
  ['empty', ''],
  ['a web page', '<html>maintenance</html>'],
  ['cut packed bytes', gzipSync('198.51.100.9\n'.repeat(500)).subarray(0, 40)],
  ['names', '0.0.0.0 a.example.com\n'],
  ['everything', '0.0.0.0/0\n'],
])('an answer that is %s takes the place of no good list', async (_, bad) => {
  const clock = new ManualClock(Date.UTC(2026, 10, 22));
  const open1 = open(clock);
  await settled(open1, ({ kept }) => kept !== null);
  const before = content(open1);
  body = bad;
  clock.advance(2 * HOUR);
  await settled(open1, ({ failure }) => failure !== null);
  expect(open1.status()[0]!.failure).toMatchObject({ reason: 'broken' });
  expect(content(open1)).toEqual(before);
});

it('another source of the same name is another list', async () => {
  const clock = new ManualClock(Date.UTC(2026, 10, 22));
  await settled(open(clock), ({ kept }) => kept !== null);
  await lists!.stop();
  status = 500;
  expect(open(clock, { lists: [{ ...source(), url: `${url()}2` }] }).files()).toEqual([]);
});

it('a file is read again when it has changed, and one that is gone leaves the copy', async () => {
  const clock = new ManualClock(Date.UTC(2026, 10, 22));
  const file = join(folder, 'bad.txt');
  writeFileSync(file, '198.51.100.7\n');
  const own = open(clock, { lists: [{ ...source(), name: 'own', url: null, file }] });
  await settled(own, ({ kept }) => kept !== null);
  writeFileSync(file, '198.51.100.8\n');
  utimesSync(file, 1, 1);
  clock.advance(60_000);
  await until(
    async () => content(own),
    ([text]) => text === '198.51.100.8/32\n',
  );
  remove(file);
  mkdirSync(file);
  clock.advance(60_000);
  await settled(own, ({ failure }) => failure?.reason === 'unreadable');
  expect(content(own)).toEqual(['198.51.100.8/32\n']);
});

it('lists are fetched beside each other, and a server that drips holds neither files nor other servers nor the end', async () => {
  const dripping = createServer((_, response) => {
    response.writeHead(200).write('198.51.100.1\n');
  }).listen(0, '127.0.0.1');
  await once(dripping, 'listening');
  const file = join(folder, 'own.txt');
  writeFileSync(file, '198.51.100.8\n');
  const slow = `http://127.0.0.1:${(dripping.address() as AddressInfo).port}/`;
  const named = (name: string, at: string) => ({ ...source(), name, url: at });
  const three = ['s1', 's2', 's3'].map((name) => named(name, slow));
  const all = open(new ManualClock(Date.UTC(2026, 10, 22)), {
    lists: [...three, named('quick', url()), { ...source(), name: 'own', url: null, file }],
  });
  await until(
    async () => all.status(),
    (found) => found.filter(({ kept }) => kept !== null).length === 2,
  );
  expect(all.files().map(({ name }) => name)).toEqual(['quick', 'own']);
  const began = performance.now();
  await all.stop();
  expect(performance.now() - began).toBeLessThan(5_000);
  dripping.closeAllConnections();
  dripping.close();
});

it('a source that failed is asked later and later, whichever process asks, and no sooner than its server wants', async () => {
  const clock = new ManualClock(Date.UTC(2026, 10, 22));
  status = 503;
  const look = async () => {
    // As in the process of an agent's store, which comes and goes.
    const passing = new Blocklists({ directory: join(folder, 'lists'), lists: [source()], home: [], log, clock });
    await passing.look();
    await passing.stop();
    return passing.status()[0]!.failure;
  };
  expect(await look()).toMatchObject({ reason: 'status', status: 503, inRow: 1 });
  await look();
  expect(asked).toBe(1);
  clock.advance(6 * 60_000);
  expect(await look()).toMatchObject({ inRow: 2 });
  clock.advance(6 * 60_000);
  await look();
  expect(asked).toBe(2);
  headers = { 'retry-after': '7200' };
  clock.advance(HOUR);
  await look();
  expect(asked).toBe(3);
  clock.advance(7_100_000);
  await look();
  // A node that starts asks soon for what failed, but not before that either.
  await open(clock).stop();
  expect(asked).toBe(3);
  status = 200;
  clock.advance(200_000);
  expect(await look()).toBeNull();
  expect(asked).toBe(4);
});

it('on demand files are read again and servers asked, although nothing is due', async () => {
  const clock = new ManualClock(Date.UTC(2026, 10, 22));
  const file = join(folder, 'own.txt');
  const write = (text: string) => {
    writeFileSync(file, text);
    utimesSync(file, 1, 1);
  };
  write('198.51.100.8\n');
  const both = open(clock, { lists: [source(), { ...source(), name: 'own', url: null, file }] });
  await until(
    async () => both.files(),
    (found) => found.length === 2,
  );
  // Of the same size and time: nothing tells that it is another.
  write('198.51.100.9\n');
  body = '203.0.113.1\n';
  both.reload();
  await until(
    async () => content(both).join(''),
    (text) => text === '203.0.113.1/32\n198.51.100.9/32\n',
  );
  expect(asked).toBe(2);
});

it('a file with a mistake is told with its line', async () => {
  const file = join(folder, 'own.txt');
  writeFileSync(file, '# own\n\nnot an address\n');
  const own = open(new ManualClock(Date.UTC(2026, 10, 22)), { lists: [{ ...source(), url: null, file }] });
  await settled(own, ({ failure }) => failure !== null);
  expect(own.status()[0]!.failure).toMatchObject({
    reason: 'broken',
    message: expect.stringContaining('line 3 is no address: "not an address"'),
  });
});

it('a node that gets SIGHUP asks its servers again', async () => {
  const config = join(folder, 'weir.yaml');
  writeFileSync(config, `blocklists:\n  - {name: bad, url: "${url()}"}\n`);
  node = await startNode(join(folder, 'store'), ['--config', config, '--no-host']);
  const { http } = node;
  const entries = (n: number) =>
    until(
      async () => (await fetch(`${http}/metrics`)).text(),
      (text) => text.includes(`weir_blocklist_entries{list="bad"} ${n}`),
    );
  await entries(2);
  body = '203.0.113.1\n';
  process.kill(node.pid, 'SIGHUP');
  await entries(1);
});

it('a node tells the state of its lists in its health and its metrics', async () => {
  const config = join(folder, 'weir.yaml');
  writeFileSync(config, `blocklists:\n  - {name: bad, url: "${url()}"}\n  - {name: gone, file: ${folder}/none.txt}\n`);
  node = await startNode(join(folder, 'store'), ['--config', config, '--no-host']);
  const { http } = node;
  const page = await until(
    async () => (await fetch(`${http}/metrics`)).text(),
    (text) => text.includes('weir_blocklist_entries{list="bad"} 2') && text.includes('cause="unreadable"} 1'),
  );
  expect(page).toContain('weir_blocklist_failures_total{list="gone",cause="unreadable"} 1');
  const health = (await (await fetch(`${http}/api/v1/health`)).json()) as { findings: { subject: string }[] };
  expect(health.findings.filter(({ subject }) => subject.startsWith('block list'))).toMatchObject([
    {
      level: 'ok',
      subject: 'block list bad',
      text: expect.stringMatching(
        /^2 entries, .* old; left out 1 name of a host \(line 3 is the name of a host: "x.example.com"\)$/,
      ),
    },
    { level: 'warn', subject: 'block list gone', text: expect.stringContaining('no such file') },
  ]);
});
