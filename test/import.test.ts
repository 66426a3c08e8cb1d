import { execFile, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type NfdumpTotals, startPeerCollector } from './exporters/collectors.testing.ts';
import { startRelay } from './exporters/relay.testing.ts';
import { runSoftflowd } from './exporters/softflowd.testing.ts';
import { makeTraffic, type Traffic } from './exporters/traffic.testing.ts';
import { fixtures, remove, sleep, startNode, tempFolder, until, weir, weirJson } from './node.testing.ts';
import { N, numberedDatagram, openSender } from './numbered.testing.ts';
import { pcapOf, type SentDatagram, tcpPcapOf } from './pcap.testing.ts';

const run = promisify(execFile);
const folder = tempFolder();
afterAll(() => remove(folder));

interface Summary {
  readonly files: number;
  readonly packets: number;
  readonly datagrams: number;
  readonly records: number;
  readonly flows: number;
  readonly errors: Readonly<Record<string, number>>;
  readonly from: number | null;
  readonly to: number | null;
  readonly seconds: number;
  readonly lost: number;
  readonly rows: number;
}

interface Source {
  readonly name: string;
  readonly state: string;
  readonly problem: string | null;
  readonly [field: string]: unknown;
}

const newData = () => join(mkdtempSync(join(folder, 'data-')), 'store');

function file(name: string, bytes: Uint8Array): string {
  const path = join(mkdtempSync(join(folder, 'file-')), name);
  writeFileSync(path, bytes);
  return path;
}

const importJson = (data: string, ...args: string[]) => weirJson<Summary>('import', '--data', data, ...args);
const sourcesOf = async (data: string) => (await weirJson<{ sources: Source[] }>('sources', '--data', data)).sources;

async function storedBy(data: string, filter: string, ...more: string[]) {
  const answer = await weirJson<{
    total: Record<string, number>;
    rows: unknown[][];
    quality: { lost: { records: number } };
  }>('query', filter, '--data', data, '--from', 'all', '--metrics', 'records,bytes,packets', ...more);
  const { records, bytes, packets } = answer.total as Record<'records' | 'bytes' | 'packets', number>;
  return { records, bytes, packets, rows: answer.rows, lost: answer.quality.lost.records };
}

/** A v5 capture: `count` datagrams of N records a second apart, from a year ago. */
const LONG_AGO = Date.UTC(2023, 2, 4, 5, 6, 7);
function oldDatagrams(count: number, options: { first?: number; skip?: readonly number[] } = {}): SentDatagram[] {
  const { first = 0, skip = [] } = options;
  return Array.from({ length: count }, (_, i) => {
    const payload = Buffer.from(numberedDatagram(first + i, LONG_AGO));
    const timeMs = LONG_AGO + i * 1_000;
    payload.writeUInt32BE(i * 1_000 + 60_000, 4);
    payload.writeUInt32BE(Math.floor(timeMs / 1_000), 8);
    payload.writeUInt32BE(0, 12);
    for (let r = 0; r < N; r++) {
      payload.writeUInt32BE(i * 1_000 + 50_000, 24 + r * 48 + 24);
      payload.writeUInt32BE(i * 1_000 + 55_000, 24 + r * 48 + 28);
    }
    return { payload, timeMs };
  }).filter((_, i) => !skip.includes(i));
}

describe('real exports, captured', () => {
  let traffic: Traffic & { readonly file: string };
  beforeAll(() => {
    const made = makeTraffic({ packets: 6_000, conversations: 400 });
    traffic = { ...made, file: file('traffic.pcap', made.capture) };
  });

  test.each([5, 9, 10] as const)(
    'softflowd version %i: totals equal what nfcapd read of the same datagrams',
    async (version) => {
      const own = join(folder, `softflowd-${version}`);
      mkdirSync(own);
      const collector = await startPeerCollector('nfcapd', join(own, 'peer'));
      const relay = await startRelay(`127.0.9.${version}`, [collector.port]);
      const startMs = Date.now();
      let peer: NfdumpTotals;
      try {
        await runSoftflowd({
          version,
          capture: traffic.file,
          port: relay.port,
          folder: own,
          absoluteTimes: version === 10,
        });
        await relay.settle();
        peer = await collector.finish();
      } finally {
        relay.close();
      }
      expect(peer.records).toBeGreaterThan(300);
      const capture = pcapOf(
        relay.datagrams.map((payload, i) => ({ payload, timeMs: startMs + i, source: '192.0.2.9', port: 9996 })),
      );
      const path = file(`softflowd-v${version}.pcap`, capture);
      const data = newData();
      const summary = await importJson(data, path);
      expect(summary).toMatchObject({ files: 1, datagrams: relay.datagrams.length, lost: 0, errors: {} });
      expect(summary).toMatchObject({ records: peer.records, flows: peer.records });
      expect(await storedBy(data, `source = "softflowd-v${version}.pcap"`)).toMatchObject({
        ...{ records: peer.records, bytes: peer.bytes, packets: peer.packets, lost: 0 },
      });
      expect(await sourcesOf(data)).toMatchObject([
        { name: `softflowd-v${version}.pcap`, state: 'complete', exporters: 1, link_types: ['ethernet'], kind: 'pcap' },
      ]);
    },
  );

  test('what tcpdump wrote of the loopback is read as it is', async (context) => {
    const path = join(folder, 'lo.pcap');
    const relay = await startRelay('127.0.9.77', []);
    const tcpdump = spawn('tcpdump', ['-i', 'lo', '-B', '32768', '-U', '-w', path, 'udp', 'port', String(relay.port)], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let said = '';
    tcpdump.stderr.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
    const ended = new Promise((resolve) => tcpdump.once('close', resolve));
    await Promise.race([
      until(
        async () => said,
        (text) => text.includes('listening on'),
      ),
      ended,
    ]);
    if (tcpdump.exitCode !== null) {
      relay.close();
      return context.skip(`tcpdump cannot capture here: ${said.trim()}`);
    }
    await runSoftflowd({ version: 9, capture: traffic.file, port: relay.port, folder });
    await relay.settle();
    // In the file: the head of a frame and of its record is before each datagram.
    const whole = 24 + relay.datagrams.reduce((n, d) => n + 16 + 14 + 20 + 8 + d.length, 0);
    await until(
      async () => statSync(path).size,
      (size) => size >= whole,
    );
    tcpdump.kill('SIGINT');
    await ended;
    relay.close();
    const data = newData();
    const summary = await importJson(data, path, '--port', String(relay.port));
    expect(summary).toMatchObject({
      datagrams: relay.datagrams.length,
      packets: relay.datagrams.length,
      lost: 0,
      errors: {},
    });
    expect(await storedBy(data, 'any')).toMatchObject({ bytes: traffic.ipBytes, packets: traffic.packets });
  });
});

describe('fixtures', () => {
  const telegraf = fixtures && join(fixtures, 'telegraf-netflow');
  const cases = telegraf ? readdirSync(telegraf).filter((n) => !n.includes('.') && !n.startsWith('UPSTREAM')) : [];

  test.skipIf(!telegraf)('telegraf: each record that it expects is a row', async () => {
    for (const name of cases) {
      const from = join(telegraf!, name);
      const payloads = readdirSync(from)
        .filter((f) => f.endsWith('.bin'))
        .sort()
        .map((f) => readFileSync(join(from, f)));
      const capture = pcapOf(payloads.map((payload, i) => ({ payload, timeMs: LONG_AGO + i, port: 2055 })));
      const expected = readFileSync(join(from, 'expected.out'), 'utf8')
        .trim()
        .split('\n')
        .filter((line) => line.startsWith('netflow,')).length;
      const data = newData();
      const { stdout, stderr } = await weir(
        'import',
        '--data',
        data,
        file(`${name}.pcap`, capture),
        '--format',
        'json',
      );
      const summary = JSON.parse(stdout || '{}') as Partial<Summary>;
      expect([name, summary.datagrams, stderr]).toEqual([name, payloads.length, '']);
      if (!name.startsWith('sflow')) expect([name, summary.records]).toEqual([name, expected]);
    }
  });

  test.skipIf(!fixtures)('captures of sFlow are datagram for datagram those that tshark reads', async () => {
    for (const [name, formats] of [
      ['sflow-print-v6.pcap', { sflow5: 25 }],
      // Among them is NetFlow v5 that was sent to the port of sFlow.
      ['sflow_multiple_counter_30_pdus.pcap', { sflow5: 25, netflow5: 5 }],
    ] as const) {
      const data = newData();
      await importJson(data, join(fixtures!, 'tcpdump', name));
      expect(await sourcesOf(data)).toMatchObject([{ name, state: 'complete', formats }]);
    }
  });

  test.skipIf(!fixtures)(
    "ipfixcol2's IPFIX file, plain and compressed: 68 messages, 3,979 records, no exporter",
    async () => {
      const bytes = readFileSync(join(fixtures!, 'ipfixcol2/example_flows.ipfix'));
      const data = newData();
      const plain = await importJson(data, file('plain.ipfix', bytes));
      // tshark -V shows as many.
      expect(plain).toMatchObject({ datagrams: 68, packets: 0, records: 3_979, errors: {} });
      const packed = await importJson(data, file('packed.ipfix.gz', gzipSync(bytes)));
      expect(packed).toMatchObject({ datagrams: 68, records: plain.records, rows: plain.rows });
      expect(await sourcesOf(data)).toMatchObject([
        { name: 'plain.ipfix', kind: 'ipfix_file', gzip: false, exporters: 0, size: bytes.length },
        { name: 'packed.ipfix.gz', kind: 'ipfix_file', gzip: true, exporters: 0 },
      ]);
      const { stdout } = await weir(
        'flows',
        'source = "plain.ipfix"',
        '--data',
        data,
        '--from',
        'all',
        '--limit',
        '1',
        '--format',
        'jsonl',
      );
      const row = JSON.parse(stdout) as Record<string, unknown>;
      expect(row.source).toBe('plain.ipfix');
      expect(row.exporter).toBeUndefined();
    },
  );
});

test.skipIf(!fixtures)('IPFIX over TCP is put together from its segments', async () => {
  const bytes = readFileSync(join(fixtures!, 'ipfixcol2/example_flows.ipfix'));
  const data = newData();
  expect(await importJson(data, file('tcp.pcap', tcpPcapOf(bytes, 4739)))).toMatchObject({
    ...{ datagrams: 68, records: 3_979, errors: {} },
  });
  expect(await sourcesOf(data)).toMatchObject([{ kind: 'pcap', exporters: 1, formats: { ipfix: 68 } }]);
  const later = tcpPcapOf(bytes.subarray(5_000), 4739);
  expect(await importJson(newData(), file('amid.pcap', later))).toMatchObject({ errors: { tcp_out_of_step: 1 } });
});

test('data whose template never comes is an error, not silence', async () => {
  const message = Buffer.from('000a00186553f1000000000000000001010000080102030400', 'hex').subarray(0, 24);
  const path = file('no-template.pcap', pcapOf([{ payload: message, timeMs: LONG_AGO, port: 4739 }]));
  expect(await importJson(newData(), path)).toMatchObject({ datagrams: 1, records: 0, errors: { no_template: 1 } });
});

test('the same content on standard input is known only at the end: it is said then', async () => {
  const data = newData();
  const path = file('twice.pcap', pcapOf(oldDatagrams(2)));
  await importJson(data, path);
  const again = run('sh', ['-c', '"$0" dist/cli/main.js import - --data "$1" < "$2"', process.execPath, data, path]);
  await expect(again).rejects.toMatchObject({
    code: 1,
    stderr: expect.stringContaining('there already as "twice.pcap"'),
  });
});

describe('an old capture', () => {
  const name = 'old.pcap';
  let data: string;
  let path: string;
  beforeAll(async () => {
    data = newData();
    path = file(name, pcapOf(oldDatagrams(40, { skip: [17] })));
    expect(await importJson(data, path)).toMatchObject({
      ...{ files: 1, packets: 39, datagrams: 39, records: 39 * N, flows: 39 * N, errors: {}, lost: N },
      from: LONG_AGO - 5_000,
    });
  });

  test('keeps the times of its flows, and its losses stand at them', async () => {
    expect(await storedBy(data, `source = "${name}"`)).toMatchObject({ records: 39 * N, lost: N });
    const then = [
      '--from',
      new Date(LONG_AGO - 60_000).toISOString(),
      '--to',
      new Date(LONG_AGO + 60_000).toISOString(),
    ];
    const answer = await weirJson<{ total: { records: number }; quality: { lost: { records: number } } }>(
      'query',
      '--data',
      data,
      '--metrics',
      'records',
      ...then,
    );
    expect(answer).toMatchObject({ total: { records: 39 * N }, quality: { lost: { records: N } } });
  });

  test('is history when the import ends: its days are answered from rows of a day', async () => {
    const day = LONG_AGO - (LONG_AGO % 86_400_000);
    const range = ['--from', new Date(day).toISOString(), '--to', new Date(day + 86_400_000).toISOString()];
    const answer = await weirJson<{ plan: unknown; total: unknown }>(
      ...['query', '--data', data, '--metrics', 'records', '--every', '1d', ...range],
    );
    expect(answer).toMatchObject({ total: { records: 39 * N }, plan: { level: '1d' } });
  });

  test('is neither deleted by age when a node runs on it, nor are its losses', async () => {
    const node = await startNode(data, ['--retention-age', '30d']);
    try {
      await sleep(1_500);
      expect(await storedBy(data, 'any', '--by', 'source')).toMatchObject({
        records: 39 * N,
        lost: N,
        rows: [[name, 39 * N, expect.anything(), 39 * N]],
      });
    } finally {
      await node.stop();
    }
  });

  test('is not imported twice unless it is said, and has a name of its own then', async () => {
    const copy = file('other-name.pcap', readFileSync(path));
    const refused = await weir('import', '--data', data, copy);
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain('the same content was imported as "old.pcap"');
    expect(await importJson(data, path, '--again')).toMatchObject({ records: 39 * N });
    expect((await sourcesOf(data)).map((s) => [s.name, s.state])).toEqual([
      ['old.pcap', 'complete'],
      ['old.pcap#2', 'complete'],
    ]);
    expect(await storedBy(data, 'source = "old.pcap#2"')).toMatchObject({ records: 39 * N });
  });
});

test('its provenance says what the file was', async () => {
  const data = newData();
  const bytes = gzipSync(pcapOf(oldDatagrams(3)));
  await importJson(data, file('three.pcap.gz', bytes));
  expect(await sourcesOf(data)).toMatchObject([
    {
      ...{ name: 'three.pcap.gz', file: 'three.pcap.gz', state: 'complete', problem: null, size: bytes.length },
      sha256: createHash('sha256').update(bytes).digest('hex'),
      ...{ kind: 'pcap', gzip: true, link_types: ['ethernet'], snap_length: 65_535, packets: 3, datagrams: 3 },
      ...{ first_packet: LONG_AGO, last_packet: LONG_AGO + 2_000, formats: { netflow5: 3 }, records: 90, rows: 90 },
      ...{ exporters: 1, lost: 0, errors: {}, damage: null },
    },
  ]);
  const table = await weir('sources', '--data', data);
  expect(table.stdout).toMatch(/three\.pcap\.gz +complete .* export +\d+ B/m);
  expect(table.stdout).toMatch(/three\.pcap\.gz +NetFlow v5 3 +90 /m);
  const csv = await weir('sources', '--data', data, '--format', 'csv');
  expect(csv.stdout.split('\n')[0]).toContain('name,file,state,');
});

test('exports are found on any port by what they are, and nothing else is taken for one', async () => {
  const data = newData();
  const odd = oldDatagrams(5).map((d) => ({ ...d, port: 31_337 }));
  const noise = oldDatagrams(5).map((d) => ({ ...d, port: 53, payload: Buffer.from(d.payload).fill(0xaa, 0, 30) }));
  const summary = await importJson(data, file('odd.pcap', pcapOf([...odd, ...noise])));
  expect(summary).toMatchObject({ packets: 10, datagrams: 5, records: 5 * N, errors: {} });
});

test('a sampling rate that is given holds where the exporter says none', async () => {
  const data = newData();
  await importJson(data, file('sampled.pcap', pcapOf(oldDatagrams(2))), '--sampling', '100');
  const answer = await weirJson<{ total: Record<string, number> }>(
    'query',
    '--data',
    data,
    '--from',
    'all',
    '--metrics',
    'packets,raw_packets',
  );
  expect(answer.total).toEqual({ packets: 2 * N * 100, raw_packets: 2 * N });
});

describe('what cannot be read', () => {
  test('a cut capture gives its good part, an error and exit 1', async () => {
    const whole = pcapOf(oldDatagrams(10));
    const data = newData();
    const { stdout, stderr, code } = await weir(
      'import',
      '--data',
      data,
      file('cut.pcap', whole.subarray(0, whole.length - 100)),
      '--format',
      'json',
    );
    expect(code).toBe(1);
    expect(stderr).toMatch(/cut\.pcap: the file is damaged \(truncated at byte \d+\)/);
    expect(JSON.parse(stdout)).toMatchObject({ datagrams: 9, records: 9 * N });
    expect(await sourcesOf(data)).toMatchObject([{ name: 'cut.pcap', state: 'complete', rows: 9 * N }]);
  });

  test('a broken gzip gives what could be unpacked', async () => {
    const whole = gzipSync(pcapOf(oldDatagrams(400)));
    const data = newData();
    const { stdout, stderr, code } = await weir(
      'import',
      '--data',
      data,
      file('cut.pcap.gz', whole.subarray(0, whole.length / 2)),
      '--format',
      'json',
    );
    expect(code).toBe(1);
    expect(stderr).toContain('bad_compression');
    expect((JSON.parse(stdout) as Summary).records).toBeGreaterThan(0);
  });

  test('a capture without exports, and a file that is no capture, are errors in words; the other files are imported', async () => {
    const data = newData();
    const none = file(
      'none.pcap',
      pcapOf(oldDatagrams(3).map((d) => ({ ...d, payload: Buffer.from('hello'), port: 53 }))),
    );
    const text = file('notes.txt', Buffer.from('this is no capture at all, but a text'));
    const good = file('good.pcap', pcapOf(oldDatagrams(2)));
    const { stdout, stderr, code } = await weir(
      'import',
      '--data',
      data,
      none,
      text,
      good,
      join(folder, 'absent.pcap'),
      '--as',
      'export',
      '--format',
      'json',
    );
    expect(code).toBe(1);
    expect(stderr).toContain('none.pcap: holds no NetFlow, IPFIX or sFlow (3 packets, 3 UDP datagrams)');
    expect(stderr).toContain('notes.txt: is neither a capture (pcap, pcapng) nor an IPFIX file');
    expect(stderr).toContain('absent.pcap: no such file');
    expect(JSON.parse(stdout)).toMatchObject({ files: 1, records: 2 * N });
    expect((await sourcesOf(data)).map((s) => [s.name, s.state])).toEqual([
      ['none.pcap', 'failed'],
      ['notes.txt', 'failed'],
      ['good.pcap', 'complete'],
    ]);
  });

  test('an IPFIX file that lacks bytes in its midst is read on behind them', async (context) => {
    if (!fixtures) return context.skip('no fixtures');
    const bytes = readFileSync(join(fixtures, 'ipfixcol2/example_flows.ipfix'));
    const holed = Buffer.concat([bytes.subarray(0, 100_000), bytes.subarray(100_900)]);
    const data = newData();
    const { stdout, stderr, code } = await weir(
      'import',
      '--data',
      data,
      file('holed.ipfix', holed),
      '--format',
      'json',
    );
    expect(code).toBe(1);
    expect(stderr).toMatch(/no message at byte \d+/);
    expect((JSON.parse(stdout) as Summary).datagrams).toBeGreaterThanOrEqual(65);
  });
});

describe('into a running node', () => {
  let node: Awaited<ReturnType<typeof startNode>>;
  beforeAll(async () => {
    node = await startNode(newData());
  });
  afterAll(() => node.stop());

  test('live flows go on meanwhile, and nothing of either is lost', async () => {
    const path = file('big.pcap', pcapOf(oldDatagrams(20_000)));
    const sender = await openSender(node.port);
    const bootMs = Date.now() - 3_600_000;
    let over = false;
    let sent = 0;
    const sending = (async () => {
      while (!over) {
        await sender.send(numberedDatagram(sent++, bootMs));
        await sleep(2);
      }
    })();
    const summary = await importJson(node.data, path);
    over = true;
    await sending;
    sender.close();
    expect(summary).toMatchObject({ datagrams: 20_000, records: 20_000 * N, lost: 0, errors: {} });
    await until(
      () => storedBy(node.data, 'source = ""'),
      (t) => Number(t.records) === sent * N,
    );
    expect(await storedBy(node.data, 'source = ""')).toMatchObject({ records: sent * N });
    expect(await storedBy(node.data, 'source = "big.pcap"')).toMatchObject({ records: 20_000 * N, lost: 0 });
    const { sources } = (await (await fetch(`${node.http}/api/v1/sources`)).json()) as { sources: Source[] };
    expect(sources).toMatchObject([{ name: 'big.pcap', state: 'complete', rows: 20_000 * N }]);
  });

  test('is at rest when the command ends: kill -9 takes nothing of it', async () => {
    const own = await startNode(newData());
    await importJson(own.data, file('kept.pcap', pcapOf(oldDatagrams(50))));
    await own.kill();
    expect(await storedBy(own.data, 'source = "kept.pcap"')).toMatchObject({ records: 50 * N });
    expect(await sourcesOf(own.data)).toMatchObject([{ name: 'kept.pcap', state: 'complete' }]);
  });

  test('one that a crash of the node ended is marked, and not begun again by mistake', async () => {
    const own = await startNode(newData());
    const bytes = pcapOf(oldDatagrams(3_000));
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    const upload = request(`${own.http}/api/v1/import?name=crash.pcap&sha256=${sha256}`, { method: 'POST' });
    upload.on('error', () => undefined);
    upload.write(bytes.subarray(0, bytes.length / 2));
    await until(
      () => storedBy(own.data, 'any'),
      (t) => t.records > 1_000,
    );
    await own.kill();
    expect(await sourcesOf(own.data)).toMatchObject([{ name: 'crash.pcap', state: 'interrupted' }]);
    const { code, stderr } = await weir('import', '--data', own.data, file('crash.pcap', bytes));
    expect([code, stderr]).toEqual([1, expect.stringContaining('interrupted after at least')]);
  });

  test('an upload that breaks off leaves what was read, marked', async () => {
    const bytes = pcapOf(oldDatagrams(3_000, { first: 40_000 }));
    await new Promise<void>((resolve) => {
      const upload = request(`${node.http}/api/v1/import?name=broken.pcap`, { method: 'POST' });
      upload.on('error', () => resolve());
      upload.write(bytes.subarray(0, bytes.length / 2), () => setTimeout(() => upload.destroy(), 700));
    });
    const source = await until(
      async () => (await sourcesOf(node.data)).find((s) => s.name === 'broken.pcap'),
      (s) => s !== undefined && s.state !== 'running',
    );
    expect(source).toMatchObject({ state: 'interrupted', sha256: null });
    expect(source!.problem).toContain('the upload broke off');
    expect(source!.rows).toBeGreaterThan(1_000);
    expect(await storedBy(node.data, 'source = "broken.pcap"')).toMatchObject({ records: source!.rows });
  });

  test('one at a time: a second one is told to come back', async () => {
    const bytes = pcapOf(oldDatagrams(10, { first: 90_000 }));
    const first = request(`${node.http}/api/v1/import?name=slow.pcap`, { method: 'POST' });
    const answered = new Promise<number>((resolve) => first.on('response', (r) => resolve(r.statusCode!)));
    first.write(bytes.subarray(0, 1_000));
    await until(async () => (await sourcesOf(node.data)).some((s) => s.name === 'slow.pcap'), Boolean);
    const second = await fetch(`${node.http}/api/v1/import?name=second.pcap`, { method: 'POST', body: bytes });
    expect(second.status).toBe(503);
    expect(await second.text()).toContain('slow.pcap');
    first.end(bytes.subarray(1_000));
    expect(await answered).toBe(200);
  });

  test('the API says in words what is wrong', async () => {
    const post = async (query: string, body: Uint8Array) => {
      const answer = await fetch(`${node.http}/api/v1/import?${query}`, { method: 'POST', body });
      return { status: answer.status, text: await answer.text() };
    };
    const bytes = pcapOf(oldDatagrams(1, { first: 95_000 }));
    expect(await post('as=export', bytes)).toMatchObject({ status: 400, text: expect.stringContaining('name') });
    expect(await post('name=x.pcap&as=traffic&idle=0', bytes)).toMatchObject({
      status: 400,
      text: expect.stringContaining('idle'),
    });
    expect(await post('name=x.pcap&port=0', bytes)).toMatchObject({
      status: 400,
      text: expect.stringContaining('port'),
    });
    expect(await post('name=x.txt', Buffer.from('no capture'))).toMatchObject({
      status: 400,
      text: expect.stringContaining('neither'),
    });
  });

  test('needs the token where the node has one', async () => {
    const own = await startNode(newData(), ['--http-token-file', file('token', Buffer.from('a-secret-of-16-chars\n'))]);
    const path = file('token.pcap', pcapOf(oldDatagrams(2)));
    expect((await weir('import', '--server', own.http, path)).code).toBe(1);
    const allowed = await weir('import', '--server', own.http, '--token', 'a-secret-of-16-chars', path);
    expect([allowed.code, allowed.stderr]).toEqual([0, '']);
    await own.stop();
  });

  test('standard input is read as it comes', async () => {
    const path = file('in.pcap', pcapOf(oldDatagrams(4, { first: 99_000 })));
    const { stdout } = await run('sh', [
      '-c',
      `"$0" dist/cli/main.js import - --data "$1" --format json < "$2"`,
      process.execPath,
      node.data,
      path,
    ]);
    expect(JSON.parse(stdout)).toMatchObject({ records: 4 * N, sources: ['stdin'] });
  });
});
