import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { kernelAccess } from './kernel.ts';
import { openUdpSender } from './udp-sender.ts';

describe.skipIf(kernelAccess().kernel === null)('UDP sender', () => {
  it.each(['127.0.0.1', '::1'])('sends to %s from the port that it names', async (address) => {
    const to = createSocket(address === '::1' ? 'udp6' : 'udp4');
    to.bind(0, address);
    await once(to, 'listening');
    const sender = openUdpSender(address, to.address().port);
    const came = once(to, 'message');
    expect(sender.send(Buffer.from('flows'))).toBe(true);
    const [message, from] = await came;
    expect(String(message)).toBe('flows');
    expect(from.port).toBe(sender.fromPort);
    expect(sender).toMatchObject({ sent: 1, failed: 0, failure: null });
    sender.close();
    sender.close();
    to.close();
  });

  it('goes on where nobody listens, and says so', async () => {
    const gone = createSocket('udp4');
    gone.bind(0, '127.0.0.1');
    await once(gone, 'listening');
    const { port } = gone.address();
    gone.close();
    const sender = openUdpSender('127.0.0.1', port);
    for (let i = 0; i < 5; i++) expect(sender.send(Buffer.alloc(10))).toBe(true);
    expect(sender.refused).toBe(4);
    sender.settle(100);
    expect(sender.refused).toBe(5);
    expect(sender.failure).toBe(null);
    sender.close();
  });

  it('counts what the kernel does not take', () => {
    const sender = openUdpSender('127.0.0.1', 9);
    expect(sender.send(Buffer.alloc(70_000))).toBe(false);
    expect(sender).toMatchObject({ sent: 0, failed: 1 });
    expect(sender.failure?.message).toContain('EMSGSIZE');
    sender.close();
  });

  it('refuses what is no address', () => {
    expect(() => openUdpSender('collector', 9)).toThrow('not an IP address');
  });
});
