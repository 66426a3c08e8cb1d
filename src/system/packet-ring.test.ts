import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { afterEach, describe, expect, it } from 'vitest';
import { kernelAccess } from './kernel.ts';
import { openPacketRing, type PacketRing, type PacketRingOptions } from './packet-ring.ts';
import { openUdpSender } from './udp-sender.ts';

const opened: PacketRing[] = [];
afterEach(() => {
  for (const ring of opened.splice(0)) ring.close();
});

function ring(options: Partial<PacketRingOptions> = {}): PacketRing {
  const made = openPacketRing({
    interface: 'lo',
    snapBytes: 65_536,
    ringBytes: 4 << 20,
    promiscuous: false,
    ...options,
  });
  opened.push(made);
  return made;
}

/** Sends datagrams over the loopback interface to a port that takes them; the port. */
async function send(count: number, bytes: number): Promise<number> {
  const to = createSocket('udp4');
  to.bind(0, '127.0.0.1');
  await once(to, 'listening');
  const { port } = to.address();
  const from = createSocket('udp4');
  for (let i = 0; i < count; i++) {
    const body = Buffer.alloc(bytes, i);
    await new Promise((resolve) => from.send(body, port, '127.0.0.1', resolve));
  }
  from.close();
  to.close();
  return port;
}

interface Seen {
  readonly captured: number;
  readonly original: number;
  readonly timeMs: number;
  readonly linkType: number;
  readonly lastByte: number;
}

/** Packets to the port, until there were so many or nothing came for 500 ms. */
function packetsTo(from: PacketRing, port: number, count: number): Seen[] {
  const seen: Seen[] = [];
  while (seen.length < count && from.receive(500) > 0) {
    for (let i = 0; i < from.count; i++) {
      const at = from.at[i]!;
      const six = from.view.getUint16(at + 12) === 0x86dd;
      if (from.view.getUint8(at + (six ? 20 : 23)) !== 17) continue;
      if (from.view.getUint16(at + (six ? 56 : 36)) !== port) continue;
      seen.push({
        captured: from.captured[i]!,
        original: from.original[i]!,
        timeMs: from.timeMs[i]!,
        linkType: from.linkType[i]!,
        lastByte: from.view.getUint8(at + from.captured[i]! - 1),
      });
    }
  }
  return seen;
}

/** Of the packets that come until nothing comes for 300 ms: those to the port, by the port that they come from. */
function sourcePorts(from: PacketRing, port: number): Map<number, number> {
  const seen = new Map<number, number>();
  while (from.receive(300) > 0) {
    for (let i = 0; i < from.count; i++) {
      const ip = from.at[i]! + 14;
      const udp = ip + (from.view.getUint8(ip) >>> 4 === 6 ? 40 : 20);
      if (from.view.getUint16(udp + 2) !== port) continue;
      const source = from.view.getUint16(udp);
      seen.set(source, (seen.get(source) ?? 0) + 1);
    }
  }
  return seen;
}

function permitted(): string | null {
  const { kernel, reason } = kernelAccess();
  if (!kernel) return reason;
  const fd = kernel.socket(17, 3, 0);
  if (fd < 0) return 'no CAP_NET_RAW';
  kernel.close(fd);
  return null;
}

const refused = permitted();

describe.skipIf(refused !== null)(`packet ring${refused === null ? '' : ` (skipped: ${refused})`}`, () => {
  it('gives each packet of the loopback interface once, whole, with its time', async () => {
    const r = ring();
    const before = Date.now();
    const port = await send(300, 100);
    const seen = packetsTo(r, port, 301);
    expect(seen).toHaveLength(300);
    for (const [i, packet] of seen.entries()) {
      expect(packet).toMatchObject({ captured: 142, original: 142, linkType: 1, lastByte: i & 255 });
      expect(Math.abs(packet.timeMs - before)).toBeLessThan(5_000);
    }
    expect(seen.some((packet) => packet.timeMs % 1 !== 0)).toBe(true);
    expect(r.counts().packets).toBeGreaterThanOrEqual(300);
    expect(r.counts().drops).toBe(0);
  });

  it('keeps no more than the snap length, and knows how long the packet was', async () => {
    const r = ring({ snapBytes: 60 });
    const port = await send(5, 1_000);
    const seen = packetsTo(r, port, 5);
    expect(seen).toHaveLength(5);
    for (const packet of seen) expect(packet).toMatchObject({ captured: 60, original: 1_042 });
  });

  it('keeps ESP in UDP whole where it is asked to, over IPv4 and IPv6', async () => {
    for (const address of ['127.0.0.1', '::1']) {
      const esp = openUdpSender(address, 4500);
      const other = openUdpSender(address, 4501);
      const r = ring({ snapBytes: 80, espSnapBytes: 65_536 });
      for (const sender of [esp, other]) expect(sender.send(Buffer.alloc(700, 1))).toBe(true);
      const [whole] = packetsTo(r, 4500, 1);
      expect(whole!.captured).toBe(whole!.original);
      r.close();
      const again = ring({ snapBytes: 80, espSnapBytes: 65_536 });
      expect(other.send(Buffer.alloc(700, 1))).toBe(true);
      const [cut] = packetsTo(again, 4501, 1);
      expect(cut!.captured).toBe(80);
      expect(cut!.original).toBeGreaterThan(740);
      for (const sender of [esp, other]) sender.close();
    }
  });

  it('counts what it could not hold, and goes on after that', async () => {
    const r = ring({ ringBytes: 2 << 20 });
    const first = await send(3_000, 1_400);
    const seen = packetsTo(r, first, 3_000);
    const { packets, drops } = r.counts();
    expect(drops).toBeGreaterThan(0);
    expect(packets).toBeGreaterThanOrEqual(seen.length + drops / 2);
    const second = await send(10, 50);
    expect(packetsTo(r, second, 10)).toHaveLength(10);
  });

  it('gives a lone packet within a moment, and nothing after the time', async () => {
    const r = ring();
    const port = await send(1, 10);
    const before = performance.now();
    expect(packetsTo(r, port, 1)).toHaveLength(1);
    expect(performance.now() - before).toBeLessThan(200);
  });

  it('reads zeros instead of what is gone when it was closed', async () => {
    const r = ring();
    const port = await send(1, 10);
    packetsTo(r, port, 1);
    r.close();
    r.close();
    expect(r.view.getUint32(8)).toBe(0);
    expect(() => r.receive(1)).toThrow('closed');
  });

  it.each(['127.0.0.1', '::1'])('leaves out what a socket sends to %s, and nothing else', async (address) => {
    const to = createSocket(address === '::1' ? 'udp6' : 'udp4');
    to.bind(0, address);
    await once(to, 'listening');
    const { port } = to.address();
    const own = openUdpSender(address, port);
    const other = openUdpSender(address, port);
    const r = ring({ leftOut: [own] });
    for (let i = 0; i < 20; i++) {
      expect(own.send(Buffer.alloc(40))).toBe(true);
      expect(other.send(Buffer.alloc(40))).toBe(true);
    }
    expect(sourcePorts(r, port)).toEqual(new Map([[other.fromPort, 20]]));
    for (const sender of [own, other]) sender.close();
    to.close();
  });

  it('an interface that is not there is an error with those that are', () => {
    for (const name of ['nothere0', '', 'a-name-longer-than-any-interface']) {
      expect(() => ring({ interface: name })).toThrow(
        expect.objectContaining({ code: 'not_found', message: expect.stringMatching(/there are .*\blo\b/) }),
      );
    }
  });
});
