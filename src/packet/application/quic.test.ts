import { describe, expect, test } from 'vitest';
import { recognised } from './payloads.testing.ts';
import { initialPacket } from './quic-initial.testing.ts';

const UDP = { protocol: 17, to: 443 };

describe('QUIC', () => {
  test('an Initial packet has the name of the server (RFC 9001 appendix A.2)', () => {
    expect(recognised(initialPacket(), UDP)).toMatchObject({ application: 'quic', name: 'example.com', more: false });
  });

  test('a ClientHello in two datagrams is read when both have come, in any order', () => {
    const first = initialPacket(0, 0, 60);
    const second = initialPacket(1, 60, 241);
    expect(recognised(first, UDP)).toMatchObject({ application: 'quic', name: '', more: true });
    for (const both of [Buffer.concat([first, second]), Buffer.concat([second, first])])
      expect(recognised(both, { ...UDP, application: 'quic', turn: 1 })).toMatchObject({
        application: 'quic',
        name: 'example.com',
        more: false,
      });
  });

  test('zeros behind the packets of a datagram are passed over', () => {
    const both = Buffer.concat([initialPacket(0, 0, 60), Buffer.alloc(40), initialPacket(1, 60, 241)]);
    expect(recognised(both, UDP).name).toBe('example.com');
  });

  test('a packet that was changed on its way has no name', () => {
    const packet = initialPacket();
    packet[900]! ^= 1;
    expect(recognised(packet, UDP)).toMatchObject({ application: 'quic', name: '', more: false });
  });

  test.each([
    ['versions that a server offers', '80000000000008f067a5502a4262b5aaaaaaaababababa', ''],
    ['version 1 and 2 offered', '80000000000008f067a5502a4262b5000000016b3343cf', 'quic'],
    ['a version that nobody made', 'c0000000770008f067a5502a4262b500', ''],
  ])('%s', (_, hex, application) => {
    expect(recognised(Buffer.from(hex, 'hex'), UDP).application).toBe(application);
  });
});
