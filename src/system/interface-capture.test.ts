import { execFileSync } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { readFileSync } from 'node:fs';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { InterfaceCapture } from './interface-capture.ts';
import { needKernel } from './kernel.ts';
import { openPacketRing } from './packet-ring.ts';
import { waitForPackets } from './wait-for-packets.ts';

const name = `weir${process.pid}`;
const peer = `${name}p`;
const OPTIONS = { interface: name, snapBytes: 256, ringBytes: 2 << 20, promiscuous: false };

/** An interface that takes whatever is sent to 10.98.0.0/24. */
const ADD = [
  `link add ${name} type veth peer name ${peer}`,
  ...[name, peer].map((end) => `link set ${end} up arp off addrgenmode none multicast off`),
  `addr add 10.98.0.1/24 dev ${name}`,
];
const REMOVE = [`link del ${name}`];

function ip(...commands: string[]): void {
  execFileSync('ip', ['-batch', '-'], { input: `${commands.join('\n')}\n`, stdio: ['pipe', 'ignore', 'pipe'] });
}

/** The kernel notices a carrier, or its end, a moment later. */
async function becomes(operstate: 'up' | 'down' | 'lowerlayerdown'): Promise<void> {
  await vi.waitFor(() => expect(readFileSync(`/sys/class/net/${name}/operstate`, 'utf8').trim()).toBe(operstate), {
    timeout: 5_000,
  });
}

function refusal(): string | null {
  if (process.getuid?.() !== 0) return 'not root';
  try {
    ip(...ADD, ...REMOVE);
    return null;
  } catch {
    return 'interfaces are refused';
  }
}
const refused = refusal();

const captures: InterfaceCapture[] = [];
afterEach(() => {
  for (const capture of captures.splice(0)) capture.close();
  try {
    ip(...REMOVE);
  } catch {
    // It was not made.
  }
});

async function send(count: number): Promise<void> {
  const socket = createSocket('udp4');
  for (let i = 0; i < count; i++) await new Promise((done) => socket.send('x', 5_000, '10.98.0.2', done));
  socket.close();
}

function opened(): InterfaceCapture {
  const capture = new InterfaceCapture(OPTIONS);
  captures.push(capture);
  return capture;
}

/** Packets that come until none comes for 300 ms. */
function all(capture: InterfaceCapture): number {
  let packets = 0;
  for (let last = performance.now(); performance.now() - last < 300; ) {
    const { count } = capture.receive(20);
    packets += count;
    if (count > 0) last = performance.now();
  }
  return packets;
}

describe.skipIf(refused !== null)(`the capture of an interface${refused ? ` (skipped: ${refused})` : ''}`, () => {
  it('gives what came before the interface was replaced by another one of its name, and what comes by that', async () => {
    ip(...ADD);
    await becomes('up');
    const capture = opened();
    await send(10);
    ip(...REMOVE, ...ADD);
    await becomes('up');
    expect(capture.check()).toMatchObject({ state: 'up', problem: null });
    await send(5);
    expect(all(capture)).toBe(15);
    expect(capture.counts()).toEqual({ packets: 15, drops: 0 });
    expect(capture.check()).toBeNull();
    expect(capture.counts()).toEqual({ packets: 15, drops: 0 });
  });

  it('knows an interface that is up and has no carrier from one that is down', async () => {
    ip(...ADD);
    await becomes('up');
    const capture = opened();
    expect(capture.isUp).toBe(true);
    ip(`link set ${peer} down`);
    await becomes('lowerlayerdown');
    expect(capture.check()).toMatchObject({ state: 'no_carrier' });
    expect(capture.isUp).toBe(false);
    expect(opened().isUp).toBe(false);
    ip(`link set ${peer} up`);
    await becomes('up');
    expect(capture.check()).toMatchObject({ state: 'up' });
    ip(`link set ${name} down`);
    expect(capture.check()).toMatchObject({ state: 'down' });
  });

  it('is waited for together with others: the time passes once, and a packet ends it', async () => {
    ip(...ADD);
    const rings = Array.from({ length: 60 }, () => opened().ring);
    const idle = performance.now();
    waitForPackets(rings, 60);
    expect(performance.now() - idle).toBeGreaterThanOrEqual(59);
    expect(performance.now() - idle).toBeLessThan(1_000);
    await send(1);
    const busy = performance.now();
    waitForPackets(rings, 5_000);
    expect(performance.now() - busy).toBeLessThan(1_000);
  });

  it('says when the memory of a ring cannot be given back, and has closed its socket', () => {
    ip(...ADD);
    const kernel = needKernel();
    const closed: number[] = [];
    let full = false;
    const ring = openPacketRing(OPTIONS, {
      ...kernel,
      mmap: (...args) => (full ? 0xffff_ffff_ffff_ffffn : kernel.mmap(...args)),
      close: (fd) => {
        closed.push(fd);
        return kernel.close(fd);
      },
    });
    full = true;
    expect(() => ring.close()).toThrow('mmap in place of a packet ring');
    expect(closed).toEqual([ring.fd]);
  });
});
