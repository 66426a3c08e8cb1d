import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  fixtures,
  remove,
  sleep,
  startNode,
  type TestNode,
  tempFolder,
  until,
  weir,
  weirJson,
} from './node.testing.ts';
import { connectionPcap, pcapOf } from './pcap.testing.ts';

const run = promisify(execFile);
const folder = tempFolder();
afterAll(() => remove(folder));

type Row = Record<string, string | number>;

interface Source {
  readonly name: string;
  readonly state: string;
  readonly content: string | null;
  readonly content_reason: string | null;
  readonly traffic: null | Record<string, unknown>;
  readonly [field: string]: unknown;
}

const newData = () => join(mkdtempSync(join(folder, 'data-')), 'store');
const sourcesOf = async (data: string) => (await weirJson<{ sources: Source[] }>('sources', '--data', data)).sources;
const jsonLines = (text: string): Row[] =>
  text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Row);

function file(name: string, bytes: Uint8Array): string {
  const path = join(mkdtempSync(join(folder, 'file-')), name);
  writeFileSync(path, bytes);
  return path;
}

/** Rows of a store without what an import adds to them, in an order that does not hang on how they came in. */
async function stored(data: string, filter = 'any'): Promise<Row[]> {
  const { stdout } = await weir(
    ...['flows', filter, '--data', data, '--from', 'all', '--limit', '100000', '--format', 'jsonl'],
  );
  return sorted(
    jsonLines(stdout).map((row) => {
      if (NAMED_BY_METER.has(`${row.application_evidence}`) && WITH_PORTS.has(row.protocol!)) return row;
      const { application, application_evidence, ...others } = row;
      return others as Row;
    }),
    ['received', 'source', 'domain', 'direction', ...NAMED_BY_NODE],
  );
}

/** Names that the payload gives are those of the meter; a store gives more to its rows, which are looked at elsewhere. */
const NAMED_BY_METER = new Set(['payload', 'state']);
/** A store names other protocols by the header of IP. */
const WITH_PORTS = new Set<string | number>([6, 17, 'tcp', 'udp']);
const NAMED_BY_NODE = ['category', 'service', 'service_evidence', 'reach', 'client_side'];

function sorted(rows: readonly Row[], without: readonly string[]): Row[] {
  const kept = rows.map((row) => Object.fromEntries(Object.entries(row).filter(([name]) => !without.includes(name))));
  return kept.sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1)) as Row[];
}

async function metered(path: string, ...args: string[]): Promise<Row[]> {
  return sorted(jsonLines((await weir('meter', path, ...args)).stdout), ['file', 'client_side']);
}

const T = Date.UTC(2026, 10, 1, 12);
const dns = (count: number) =>
  Array.from({ length: count }, (_, i) => ({
    payload: Buffer.from(`what is host ${i}?`),
    timeMs: T + i * 10,
    port: 53,
    sourcePort: 1_024 + i,
  }));

describe.skipIf(fixtures === null)('a capture of real traffic', () => {
  const example = join(fixtures ?? '', 'pcapplusplus/large/example.pcap');
  const esp = join(fixtures ?? '', 'tcpdump/02-sunrise-sunset-esp.pcap');
  const keys = file(
    'esp.keys',
    Buffer.from('0x12345678@192.1.2.45 3des-cbc-hmac96:0x4043434545464649494a4a4c4c4f4f515152525454575758\n'),
  );
  let expected: Row[] = [];
  beforeAll(async () => {
    expected = await metered(example);
  });

  test('into a store that no node runs on: the rows of weir meter, and the provenance that capinfos gives', async () => {
    const data = newData();
    const { stdout, code } = await weir('import', example, '--data', data);
    expect(code).toBe(0);
    expect(stdout).toContain('example.pcap: 4,631 packets, 3.74 MB of frames, into 271 flows\n');
    expect(stdout).toContain('read for its traffic: none of');
    expect(await stored(data)).toEqual(expected);
    const [source] = await sourcesOf(data);
    expect(source).toMatchObject({
      state: 'complete',
      kind: 'pcap',
      content: 'traffic',
      link_types: ['ethernet'],
      snap_length: 65_535,
      packets: 4_631,
      records: 271,
      rows: 271,
      flows: 271,
      errors: {},
      capture_drops: null,
      damage: null,
    });
    const info = await run('capinfos', ['-T', '-M', '-r', '-d', '-a', '-e', '-S', example]).catch(() => null);
    if (info === null) return;
    const [, octets, first, last] = info.stdout.trim().split('\t');
    expect(source!.traffic).toMatchObject({ bytes: Number(octets), ip: { packets: 4_631 }, not_ip: 0 });
    expect(source!.first_packet).toBe(Math.floor(Number(first) * 1000));
    expect(source!.last_packet).toBe(Math.floor(Number(last) * 1000));
  });

  describe('into a running node', () => {
    let node: TestNode;
    beforeAll(async () => {
      node = await startNode(newData(), ['--home', '10.0.0.0/8']);
    });
    afterAll(() => node?.stop());

    test('the same rows, with their direction', async () => {
      const { code, stderr } = await weir('import', example, '--data', node.data);
      expect([code, stderr]).toEqual([0, '']);
      expect(await stored(node.data, 'source = "example.pcap"')).toEqual(expected);
      const answer = await weirJson<{ rows: [string, number][] }>(
        ...['query', 'source = "example.pcap"', '--data', node.data, '--from', 'all', '--by', 'direction'],
        ...['--metrics', 'packets'],
      );
      expect(new Map(answer.rows).get('in')).toBeGreaterThan(1_000);
      expect(answer.rows.reduce((n, [, packets]) => n + packets, 0)).toBe(4_631);
    });

    test('keys open ESP there, and stay nowhere', async () => {
      const { stdout, code } = await weir('import', esp, '--data', node.data, '--keys', keys);
      expect(code).toBe(0);
      expect(stdout).toContain('(decrypted 8)');
      const rows = await stored(node.data, 'ipsec = decrypted');
      expect(rows).toEqual(await metered(esp, '--keys', keys));
      expect(rows[0]).toMatchObject({ src_addr: '192.0.2.1', dst_addr: '192.0.1.1', protocol: 1, packets: 8 });
      const held = readdirSync(node.data, { recursive: true, withFileTypes: true })
        .filter((f) => f.isFile())
        .map((f) => readFileSync(join(f.parentPath, f.name)));
      for (const bytes of held) expect(bytes.includes('4043434545464649')).toBe(false);
      expect(node.stderr()).not.toContain('40434345');
    });

    test('a key file that is wrong is refused before the file is read', async () => {
      const wrong = file('wrong.keys', Buffer.from('keys: [{spi: 1, encryption: rot13, key: 0x5ec7e7}]'));
      const { stderr, code } = await weir('import', esp, '--again', '--data', node.data, '--keys', wrong);
      expect(code).toBe(2);
      expect(stderr).toContain('encryption');
      expect(stderr).not.toContain('5ec7e7');
      const header = { 'weir-esp-keys': readFileSync(wrong).toString('base64') };
      const answer = await fetch(`${node.http}/api/v1/import?name=x&as=traffic`, {
        method: 'POST',
        body: readFileSync(esp),
        headers: header,
      });
      expect(answer.status).toBe(400);
    });

    test('options are those of weir meter', async () => {
      const options = ['--idle', '1s', '--active', '2s', '--duplicates', 'counted', '--outer'];
      const { code } = await weir('import', example, '--again', '--as', 'traffic', '--data', node.data, ...options);
      expect(code).toBe(0);
      expect(await stored(node.data, 'source = "example.pcap#2"')).toEqual(await metered(example, ...options));
    });

    test('one packet in N on purpose: the rest is counted, and amounts are scaled back', async () => {
      const options = ['--again', '--sampling', '10', '--sampling-method', 'systematic', '--data', node.data];
      const { stdout } = await weir('import', example, ...options);
      expect(stdout).toMatch(/passed over by sampling: 4,16[78] packets/);
      const rows = await stored(node.data, 'source = "example.pcap#3"');
      expect(new Set(rows.map((r) => r.sampling))).toEqual(new Set([10]));
      expect([4_630, 4_640]).toContain(rows.reduce((n, r) => n + Number(r.packets), 0));
    });

    test('an upload that breaks off leaves the flows of what was read, marked', async () => {
      const bytes = readFileSync(example);
      await new Promise<void>((resolve) => {
        const upload = request(`${node.http}/api/v1/import?name=broken.pcap`, { method: 'POST' });
        upload.on('error', () => resolve());
        upload.on('close', () => resolve());
        upload.write(bytes.subarray(0, 2_000_000));
        void sleep(1_500).then(() => upload.destroy());
      });
      const source = await until(
        async () => (await sourcesOf(node.data)).find((s) => s.name === 'broken.pcap')!,
        ({ state }) => state !== 'running',
      );
      expect(source.state).toBe('interrupted');
      expect(source.rows).toBeGreaterThan(10);
      // So far it was read.
      expect(source.size).toBeGreaterThan(100_000);
      expect(source.size).toBeLessThanOrEqual(2_000_000);
      expect((await stored(node.data, 'source = "broken.pcap"')).length).toBe(source.rows);
    });
  });

  test('a file that ends amid a packet: its good part is imported, the damage named, the exit code 1', async () => {
    const data = newData();
    const cut = file('cut.pcap', readFileSync(example).subarray(0, 1_000_000));
    const { stderr, code } = await weir('import', cut, '--data', data);
    expect(code).toBe(1);
    expect(stderr).toContain('the file is damaged (truncated at byte');
    const [source] = await sourcesOf(data);
    expect(source).toMatchObject({ state: 'complete', damage: expect.stringContaining('truncated') });
    expect(await stored(data)).toEqual(await metered(cut));
  });

  test('what the capturing machine dropped is in the summary, in weir sources and in the quality of answers', async (context) => {
    const plain = await run('editcap', ['-F', 'pcapng', example, join(folder, 'plain.pcapng')]).catch(() => null);
    if (plain === null) return context.skip('editcap is not installed');
    const capture = file(
      'drops.pcapng',
      Buffer.concat([readFileSync(join(folder, 'plain.pcapng')), statisticsBlock(5_000, 300, 69)]),
    );
    const data = newData();
    const { stdout } = await weir('import', capture, '--data', data);
    expect(stdout).toContain('the capturing machine dropped 369 packets');
    const table = await weir('sources', '--data', data);
    // Lines are as wide as a page.
    expect(table.stdout.replace(/\s+/g, ' ')).toContain('the capturing machine dropped 369 packets');
    const question = ['query', '--data', data, '--from', 'all', '--by', 'protocol'];
    const { quality } = await weirJson<{ quality: { lost: { records: number; unmetered_packets: number } } }>(
      ...question,
    );
    // Nobody knows how many records they would have made.
    expect(quality.lost).toMatchObject({ records: 0, unmetered_packets: 369 });
    const { stdout: answer } = await weir(...question);
    expect(answer).toContain('quality: 369 packets not metered · no other loss seen');
  });
});

test('packets that may be copies count as traffic, and everybody says how many they are', async () => {
  // Without an identification, and twice within a millisecond: sent twice, or shown twice by a mirror.
  const datagrams = [1, 2, 3].map((n) => ({
    payload: Buffer.alloc(64, n),
    timeMs: Date.UTC(2026, 10, 1) + 2_000 * n,
    port: 9_999,
  }));
  const [header, ...packets] = splitPcap(pcapOf(datagrams));
  for (const packet of packets) packet.writeUInt32BE(0, 16 + 14 + 4);
  const twice = file('twice.pcap', Buffer.concat([header!, ...packets.flatMap((p) => [p, p])]));
  const { stderr } = await weir('meter', twice, '--format', 'table');
  expect(stderr).toContain('counted, and maybe seen twice: 3 packets (276 B)');

  const data = newData();
  expect((await weir('import', twice, '--data', data, '--as', 'traffic')).stdout).toContain(
    'counted, and maybe seen twice: 3 packets (276 B)',
  );
  const [source] = await sourcesOf(data);
  expect(source!.traffic).toMatchObject({
    duplicates_unsure: { packets: 3, bytes: 276 },
    duplicates_left_out: { packets: 0, bytes: 0 },
  });
  const question = ['query', '--data', data, '--from', 'all', '--metrics', 'packets'];
  const answer = await weirJson<{ total: { packets: number }; quality: { duplicates: { unsure_packets: number } } }>(
    ...question,
  );
  expect(answer).toMatchObject({ total: { packets: 6 }, quality: { duplicates: { unsure_packets: 3 } } });
  expect((await weir(...question)).stdout).toContain(' · 3 packets maybe counted twice · ');
});

/** The header of a pcap file, and its packets. */
function splitPcap(pcap: Buffer): Buffer[] {
  const parts = [Buffer.from(pcap.subarray(0, 24))];
  for (let at = 24; at < pcap.length; ) {
    const length = 16 + pcap.readUInt32LE(at + 8);
    parts.push(Buffer.from(pcap.subarray(at, at + length)));
    at += length;
  }
  return parts;
}

/** https://www.ietf.org/archive/id/draft-ietf-opsawg-pcapng-03.html section 4.6 */
function statisticsBlock(received: number, byInterface: number, bySystem: number): Buffer {
  const block = Buffer.alloc(20 + 3 * 12 + 4 + 4);
  block.writeUInt32LE(5, 0);
  block.writeUInt32LE(block.length, 4);
  [
    [4, received],
    [5, byInterface],
    [7, bySystem],
  ].forEach(([code, value], i) => {
    block.writeUInt16LE(code!, 20 + 12 * i);
    block.writeUInt16LE(8, 22 + 12 * i);
    block.writeBigUInt64LE(BigInt(value!), 24 + 12 * i);
  });
  block.writeUInt32LE(block.length, block.length - 4);
  return block;
}

test('what a capture is read for is what its UDP datagrams mostly hold; --as says otherwise', async () => {
  const data = newData();
  const netflow = { payload: v5Datagram(), timeMs: T, port: 2055, sourcePort: 50_000 };
  const exports = file('exports.pcap', pcapOf([...dns(3), ...Array.from({ length: 5 }, () => netflow)]));
  const traffic = file('traffic.pcap', pcapOf([...dns(30), netflow]));
  await weir('import', exports, traffic, '--data', data);
  expect((await sourcesOf(data)).map((s) => [s.content, s.content_reason, s.rows])).toEqual([
    ['export', '5 of 8 UDP datagrams hold exports', 5],
    ['traffic', 'only 1 of 31 UDP datagrams holds exports; --as export reads those', 31],
  ]);
  await weir('import', exports, '--as', 'traffic', '--again', '--data', data);
  await weir('import', traffic, '--as', 'export', '--again', '--data', data);
  expect((await sourcesOf(data)).slice(2).map((s) => [s.content, s.content_reason, s.rows])).toEqual([
    ['traffic', 'as asked for', 4],
    ['export', 'as asked for', 1],
  ]);
});

test('the same content is imported once, unless it is asked for again', async () => {
  const data = newData();
  const capture = file('dns.pcap', pcapOf(dns(20)));
  expect((await weir('import', capture, '--data', data)).code).toBe(0);
  const again = await weir('import', capture, '--data', data);
  expect(again.code).toBe(1);
  expect(again.stderr).toContain('the same content was imported as "dns.pcap"');
  expect((await weir('import', capture, '--again', '--data', data)).code).toBe(0);
  expect((await sourcesOf(data)).map((s) => [s.name, s.rows])).toEqual([
    ['dns.pcap', 20],
    ['dns.pcap#2', 20],
  ]);
});

test('records that an active timeout cut are one flow', async () => {
  const data = newData();
  const capture = file('long.pcap', connectionPcap(T, 900));
  const { stdout } = await weir('import', capture, '--data', data);
  expect(stdout).toContain('into 2 flows (6 records)');
  const { total } = await weirJson<{ total: Record<string, number> }>(
    ...['query', '--data', data, '--from', 'all', '--by', 'protocol', '--metrics', 'flows,records'],
  );
  expect(total).toEqual({ flows: 2, records: 6 });
});

test('a capture without an IP packet is an error in words', async () => {
  const arp = pcapOf(dns(2));
  for (let at = 24; at < arp.length; at += 16 + arp.readUInt32LE(at + 8)) arp.writeUInt16BE(0x0806, at + 16 + 12);
  const { stderr, code } = await weir('import', file('arp.pcap', arp), '--data', newData());
  expect(code).toBe(1);
  expect(stderr).toContain('arp.pcap: holds no IP packet (2 packets)');
});

test('a snap length that is too short for every packet is named as the cause', async () => {
  const cut = Buffer.from(pcapOf(dns(1)).subarray(0, 24 + 16 + 20));
  cut.writeUInt32LE(20, 16);
  cut.writeUInt32LE(20, 24 + 8);
  const data = newData();
  const { stderr, code } = await weir(
    'import',
    file('snap20.pcap', cut),
    file('empty.pcap', Buffer.alloc(0)),
    '--data',
    data,
  );
  expect(code).toBe(1);
  expect(stderr).toBe(
    'weir: snap20.pcap: holds no packet that can be metered (packet_truncated 1 of 1 packets): the snap length of 20 bytes cut each of them\nweir: empty.pcap: is empty\n',
  );
});

test('what is asked of one import is about its time, whatever else is stored', async () => {
  const data = newData();
  const [old, young] = [file('old.pcap', connectionPcap(1_000_000, 10)), file('young.pcap', connectionPcap(T, 60))];
  expect((await weir('import', old, young, '--data', data)).code).toBe(0);
  const again = await weir('import', young, '--again', '--data', newData());
  // A flow is dated by its end; what was imported begins with its first packet.
  expect(again.stdout).toMatch(
    / {2}packets from 2026-11-01 12:00:00Z to 2026-11-01 12:01:00Z, as source "young\.pcap"/,
  );
  const asked = ['source = "young.pcap"', '--data', data, '--from', 'all'];
  type Answer = { plan: { from: number; to: number }; total: { bps: number } };
  const query = await weirJson<Answer>('query', ...asked, '--metrics', 'bps,bytes');
  const report = await weirJson<Answer>('report', 'summary', ...asked);
  expect(query.plan).toMatchObject({ from: T + 60_000, to: T + 60_021 });
  expect(report.plan).toMatchObject({ from: T + 60_000, to: T + 60_021 });
  const all = await weirJson<Answer>('query', '--data', data, '--from', 'all');
  expect(all.plan.from).toBe(1_010_000);
});

/** NetFlow v5 with one record. */
function v5Datagram(): Buffer {
  const bytes = Buffer.alloc(72);
  bytes.writeUInt16BE(5, 0);
  bytes.writeUInt16BE(1, 2);
  bytes.writeUInt32BE(60_000, 4);
  bytes.writeUInt32BE(T / 1000, 8);
  bytes.writeUInt32BE(1, 24 + 16);
  bytes.writeUInt32BE(100, 24 + 20);
  bytes.writeUInt32BE(50_000, 24 + 24);
  bytes.writeUInt32BE(51_000, 24 + 28);
  return bytes;
}
