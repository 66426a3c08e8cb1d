import { execFile, spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, test } from 'vitest';
import { fixtures, remove, tempFolder, weir } from './node.testing.ts';
import { pcapOf } from './pcap.testing.ts';

const run = promisify(execFile);
const main = join(dirname(fileURLToPath(import.meta.url)), '../dist/cli/main.js');
const folder = tempFolder();
afterAll(() => remove(folder));

type Flow = Record<string, string | number>;

const flowsOf = (stdout: string): Flow[] =>
  stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Flow);
const sum = (flows: readonly Flow[], field: string) => flows.reduce((n, f) => n + Number(f[field] ?? 0), 0);

async function meter(...args: string[]): Promise<Flow[]> {
  const { stdout, stderr, code } = await weir('meter', ...args);
  expect(stderr).toBe('');
  expect(code).toBe(0);
  return flowsOf(stdout);
}

function file(name: string, bytes: Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  return path;
}

/** Three datagrams of one flow, and one of another. */
const T = Date.UTC(2026, 10, 1, 12);
const small = file(
  'small.pcap',
  pcapOf([
    { payload: Buffer.alloc(10), timeMs: T, port: 53, sourcePort: 4000 },
    { payload: Buffer.alloc(20), timeMs: T + 100, port: 53, sourcePort: 4000 },
    { payload: Buffer.alloc(30), timeMs: T + 200, port: 53, sourcePort: 4000 },
    { payload: Buffer.alloc(40), timeMs: T + 300, port: 123, sourcePort: 4000 },
  ]),
);

describe.skipIf(fixtures === null)('a capture of real traffic', () => {
  const example = join(fixtures ?? '', 'pcapplusplus/large/example.pcap');

  test('has the flows, packets and octets that tshark adds up', async (context) => {
    const fields = [
      'ip.src',
      'ip.dst',
      'tcp.srcport',
      'tcp.dstport',
      'udp.srcport',
      'udp.dstport',
      'ip.proto',
      'ip.len',
    ];
    const shown = await run('tshark', ['-r', example, '-T', 'fields', ...fields.flatMap((f) => ['-e', f])], {
      maxBuffer: 1 << 28,
    }).catch(() => null);
    if (shown === null) return context.skip('tshark is not installed');
    const expected = new Map<string, [number, number]>();
    for (const line of shown.stdout.split('\n').filter((l) => l !== '')) {
      const [src, dst, ts, td, us, ud, proto, length] = line.split('\t');
      const key = `${src} ${dst} ${ts || us} ${td || ud} ${proto}`;
      const [packets, octets] = expected.get(key) ?? [0, 0];
      expected.set(key, [packets + 1, octets + Number(length)]);
    }
    const flows = await meter(example, '--active', 'off');
    const own = new Map(
      flows.map((f) => [
        `${f.src_addr} ${f.dst_addr} ${f.src_port} ${f.dst_port} ${f.protocol}`,
        [f.packets, f.bytes] as [number, number],
      ]),
    );
    expect(flows.length).toBe(271);
    expect(own).toEqual(expected);
    expect(flows.filter((f) => f.protocol === 6).length).toBe(132);
    expect(sum(flows, 'packets')).toBe(4631);
    expect(new Set(flows.map((f) => f.file))).toEqual(new Set([example]));
  });

  test('both directions in one record have the packets that two records have', async () => {
    const [one, both] = [await meter(example), await meter(example, '--biflow')];
    expect(both.length).toBeLessThan(one.length);
    expect(sum(both, 'packets') + sum(both, 'rev_packets')).toBe(sum(one, 'packets'));
    expect(sum(both, 'bytes') + sum(both, 'rev_bytes')).toBe(sum(one, 'bytes'));
    const back = both.find((f) => f.rev_packets !== undefined)!;
    expect(one).toContainEqual(
      expect.objectContaining({
        src_addr: back.dst_addr,
        dst_addr: back.src_addr,
        src_port: back.dst_port,
        packets: back.rev_packets,
        bytes: back.rev_bytes,
        start: back.rev_start,
        end: back.rev_end,
        tcp_flags: back.rev_tcp_flags,
      }),
    );
  });

  test('sampled on purpose, the amounts are scaled back and the records say the rate', async () => {
    const flows = await meter(example, '--sampling', '10');
    expect(new Set(flows.map((f) => `${f.sampling} ${f.sampling_origin}`))).toEqual(new Set(['10 configured']));
    // Which packet is the first one is chosen at random.
    expect([463, 464]).toContain(sum(flows, 'raw_packets'));
    expect(sum(flows, 'packets')).toBe(10 * sum(flows, 'raw_packets'));
  });

  test('gzip-compressed, through a pipe or cut amid a packet: what is there is metered', async () => {
    const bytes = readFileSync(example);
    const packed = file('example.pcap.gz', gzipSync(bytes));
    const cut = file('cut.pcap', bytes.subarray(0, 1_000_000));
    const { stdout, stderr, code } = await piped(bytes, 'meter', packed, cut, '-', '--columns', 'file,packets');
    const flows = flowsOf(stdout);
    const packets = (name: string) =>
      sum(
        flows.filter((f) => f.file === name),
        'packets',
      );
    expect(packets(packed)).toBe(4631);
    expect(packets('stdin')).toBe(4631);
    expect(packets(cut)).toBeGreaterThan(500);
    expect(packets(cut)).toBeLessThan(2_000);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^weir: \S+cut\.pcap: the file is damaged \(truncated at byte \d+\): the flows of what/);
  });

  test('a reader that has enough ends it without a word', async () => {
    const line = `${process.execPath} ${main} meter ${example} | head -1`;
    const { stdout, stderr } = await run('bash', ['-o', 'pipefail', '-c', line]);
    expect(flowsOf(stdout).length).toBe(1);
    expect(stderr).toBe('');
  });
});

test('files are metered each by itself; what cannot be read is told at its place, and the others are metered', async () => {
  const notes = file('notes.txt', Buffer.from('this is no capture at all, but a text'));
  const absent = join(folder, 'absent.pcap');
  const empty = file('empty.pcap', Buffer.alloc(0));
  const { stdout, stderr, code } = await weir(
    'meter',
    small,
    notes,
    absent,
    empty,
    small,
    '--columns',
    'dst_port,packets,file',
  );
  expect(code).toBe(1);
  const flow = (port: number, packets: number) => ({ file: small, dst_port: port, packets });
  expect(flowsOf(stdout)).toEqual([flow(53, 3), flow(123, 1), flow(53, 3), flow(123, 1)]);
  expect(stderr).toBe(
    `weir: ${notes} is no capture (pcap, pcapng), plain or gzip-compressed\nweir: ${absent}: no such file\nweir: ${empty} is empty\n`,
  );
});

test('a record has the names and units that weir flows has', async () => {
  const [first] = await meter(small);
  expect(first).toEqual({
    file: small,
    start: T,
    end: T + 200,
    time: T + 200,
    src_addr: expect.any(String),
    dst_addr: '198.51.100.7',
    src_port: 4000,
    dst_port: 53,
    protocol: 17,
    raw_bytes: 60 + 3 * 28,
    raw_packets: 3,
    sampling: 1,
    sampling_origin: 'default',
    tcp_flags: 0,
    tos: 0,
    ttl: expect.any(Number),
    in_if: 1,
    format: 'meter',
    byte_layer: 'ip',
    src_mac: '02:00:00:00:00:01',
    dst_mac: '02:00:00:00:00:02',
    end_reason: 'forced',
    security: 'ok',
    continued: 'no',
    bytes: 60 + 3 * 28,
    packets: 3,
  });
});

test('a filter says which flows are shown; a mistake in it is shown at its place', async () => {
  expect((await meter(small, '--filter', 'dst port 123')).map((f) => f.packets)).toEqual([1]);
  const { stderr, code } = await weir('meter', small, '--filter', 'dst prt 1');
  expect(code).toBe(2);
  expect(stderr).toContain('^');
});

test('CSV has one header for all files, a table what the flows are worth below it on stderr', async () => {
  const csv = await weir('meter', small, small, '--format', 'csv', '--columns', 'src_port,dst_port,bytes');
  expect(csv.stdout).toBe('src_port,dst_port,bytes\n4000,53,144\n4000,123,68\n4000,53,144\n4000,123,68\n');
  const table = await weir('meter', small, '--format', 'table');
  expect(table.stdout).toMatch(/^start +duration +protocol/);
  expect(table.stdout).not.toContain('ipsec');
  expect(table.stderr).toContain('small.pcap: 4 packets, 268 B of frames, into 2 flows\n');
  expect(table.stderr).toContain('all was understood');
});

test('in any format it is told on stderr what the flows lack, or that there is none', async () => {
  // An IPv4 packet of which 20 bytes were captured.
  const cut = Buffer.from(pcapOf([{ payload: Buffer.alloc(10), timeMs: T }]).subarray(0, 24 + 16 + 20));
  cut.writeUInt32LE(20, 24 + 8);
  const truncated = await weir('meter', file('snap20.pcap', cut), '--format', 'csv', '--columns', 'packets');
  expect([truncated.stdout, truncated.code]).toEqual(['packets\n', 0]);
  expect(truncated.stderr).toContain('snap20.pcap: 1 packet, 52 B of frames, into 0 flows\n');
  expect(truncated.stderr).toContain('not understood: packet_truncated 1 · cut by the snap length: 1 packet\n');
  const twice = { payload: Buffer.alloc(10), timeMs: T };
  const once = pcapOf([{ ...twice, payload: Buffer.alloc(9) }, twice]);
  const copies = file('copies.pcap', Buffer.concat([once, once.subarray(-68)]));
  const left = await weir('meter', copies);
  expect(sum(flowsOf(left.stdout), 'packets')).toBe(2);
  expect(left.stderr).toContain('left out as seen twice: 1 packet');
});

test('timeouts are those that are asked for', async () => {
  const packets = [0, 50, 250, 260].map((s) => ({ payload: Buffer.alloc(8), timeMs: T + s * 1_000, sourcePort: 4000 }));
  const capture = file('gaps.pcap', pcapOf(packets));
  const counted = async (...args: string[]) => (await meter(capture, ...args)).map((f) => f.packets);
  expect(await counted()).toEqual([2, 2]);
  expect(await counted('--idle', '5m')).toEqual([4]);
  expect(await counted('--idle', '40s')).toEqual([1, 1, 2]);
  expect(await counted('--idle', '300', '--active', '100s')).toEqual([2, 2]);
  const cut = await meter(capture, '--idle', '300', '--active', '100s');
  expect(cut.map((f) => f.continued)).toEqual(['no', 'yes']);
});

test('flows of a pipe are shown as they end; Ctrl-C gives those that are open, and 130', async () => {
  const packets = [0, 50, 250, 260].map((s) => ({ payload: Buffer.alloc(8), timeMs: T + s * 1_000, sourcePort: 4000 }));
  const child = spawn(process.execPath, [main, 'meter', '-'], { stdio: ['pipe', 'pipe', 'pipe'] });
  let out = '';
  const first = new Promise((resolve) => child.stdout.once('data', resolve));
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text;
  });
  child.stdin.write(pcapOf(packets));
  await first;
  expect(flowsOf(out).map((f) => [f.packets, f.end_reason])).toEqual([[2, 'idle']]);
  child.kill('SIGINT');
  const code = await new Promise((resolve) => child.once('close', resolve));
  expect(flowsOf(out).map((f) => [f.packets, f.end_reason])).toEqual([
    [2, 'idle'],
    [2, 'forced'],
  ]);
  expect(code).toBe(130);
});

test('wrong usage is told before anything is read', async () => {
  const wrong = async (...args: string[]) => {
    const { stdout, stderr, code } = await weir('meter', small, ...args);
    expect([stdout, code]).toEqual(['', 2]);
    return stderr;
  };
  expect(await wrong('--columns', 'nonsense')).toContain('no column "nonsense"');
  expect(await wrong('--idle', 'soon')).toContain('90s');
  expect(await wrong('--active', 'offf')).toContain('5m, or off');
  expect(await wrong('--sampling-method', 'random')).toContain('--sampling N');
  expect(await wrong('--keys', join(folder, 'no.keys'))).toContain('no.keys: no such file\n');
});

function piped(input: Uint8Array, ...args: string[]): Promise<{ stdout: string; stderr: string; code: number }> {
  const child = spawn(process.execPath, [main, ...args], { stdio: ['pipe', 'pipe', 'pipe'] });
  let [stdout, stderr] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  child.stdin.end(input);
  return new Promise((resolve) => child.once('close', (code) => resolve({ stdout, stderr, code: code ?? -1 })));
}
