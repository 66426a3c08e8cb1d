import { randomBytes, randomFillSync } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { bytes, ipv4, ipv6, tcp, u32, udp, viewOf } from '../frames.testing.ts';
import { dissectLink, Esp, IPSEC, LINK_TYPE, newPacketFields, parseEspKeys } from '../index.ts';
import { checked, nullEsp, openIp } from './esp.testing.ts';

const RANDOM_PACKETS = 300_000;
const ACK = checked(tcp(49152, 445, 0x10), 6, 16);
const DATA = checked(tcp(49152, 445, 0x18, randomBytes(366)), 6, 16);
const DATAGRAM = checked(udp(2049, 700, randomBytes(300)), 17, 6);

test('random packets of a few associations are never seen into', () => {
  const esp = new Esp();
  const fields = newPacketFields();
  const packet = ipv4(50, new Uint8Array(100));
  const body = packet.subarray(24);
  const view = viewOf(packet);
  for (let n = 0; n < RANDOM_PACKETS; n++) {
    randomFillSync(body);
    packet[23] = 1 + (n & 7);
    dissectLink(view, 0, packet.length - (n % 5) * 4, LINK_TYPE.raw, fields, { tunnels: 'inner', esp });
    if (fields.ipsec !== IPSEC.opaque) expect(fields.ipsec, `packet ${n}`).toBe(IPSEC.opaque);
  }
  expect(esp.counts).toMatchObject({ opaque: RANDOM_PACKETS, null: 0 });
});

test('a million made-up SPIs take no more memory, are counted, and leave those alone that are in use, but for one in a thousand', () => {
  const esp = new Esp({ maxAssociations: 4096 });
  const sealed = ipv4(50, bytes(u32(0), u32(1), randomBytes(40)));
  const spi = viewOf(sealed);
  const good = Array.from({ length: 50 }, (_, i) => ipv4(50, nullEsp(DATA, 6, { spi: 0x10_000_000 + i * 7919 })));
  for (let i = 0; i < 50; i++) openIp(esp, ipv4(50, nullEsp(ACK, 6, { spi: 0x10_000_000 + i * 7919 })));
  const { null: before } = esp.counts;
  const heap = process.memoryUsage();
  const fields = newPacketFields();
  let opened = 0;
  for (let n = 0; n < 1_000_000; n++) {
    spi.setUint32(20, 0x4000_0000 + Math.imul(n, 2654435761) / 4);
    dissectLink(spi, 0, sealed.length, LINK_TYPE.raw, fields, { tunnels: 'inner', esp });
    if (n % 100 === 0 && openIp(esp, good[(n / 100) % 50]!).ipsec === IPSEC.null) opened++;
  }
  // Seven made-up ones within a sixteenth of its silence, in its set, drive one out: which set that is, is by chance.
  expect(opened).toBeGreaterThanOrEqual(9_990);
  expect(esp.counts.null).toBe(before + opened);
  expect(esp.counts.evicted).toBeGreaterThan(900_000);
  expect(process.memoryUsage().arrayBuffers - heap.arrayBuffers).toBeLessThan(8_000_000);
});

const KEYS = parseEspKeys(
  `keys:
  - {spi: 1, encryption: 'null', authentication: none}
  - {spi: 2, encryption: aes-cbc, key: 0x${'11'.repeat(16)}}
  - {spi: 3, encryption: aes-gcm, key: 0x${'22'.repeat(20)}, check_bytes: 8}
  - {spi: 4, encryption: chacha20-poly1305, key: 0x${'33'.repeat(36)}}
  - {spi: 5, encryption: aes-ctr, key: 0x${'44'.repeat(36)}, authentication: hmac-sha1-96}
  - {spi: 6, encryption: 3des-cbc, key: 0x${'55'.repeat(24)}, authentication: hmac-md5-96, authentication_key: 0x55}
`,
  'keys',
);

test('every length that was captured gives the ports of the packet, or none', () => {
  for (const [payload, next, srcPort, dstPort] of [
    [DATA, 6, 49152, 445],
    [DATAGRAM, 17, 2049, 700],
  ] as const) {
    for (const packet of [ipv4(50, nullEsp(payload, next)), ipv4(17, udp(4500, 4500, nullEsp(payload, next)))]) {
      const esp = new Esp();
      for (let n = 0; n < 4; n++) openIp(esp, packet);
      for (let length = 1; length < packet.length; length++) {
        const out = openIp(esp, packet, length);
        if (out.ipsec === IPSEC.null)
          expect([out.protocol, out.srcPort, out.dstPort]).toEqual([next, srcPort, dstPort]);
        else if (out.protocol === 50) expect(out.hasPorts).toBe(false);
        // The header of the transport is there, and what tells its protocol.
        if (length >= packet.length - payload.length + 40) expect(out.ipsec).toBe(IPSEC.null);
        expect(out.payloadAt + out.payloadLength).toBeLessThanOrEqual(length);
      }
    }
  }
});

test('bytes at random, with keys and without, never throw and never lead outside', () => {
  const keyed = new Esp({ keys: KEYS, maxAssociations: 16 });
  const layers = fc.constantFrom('ipv4', 'ipv6', 'udp');
  fc.assert(
    fc.property(fc.nat(7), fc.uint8Array({ maxLength: 120 }), layers, fc.nat(160), (spi, data, around, length) => {
      const body = bytes(u32(spi), u32(1), data);
      const packet =
        around === 'ipv4' ? ipv4(50, body) : around === 'ipv6' ? ipv6(50, body) : ipv4(17, udp(4500, 4500, body));
      const out = openIp(keyed, packet, Math.min(packet.length, length));
      expect(out.payloadAt + out.payloadLength).toBeLessThanOrEqual(out.data.byteLength);
    }),
    { numRuns: 20_000 },
  );
  // GCM and ChaCha20 have a check value; the rest had to find plain text in what came out.
  expect(keyed.counts).toMatchObject({ decrypted: 0 });
  expect(keyed.counts.integrityFailures).toBeGreaterThan(1000);
  expect(keyed.counts.implausible).toBeGreaterThan(1000);
});

test('turned bits of packets with NULL encryption never throw, and packets that are right stay readable between them', () => {
  const esp = new Esp();
  const bits = fc.array(fc.nat(4000), { minLength: 1, maxLength: 6 });
  openIp(esp, ipv4(50, nullEsp(ACK, 6)));
  fc.assert(
    fc.property(fc.constantFrom(ACK, DATA), bits, fc.nat(500), (payload, turned, length) => {
      const packet = ipv4(50, nullEsp(payload, 6));
      // Behind the SPI.
      for (const bit of turned) packet[24 + ((bit >>> 3) % (packet.length - 24))]! ^= 1 << (bit & 7);
      const out = openIp(esp, packet, Math.min(packet.length, Math.max(length, 28)));
      expect(out.payloadAt + out.payloadLength).toBeLessThanOrEqual(packet.length);
      expect(openIp(esp, ipv4(50, nullEsp(ACK, 6))).ipsec).toBe(IPSEC.null);
    }),
    { numRuns: 10_000 },
  );
});
