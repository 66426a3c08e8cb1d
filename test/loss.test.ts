import { createSocket, type Socket } from 'node:dgram';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { encodeNetflow5, type Netflow5Export } from '../src/wire/index.ts';
import { remove, sleep, startNode, type TestNode, tempFolder, until, weir, weirJson } from './node.testing.ts';

/** Records of each datagram here. */
const N = 10;
const BYTES = 1_000;
const PACKETS = 4;
const HOUR = 3_600_000;

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

interface Quality {
  lost: {
    records: number;
    received: number;
    by: Record<string, number>;
    recovered: number;
    duplicated: number;
    restarts: number;
    errors: Record<string, number>;
  };
  sampling: {
    sampled_share: number;
    known_share: number;
    min_rate: number;
    max_rate: number;
    origins: string[];
    error95: Record<string, { total: number; half_width: number }>;
  };
  clocks: { corrected_records: number };
}
type Line = Record<string, unknown> & { exporter: string; domain: number; records: number; lost: number };

/** A socket of an exporter: an address of this machine and a port of its own. */
async function socketOn(from = '127.0.0.1', to = '127.0.0.1') {
  const socket = createSocket(from.includes(':') ? 'udp6' : 'udp4');
  sockets.push(socket);
  await new Promise<void>((resolve) => socket.bind(0, from, resolve));
  return (bytes: Uint8Array) =>
    new Promise<void>((resolve, reject) => socket.send(bytes, node.port, to, (e) => (e ? reject(e) : resolve())));
}

/** Datagram number n of a stream: its N records follow those of the datagrams before. */
function datagram(n: number, head: Partial<Netflow5Export> = {}): Uint8Array {
  const exportMs = head.exportMs ?? Date.now();
  const records = Array.from({ length: N }, (_, i) => ({
    src: 0x0a000000 + n,
    dst: 0xc0a80001,
    packets: PACKETS,
    bytes: BYTES,
    startMs: exportMs - 3_000,
    endMs: exportMs - 1_000,
    srcPort: 10_000 + i,
    dstPort: 443,
    protocol: 6,
  }));
  return encodeNetflow5(records, { exportMs, bootMs: exportMs - HOUR, sequence: n * N, ...head }).datagrams[0]!;
}

/** Sends the datagrams in the order given, in steps that the node's clock tells apart as one stream. */
async function sendAll(
  send: (bytes: Uint8Array) => Promise<void>,
  numbers: readonly number[],
  head: Partial<Netflow5Export> = {},
) {
  for (const n of numbers) await send(datagram(n, head));
}

const range = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i);

/** What `weir query` says once `records` records and the account of them are there. */
async function ask(records: number) {
  const read = () =>
    weirJson<{ total: Record<'records' | 'bytes' | 'packets' | 'raw_bytes', number>; quality: Quality }>(
      'query',
      '--data',
      data,
      '--by',
      'exporter',
      '--metrics',
      'records,bytes,packets,raw_bytes',
      '--from',
      'all',
    );
  // The account of loss follows the records within a second.
  return until(read, (a) => a.total.records >= records && a.quality.lost.received >= records);
}

/** What `weir report exporters` says. */
async function lines(): Promise<Line[]> {
  const report = await weirJson<{ data: { exporters: Line[] } }>(
    'report',
    'exporters',
    '--data',
    data,
    '--from',
    'all',
  );
  return report.data.exporters;
}

interface FlowTimes {
  readonly start: number;
  readonly end: number;
  readonly time: number;
  readonly received: number;
}

/** Records as `weir flows` prints them. */
async function flows(...args: string[]): Promise<FlowTimes[]> {
  const { stdout, stderr, code } = await weir(
    'flows',
    '--data',
    data,
    '--limit',
    '10000',
    '--format',
    'jsonl',
    ...args,
  );
  if (code !== 0) throw new Error(stderr);
  return stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as FlowTimes);
}

const NOTHING = { network: 0, kernel: 0, queue: 0, decode: 0, store: 0, exporter: 0 };

describe('one stream', () => {
  beforeEach(async () => {
    node = await startNode(data);
  });

  test('a gap of 7 datagrams: 70 records lost on the network, and the exporter is named', async () => {
    await sendAll(await socketOn(), [...range(0, 20), ...range(27, 40)]);
    const { total, quality } = await ask(33 * N);
    expect(total.records).toBe(33 * N);
    expect(quality.lost).toMatchObject({
      records: 7 * N,
      received: 33 * N,
      by: { ...NOTHING, network: 7 * N },
      restarts: 0,
      duplicated: 0,
    });
    expect(await lines()).toMatchObject([
      {
        exporter: '127.0.0.1',
        domain: 0,
        records: 33 * N,
        datagrams: 33,
        lost: 7 * N,
        lost_percent: 17.5,
        recovered: 0,
        restarts: 0,
        errors: {},
      },
    ]);
  });

  test('late datagrams inside a gap are taken off the loss again, and come in once', async () => {
    await sendAll(await socketOn(), [...range(0, 10), 15, 12, 10, ...range(16, 20)]);
    const { total, quality } = await ask(17 * N);
    expect(total.records).toBe(17 * N);
    expect(quality.lost).toMatchObject({
      records: 3 * N,
      by: { ...NOTHING, network: 3 * N },
      recovered: 2 * N,
      duplicated: 0,
      restarts: 0,
    });
    expect(await lines()).toMatchObject([{ lost: 3 * N, recovered: 2 * N }]);
  });

  test('a stream that is only out of order loses nothing', async () => {
    const order = range(0, 60).sort((a, b) => (a >> 2) - (b >> 2) || b - a);
    await sendAll(await socketOn(), [0, ...order.map((n) => n + 1)]);
    const { total, quality } = await ask(61 * N);
    expect(total.records).toBe(61 * N);
    expect(quality.lost).toMatchObject({ records: 0, duplicated: 0, restarts: 0, recovered: 15 * 3 * N });
  });

  test('datagrams that the network delivers twice are said to be so', async () => {
    await sendAll(await socketOn(), [...range(0, 10), 9, 8, 8, ...range(10, 20)]);
    const { total, quality } = await ask(23 * N);
    expect(total.records).toBe(23 * N);
    expect(quality.lost).toMatchObject({ records: 0, duplicated: 3 * N, restarts: 0, recovered: 0 });
  });

  test('an exporter that boots again counts from 0: a restart, not a loss', async () => {
    const send = await socketOn();
    await sendAll(send, range(5_000, 5_010));
    await sendAll(send, range(0, 10), { bootMs: Date.now() - 30_000 });
    const { quality } = await ask(20 * N);
    expect(quality.lost).toMatchObject({ records: 0, restarts: 1, duplicated: 0 });
    expect(await lines()).toMatchObject([{ records: 20 * N, lost: 0, restarts: 1 }]);
  });

  test('an exporter whose counter begins anew without a boot: a restart after three datagrams that agree', async () => {
    const send = await socketOn();
    await sendAll(send, [...range(5_000, 5_010), ...range(0, 10), 12]);
    const { quality } = await ask(21 * N);
    expect(quality.lost).toMatchObject({ records: 2 * N, restarts: 1, duplicated: 0 });
  });

  test('the uptime counter wraps: no restart, and a flow across the wrap keeps its duration', async () => {
    const send = await socketOn();
    const now = Date.now();
    // Uptime 2^32 - 1500 ms at the first datagram, 2500 at the ninth.
    const bootMs = now - 4_000 - 2 ** 32 + 1_500;
    for (const n of range(0, 9)) await send(datagram(n, { exportMs: now - 4_000 + n * 500, bootMs }));
    const { quality } = await ask(9 * N);
    expect(quality.lost).toMatchObject({ records: 0, restarts: 0 });
    expect(quality.clocks.corrected_records).toBe(0);
    const found = await flows('--from', 'all');
    expect(found).toHaveLength(9 * N);
    for (const r of found) expect([r.end - r.start, r.time - r.end]).toEqual([2_000, 0]);
  });

  test('a sampled stream: totals are scaled, their error is said, the rate is known from the record', async () => {
    await sendAll(await socketOn(), range(0, 50), { samplingMode: 1, samplingRate: 100 });
    const { total, quality } = await ask(50 * N);
    const packets = 50 * N * PACKETS;
    expect(total).toEqual({
      records: 50 * N,
      bytes: 50 * N * BYTES * 100,
      packets: packets * 100,
      raw_bytes: 50 * N * BYTES,
    });
    expect(quality.sampling).toMatchObject({
      sampled_share: 1,
      known_share: 1,
      min_rate: 100,
      max_rate: 100,
      origins: ['record'],
    });
    const { error95 } = quality.sampling;
    expect(error95.packets!.total).toBe(packets * 100);
    expect(error95.packets!.half_width).toBeCloseTo(1.96 * Math.sqrt(100 * 99 * packets), 0);
    // No more than if all of it were in packets of the largest size, no less than for packets of equal size.
    expect(error95.bytes!.half_width).toBeGreaterThan(1.96 * Math.sqrt(100 * 99 * packets) * (BYTES / PACKETS));
    expect(error95.bytes!.half_width).toBeLessThan(1.96 * Math.sqrt(100 * 99 * packets) * 1_500);
    expect(await lines()).toMatchObject([
      { min_rate: 100, max_rate: 100, origins: ['record'], bytes: 50 * N * BYTES * 100 },
    ]);
  });

  test.each([
    ['1970', 60_000 + 2 * HOUR],
    ['2038, beyond 31 bits of seconds', (2 ** 31 + 1_000) * 1_000],
  ])('a clock that stands in %s: times are put right and counted, durations stay', async (_, exportMs) => {
    const before = Date.now();
    await sendAll(await socketOn(), range(0, 5), { exportMs });
    const { quality } = await ask(5 * N);
    expect(quality.clocks.corrected_records).toBe(5 * N);
    expect(quality.lost).toMatchObject({ records: 0, restarts: 0 });
    const found = await flows('--from', '-5m');
    expect(found).toHaveLength(5 * N);
    for (const r of found) {
      expect(r.time).toBeGreaterThanOrEqual(before - 1_000);
      expect(r.time).toBeLessThanOrEqual(Date.now());
      // The age of the flow is believed, the time of day is not.
      expect([r.start, r.end, r.received - r.time]).toEqual([exportMs - 3_000, exportMs - 1_000, 1_000]);
    }
    expect(await lines()).toMatchObject([{ clock_corrected: 5 * N }]);
  });
});

describe('several streams', () => {
  test('two exporters on one address are told apart by their ports: the loss of one is not hidden by the other', async () => {
    node = await startNode(data);
    const one = await socketOn('127.0.0.7');
    const two = await socketOn('127.0.0.7');
    for (let n = 0; n < 30; n++) {
      await one(datagram(n));
      if (n !== 11 && n !== 12) await two(datagram(100_000 + n));
    }
    const { quality } = await ask(58 * N);
    expect(quality.lost).toMatchObject({ records: 2 * N, received: 58 * N, restarts: 0, duplicated: 0 });
    expect(await lines()).toMatchObject([{ exporter: '127.0.0.7', records: 58 * N, lost: 2 * N }]);
    const { exporters } = (await (await fetch(`${node.http}/api/v1/exporters`)).json()) as {
      exporters: { exporter: string; port: number; counts: { lost?: number } }[];
    };
    expect(exporters.map((e) => [e.exporter, e.counts.lost ?? 0]).sort()).toEqual([
      ['127.0.0.7', 0],
      ['127.0.0.7', 2 * N],
    ]);
    expect(new Set(exporters.map((e) => e.port)).size).toBe(2);
  });

  test('an exporter that changes its port in the middle keeps its count: no loss at the change, later loss is seen', async () => {
    node = await startNode(data);
    await sendAll(await socketOn(), range(0, 10));
    await sendAll(await socketOn(), range(10, 20));
    await sendAll(await socketOn(), [...range(20, 25), ...range(29, 31)]);
    const { quality } = await ask(27 * N);
    expect(quality.lost).toMatchObject({ records: 4 * N, restarts: 0, duplicated: 0 });
    const { exporters } = (await (await fetch(`${node.http}/api/v1/exporters`)).json()) as { exporters: unknown[] };
    expect(exporters).toHaveLength(1);
  });

  test('IPv6 transport: the exporter is ::1, beside an IPv4 exporter on the same port', async () => {
    node = await startNode(data, ['--netflow', '0.0.0.0:0']);
    await sendAll(await socketOn('::1', '::1'), [0, 1, 4]);
    await sendAll(await socketOn(), [0, 1]);
    await ask(5 * N);
    expect(await lines()).toMatchObject([
      { exporter: '::1', records: 3 * N, lost: 2 * N },
      { exporter: '127.0.0.1', records: 2 * N, lost: 0 },
    ]);
    expect(await flows('--from', 'all', 'exporter = ::1')).toHaveLength(3 * N);
  });
});

test('a socket buffer that overflows: the kernel’s drops are counted, and received and lost make up what was sent', async () => {
  node = await startNode(data, ['--receive-buffer', '65536']);
  const send = await socketOn();
  await sendAll(send, range(0, 10));
  await ask(10 * N);
  process.kill(node.pid, 'SIGSTOP');
  try {
    await sendAll(send, range(10, 600));
  } finally {
    process.kill(node.pid, 'SIGCONT');
  }
  await sleep(300);
  await sendAll(send, range(600, 610));
  const read = async () => (await ask(20 * N)).quality.lost;
  const lost = await until(read, (l) => l.received + l.records >= 610 * N);
  expect(lost.received + lost.records).toBe(610 * N);
  expect(lost.by).toEqual({ ...NOTHING, kernel: lost.records });
  // The buffer holds some tens of datagrams: most of the burst found no room, however late the node was stopped.
  expect(lost.records).toBeGreaterThan(300 * N);
  const { data: report } = await weirJson<{ data: { node: { kernel_drops: number }; exporters: Line[] } }>(
    'report',
    'exporters',
    '--data',
    data,
    '--from',
    'all',
  );
  expect(report.node.kernel_drops * N).toBe(lost.records);
  const metrics = await (await fetch(`${node.http}/metrics`)).text();
  expect(metrics).toContain(`weir_ingest_kernel_drops_total ${report.node.kernel_drops}\n`);
  const health = (await (await fetch(`${node.http}/api/v1/health`)).json()) as {
    status: string;
    findings: { subject: string }[];
  };
  expect(health.findings.map((f) => f.subject)).toContain('kernel drops');
});
