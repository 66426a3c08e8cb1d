import { createSocket } from 'node:dgram';
import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { remove, sleep, startNode, type TestNode, tempFolder, until, weir, weirJson } from './node.testing.ts';
import { N, numberedDatagram } from './numbered.testing.ts';

interface Listed {
  readonly from: number;
  readonly to: number | null;
  readonly cause: string;
  readonly exporter?: string;
}
interface Answer {
  readonly rows: (number | null)[][];
  readonly buckets: { time: number; measured: number; total: { bytes: number | null } }[];
  readonly total: { bytes: number; bps: number };
  readonly quality: { gaps: { status: string; measured: number; gaps: Listed[] } };
  readonly plan: { from: number; to: number };
}

const SECOND = 1_000;
let folder: string;
let data: string;
let nodes: TestNode[];
let closing: (() => void)[];
beforeEach(() => {
  folder = tempFolder();
  data = join(folder, 'data');
  nodes = [];
  closing = [];
});
afterEach(async () => {
  for (const close of closing) close();
  for (const node of nodes) await node.kill();
  remove(folder);
});

async function up(args: readonly string[] = [], port = 0): Promise<TestNode> {
  const node = await startNode(data, args, port);
  nodes.push(node);
  return node;
}

/** An exporter at an address of its own: a datagram of N records ten times a second, whether anybody listens or not. */
async function exporter(port: number, address = '127.0.0.1', everyMs = 100): Promise<void> {
  const socket = createSocket('udp4');
  await new Promise<void>((resolve) => socket.bind(0, address, resolve));
  const bootMs = Date.now() - 3_600_000;
  let sent = 0;
  // Of equal size, so that each second holds the same: which datagram it is stands in their addresses.
  const timer = setInterval(() => socket.send(numberedDatagram(sent++, bootMs), port, '127.0.0.1', () => {}), everyMs);
  closing.push(() => {
    clearInterval(timer);
    socket.close();
  });
}

const query = (from: number, ...more: string[]) =>
  weirJson<Answer>(
    'query',
    '--data',
    data,
    '--metrics',
    'bytes,records,bps',
    '--from',
    new Date(from).toISOString(),
    ...more,
  );
const noted = (): Listed[] =>
  readFileSync(join(data, 'gaps.jsonl'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Listed);

// The sender is this process: a machine that is busy elsewhere can hold it up for a second. Then up to twice more.
test('kill -9, some seconds down, restart: these seconds are null, and means are those of the others', {
  retry: 2,
}, async () => {
  const first = await up();
  await exporter(first.port);
  const from = Math.ceil(Date.now() / SECOND) * SECOND + SECOND;
  await sleep(from + 5 * SECOND - Date.now());
  await first.kill();
  const killed = Date.now();
  await sleep(4 * SECOND);
  const again = Date.now();
  await up([], first.port);
  await sleep(5 * SECOND);
  const { rows, buckets, total, quality, plan } = await query(from, '--every', '1s');

  const [gap, ...others] = quality.gaps.gaps;
  expect([gap!.cause, others]).toEqual(['crashed', []]);
  // The last sign of life is not older than a second, nor younger than the kill; the ports listen after the start.
  expect(gap!.from).toBeGreaterThan(killed - 1_500);
  expect(gap!.from).toBeLessThanOrEqual(killed);
  expect(gap!.to).toBeGreaterThanOrEqual(again);
  const inside = (time: number) => time >= gap!.from && time + SECOND <= gap!.to!;
  const outside = (time: number) => time + SECOND <= gap!.from || time >= gap!.to!;
  expect(buckets.map((b) => b.time)).toEqual(rows.map((r) => r[0]));
  expect(buckets).toHaveLength(Math.floor((plan.to - 1) / SECOND) - from / SECOND + 1);
  const silent = rows.filter(([time]) => inside(time!));
  expect(silent.length).toBeGreaterThanOrEqual(3);
  for (const [, ...values] of silent) expect(values).toEqual([null, null, null]);
  for (const [time, , records] of rows.slice(0, -1))
    if (outside(time!)) expect(records, `${time! - from}`).toBeGreaterThan(5 * N);
  for (const { time, measured } of buckets) {
    if (inside(time)) expect(measured).toBe(0);
    else if (outside(time)) expect(measured).toBe(1);
    else expect(measured).toBeGreaterThan(0);
  }
  const length = plan.to - plan.from;
  const measured = length - (gap!.to! - gap!.from);
  expect(quality.gaps.measured).toBeCloseTo(measured / length, 9);
  expect(total.bps).toBeCloseTo((total.bytes * 8_000) / measured, 3);

  const table = await weir(
    'query',
    '--data',
    data,
    '--every',
    '1s',
    '--metrics',
    'bytes',
    '--from',
    new Date(from).toISOString(),
  );
  expect(table.stdout).toMatch(/Z +- +0 %/);
  expect(table.stdout).toMatch(/measured \d\d % \(crashed [\d.]+ s\)/);
});

test('an orderly stop, no port, a first start: each time is told by its cause, also while no node runs', async () => {
  const began = Date.now() - 60 * SECOND;
  const first = await up();
  await first.stop();
  const closed = await up(['--netflow', 'off']);
  await sleep(1_200);
  const whileClosed = await query(began);
  expect(whileClosed.quality.gaps.gaps.find((g) => g.cause === 'closed')).toMatchObject({ to: null });
  await closed.stop();
  expect(noted().map((g) => g.cause)).toEqual(['before', 'stopped', 'closed']);
  const stopped = await query(began);
  expect(stopped.quality.gaps.gaps.map((g) => g.cause).sort()).toEqual(['before', 'closed', 'stopped', 'stopped']);
  expect(stopped.quality.gaps.gaps.filter((g) => g.to === null)).toMatchObject([{ cause: 'stopped' }]);
  expect(stopped.quality.gaps.measured).toBeLessThan(0.2);
  // A line that a crash tore is left out at the next start, and the file goes on.
  appendFileSync(join(data, 'gaps.jsonl'), '{"from":17');
  const last = await up();
  await last.stop();
  expect(noted().map((g) => g.cause)).toEqual(['before', 'stopped', 'closed', 'stopped']);
});

test('of two exporters one is silent: its own rates are not those of nothing, and the silence ends with its next datagram', async () => {
  // What an earlier run learned: both send each few seconds, one as much as the other; the second had not for five minutes when that run ended.
  const now = Date.now();
  const habit = (lastMs: number) => ({ firstMs: now - 86_400_000, lastMs, usualMs: 20_000, perMinute: N * 600 });
  const since = now - 300 * SECOND;
  mkdirSync(data);
  writeFileSync(
    join(data, 'expected.json'),
    JSON.stringify({
      version: 1,
      writtenMs: now,
      exporters: [
        ['127.0.0.1', 0, habit(now)],
        ['127.0.0.2', 0, habit(since)],
      ],
    }),
  );
  const node = await up();
  await exporter(node.port, '127.0.0.1');
  const from = Date.now() + SECOND;
  await sleep(4 * SECOND);
  const [all, first, second] = await Promise.all([
    query(from),
    query(from, 'exporter 127.0.0.1'),
    query(from, 'exporter 127.0.0.2', '--every', '1s'),
  ]);
  // That run learned no bytes.
  expect(all.quality.gaps.gaps).toEqual([
    {
      ...{ from: since, to: null, cause: 'silent', exporter: '127.0.0.2', domain: 0 },
      ...{ ms: expect.any(Number), share: expect.closeTo(0.5, 1), share_of: 'records' },
    },
  ]);
  expect(all.quality.gaps.measured).toBeCloseTo(0.5, 1);
  expect(first.quality.gaps).toMatchObject({ measured: 1, gaps: [] });
  expect(second.quality.gaps.measured).toBe(0);
  expect(new Set(second.rows.map((r) => r[1]))).toEqual(new Set([null]));
  await exporter(node.port, '127.0.0.2');
  const silence = await until(
    async () => noted().find((g) => g.cause === 'silent'),
    (g) => g !== undefined,
  );
  expect(silence).toMatchObject({ from: since, exporter: '127.0.0.2' });
  expect(silence!.to).toBeGreaterThan(from);
  expect((await query(silence!.to!, 'exporter 127.0.0.2')).quality.gaps).toMatchObject({ measured: 1, gaps: [] });
});
