import { createSocket } from 'node:dgram';
import { describe, expect, it } from 'vitest';
import { openDatagramReceiver } from './index.ts';

interface Got {
  bytes: number[];
  source: number[];
  port: number;
}

async function open(address: string, port = 0) {
  const got: Got[] = [];
  const waiting: (() => void)[] = [];
  const receiver = await openDatagramReceiver({ address, port, receiveBufferBytes: 1 << 18 }, (bytes, words, from) => {
    got.push({ bytes: [...bytes], source: [...words], port: from });
    waiting.shift()?.();
  });
  return { receiver, got, next: () => new Promise<void>((done) => waiting.push(done)) };
}

describe('openDatagramReceiver', () => {
  it('takes IPv4 and IPv6 on every address', async () => {
    const { receiver, got, next } = await open('0.0.0.0');
    const four = createSocket('udp4');
    const six = createSocket('udp6');
    let arrived = next();
    four.send(Uint8Array.of(4), receiver.port, '127.0.0.1');
    await arrived;
    arrived = next();
    six.send(Uint8Array.of(6), receiver.port, '::1');
    await arrived;
    expect(got).toEqual([
      { bytes: [4], source: [0, 0, 0xffff, 0x7f000001], port: four.address().port },
      { bytes: [6], source: [0, 0, 0, 1], port: six.address().port },
    ]);
    expect(receiver.buffer.grantedBytes).toBe(1 << 18);
    four.close();
    six.close();
    await receiver.close();
  });

  it('names the holder of a port that is taken', async () => {
    const { receiver } = await open('127.0.0.1');
    await expect(open('127.0.0.1', receiver.port)).rejects.toMatchObject({
      code: 'port_taken',
      details: { port: receiver.port, pid: process.pid },
    });
    await receiver.close();
    const again = await open('127.0.0.1', receiver.port);
    await again.receiver.close();
  });

  it('refuses a name and a shared port', async () => {
    await expect(open('localhost')).rejects.toMatchObject({ code: 'config' });
    const shared = { address: '::', port: 0, receiveBufferBytes: 1, reusePort: true };
    await expect(openDatagramReceiver(shared, () => {})).rejects.toMatchObject({ code: 'unsupported' });
  });
});
