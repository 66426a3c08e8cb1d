/** Floods of templates, options, samples and names against a node, while honest exporters send at a steady rate: nothing of theirs is lost. */
import { createSocket, type Socket } from 'node:dgram';
import { openSync, readdirSync, readFileSync, readSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import * as sflow from '../src/wire/sflow/sflow.testing.ts';
import { Random } from './fuzz-random.testing.ts';
import { ATTACKS, type Attack } from './hostile-attacks.testing.ts';
import { remove, sleep, startNode, type TestNode, tempFolder, until, weirJson } from './node.testing.ts';
import { NumberedExporter } from './templates.testing.ts';

/** Datagrams of most floods, and how many of them go out between two pauses: some 5,000 a second. */
const DATAGRAMS = 2_000;
const AT_ONCE = 10;
/** The honest exporters send this often: some 4,000 records a second of each of the first two. */
const EVERY_MS = 5;
const SAMPLES = 4;
const ATTACKER_PORTS = 40;
/** After all of them: batches of 65,536 rows with many live columns, and dictionaries of names, take most of it. */
const MAX_RSS_KB = 2_048 * 1_024;
const MAX_STATE_BYTES = 64 << 20;
/** A node that floods hold up does not answer at all, or after minutes; a busy machine of two cores may take seconds to start the command. */
const QUERY_MS = 10_000;

const data = tempFolder();
let node: TestNode;
const sockets: Socket[] = [];
const figures: string[] = [];

beforeAll(async () => {
  node = await startNode(data);
});
afterAll(async () => {
  for (const socket of sockets) socket.close();
  await node?.stop();
  remove(data);
  process.stdout.write(`${figures.join('\n')}\n`);
});

async function socketOn(address: string): Promise<(bytes: Uint8Array) => Promise<void>> {
  const socket = createSocket('udp4');
  sockets.push(socket);
  await new Promise<void>((resolve) => socket.bind(0, address, resolve));
  return (bytes) => new Promise((resolve) => socket.send(bytes, node.port, '127.0.0.1', () => resolve()));
}

interface Honest {
  readonly address: string;
  readonly records: number;
  next(): Uint8Array;
  template?(): Uint8Array;
}

function numbered(address: string, version: 9 | 10): Honest {
  const exporter = new NumberedExporter(version);
  return {
    address,
    get records() {
      return exporter.numbers;
    },
    next: () => exporter.data(),
    template: () => exporter.template(),
  };
}

function sampler(address: string): Honest {
  const packet = sflow.rawHeader(sflow.ethernet(0x800, sflow.ipv4(6, sflow.tcp(1_000, 443))));
  let sent = 0;
  return {
    address,
    get records() {
      return sent * SAMPLES;
    },
    next: () => {
      sent += 1;
      const samples = Array.from({ length: SAMPLES }, (_, i) =>
        sflow.flowSample([packet], { sequence: (sent - 1) * SAMPLES + i + 1 }),
      );
      return sflow.datagram(samples, { agent: address, sequence: sent, uptimeMs: 1_000_000 + sent * EVERY_MS });
    },
  };
}

const honest: readonly Honest[] = [numbered('127.1.1.1', 9), numbered('127.1.1.2', 10), sampler('127.1.1.3')];
const senders = new Map<Honest, (bytes: Uint8Array) => Promise<void>>();

/** The honest exporters send until `over`; how many records a second. */
async function sendHonest(over: Promise<unknown>): Promise<number> {
  let done = false;
  void over.finally(() => (done = true));
  const begun = performance.now();
  const before = honest.reduce((sum, h) => sum + h.records, 0);
  for (let n = 0; !done; n++) {
    for (const h of honest) await senders.get(h)!(h.next());
    const ahead = begun + (n + 1) * EVERY_MS - performance.now();
    if (ahead > 0) await sleep(ahead);
  }
  return (honest.reduce((sum, h) => sum + h.records, 0) - before) / ((performance.now() - begun) / 1_000);
}

interface Listed {
  readonly exporter: string;
  readonly counts: Readonly<Record<string, number>>;
}
const listed = async () =>
  ((await (await fetch(`${node.http}/api/v1/exporters`)).json()) as { exporters: Listed[] }).exporters;
const countOf = (list: readonly Listed[], address: string, counter: string) =>
  list.filter((e) => e.exporter === address).reduce((sum, e) => sum + (e.counts[counter] ?? 0), 0);

/** What the streams have against what they got. */
function namedCauses(list: readonly Listed[]): Set<string> {
  const names = list.flatMap(({ counts }) => Object.keys(counts));
  return new Set(names.filter((name) => name.startsWith('error_') || name === 'text_overflow'));
}

async function metric(name: string): Promise<number> {
  const page = await (await fetch(`${node.http}/metrics`)).text();
  return page
    .split('\n')
    .filter((l) => l.startsWith(name))
    .reduce((sum, l) => sum + Number(l.slice(l.lastIndexOf(' ') + 1)), 0);
}

const rssKb = () => Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${node.pid}/status`, 'utf8'))![1]);

/** All that honest exporters sent has been decoded, and nothing of it is missing or in error. */
async function expectHonest(): Promise<void> {
  for (const h of honest) {
    const list = await until(listed, (l) => countOf(l, h.address, 'records') >= h.records);
    expect(countOf(list, h.address, 'records')).toBe(h.records);
    const wrong = list
      .filter((e) => e.exporter === h.address)
      .flatMap(({ counts }) => Object.entries(counts))
      .filter(
        ([name]) => name === 'lost' || name.startsWith('error_') || name === 'not_counted' || name === 'unreadable',
      );
    expect(wrong).toEqual([]);
  }
}

interface Answer {
  readonly rows: readonly (readonly [string, number])[];
}
const ask = (filter: string) =>
  weirJson<Answer>(
    ...['query', filter, '--data', data, '--from', 'all', '--by', 'exporter', '--metrics', 'records', '--top', '1000'],
  );
const HONEST = 'exporter in [127.1.1.1 127.1.1.2 127.1.1.3]';

async function flood(attack: Attack, attackers: readonly ((bytes: Uint8Array) => Promise<void>)[]): Promise<number> {
  const random = new Random(20_261_121, ATTACKS.indexOf(attack));
  let bytes = 0;
  for (let i = 0; i < (attack.datagrams ?? DATAGRAMS); i++) {
    const datagram = attack.datagram(i, random);
    bytes += datagram.length;
    await attackers[random.below(attackers.length)]!(datagram);
    if (i % AT_ONCE === AT_ONCE - 1) await sleep(2);
  }
  return bytes;
}

describe.sequential('honest exporters under floods', () => {
  test('without a flood', { timeout: 90_000 }, async () => {
    for (const h of honest) {
      senders.set(h, await socketOn(h.address));
      if (h.template) await senders.get(h)!(h.template());
    }
    const cpu = await metric('weir_ingest_cpu_seconds_total');
    const rate = await sendHonest(sleep(2_000));
    await expectHonest();
    const spent = (await metric('weir_ingest_cpu_seconds_total')) - cpu;
    figures.push(
      `without a flood: ${Math.round(rate)} honest records/s, ${spent.toFixed(2)} CPU s, RSS ${rssKb() >> 10} MiB`,
    );
  });

  ATTACKS.forEach((attack, k) => {
    test(attack.name, { timeout: 180_000 }, async () => {
      const address = `127.6.6.${k + 1}`;
      const attackers = await Promise.all(Array.from({ length: ATTACKER_PORTS }, () => socketOn(address)));
      const cpu = await metric('weir_ingest_cpu_seconds_total');
      const running = flood(attack, attackers);
      const [bytes, rate] = await Promise.all([running, sendHonest(running)]);
      await expectHonest();
      const begun = performance.now();
      await ask(HONEST);
      const asked = performance.now() - begun;
      const list = await listed();
      const told = namedCauses(list.filter((e) => e.exporter === address || e.exporter === '(others)'));
      expect(attack.causes.length === 0 || attack.causes.some((cause) => told.has(cause))).toBe(true);
      const spent = (await metric('weir_ingest_cpu_seconds_total')) - cpu;
      figures.push(
        `${attack.name}: ${(bytes / 1e6).toFixed(1)} MB, ${Math.round(rate)} honest records/s, ${spent.toFixed(2)} CPU s, query ${Math.round(asked)} ms, RSS ${rssKb() >> 10} MiB; ${[...told].join(' ')}`,
      );
      expect(rssKb()).toBeLessThan(MAX_RSS_KB);
    });
  });

  test('all of them are stored once, the node answers, the floods are named', { timeout: 180_000 }, async () => {
    const sum = (answer: Answer) => answer.rows.reduce((n, [, records]) => n + Number(records), 0);
    const expected = honest.reduce((n, h) => n + h.records, 0);
    const answer = await until(
      () => ask(HONEST),
      (a) => sum(a) >= expected,
    );
    expect(new Map(answer.rows.map(([exporter, records]) => [exporter, Number(records)]))).toEqual(
      new Map(honest.map((h) => [h.address, h.records])),
    );
    expect(await metric('weir_ingest_kernel_drops_total')).toBe(0);
    const begun = performance.now();
    const report = await weirJson<{
      data: { exporters: { exporter: string; lost: number; errors: Record<string, number> }[] };
    }>(...['report', 'exporters', '--data', data, '--from', 'all']);
    figures.push(
      `report exporters: ${report.data.exporters.length} lines in ${Math.round(performance.now() - begun)} ms`,
    );
    for (const h of honest)
      expect(report.data.exporters.find((e) => e.exporter === h.address)).toMatchObject({ lost: 0, errors: {} });
    const causes = new Set(report.data.exporters.flatMap(({ errors }) => Object.keys(errors)));
    expect([...causes]).toEqual(
      expect.arrayContaining(['bad_length', 'bad_template', 'no_template', 'bad_record', 'bad_sample']),
    );
    const times: number[] = [];
    for (let i = 0; i < 3; i++) {
      const from = performance.now();
      await ask(HONEST);
      times.push(performance.now() - from);
    }
    expect(Math.min(...times)).toBeLessThan(QUERY_MS);
  });

  test('a restart keeps what honest exporters told, from files of bounded size', { timeout: 180_000 }, async () => {
    await node.kill();
    const headers = journals().map(headerBytes);
    figures.push(`journal headers: ${headers.map((n) => `${(n / 1e6).toFixed(1)} MB`).join(', ')}`);
    for (const bytes of headers) expect(bytes).toBeLessThan(MAX_STATE_BYTES);
    const begun = performance.now();
    node = await startNode(data, [], node.port);
    figures.push(`start after kill -9: ${Math.round(performance.now() - begun)} ms`);
    // No template again.
    await sendHonest(sleep(500));
    await sleep(1_000);
    const stopped = performance.now();
    expect(await node.stop()).toBe(0);
    figures.push(`stop: ${Math.round(performance.now() - stopped)} ms`);
    for (const name of readdirSync(data, { recursive: true, encoding: 'utf8' }).filter((f) => f.endsWith('.json'))) {
      const { size } = statSync(join(data, name));
      figures.push(`${name}: ${(size / 1e6).toFixed(1)} MB`);
      expect(size).toBeLessThan(MAX_STATE_BYTES);
    }
    const answer = await ask(HONEST);
    expect(new Map(answer.rows.map(([exporter, records]) => [exporter, Number(records)]))).toEqual(
      new Map(honest.map((h) => [h.address, h.records])),
    );
  });
});

function journals(): string[] {
  return readdirSync(data, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.journal'))
    .map((name) => join(data, name));
}

/** The length of the header stands behind the magic number (src/store/journal-format.ts). */
function headerBytes(path: string): number {
  const head = Buffer.alloc(16);
  readSync(openSync(path, 'r'), head, 0, 16, 0);
  return head.readUInt32LE(8);
}
