import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ethernet, ipv4, tag, udp } from '../src/packet/frames.testing.ts';
import { noNamespaces, Spoken, Wire } from './namespaces.testing.ts';
import { remove, tempFolder, until } from './node.testing.ts';

/** A probe on a wire between two hosts: what collectors hear of it is what the kernel counted on the wire. */

const run = promisify(execFile);
const main = join(dirname(fileURLToPath(import.meta.url)), '..', 'dist/cli/main.js');
const weir = (...args: string[]) => run(process.execPath, [main, ...args]);
const found = (name: string) => (process.env.PATH ?? '').split(delimiter).some((p) => existsSync(join(p, name)));
const nfdump = ['nfcapd', 'nfdump'].every(found);
const tcpdump = found('tcpdump');
const refused = noNamespaces();
const skipped = refused ?? (nfdump ? null : 'no nfdump');

const folder = tempFolder();
const wire = new Wire();
const [A, B] = [wire.a, wire.b];

beforeAll(async () => {
  if (!refused) await wire.lay();
});
afterAll(async () => {
  if (!refused) await wire.remove();
  remove(folder);
});

/** Takes whatever comes on TCP port 5001 and UDP port 5002, and answers datagrams. */
const SERVER = `
  require('net').createServer((s) => s.on('error', () => {}).resume()).listen(5001, '::', () => {
    const u = require('dgram').createSocket('udp6');
    u.on('message', (m, from) => u.send('ok', from.port, from.address));
    u.bind(5002, '::', () => console.log('listening'));
  });`;
/** Connections of some megabytes and conversations of datagrams, over IPv4 and IPv6. */
const CLIENT = `
  const net = require('net'), dgram = require('dgram');
  const tcp = (host) => new Promise((done) => {
    const s = net.connect(5001, host, () => s.end(Buffer.alloc(3000000)));
    s.resume().on('close', done);
  });
  const udp = (family, host) => new Promise((done) => {
    const u = dgram.createSocket(family);
    let n = 0, back = 0;
    const end = () => { u.close(done); clearTimeout(late); };
    // An answer may be lost where a queue is full.
    const late = setTimeout(end, 2000);
    u.on('message', () => { back += 1; if (back === 50) end(); });
    const next = () => { if (n++ < 50) u.send(Buffer.alloc(20 * n), 5002, host, next); };
    next();
  });
  (async () => {
    for (let i = 0; i < 20; i++) for (const [family, host] of [['udp4', '${B.ipv4}'], ['udp6', '${B.ipv6}']]) {
      await udp(family, host);
      if (i < 3) await tcp(host);
    }
  })();`;

/** What a capture at host a must have: packets, and octets of IP, which are known but for those of refused packets. */
interface Truth {
  readonly packets: number;
  readonly bytes: number;
  readonly mostBytes: number;
}

function expectTruth({ packets, bytes }: { packets: number; bytes: number }, truth: Truth): void {
  expect(packets).toBe(truth.packets);
  expect(bytes).toBeGreaterThanOrEqual(truth.bytes);
  expect(bytes).toBeLessThanOrEqual(truth.mostBytes);
}

/** Traffic over the wire, and what the kernel counted of it. */
async function traffic(): Promise<Truth> {
  const server = new Spoken(wire.spawn(B.namespace, process.execPath, ['-e', SERVER]));
  await server.until('listening');
  const before = await wire.counted();
  const client = new Spoken(wire.spawn(A.namespace, process.execPath, ['-e', CLIENT]));
  expect(await client.exited).toBe(0);
  // The last ACKs: until nothing more came for a while.
  const after = await wire.quiet();
  await server.end();
  const packets = after.packets - before.packets;
  const refused = after.refused - before.refused;
  const bytes = after.bytes - before.bytes - 14 * packets;
  return { packets: packets + refused, bytes, mostBytes: bytes + refused * 65_535 };
}

const TAGGED = ethernet(0x8100, tag(7, 0x0800, ipv4(17, udp(1_000, 2_000, new Uint8Array(100)))));

/** A pcap file that holds each of the frames so many times. */
function pcapOf(frames: readonly Uint8Array[], times: number): Buffer {
  const head = Buffer.alloc(24);
  for (const [at, word] of [0xa1b2c3d4, 0x00040002, 0, 0, 65_535, 1].entries()) head.writeUInt32LE(word, 4 * at);
  const records = frames.map((frame) => {
    const record = Buffer.alloc(16);
    record.writeUInt32LE(frame.length, 8);
    record.writeUInt32LE(frame.length, 12);
    return Buffer.concat([record, frame]);
  });
  return Buffer.concat([head, ...Array.from({ length: times }, () => records).flat()]);
}

/** Packets in a pcap file and their octets of IP. */
function heldIn(pcap: Buffer): { packets: number; bytes: number } {
  let packets = 0;
  let bytes = 0;
  // The last one may be written just now.
  for (let at = 24; at + 16 <= pcap.length; at += 16 + pcap.readUInt32LE(at + 8)) {
    if (at + 16 + pcap.readUInt32LE(at + 8) > pcap.length) break;
    packets += 1;
    bytes += pcap.readUInt32LE(at + 12) - 14;
  }
  return { packets, bytes };
}

async function probe(...args: string[]): Promise<Spoken> {
  const all = [main, 'probe', '--capture', 'wire', '--format', 'json', ...args];
  const spoken = new Spoken(wire.spawn(A.namespace, process.execPath, all));
  await spoken.until('ready\n');
  return spoken;
}

function summary({ said }: Spoken) {
  return JSON.parse(said.split('\n').find((line) => line.startsWith('{'))!);
}

/** nfcapd in a namespace; `collected` gives what nfdump sums up of the flows that the filter takes, and what nfcapd said. */
async function collector(name: string, namespace: string, address: string, port: number) {
  const place = join(folder, name);
  mkdirSync(place);
  const args = ['-w', place, '-p', String(port), '-b', address, '-t', '86400'];
  const spoken = new Spoken(wire.spawn(namespace, 'nfcapd', args));
  await spoken.until('Startup');
  return async (filter = 'any') => {
    await spoken.end();
    const file = join(place, readdirSync(place).find((f) => /^nfcapd\.\d+$/.test(f))!);
    const { stdout } = await run('nfdump', ['-q', '-N', '-r', file, '-o', 'fmt:%pkt %byt', filter]);
    const rows = stdout.split('\n').flatMap((line) => {
      const m = /^\s*(\d+)\s+(\d+)\s*$/.exec(line);
      return m ? [[Number(m[1]), Number(m[2])] as const] : [];
    });
    const { stdout: told } = await run('nfdump', ['-I', '-r', file]);
    return {
      flows: rows.length,
      packets: rows.reduce((sum, [packets]) => sum + packets, 0),
      bytes: rows.reduce((sum, [, bytes]) => sum + bytes, 0),
      sequenceFailures: Number(/Sequence failures: (\d+)/.exec(told)?.[1]),
      said: spoken.said,
    };
  };
}

describe.skipIf(skipped !== null)(`weir probe${skipped ? ` (skipped: ${skipped})` : ''}`, () => {
  test('tells nfcapd in every protocol what the kernel counted', async () => {
    const nine = await collector('nine', A.namespace, '127.0.0.1', 9909);
    const ten = await collector('ten', A.namespace, '127.0.0.1', 9910);
    const five = await collector('five', A.namespace, '127.0.0.1', 9905);
    const spoken = await probe(
      '--to',
      'netflow9://127.0.0.1:9909,ipfix://127.0.0.1:9910',
      '--to',
      'netflow5://127.0.0.1:9905',
    );
    const truth = await traffic();
    expect(await spoken.end()).toBe(0);
    const told = summary(spoken);
    expect(told).toMatchObject({ packets: truth.packets, dropped: 0, not_metered: {}, open: 0 });
    const heard = { nine: await nine(), ten: await ten(), five: await five() };
    for (const { packets, bytes, flows, sequenceFailures } of [heard.nine, heard.ten]) {
      expectTruth({ packets, bytes }, truth);
      expect({ flows, sequenceFailures }).toEqual({ flows: told.records, sequenceFailures: 0 });
    }
    expect(heard.five.sequenceFailures).toBe(0);
    expect(heard.five.flows + told.exports[2].left_out.ipv6).toBe(told.records);
    expect(heard.five.packets).toBeGreaterThan(truth.packets / 3);
    expect(heard.five.packets).toBeLessThan(truth.packets);
  });

  test('leaves out its own datagrams where they go over the same wire, and sends both directions as one record', async () => {
    const there = await collector('there', B.namespace, B.ipv4, 9910);
    const six = await collector('six', B.namespace, B.ipv6, 9911);
    const spoken = await probe('--to', `ipfix://${B.ipv4}:9910`, '--to', `ipfix://[${B.ipv6}]:9911`, '--biflow');
    const truth = await traffic();
    // One account of what was lost, in the first second; flows are sent at the end.
    expect(await spoken.end()).toBe(0);
    const told = summary(spoken);
    expect(truth.packets - told.packets).toBeLessThanOrEqual(4);
    const [four, other] = [await there(), await six()];
    expect(four.sequenceFailures).toBe(0);
    expect(other.packets).toBe(four.packets);
    expect(told.flows).toBe(told.records);
    expect(told.exports[0].records).toBe(told.records);
  });

  test('tells a Weir node, whose answers are what the kernel counted', async () => {
    const data = join(folder, 'data');
    const ports = ['--netflow', '127.0.0.1:2055', '--ipfix', 'off', '--sflow', 'off', '--no-http', '--no-host'];
    const node = new Spoken(wire.spawn(A.namespace, process.execPath, [main, 'up', '--data', data, ...ports]));
    await node.until('ready');
    const spoken = await probe('--to', 'ipfix://127.0.0.1:2055', '--biflow', '--domain', '77');
    const truth = await traffic();
    expect(await spoken.end()).toBe(0);
    const query = [
      'query',
      '--data',
      data,
      '--by',
      'domain,continued',
      '--metrics',
      'packets,bytes',
      '--format',
      'json',
    ];
    const { rows, quality } = await until(
      async () => JSON.parse((await weir(...query)).stdout),
      (answer) => answer.rows.some((row: unknown[]) => Number(row[2]) >= truth.packets),
    );
    expect(rows).toHaveLength(1);
    const [domain, continued, packets, bytes] = rows[0];
    expect([domain, continued]).toEqual([77, 'no']);
    expectTruth({ packets, bytes }, truth);
    expect(quality.lost.records).toBe(0);
    expect(await node.end()).toBe(0);
  });

  test.skipIf(!found('tcpreplay'))('puts the VLAN tags back that the kernel takes out of a frame', async () => {
    const file = join(folder, 'tagged.pcap');
    writeFileSync(file, pcapOf([TAGGED], 10));
    const ten = await collector('tagged', A.namespace, '127.0.0.1', 9940);
    const spoken = await probe('--to', 'ipfix://127.0.0.1:9940');
    const replay = new Spoken(wire.spawn(B.namespace, 'tcpreplay', ['-q', '-i', 'wire', file]));
    expect(await replay.exited).toBe(0);
    expect(await spoken.end()).toBe(0);
    expect(summary(spoken)).toMatchObject({ packets: 10, bytes: 10 * TAGGED.length });
    expect(await ten('proto udp and vlan 7')).toMatchObject({
      flows: 1,
      packets: 10,
      bytes: 10 * (TAGGED.length - 18),
    });
  });

  test.skipIf(!found('tcpreplay'))(
    'counts each packet, also of those whose headers say more than they hold',
    async () => {
      const good = ethernet(0x0800, ipv4(17, udp(1_000, 2_000, new Uint8Array(100))));
      const noUdp = ethernet(0x0800, ipv4(17, []));
      const noOptions = ethernet(0x0800, ipv4(17, udp(1_000, 2_000, new Uint8Array(18))));
      noOptions[14] = 0x4f;
      const file = join(folder, 'short.pcap');
      writeFileSync(file, pcapOf([good, noUdp, noOptions], 100));
      const ten = await collector('short', A.namespace, '127.0.0.1', 9950);
      const spoken = await probe('--to', 'ipfix://127.0.0.1:9950');
      const replay = new Spoken(wire.spawn(B.namespace, 'tcpreplay', ['-q', '-i', 'wire', file]));
      expect(await replay.exited).toBe(0);
      expect(await spoken.end()).toBe(0);
      expect(summary(spoken)).toMatchObject({ packets: 300, dropped: 0 });
      expect((await ten()).packets).toBeGreaterThanOrEqual(100);
    },
  );

  test('waits for an interface that went away, and meters the one that comes back', async () => {
    const ten = await collector('back', A.namespace, '127.0.0.1', 9920);
    // What TCP sends twice may be the same to the bit: the kernel counts it.
    const spoken = await probe('--to', 'ipfix://127.0.0.1:9920');
    const before = await traffic();
    await wire.cut();
    await spoken.until('is gone');
    await wire.connect();
    await spoken.until('is up');
    const after = await traffic();
    expect(await spoken.end()).toBe(0);
    const heard = await ten('proto udp or proto tcp');
    expectTruth(heard, {
      packets: before.packets + after.packets,
      bytes: before.bytes + after.bytes,
      mostBytes: before.mostBytes + after.mostBytes,
    });
    expect(summary(spoken).dropped).toBe(0);
  });

  test('says which interfaces there are, and what it cannot be told', async () => {
    const refusal = async (...args: string[]) => {
      const spoken = new Spoken(wire.spawn(A.namespace, process.execPath, [main, 'probe', ...args]));
      const code = await spoken.exited;
      return `${code}: ${spoken.said}`;
    };
    expect(await refusal('--capture', 'nothere0', '--to', 'ipfix://127.0.0.1')).toMatch(/^1: .*there are .*wire/);
    expect(await refusal('--capture', 'wire', '--to', 'flows.csv')).toMatch(/^2: .*a probe sends to/);
    expect(await refusal('--capture', 'wire', '--to', 'ipfix+tcp://127.0.0.1')).toMatch(/^2: .*a probe sends to/);
  });

  test.skipIf(!tcpdump)('sends the flows of a capture file, no faster than it is told', async () => {
    const file = join(folder, 'wire.pcap');
    const capturing = new Spoken(
      wire.spawn(A.namespace, 'tcpdump', ['-i', 'wire', '-w', file, '-U', '-B', '16384', '-s', '200']),
    );
    await capturing.until('listening on');
    const { packets: passed } = await traffic();
    const truth = await until(
      async () => heldIn(readFileSync(file)),
      (held) => held.packets >= passed,
    );
    await capturing.end();
    expect(truth.packets).toBe(passed);
    const ten = await collector('file', A.namespace, '127.0.0.1', 9930);
    const args = ['probe', '--capture', file, '--to', 'ipfix://127.0.0.1:9930', '--rate', '50', '--format', 'json'];
    const began = performance.now();
    const spoken = new Spoken(wire.spawn(A.namespace, process.execPath, [main, ...args]));
    expect(await spoken.exited).toBe(0);
    const told = summary(spoken);
    expect(performance.now() - began).toBeGreaterThan((told.records / 50 - 2) * 1_000);
    const { packets, bytes, flows, sequenceFailures } = await ten();
    expect({ packets, bytes, flows, sequenceFailures }).toEqual({ ...truth, flows: told.records, sequenceFailures: 0 });
  });
});
