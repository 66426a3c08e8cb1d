import { createSocket, type Socket } from 'node:dgram';
import { afterEach, describe, expect, it } from 'vitest';
import {
  openUdpReceiver,
  receiverKind,
  type UdpReceiver,
  type UdpReceiverOptions,
  udpLimits,
  waitReadable,
} from './index.ts';
import { ERRNO, needKernel } from './kernel.ts';
import { AF_INET6 } from './socket-address.ts';

const here = receiverKind();
if (here.kind !== 'recvmmsg') console.warn(`SKIPPED udp-receiver.test.ts: ${here.reason}`);

const opened: { close(): unknown }[] = [];
afterEach(() => {
  for (const one of opened.splice(0)) one.close();
});

function receiver(options: Partial<UdpReceiverOptions> = {}): UdpReceiver {
  const r = openUdpReceiver({ address: '127.0.0.1', port: 0, receiveBufferBytes: 1 << 20, timeoutMs: 500, ...options });
  opened.push(r);
  return r;
}

async function sender(type: 'udp4' | 'udp6', address: string): Promise<Socket> {
  const socket = createSocket({ type, sendBufferSize: 1 << 20 });
  await new Promise<void>((done) => socket.bind(0, address, done));
  opened.push(socket);
  return socket;
}

function send(socket: Socket, bytes: Uint8Array, port: number, address: string): Promise<void> {
  return new Promise((done, fail) => socket.send(bytes, port, address, (error) => (error ? fail(error) : done())));
}

function message(r: UdpReceiver, i: number): number[] {
  return [...r.bytes.subarray(i * r.slotBytes, i * r.slotBytes + r.lengths[i]!)];
}

describe.skipIf(here.kind !== 'recvmmsg')('openUdpReceiver', () => {
  it('receives several datagrams in one call, with source and port', async () => {
    const r = receiver();
    const s = await sender('udp4', '127.0.0.1');
    for (let i = 0; i < 5; i++) await send(s, Uint8Array.of(i, i + 1), r.port, '127.0.0.1');
    expect(r.receive()).toBe(5);
    expect(message(r, 4)).toEqual([4, 5]);
    expect([...r.sourceWords.subarray(16, 20)]).toEqual([0, 0, 0xffff, 0x7f000001]);
    expect(r.sourcePorts[4]).toBe(s.address().port);
    expect(r.truncated(4)).toBe(false);
  });

  it('returns 0 after the timeout', () => {
    const r = receiver({ timeoutMs: 20 });
    const before = Date.now();
    expect(r.receive()).toBe(0);
    expect(Date.now() - before).toBeGreaterThanOrEqual(15);
  });

  it.each(['0.0.0.0', '::'])('%s takes IPv4 and IPv6 on one port', async (address) => {
    const r = receiver({ address });
    await send(await sender('udp4', '127.0.0.1'), Uint8Array.of(4), r.port, '127.0.0.1');
    await send(await sender('udp6', '::1'), Uint8Array.of(6), r.port, '::1');
    expect(r.receive()).toBe(2);
    expect([...r.sourceWords.subarray(0, 8)]).toEqual([0, 0, 0xffff, 0x7f000001, 0, 0, 0, 1]);
  });

  it.each(['0.0.0.0', '::'])('%s is IPv4 alone on a kernel without IPv6', async (address) => {
    const kernel = needKernel();
    let family = 0;
    const without = {
      ...kernel,
      socket: (domain: number, type: number, protocol: number) => {
        family = domain;
        return domain === AF_INET6 ? -1 : kernel.socket(domain, type, protocol);
      },
      errno: () => (family === AF_INET6 ? ERRNO.EAFNOSUPPORT : kernel.errno()),
    };
    const r = openUdpReceiver({ address, port: 0, receiveBufferBytes: 1 << 20, timeoutMs: 500 }, without);
    opened.push(r);
    await send(await sender('udp4', '127.0.0.1'), Uint8Array.of(4), r.port, '127.0.0.1');
    expect(r.receive()).toBe(1);
    expect([...r.sourceWords.subarray(0, 4)]).toEqual([0, 0, 0xffff, 0x7f000001]);
    expect(() => openUdpReceiver({ address: '::1', port: 0, receiveBufferBytes: 1 }, without)).toThrow(/IPv6/);
  });

  it('binds an IPv6 address for itself, and stays right when families alternate over calls', async () => {
    const r = receiver({ address: '::1' });
    const s = await sender('udp6', '::1');
    for (let i = 0; i < 3; i++) {
      await send(s, Uint8Array.of(i), r.port, '::1');
      expect(r.receive()).toBe(1);
      expect(message(r, 0)).toEqual([i]);
      expect([...r.sourceWords.subarray(0, 4)]).toEqual([0, 0, 0, 1]);
    }
  });

  it('takes the largest datagram whole', async () => {
    const r = receiver();
    const bytes = new Uint8Array(65_507).map((_, i) => i & 255);
    await send(await sender('udp4', '127.0.0.1'), bytes, r.port, '127.0.0.1');
    expect(r.receive()).toBe(1);
    expect(r.lengths[0]).toBe(65_507);
    expect(r.truncated(0)).toBe(false);
    expect(Buffer.compare(r.bytes.subarray(0, 65_507), bytes)).toBe(0);
  });

  it('an empty datagram is a datagram of length 0', async () => {
    const r = receiver();
    await send(await sender('udp4', '127.0.0.1'), new Uint8Array(0), r.port, '127.0.0.1');
    expect(r.receive()).toBe(1);
    expect(r.lengths[0]).toBe(0);
  });

  it('says which datagrams were cut by a small slot', async () => {
    const r = receiver({ slotBytes: 16, slots: 4 });
    const s = await sender('udp4', '127.0.0.1');
    await send(s, new Uint8Array(16).fill(1), r.port, '127.0.0.1');
    await send(s, new Uint8Array(17).fill(2), r.port, '127.0.0.1');
    await send(s, new Uint8Array(3).fill(3), r.port, '127.0.0.1');
    expect(r.receive()).toBe(3);
    expect([0, 1, 2].map((i) => r.truncated(i))).toEqual([false, true, false]);
    expect([...r.lengths.subarray(0, 3)]).toEqual([16, 16, 3]);
    expect(message(r, 2)).toEqual([3, 3, 3]);
  });

  it('shows what the kernel dropped when a tiny buffer overflows', async () => {
    const r = receiver({ receiveBufferBytes: 4096 });
    const s = await sender('udp4', '127.0.0.1');
    for (let i = 0; i < 200; i++) await send(s, new Uint8Array(1000), r.port, '127.0.0.1');
    const memory = r.memory();
    expect(memory.limitBytes).toBe(r.buffer.grantedBytes * 2);
    expect(memory.queuedBytes).toBeGreaterThan(0);
    let received = 0;
    for (let n = r.receive(); n > 0; n = r.receive()) received += n;
    expect(received + r.memory().drops).toBe(200);
    expect(r.memory().drops).toBeGreaterThan(0);
    expect(r.memory()).toBe(memory);
  });

  it('names the holder of a port that is taken', () => {
    const r = receiver({ address: '0.0.0.0' });
    expect(() => receiver({ address: '127.0.0.1', port: r.port })).toThrow(
      expect.objectContaining({
        code: 'port_taken',
        details: expect.objectContaining({ port: r.port, pid: process.pid }),
      }),
    );
  });

  it('shares a port when asked', () => {
    const r = receiver({ reusePort: true });
    expect(receiver({ reusePort: true, port: r.port }).port).toBe(r.port);
  });

  it.each(['localhost', '300.1.1.1', ''])('refuses %j as an address', (address) => {
    expect(() => receiver({ address })).toThrow(expect.objectContaining({ code: 'config' }));
  });

  it('refuses an address of another machine', () => {
    expect(() => receiver({ address: '192.0.2.1' })).toThrow(expect.objectContaining({ code: 'config' }));
  });

  it('leaves no descriptor behind when it cannot open, and none after close', () => {
    const r = receiver();
    const fd = r.fd;
    expect(() => receiver({ port: r.port })).toThrow();
    r.close();
    r.close();
    expect(() => r.receive()).toThrow();
    expect(receiver().fd).toBe(fd);
  });

  it('grants what udpLimits promises for 64 MiB', () => {
    const limits = udpLimits();
    const r = receiver({ receiveBufferBytes: 64 << 20 });
    expect(r.buffer).toEqual(limits.grantedFor64MiB);
    if (limits.canForce) expect(r.buffer.grantedBytes).toBe(64 << 20);
    else expect(r.buffer.grantedBytes).toBeLessThanOrEqual(limits.rmemMax!);
  });
});

describe.skipIf(here.kind !== 'recvmmsg')('waitReadable', () => {
  it('tells which receivers have something, and nothing after the time', async () => {
    const all = [receiver(), receiver(), receiver()];
    expect(waitReadable(all, 10)).toBe(0);
    const s = await sender('udp4', '127.0.0.1');
    await send(s, Uint8Array.of(1), all[0]!.port, '127.0.0.1');
    await send(s, Uint8Array.of(1), all[2]!.port, '127.0.0.1');
    expect(waitReadable(all, 1000)).toBe(0b101);
    all[0]!.receive();
    expect(waitReadable(all, 1000)).toBe(0b100);
  });
});
