import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { delimiter, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sendFlows } from '../src/cli/command-export-flows.ts';
import { fileSender, tcpSender, udpSender } from '../src/cli/command-export-send.ts';
import { CryptoPan, formatAddress, parseAddress } from '../src/flow/index.ts';
import { type FlowsQueryInput, runFlows } from '../src/query/index.ts';
import { type TestFlow, type TestStore, testStore } from '../src/query/store.testing.ts';
import { EXPORTED_COLUMNS, type ExportProtocol } from '../src/wire/index.ts';
import { remove, tempFolder } from './node.testing.ts';

/** What leaves Weir arrives: nfcapd and tshark judge every protocol that `weir export` speaks. */

const run = promisify(execFile);
const found = (name: string) => (process.env.PATH ?? '').split(delimiter).some((p) => existsSync(join(p, name)));
const nfdump = ['nfcapd', 'nfdump', 'nfanon'].every(found);
const tshark = found('tshark');

const folder = tempFolder();
const NOW = Date.now() - 60_000;
let store: TestStore;

/** 3,000 flows: IPv4, and every third one IPv6; TCP, UDP and ICMP; with AS, VLAN and MAC here and there. */
function flowOf(i: number): TestFlow {
  const six = i % 3 === 0;
  const protocol = [6, 17, six ? 58 : 1][i % 7 === 0 ? 2 : i % 2]!;
  const icmp = protocol === 1 || protocol === 58;
  const end = NOW - ((i * 7919) % 3_600_000);
  return {
    time: end,
    received: NOW,
    end,
    start: end - (i % 5_000),
    src_addr: six
      ? `2001:db8:${(i % 50).toString(16)}::${(i + 1).toString(16)}`
      : `10.${i % 5}.${(i >> 8) & 255}.${i & 255}`,
    dst_addr: six ? '2001:db8:ffff::1' : `192.0.2.${i % 200}`,
    next_hop: six ? '2001:db8::fe' : '172.16.0.1',
    src_port: icmp ? 0 : 1024 + (i % 60_000),
    dst_port: icmp ? 0 : 443,
    protocol,
    ...(icmp ? { icmp_type: 8 + (i % 2), icmp_code: 0 } : {}),
    raw_bytes: 40 + i * 3,
    raw_packets: 1 + (i % 9),
    tcp_flags: protocol === 6 ? 27 : 0,
    in_if: 1 + (i % 4),
    out_if: 7,
    ...(i % 4 === 0 ? { src_as: 64_500, dst_as: 65_000 } : {}),
    ...(i % 11 === 0 ? { vlan: 100, src_mac: 0x020000000001n } : {}),
  };
}
const FLOWS = Array.from({ length: 3_000 }, (_, i) => flowOf(i));
/** Half of them sampled, at two rates. */
const SAMPLED = FLOWS.slice(0, 900).map((f, i) => ({
  ...f,
  sampling: [1, 1, 100, 512][i % 4]!,
  sampling_origin: 'record',
}));

beforeAll(async () => {
  store = await testStore(FLOWS);
});
afterAll(() => {
  store?.close();
  remove(folder);
});

interface Totals {
  flows: number;
  packets: number;
  bytes: number;
}

function totalsOf(flows: readonly TestFlow[], family: 'ipv4' | 'ipv6'): Totals {
  const of = flows.filter((f) => String(f.src_addr).includes(':') === (family === 'ipv6'));
  const sum = (column: string) => of.reduce((n, f) => n + Number(f[column]) * Number(f.sampling ?? 1), 0);
  return { flows: of.length, packets: sum('raw_packets'), bytes: sum('raw_bytes') };
}

async function exported(flows: TestStore, protocol: ExportProtocol, port: number, rate = 20_000) {
  const { rows } = await runFlows(flows, query, { now: Date.now() });
  const sender = await udpSender('127.0.0.1', port);
  return sendFlows(rows, sender, { protocol, lossy: true, rate });
}
const query: FlowsQueryInput = { columns: [...EXPORTED_COLUMNS], order: 'stored', limit: 1e9 };

async function freePort(): Promise<number> {
  const socket = createSocket('udp4');
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
  const { port } = socket.address();
  await new Promise<void>((resolve) => socket.close(resolve));
  return port;
}

/** nfcapd on a port of its own, until `collected` ends it and gives its file and what it said. */
async function collector(name: string) {
  const place = join(folder, name);
  mkdirSync(place);
  const port = await freePort();
  const child: ChildProcess = spawn('nfcapd', ['-w', place, '-p', String(port), '-b', '127.0.0.1', '-t', '86400'], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  for (const stream of [child.stdout!, child.stderr!]) stream.on('data', (d: Buffer) => (said += d.toString()));
  const exited = new Promise((resolve) => child.once('exit', resolve));
  for (let i = 0; i < 200 && !said.includes('Startup'); i++) await sleep(20);
  return {
    port,
    collected: async () => {
      await sleep(300);
      child.kill('SIGTERM');
      await exited;
      const file = readdirSync(place).find((f) => /^nfcapd\.\d+$/.test(f))!;
      return { said, file: join(place, file) };
    },
  };
}

async function nfdumpTotals(file: string, filter: string): Promise<Totals> {
  const { stdout } = await run('nfdump', ['-r', file, '-q', '-N', '-o', 'fmt:%byt %pkt', filter]);
  const rows = stdout
    .split('\n')
    .flatMap((l) => (/^\s*\d+\s+\d+\s*$/.test(l) ? [l.trim().split(/\s+/).map(Number)] : []));
  return {
    flows: rows.length,
    bytes: rows.reduce((n, r) => n + r[0]!, 0),
    packets: rows.reduce((n, r) => n + r[1]!, 0),
  };
}

describe.runIf(nfdump)('nfcapd', () => {
  test.each(['netflow9', 'ipfix'] as const)(
    'has the same totals from %s, IPv4 and IPv6, and no sequence failure',
    async (protocol) => {
      const { port, collected } = await collector(protocol);
      const counts = await exported(store, protocol, port);
      expect(counts).toMatchObject({ given: 3_000, records: 3_000, leftOut: {}, changed: {} });
      const { said, file } = await collected();
      expect(said).toMatch(/Sequence Errors: 0, Bad Packets: 0/);
      expect(await nfdumpTotals(file, 'inet')).toEqual(totalsOf(FLOWS, 'ipv4'));
      expect(await nfdumpTotals(file, 'inet6')).toEqual(totalsOf(FLOWS, 'ipv6'));
    },
    20_000,
  );

  test('has the same totals from NetFlow v5, which is told to have no IPv6', async () => {
    const { port, collected } = await collector('netflow5');
    const counts = await exported(store, 'netflow5', port);
    expect(counts).toMatchObject({ given: 3_000, records: 2_000, leftOut: { ipv6: 1_000 }, changed: {} });
    const { said, file } = await collected();
    expect(said).toMatch(/Sequence Errors: 0, Bad Packets: 0/);
    expect(await nfdumpTotals(file, 'any')).toEqual(totalsOf(FLOWS, 'ipv4'));
  }, 60_000);

  test.each(['netflow5', 'netflow9', 'ipfix'] as const)(
    'scales sampled flows from %s by itself',
    async (protocol) => {
      const sampled = await testStore(SAMPLED);
      try {
        const { port, collected } = await collector(`${protocol}-sampled`);
        await exported(sampled, protocol, port);
        const { said, file } = await collected();
        expect(said).toMatch(/Sequence Errors: 0, Bad Packets: 0/);
        expect(await nfdumpTotals(file, 'inet')).toEqual(totalsOf(SAMPLED, 'ipv4'));
        if (protocol !== 'netflow5') expect(await nfdumpTotals(file, 'inet6')).toEqual(totalsOf(SAMPLED, 'ipv6'));
      } finally {
        sampled.close();
      }
    },
    20_000,
  );

  test('has the times, ports and flags as they are', async () => {
    const { port, collected } = await collector('details');
    const one = await testStore([{ ...flowOf(2), tcp_flags: 18 }]);
    try {
      await exported(one, 'netflow9', port);
    } finally {
      one.close();
    }
    const { file } = await collected();
    const { stdout } = await run('nfdump', [
      '-r',
      file,
      '-q',
      '-o',
      'fmt:%tsr %td %sa %sp %da %dp %pr %flg %in %out %nh',
    ]);
    const { start, end } = flowOf(2);
    const words = stdout.trim().split(/\s+/);
    expect(words.slice(0, 2)).toEqual([(Number(start) / 1000).toFixed(3), `00:00:00.00${Number(end) - Number(start)}`]);
    expect(words.slice(2)).toEqual(['10.2.0.2', '1026', '192.0.2.2', '443', 'TCP', '...A..S.', '3', '7', '172.16.0.1']);
  }, 60_000);
});

/** Flows with the columns that nfdump's newer words are about, each in some of them. */
const DETAILED = Array.from({ length: 240 }, (_, i): TestFlow => {
  const some = (every: number, columns: TestFlow) => (i % every === 0 ? columns : {});
  return {
    ...flowOf(i),
    ...some(2, { src_mac: 0x020000000001n, dst_mac: i % 4 ? 0x020000000002n : 0x020000000003n }),
    ...some(3, { vlan: 100 + (i % 2), out_vlan: 200 }),
    ...some(5, { mpls_label: 16 + (i % 3), mpls_label2: 99 }),
    ...some(7, { src_nat_addr: '198.51.100.7', dst_nat_addr: '198.51.100.8', src_nat_port: 4000, dst_nat_port: 443 }),
    ...some(4, { src_peer_as: 64_500, dst_peer_as: 64_501 }),
    ...some(6, { forwarding: 64, flow_direction: i % 4 ? 'ingress' : 'egress' }),
    ...some(8, { bgp_next_hop: '192.0.2.250' }),
  };
});

describe.runIf(nfdump)('nfdump and Weir select the same flows by', () => {
  let file: string;
  let detailed: TestStore;

  beforeAll(async () => {
    detailed = await testStore(DETAILED);
    const { port, collected } = await collector('detailed');
    await exported(detailed, 'ipfix', port);
    file = (await collected()).file;
  }, 60_000);
  afterAll(() => detailed?.close());

  test.each([
    ...[
      'mac 02:00:00:00:00:02',
      'src mac 02:00:00:00:00:01',
      'in src mac 02:00:00:00:00:01',
      'in dst mac 02:00:00:00:00:03',
    ],
    ...['vlan 100', 'src vlan 101', 'dst vlan 200', 'mpls label1 17', 'mpls label2 99', 'mpls any 99'],
    ...['nip 198.51.100.8', 'src nip 198.51.100.7', 'nport 443', 'src nport 4000', 'dst nport 443'],
    ...['flowdir egress', 'bgpnext ip 192.0.2.250', 'next ip 172.16.0.1'],
  ])('%s', async (filter) => {
    const { rows } = await runFlows(detailed, { filter, order: 'stored', limit: 1_000 }, { now: Date.now() });
    let ours = 0;
    for await (const piece of rows) ours += piece.length;
    expect(ours).toBeGreaterThan(0);
    expect(ours).toBeLessThan(DETAILED.length);
    expect((await nfdumpTotals(file, filter)).flows).toBe(ours);
  });
});

describe.runIf(nfdump)('nfanon', () => {
  const KEY = 'abcdefghijklmnopqrstuvwxyz012345';
  const pan = new CryptoPan(Buffer.from(KEY));
  let pairs: string[][];

  beforeAll(async () => {
    const { port, collected } = await collector('nfanon');
    await exported(store, 'ipfix', port);
    const { file } = await collected();
    const anonymised = join(folder, 'anonymised');
    await run('nfanon', ['-q', '-r', file, '-w', anonymised, '-K', KEY]);
    const read = async (path: string) => {
      const { stdout } = await run('nfdump', ['-r', path, '-q', '-6', '-o', 'fmt:%sa,%da,%nh,%ra,%byt'], {
        maxBuffer: 2e7,
      });
      const lines = stdout.split('\n').filter((l) => l.includes(','));
      return lines.map((l) => l.replaceAll(' ', '').split(','));
    };
    const [from, to] = await Promise.all([read(file), read(anonymised)]);
    expect(to.length).toBe(from.length);
    pairs = from.map((words, i) => [...words, ...to[i]!]);
  }, 60_000);

  test('changes each IPv4 address as Weir does: source, destination, next hop, exporter', () => {
    let judged = 0;
    for (const words of pairs) {
      expect(words[9]).toBe(words[4]);
      for (const i of [0, 1, 2, 3]) {
        if (words[i]!.includes(':')) continue;
        expect(words[i + 5]).toBe(formatAddress(pan.address(parseAddress(words[i]!)!)));
        judged += 1;
      }
    }
    expect(judged).toBeGreaterThan(6_000);
  });

  test('keeps no prefixes of IPv6, which Weir does', () => {
    const common = (a: string, b: string) => {
      const [x, y] = [parseAddress(a)!, parseAddress(b)!];
      for (let i = 0; i < 4; i++) if (x[i] !== y[i]) return 32 * i + Math.clz32(x[i]! ^ y[i]!);
      return 128;
    };
    const six = pairs.filter((words) => words[0]!.includes(':')).slice(0, 200);
    const ours = (text: string) => formatAddress(pan.address(parseAddress(text)!));
    const kept = (to: (words: string[]) => string) =>
      six.slice(1).filter((w, i) => common(six[i]![0]!, w[0]!) === common(to(six[i]!), to(w))).length;
    expect(kept((w) => ours(w[0]!))).toBe(199);
    expect(kept((w) => w[5]!)).toBeLessThan(199);
  });
});

/** As text2pcap reads it: an offset, then the bytes of one datagram. */
function hexDump(datagram: Uint8Array): string {
  return `000000 ${Buffer.from(datagram).toString('hex').replace(/(..)/g, '$1 ')}\n`;
}

describe.runIf(tshark)('tshark', () => {
  const decode = (...args: string[]) => run('tshark', args, { maxBuffer: 2e8 });

  test('reads an IPFIX file without a mistake: each flow, the templates and the statistics', async () => {
    const path = join(folder, 'flows.ipfix');
    const { rows } = await runFlows(store, query, { now: Date.now() });
    const counts = await sendFlows(rows, await fileSender(path), { protocol: 'ipfix', lossy: false });
    expect(counts.bytes).toBe(statSync(path).size);
    expect(readdirSync(folder).filter((f) => f.endsWith('.part'))).toEqual([]);
    const { stdout } = await decode('-r', path, '-V');
    expect(stdout).not.toMatch(/malformed|Expert Info \(Error|Expert Info \(Warn|No template/i);
    expect(stdout.match(/Octets: \d+/g)).toHaveLength(3_000);
    const octets = stdout.match(/Octets: \d+/g)!.reduce((n, line) => n + Number(line.slice(8)), 0);
    expect(octets).toBe(totalsOf(FLOWS, 'ipv4').bytes + totalsOf(FLOWS, 'ipv6').bytes);
  }, 60_000);

  test.each(['netflow5', 'netflow9', 'ipfix'] as const)(
    'reads datagrams of %s without a mistake',
    async (protocol) => {
      const sent: Uint8Array[] = [];
      const sender = {
        send: async (d: Uint8Array) => void sent.push(d),
        finish: async () => {},
        abandon: async () => {},
      };
      const sampled = await testStore(SAMPLED);
      try {
        const { rows } = await runFlows(sampled, query, { now: Date.now() });
        await sendFlows(rows, sender, { protocol, lossy: true, absoluteTimes: protocol === 'netflow9' });
      } finally {
        sampled.close();
      }
      const text = join(folder, `${protocol}.txt`);
      const pcap = join(folder, `${protocol}.pcap`);
      writeFileSync(text, sent.map(hexDump).join('\n'));
      await run('text2pcap', ['-q', '-u', '30000,2055', text, pcap]);
      const { stdout } = await decode('-r', pcap, '-V', '-d', 'udp.port==2055,cflow');
      expect(stdout).not.toMatch(/malformed|Expert Info \(Error|No template/i);
      expect(stdout.match(/Octets: \d+/g)).toHaveLength(protocol === 'netflow5' ? 600 : 900);
    },
    20_000,
  );
});

test('IPFIX over TCP is the same messages, templates once', async () => {
  const received: Buffer[] = [];
  const server = createServer((socket) => socket.on('data', (d) => received.push(d)));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address() as { port: number };
  const { rows } = await runFlows(store, query, { now: Date.now() });
  const counts = await sendFlows(rows, await tcpSender('127.0.0.1', address.port), { protocol: 'ipfix', lossy: false });
  await sleep(100);
  server.close();
  const all = Buffer.concat(received);
  expect(all.length).toBe(counts.bytes);
  let at = 0;
  let messages = 0;
  while (at < all.length) {
    expect(all.readUInt16BE(at)).toBe(10);
    at += all.readUInt16BE(at + 2);
    messages += 1;
  }
  expect([at, messages]).toEqual([all.length, counts.datagrams]);
});

test('nobody who listens is an error; so is a connection that is refused', async () => {
  const port = await freePort();
  await expect(exported(store, 'netflow5', port)).rejects.toThrow('nobody listens there');
  await expect(tcpSender('127.0.0.1', port)).rejects.toThrow('nobody listens there');
  await expect(udpSender('no-such-host.invalid', 1)).rejects.toMatchObject({ code: 'not_found' });
});

test('is paced: 3,000 records at 10,000 a second take 0.3 s, and come evenly', async () => {
  const socket = createSocket('udp4');
  const times: number[] = [];
  socket.on('message', () => times.push(performance.now()));
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
  await exported(store, 'ipfix', socket.address().port, 10_000);
  await sleep(50);
  socket.close();
  const took = times.at(-1)! - times[0]!;
  expect(took).toBeGreaterThan(250);
  expect(took).toBeLessThan(5_000);
  // A datagram has about 20 records: no more than 10 ms of them come in one 5 ms.
  const most = Math.max(...times.map((t, i) => times.filter((u, j) => j >= i && u < t + 5).length));
  expect(most).toBeLessThan(60);
});

test('an export that fails leaves no file', async () => {
  const path = join(folder, 'broken.ipfix');
  async function* broken() {
    yield [{ src_addr: '10.0.0.1' }];
    throw new Error('the reader fell over');
  }
  await expect(sendFlows(broken(), await fileSender(path), { protocol: 'ipfix', lossy: false })).rejects.toThrow(
    'fell over',
  );
  expect(readdirSync(folder).filter((f) => f.startsWith('broken'))).toEqual([]);
  expect(() => readFileSync(path)).toThrow();
});
