/**
 * `weir up` on a host with guests: virtual machines behind taps, as a bridge has them. Takes root, and programs loaded into the kernel, so that the host sees its own sockets.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { noEbpf } from './ebpf.testing.ts';
import { type Guest, Hypervisor, type Interface } from './hypervisor.testing.ts';
import { noNamespaces, Spoken } from './namespaces.testing.ts';
import { remove, sleep, tempFolder, until, weir, weirJson } from './node.testing.ts';

const main = join(import.meta.dirname, '../dist/cli/main.js');
const PORTS_OFF = ['--http', 'off', '--netflow', 'off', '--ipfix', 'off', '--sflow', 'off'];
const skipped = noNamespaces() ?? noEbpf;

const hypervisor = new Hypervisor();
let one: Guest;
let two: Guest;
/** What it sends in large pieces nobody cuts before the wire. */
let large: Guest;
let data: string;
let node: Spoken | null = null;

beforeAll(async () => {
  if (skipped) return;
  await hypervisor.lay();
  one = await hypervisor.guest(1, 'off');
  two = await hypervisor.guest(2, 'off');
  large = await hypervisor.guest(3, 'on');
  await hypervisor.introduce([one, two, large]);
  // Reports of groups, which every IPv6 interface makes in its first second.
  await sleep(1_500);
});
afterEach(async () => {
  await node?.end();
  node = null;
  remove(data);
});
afterAll(async () => {
  if (!skipped) await hypervisor.remove();
});

/** `weir up` in the namespace of the host, once it meters so many guests. */
async function start(guests: number, ...args: string[]): Promise<void> {
  data = tempFolder();
  const up = [main, 'up', '--data', data, ...PORTS_OFF];
  node = new Spoken(hypervisor.spawn(hypervisor.namespace, process.execPath, [...up, '--host', 'on', ...args]));
  await node.until('\nready');
  if (guests > 0) await until(doctor, (text) => text.split(' (named ').length === guests + 1);
}

const doctor = async () => (await weir('doctor', '--data', data)).stdout;

/** Takes whatever comes on TCP port 5001, and answers datagrams on UDP port 5002. */
const SERVER = `
  require('net').createServer((s) => s.on('error', () => {}).resume()).listen(5001, '::', () => {
    const u = require('dgram').createSocket('udp6');
    u.on('message', (m, from) => u.send('ok', from.port, from.address));
    u.bind(5002, '::', () => console.log('listening'));
  });`;
const CLIENT = `
  const net = require('net'), dgram = require('dgram'), [bytes, ...hosts] = process.argv.slice(1);
  const tcp = (host) => new Promise((done) => {
    const s = net.connect(5001, host, () => s.end(Buffer.alloc(Number(bytes))));
    s.resume().on('close', done);
  });
  const udp = (host) => new Promise((done) => {
    const u = dgram.createSocket(host.includes(':') ? 'udp6' : 'udp4');
    let n = 0, back = 0;
    u.on('message', () => { back += 1; if (back === 20) u.close(done); });
    const next = () => { if (n++ < 20) u.send(Buffer.alloc(30 * n), 5002, host, next); };
    next();
  });
  (async () => { for (const host of hosts) { await tcp(host); await udp(host); } })();`;

/** One guest, or whoever, talks to a server at the other: TCP and UDP, IPv4 and IPv6. */
async function talk(
  from: { namespace: string },
  to: { namespace: string; ipv4: string; ipv6: string },
  bytes = 300_000,
): Promise<void> {
  const server = new Spoken(hypervisor.spawn(to.namespace, process.execPath, ['-e', SERVER]));
  await server.until('listening');
  await hypervisor.run(from.namespace, process.execPath, ['-e', CLIENT, String(bytes), to.ipv4, to.ipv6]);
  await server.end();
}

interface Seen {
  readonly packets: number;
  readonly bytes: number;
}

/** What is stored of guests, as `GUEST DIRECTION DUPLICATE`. */
async function stored(...args: string[]): Promise<Map<string, Seen>> {
  const { rows } = await weirJson<{ rows: [string, string, string, number, number][] }>(
    'query',
    '--data',
    data,
    '--from',
    'all',
    '--by',
    'vm,flow_direction,duplicate',
    '--metrics',
    'packets,bytes',
    '--duplicates',
    'all',
    '--top',
    '100',
    ...args,
  );
  return new Map(rows.map(([vm, way, duplicate, packets, bytes]) => [`${vm} ${way} ${duplicate}`, { packets, bytes }]));
}

/** The sum of those whose name begins so. */
function sum(seen: ReadonlyMap<string, Seen>, prefix: string): Seen {
  const of = [...seen].filter(([name]) => name.startsWith(prefix)).map(([, one]) => one);
  return { packets: of.reduce((n, s) => n + s.packets, 0), bytes: of.reduce((n, s) => n + s.bytes, 0) };
}

const ETHERNET_BYTES = 14;
const sent = (before: Interface, after: Interface): Seen => {
  const packets = after.rxPackets - before.rxPackets;
  return { packets, bytes: after.rxBytes - before.rxBytes - packets * ETHERNET_BYTES };
};
const received = (before: Interface, after: Interface): Seen => {
  const packets = after.txPackets - before.txPackets;
  return { packets, bytes: after.txBytes - before.txBytes - packets * ETHERNET_BYTES };
};

describe.skipIf(skipped !== null)('guests of a host', () => {
  test('have what the kernel counts at their interfaces, by guest and direction', async () => {
    const before = [await hypervisor.quiet(one.tap), await hypervisor.quiet(two.tap)] as const;
    await start(3);
    await talk(one, hypervisor.outside);
    await talk(one, two);
    await talk(hypervisor, one);
    const after = [await hypervisor.quiet(one.tap), await hypervisor.quiet(two.tap)] as const;
    await node!.end();
    const seen = await stored('vm like "vnet%"');
    expect(sum(seen, 'vnet1 egress')).toEqual(sent(before[0], after[0]));
    expect(sum(seen, 'vnet1 ingress')).toEqual(received(before[0], after[0]));
    expect(sum(seen, 'vnet2 egress')).toEqual(sent(before[1], after[1]));
    expect(sum(seen, 'vnet2 ingress')).toEqual(received(before[1], after[1]));
  }, 360_000);

  test('count once: at the guest that sends, and at the socket of this host where there is one', async () => {
    await start(3);
    await talk(one, hypervisor.outside);
    await talk(one, two);
    await talk(two, hypervisor);
    await talk(hypervisor, two);
    await node!.end();
    const between = async (a: { ipv4: string; ipv6: string }, b: { ipv4: string; ipv6: string }) => {
      const both = (x: string, y: string) => `(host ${x} and host ${y})`;
      return [
        ...(await stored(`vm like "vnet%" and (${both(a.ipv4, b.ipv4)} or ${both(a.ipv6, b.ipv6)})`)).keys(),
      ].sort();
    };
    expect(await between(one, hypervisor.outside)).toEqual(['vnet1 egress no', 'vnet1 ingress no']);
    expect(await between(one, two)).toEqual([
      'vnet1 egress no',
      'vnet1 ingress yes',
      'vnet2 egress no',
      'vnet2 ingress yes',
    ]);
    expect(await between(two, hypervisor)).toEqual(['vnet2 egress yes', 'vnet2 ingress yes']);
  }, 360_000);

  test('are a warning where their interfaces may not be opened, under the names of the configuration, and the host is metered all the same', async () => {
    data = tempFolder();
    const config = join(data, 'weir.yaml');
    writeFileSync(config, `guests: [{interface: ${one.tap}, name: web1}]\n`);
    const up = [process.execPath, main, 'up', '--config', config, ...PORTS_OFF, '--data', data, '--host', 'on'];
    node = new Spoken(hypervisor.spawn(hypervisor.namespace, 'setpriv', ['--bounding-set', '-net_raw', ...up]));
    await node.until('\nready');
    const text = await until(doctor, (said) => said.includes(' is not metered'));
    expect(text).toMatch(/^warn +node: guests +guest web1 on vnet1 is not metered: capturing is not permitted/m);
    expect(text).toMatch(/^ok +node: host +this machine is metered, level ebpf/m);
  }, 360_000);

  test('have no name anywhere that the privacy policy takes out, metered or not', async () => {
    data = tempFolder();
    const config = join(data, 'weir.yaml');
    const policy = join(data, 'policy.yaml');
    writeFileSync(config, `guests: [{interface: ${one.tap}, name: zqweb1}]\n`);
    writeFileSync(policy, 'rules: [{match: any, actions: [{remove: vm}]}]\n');
    const args = ['up', '--config', config, ...PORTS_OFF, '--data', data, '--host', 'on', '--host-policy', policy];
    for (const [rights, said] of [
      ['+net_raw', 'vnet1 on vnet1 (named as the privacy policy leaves it)'],
      ['-net_raw', 'guest vnet1 on vnet1 is not metered'],
    ] as const) {
      const up = ['--bounding-set', rights, process.execPath, main, ...args];
      node = new Spoken(hypervisor.spawn(hypervisor.namespace, 'setpriv', up));
      await node.until('\nready');
      const text = await until(doctor, (told) => told.includes(said));
      const health = await weir('doctor', '--data', data, '--format', 'json');
      expect([text, health.stdout, node.said].join('\n')).not.toContain('zqweb1');
      await node.end();
    }
  }, 360_000);

  test('count the segments of what is cut behind their interfaces, or was joined before them', async () => {
    await start(3);
    // An acknowledgement that says what is missing is longer than others.
    for (const { namespace } of [large, hypervisor.outside])
      await hypervisor.run(namespace, 'sh', ['-c', 'echo 0 > /proc/sys/net/ipv4/tcp_sack']);
    const truth: [filter: string, egress: Seen, ingress: Seen][] = [];
    for (const address of [hypervisor.outside.ipv4, hypervisor.outside.ipv6]) {
      const version = address.includes(':') ? 6 : 4;
      const before = [await segments(large, version), await segments(hypervisor.outside, version)] as const;
      const frames = await hypervisor.quiet(large.tap);
      await talkTcp(large, address);
      const framesAfter = await hypervisor.quiet(large.tap);
      const after = [await segments(large, version), await segments(hypervisor.outside, version)] as const;
      const expected = [wire(before[0], after[0], version), wire(before[1], after[1], version)] as const;
      // Else the test would show nothing.
      expect(sent(frames, framesAfter).packets).toBeLessThan(expected[0].packets / 2);
      truth.push([`vm vnet3 and host ${address} and proto tcp`, ...expected]);
    }
    await node!.end();
    for (const [filter, egress, ingress] of truth) {
      const seen = await stored(filter);
      expect([sum(seen, 'vnet3 egress'), sum(seen, 'vnet3 ingress')]).toEqual([egress, ingress]);
    }
  }, 360_000);
});

/** What TCP of a namespace gave to IP: segments, and packets and octets that these were handed on in. */
async function segments(
  { namespace }: { namespace: string },
  version: 4 | 6,
): Promise<Record<'segments' | 'packets' | 'octets', number>> {
  const file = (name: string) => hypervisor.run(namespace, 'cat', [`/proc/net/${name}`]);
  const snmp = await file('snmp');
  const tcp = counterOf(snmp, 'Tcp', 'OutSegs') + counterOf(snmp, 'Tcp', 'RetransSegs');
  if (version === 4)
    return {
      segments: tcp,
      packets: counterOf(snmp, 'Ip', 'OutRequests'),
      octets: counterOf(await file('netstat'), 'IpExt', 'OutOctets'),
    };
  const six = await file('snmp6');
  const of = (name: string) => Number(new RegExp(`^${name}\\s+(\\d+)$`, 'm').exec(six)?.[1]);
  return { segments: tcp, packets: of('Ip6OutRequests'), octets: of('Ip6OutOctets') };
}

/** Two lines for each protocol: the names, then the counts. */
function counterOf(text: string, protocol: string, name: string): number {
  const [names = [], counts = []] = text
    .split('\n')
    .filter((line) => line.startsWith(`${protocol}:`))
    .map((line) => line.split(' '));
  return Number(counts[names.indexOf(name)]);
}

type Segments = Awaited<ReturnType<typeof segments>>;

/** Each segment has headers of its own: IP, and TCP with its timestamps. */
function wire(before: Segments, after: Segments, version: 4 | 6): Seen {
  const packets = after.segments - before.segments;
  const joined = packets - (after.packets - before.packets);
  return { packets, bytes: after.octets - before.octets + joined * (version === 4 ? 52 : 72) };
}

/** Ten megabytes there, and as much back. */
async function talkTcp(from: { namespace: string }, address: string): Promise<void> {
  const both = `require('net').createServer((s) => { s.on('error', () => {}).resume(); s.end(Buffer.alloc(10000000)); }).listen(5003, '::', () => console.log('listening'))`;
  const server = new Spoken(hypervisor.spawn(hypervisor.outside.namespace, process.execPath, ['-e', both]));
  await server.until('listening');
  const client = `const s = require('net').connect(5003, '${address}', () => s.end(Buffer.alloc(10000000))); s.resume();`;
  await hypervisor.run(from.namespace, process.execPath, ['-e', client]);
  await server.end();
}
