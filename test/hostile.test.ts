import { createSocket, type Socket } from 'node:dgram';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { NETFLOW5_HEADER_BYTES } from '../src/wire/index.ts';
import { fixtures, remove, startNode, type TestNode, tempFolder, until, weirJson } from './node.testing.ts';
import { N, numberedDatagram, storedNumbers } from './numbered.testing.ts';

/** What the node may grow by under all of one test's datagrams: batches and the writer's memory in use for the first time, and nothing that stays. */
const MAX_GROWTH_KB = 200 * 1024;
const SEED = 20_261_121;

let data: string;
let node: TestNode;
const sockets: Socket[] = [];
beforeEach(() => {
  data = tempFolder();
});
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.close();
  await node.stop();
  remove(data);
});

async function socketOn(address: string) {
  const socket = createSocket('udp4');
  sockets.push(socket);
  await new Promise<void>((resolve, reject) => {
    socket.once('error', reject);
    socket.bind(0, address, resolve);
  });
  return {
    send: (bytes: Uint8Array) =>
      new Promise<void>((resolve, reject) =>
        socket.send(bytes, node.port, '127.0.0.1', (e) => (e ? reject(e) : resolve())),
      ),
    close: () => {
      sockets.splice(sockets.indexOf(socket), 1);
      socket.close();
    },
  };
}

const HONEST = '127.1.1.1';
/** An exporter that sends its records in between and must not be touched by what others send. */
async function honest() {
  const out = await socketOn(HONEST);
  const bootMs = Date.now() - 3_600_000;
  let n = 0;
  return {
    get records() {
      return n * N;
    },
    send: async () => out.send(numberedDatagram(n++, bootMs)),
    /** As if one datagram were lost on the way. */
    skip: () => n++,
  };
}

/** How often each of the honest exporter's numbers is there: all of them, once. */
async function expectHonest(records: number, absent: readonly number[] = []): Promise<void> {
  // A number that is there twice stands twice.
  const read = async () =>
    [...(await storedNumbers(data, `exporter = ${HONEST}`))]
      .flatMap(([number, times]) => new Array<number>(times).fill(number))
      .sort((a, b) => a - b);
  const expected = Array.from({ length: records }, (_, i) => i).filter((i) => !absent.includes(i));
  expect(await until(read, (found) => found.length >= expected.length)).toEqual(expected);
}

function memoryKb(): number {
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${node.pid}/status`, 'utf8'))![1]);
}

interface Exporter {
  exporter: string;
  domain: number;
  counts: Record<string, number>;
}
const exporters = async () =>
  ((await (await fetch(`${node.http}/api/v1/exporters`)).json()) as { exporters: Exporter[] }).exporters;

async function metric(name: string): Promise<number> {
  const page = await (await fetch(`${node.http}/metrics`)).text();
  const line = page.split('\n').find((l) => l.startsWith(`${name} `));
  return Number(line?.slice(name.length + 1));
}

/** Sum of a counter over the streams of one address. */
function countOf(list: readonly Exporter[], address: string, counter: string): number {
  return list.filter((e) => e.exporter === address).reduce((sum, e) => sum + (e.counts[counter] ?? 0), 0);
}

function mulberry(seed: number): () => number {
  let a = seed;
  return () => {
    a = (a + 0x6d2b79f5) | 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** Datagrams of others' exporters, and our own. */
function originals(): Uint8Array[] {
  const own = [1, 3, 30].map((records) => numberedDatagram(1, Date.now() - 3_600_000, 0, records));
  if (fixtures === null) return own;
  const files = [
    'bitkeks/PACKET_V5.bin',
    'goflow2/netflowlegacy-TestDecodeNetFlowV5-data.bin',
    'vflow/v5-top-TestV5FlowPacket.bin',
  ];
  return [
    ...own,
    ...files
      .map((f) => join(fixtures!, 'hex-vectors', f))
      .filter((f) => existsSync(f))
      .map((f) => readFileSync(f)),
  ];
}

/** Sends `forged` from another address with an honest datagram after each 50; gives the honest exporter and the records of the node's growth. */
async function interleaved(attacker: string, forged: Iterable<Uint8Array>): Promise<{ sent: number; records: number }> {
  const good = await honest();
  const bad = await socketOn(attacker);
  await good.send();
  let sent = 0;
  for (const bytes of forged) {
    await bad.send(bytes);
    if (++sent % 50 === 0) await good.send();
  }
  await good.send();
  return { sent, records: good.records };
}

/** What holds after any attack: the node is up, the honest exporter has all its records, once, and no loss; memory is bounded. */
async function expectUnharmed(records: number, beforeKb: number): Promise<void> {
  await expectHonest(records);
  const read = async () =>
    (
      await weirJson<{ data: { exporters: (Exporter & { lost: number; records: number; errors: object })[] } }>(
        'report',
        'exporters',
        '--data',
        data,
        '--from',
        'all',
      )
    ).data.exporters.find((e) => e.exporter === HONEST);
  const line = await until(read, (l) => (l?.records ?? 0) >= records);
  expect(line).toMatchObject({ records, lost: 0, errors: {} });
  expect(((await (await fetch(`${node.http}/api/v1/health`)).json()) as { version: string }).version).toBeTypeOf(
    'string',
  );
  expect(memoryKb() - beforeKb).toBeLessThan(MAX_GROWTH_KB);
}

const ATTACKER = '127.6.6.6';

/** Versions whose datagrams are read. */
const READ = [5, 7, 9, 10];

describe('datagrams that lie', () => {
  let beforeKb: number;
  beforeEach(async () => {
    node = await startNode(data);
    beforeKb = memoryKb();
  });

  test('v5 cut at every length: each is counted by its cause, whole records are kept', async () => {
    const cut = originals().flatMap((bytes) =>
      Array.from({ length: bytes.length }, (_, length) => bytes.subarray(0, length)),
    );
    const { sent, records } = await interleaved(ATTACKER, cut);
    await expectUnharmed(records, beforeKb);
    const list = await until(exporters, (l) => countOf(l, ATTACKER, 'datagrams') >= sent);
    const short = cut.filter((c) => c.length < NETFLOW5_HEADER_BYTES).length;
    expect(countOf(list, ATTACKER, 'error_too_short')).toBe(short);
    // Cut within trailing bytes, a datagram is still whole; everywhere else it lacks something.
    const truncated = cut.filter(
      (c) => c.length >= NETFLOW5_HEADER_BYTES && c.length < 24 + 48 * ((c[2]! << 8) | c[3]!),
    ).length;
    expect(countOf(list, ATTACKER, 'error_truncated')).toBe(truncated);
    const whole = cut.reduce(
      (n, c) => n + (c.length < 24 ? 0 : Math.min((c[2]! << 8) | c[3]!, Math.floor((c.length - 24) / 48))),
      0,
    );
    expect(countOf(list, ATTACKER, 'records')).toBe(whole);
    expect(await metric('weir_ingest_errors_by_cause_total{cause="too_short"}')).toBe(short);
    expect(await metric('weir_ingest_errors_by_cause_total{cause="truncated"}')).toBe(truncated);
    expect(await metric(`weir_exporter_error_truncated_total{exporter="${ATTACKER}",domain="0"}`)).toBeGreaterThan(0);
    const { quality } = await weirJson<{ quality: { lost: { errors: object; by: { decode: number } } } }>(
      'query',
      '--data',
      data,
      '--from',
      'all',
      '--by',
      'exporter',
    );
    expect(quality.lost.errors).toMatchObject({ too_short: short, truncated });
    expect(quality.lost.by.decode).toBeGreaterThan(0);
  });

  test('v5 with each bit of its header flipped, and bits of its records', async () => {
    const random = mulberry(SEED);
    const flipped = originals().flatMap((bytes) => {
      const bits = Array.from({ length: NETFLOW5_HEADER_BYTES * 8 }, (_, bit) => bit);
      for (let i = 0; i < 600; i++) bits.push(Math.floor(random() * bytes.length * 8));
      return bits.map((bit) => {
        const copy = Uint8Array.from(bytes);
        copy[bit >>> 3]! ^= 1 << (bit & 7);
        return copy;
      });
    });
    const { sent, records } = await interleaved(ATTACKER, flipped);
    await expectUnharmed(records, beforeKb);
    const list = await until(exporters, (l) => countOf(l, ATTACKER, 'datagrams') >= sent);
    expect(countOf(list, ATTACKER, 'datagrams')).toBe(sent);
    const version = flipped.filter((f) => !READ.includes((f[0]! << 8) | f[1]!)).length;
    expect(version).toBeGreaterThanOrEqual(14 * originals().length);
    expect(countOf(list, ATTACKER, 'error_unsupported_version')).toBe(version);
    const bad = flipped.filter(
      (f) => f[0] === 0 && f[1] === 5 && (((f[2]! << 8) | f[3]!) === 0 || ((f[2]! << 8) | f[3]!) > 1_365),
    ).length;
    expect(countOf(list, ATTACKER, 'error_bad_count')).toBeGreaterThanOrEqual(bad);
    expect(countOf(list, ATTACKER, 'error_bad_count')).toBeGreaterThan(0);
  });

  test('random bytes, every version number, empty datagrams and the largest that UDP carries', async () => {
    const random = mulberry(SEED + 1);
    const bytes = (length: number) => Uint8Array.from({ length }, () => random() * 256);
    const template = numberedDatagram(1, Date.now() - 3_600_000);
    function* all() {
      for (let i = 0; i < 2_000; i++) yield bytes(Math.floor(random() * 1_500));
      for (let version = 0; version < 65_536; version += version < 300 ? 1 : 61) {
        if (READ.includes(version)) continue;
        const copy = Uint8Array.from(template);
        copy[0] = version >>> 8;
        copy[1] = version & 255;
        yield copy;
      }
      for (let i = 0; i < 200; i++) yield new Uint8Array(0);
      for (let i = 0; i < 40; i++) {
        const big = new Uint8Array(65_507).fill(i);
        big.set(template.subarray(0, i % 2 === 0 ? template.length : 0));
        yield big;
      }
    }
    const { sent, records } = await interleaved(ATTACKER, all());
    await expectUnharmed(records, beforeKb);
    const list = await until(exporters, (l) => countOf(l, ATTACKER, 'datagrams') >= sent);
    expect(countOf(list, ATTACKER, 'datagrams')).toBe(sent);
    expect(countOf(list, ATTACKER, 'error_too_short')).toBeGreaterThanOrEqual(200);
    expect(countOf(list, ATTACKER, 'error_unsupported_version')).toBeGreaterThan(2_500);
    // The header announces N records, 65,000 bytes follow: those N are taken, and the rest is said to be too much.
    expect(countOf(list, ATTACKER, 'error_trailing_bytes')).toBe(20);
    expect(countOf(list, ATTACKER, 'records')).toBe(20 * N);
    expect(await metric('weir_ingest_errors_total')).toBeGreaterThanOrEqual(sent - 20);
  });
});

test('10,000 forged exporters: the table is bounded, the rest is counted together, every record keeps its exporter, the honest one its account', async () => {
  const LIMIT = 1_000;
  const ADDRESSES = 500;
  const DOMAINS = 20;
  node = await startNode(data, ['--max-exporters', String(LIMIT)]);
  const good = await honest();
  for (let i = 0; i < 5; i++) await good.send();
  const beforeKb = memoryKb();
  const bootMs = Date.now() - 3_600_000;
  const absent: number[] = [];
  for (let a = 0; a < ADDRESSES; a++) {
    const forged = await socketOn(`127.9.${a >>> 7}.${1 + (a & 127)}`);
    for (let domain = 0; domain < DOMAINS; domain++) await forged.send(numberedDatagram(a, bootMs, domain, 1));
    forged.close();
    if (a % 50 === 49) {
      if (a === 249) {
        absent.push(...Array.from({ length: N }, (_, i) => good.records + i));
        good.skip();
      }
      await good.send();
    }
  }
  const records = good.records;
  await expectHonest(records, absent);

  const list = await until(exporters, (l) => countOf(l, '(others)', 'datagrams') > 0);
  expect(list).toHaveLength(LIMIT + 1);
  expect(countOf(list, '(others)', 'records')).toBe(ADDRESSES * DOMAINS - (LIMIT - 1));
  expect(countOf(list, '(others)', 'lost')).toBe(0);
  expect(countOf(list, HONEST, 'lost')).toBe(N);
  await until(
    () => metric('weir_ingest_exporters'),
    (n) => n === LIMIT,
  );
  expect(await metric('weir_ingest_exporters_overflow_total')).toBe(ADDRESSES * DOMAINS - (LIMIT - 1));
  const { findings } = (await (await fetch(`${node.http}/api/v1/health`)).json()) as {
    findings: { subject: string; text: string }[];
  };
  expect(findings.map((f) => f.text).join()).toContain('found no room in the table');

  const answer = await weirJson<{ rows: [string, number][]; total: { records: number }; other: unknown }>(
    'query',
    '--data',
    data,
    '--from',
    'all',
    '--by',
    'exporter',
    '--metrics',
    'records',
    '--top',
    '1000',
    `not exporter = ${HONEST}`,
  );
  expect(answer.rows).toHaveLength(ADDRESSES);
  expect(answer.total.records).toBe(ADDRESSES * DOMAINS);
  const report = await weirJson<{
    data: { exporters: Exporter[] };
    quality: { lost: { records: number; by: object } };
  }>('report', 'exporters', '--data', data, '--from', 'all');
  expect(report.data.exporters.find((e) => e.exporter === HONEST)).toMatchObject({ records: records - N, lost: N });
  expect(report.quality.lost).toMatchObject({ records: N, by: { network: N } });
  expect(memoryKb() - beforeKb).toBeLessThan(MAX_GROWTH_KB);
});

test('10,000 changes of a port in mid-stream, with 8,000 streams known: the others are still received', async () => {
  node = await startNode(data, ['--max-exporters', '10000']);
  const good = await honest();
  const bootMs = Date.now() - 3_600_000;
  const crowd = await socketOn(ATTACKER);
  for (let domain = 1; domain <= 8_000; domain++) await crowd.send(numberedDatagram(0, bootMs, domain, 1));
  const hopping = await Promise.all(Array.from({ length: 20 }, () => socketOn(ATTACKER)));
  for (let n = 0; n < 10_000; n++) {
    await hopping[n % hopping.length]!.send(numberedDatagram(n, bootMs, 0, N));
    if (n % 50 === 0) await good.send();
  }
  await expectHonest(good.records);
  const read = () =>
    weirJson<{ quality: { lost: { records: number; received: number } } }>(
      'query',
      '--data',
      data,
      '--from',
      'all',
      '--by',
      'exporter',
    );
  const { quality } = await until(read, (a) => a.quality.lost.received >= 8_000 + 10_000 * N + good.records);
  expect(quality.lost.records).toBe(0);
  expect(await metric('weir_ingest_kernel_drops_total')).toBe(0);
});
