import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { rmdirSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { makeTestCgroup } from '../test-cgroup.testing.ts';
import { type EbpfBackend, startEbpf } from './ebpf-backend.ts';

/** Two hosts that are joined by a cable: what an interface counts is the truth for what the sockets behind it sent and received. */
const near = `weir-n${process.pid}`;
const far = `weir-f${process.pid}`;
const MAC = { near: '02:00:00:00:00:01', far: '02:00:00:00:00:02' };
const ETHERNET_BYTES = 14;
/** No multiple of 8 is left of it beside the headers. */
const MTU = 1_434;
/** Numbers that no interface of another namespace has. */
const INDEX = 71_000;
const { folder, refused: noPrograms } = makeTestCgroup('traffic');

function ip(...commands: string[]): void {
  execFileSync('ip', ['-batch', '-'], { input: `${commands.join('\n')}\n`, stdio: ['pipe', 'ignore', 'pipe'] });
}

function buildHosts(): void {
  ip(
    `netns add ${near}`,
    `netns add ${far}`,
    `link add eth0 mtu ${MTU} index ${INDEX} netns ${near} type veth peer name eth0 mtu ${MTU} index ${INDEX + 1} netns ${far}`,
  );
  for (const [namespace, mac, other, last, otherLast] of [
    [near, MAC.near, MAC.far, 1, 2],
    [far, MAC.far, MAC.near, 2, 1],
  ] as const)
    execFileSync('ip', ['-n', namespace, '-batch', '-'], {
      // Neighbours are known and nothing is announced: no packet but those of sockets.
      input: [
        `link set eth0 address ${mac} addrgenmode none multicast off up`,
        `addr add 10.98.0.${last}/24 dev eth0`,
        `addr add fd98::${last}/64 dev eth0 nodad`,
        `neigh add 10.98.0.${otherLast} lladdr ${other} nud permanent dev eth0`,
        `neigh add fd98::${otherLast} lladdr ${other} nud permanent dev eth0`,
      ].join('\n'),
      stdio: ['pipe', 'ignore', 'pipe'],
    });
}

function setOffload(state: 'on' | 'off'): void {
  for (const namespace of [near, far])
    execFileSync(
      'ip',
      ['netns', 'exec', namespace, 'ethtool', '-K', 'eth0', ...['gso', 'tso', 'gro'].flatMap((name) => [name, state])],
      { stdio: 'ignore' },
    );
}

function refusal(): string | null {
  if (noPrograms !== null) return noPrograms;
  try {
    buildHosts();
    return null;
  } catch (error) {
    rmdirSync(folder);
    return (error as Error).message;
  }
}
const refused = refusal();

function run(namespace: string, ...command: string[]) {
  const script = `echo $$ > ${folder}/cgroup.procs; exec ip netns exec ${namespace} "$@"`;
  return spawn('sh', ['-c', script, 'sh', ...command], { stdio: ['ignore', 'pipe', 'pipe'] });
}

/** iperf3 with its server on the far side, until both have ended. */
async function iperf(...options: string[]): Promise<void> {
  const server = run(far, 'iperf3', '-s', '-1');
  const served = once(server, 'close');
  await vi.waitFor(
    () =>
      execFileSync('ip', ['netns', 'exec', far, 'ss', '-Hltn', 'sport', '=', ':5201']).toString().includes('5201') ||
      Promise.reject(new Error('not yet')),
    { timeout: 5_000 },
  );
  const client = run(near, 'iperf3', '-c', ...options);
  const [code] = await once(client, 'close');
  expect(code).toBe(0);
  await served;
}

interface Counted {
  txBytes: number;
  txPackets: number;
  rxBytes: number;
  rxPackets: number;
}

/** Of the interface of the near side, without Ethernet. */
function wire(): Counted {
  const shown = execFileSync('ip', ['-n', near, '-s', '-j', 'link', 'show', 'eth0']).toString();
  const { rx, tx } = JSON.parse(shown)[0].stats64;
  return {
    txBytes: tx.bytes - ETHERNET_BYTES * tx.packets,
    txPackets: tx.packets,
    rxBytes: rx.bytes - ETHERNET_BYTES * rx.packets,
    rxPackets: rx.packets,
  };
}

/** TCP segments that the near side has sent, as its own protocol counts them. */
function segmentsSent(): number {
  const shown = execFileSync('ip', ['netns', 'exec', near, 'nstat', '-asz', 'TcpOutSegs', 'TcpRetransSegs']).toString();
  return [...shown.matchAll(/^(TcpOutSegs|TcpRetransSegs)\s+(\d+)/gm)].reduce((sum, [, , n]) => sum + Number(n), 0);
}

/** Sockets of the near side. */
function counted(
  backend: EbpfBackend,
  since: Counted = { txBytes: 0, txPackets: 0, rxBytes: 0, rxPackets: 0 },
): Counted {
  const sum = {
    txBytes: -since.txBytes,
    txPackets: -since.txPackets,
    rxBytes: -since.rxBytes,
    rxPackets: -since.rxPackets,
  };
  backend.sweep((part) => {
    for (let i = 0; i < part.count; i++) {
      const last = part.local[4 * i + 3]! & 0xff;
      if (last !== 1) continue;
      sum.txBytes += part.txBytes[i]!;
      sum.txPackets += part.txPackets[i]!;
      sum.rxBytes += part.rxBytes[i]!;
      sum.rxPackets += part.rxPackets[i]!;
    }
  });
  return sum;
}

function less(a: Counted, b: Counted): Counted {
  return {
    txBytes: a.txBytes - b.txBytes,
    txPackets: a.txPackets - b.txPackets,
    rxBytes: a.rxBytes - b.rxBytes,
    rxPackets: a.rxPackets - b.rxPackets,
  };
}

/** What the kernel sends and takes by itself, after a connection or about groups (MLD): no socket of a process has them. */
function expectKernelPackets(packets: number, bytes: number): void {
  expect(packets).toBeGreaterThanOrEqual(0);
  expect(packets).toBeLessThan(60);
  expect(bytes).toBeGreaterThanOrEqual(0);
  expect(bytes).toBeLessThan(60 * 80);
  if (packets > 0) expect(bytes / packets).toBeLessThanOrEqual(80);
}

describe.skipIf(refused !== null)(`eBPF between two hosts${refused ? ` (skipped: ${refused})` : ''}`, () => {
  let backend: EbpfBackend;
  const there: ChildProcess[] = [];
  beforeAll(async () => {
    // A namespace is looked into where a process is in it.
    for (const namespace of [near, far]) {
      const child = spawn('ip', ['netns', 'exec', namespace, 'sh', '-c', 'echo here; exec sleep 600']);
      there.push(child);
      await once(child.stdout, 'data');
    }
    backend = startEbpf({ cgroup: folder });
  });
  afterAll(() => {
    backend.close();
    for (const child of there) child.kill();
    ip(`netns del ${near}`, `netns del ${far}`);
    rmdirSync(folder);
  });

  it.each([
    ['TCP over IPv4', '10.98.0.2', ['-n', '50M']],
    ['TCP over IPv6', 'fd98::2', ['-n', '50M']],
    ['UDP over IPv4', '10.98.0.2', ['-u', '-b', '100M', '-l', '1200', '-t', '1']],
    ['UDP over IPv6', 'fd98::2', ['-u', '-b', '100M', '-l', '1200', '-t', '1']],
    ['fragments of IPv4', '10.98.0.2', ['-u', '-b', '40M', '-l', '8000', '-t', '1']],
    ['fragments of IPv6', 'fd98::2', ['-u', '-b', '40M', '-l', '4000', '-t', '1']],
    ['fragments of IPv4 that come', '10.98.0.2', ['-u', '-b', '40M', '-l', '20000', '-t', '1', '-R']],
    ['fragments of IPv6 that come', 'fd98::2', ['-u', '-b', '40M', '-l', '20000', '-t', '1', '-R']],
  ])('counts what the interface does: %s', async (_, to, options) => {
    setOffload('off');
    const [before, was] = [wire(), counted(backend)];
    await iperf(to, ...options);
    const left = less(less(wire(), before), counted(backend, was));
    expectKernelPackets(left.txPackets, left.txBytes);
    expectKernelPackets(left.rxPackets, left.rxBytes);
  });

  it('counts packets as they are on the wire where the card cuts and joins them', async () => {
    setOffload('on');
    const [before, was, segments] = [wire(), counted(backend), segmentsSent()];
    await iperf('10.98.0.2', '-n', '100M');
    const [interfaceTook, sent] = [less(wire(), before), counted(backend, was)];
    expectKernelPackets(segmentsSent() - segments - sent.txPackets, 40);
    // The interface counts what it cuts as one: each further packet has 20 of IP and 32 of TCP.
    expect(sent.txPackets).toBeGreaterThan(5 * interfaceTook.txPackets);
    expectKernelPackets(0, interfaceTook.txBytes + 52 * (sent.txPackets - interfaceTook.txPackets) - sent.txBytes);
  });
});
