import { describe, expect, test } from 'vitest';
import { type PacketFields, TUNNEL } from '../packet/index.ts';
import { hashSecrets } from './key-hash.ts';
import { PacketKey } from './packet-key.ts';
import { type Packet, packet } from './packets.testing.ts';
import { TunnelTable } from './tunnel-table.ts';

const N = 10_000;
/** Of 10,000 random numbers of 32 bits, more than one pair alike is there once in a hundred. */
const NEARLY_ALL = N - 5;

function keyOf(biflow: boolean): PacketKey {
  const secrets = hashSecrets();
  return new PacketKey(biflow, secrets, new TunnelTable(secrets));
}

/** How many hashes the keys of `N` packets have: of one packet, changed by `change`. */
function hashes(key: PacketKey, p: Packet, change: (fields: PacketFields, i: number) => void): number {
  const fields = packet({ protocol: 17, ...p });
  const found = new Set<number>();
  for (let i = 0; i < N; i++) {
    change(fields, i);
    key.take(fields);
    found.add(key.hash);
  }
  return found.size;
}

describe('nobody can choose keys that have one hash', () => {
  test.each([
    ['IPv4', '10.0.0.0', '192.168.0.0'],
    ['IPv6', '2001:db8::', '2001:db8:1::'],
  ])('%s: the bits of a port that follow those of the address, at one end and at both', (_, src, dst) => {
    const ends = { src, dst };
    const word = packet(ends).srcAddr[3]!;
    const to = packet(ends).dstAddr[3]!;
    const key = keyOf(false);
    const one = hashes(key, ends, (f, i) => {
      f.srcAddr[3] = word ^ i;
      f.srcPort = i;
    });
    const both = hashes(key, ends, (f, i) => {
      f.srcAddr[3] = word ^ (i % 100);
      f.srcPort = i % 100;
      f.dstAddr[3] = (to ^ ((i / 100) | 0)) >>> 0;
      f.dstPort = (i / 100) | 0;
    });
    expect(Math.min(one, both)).toBeGreaterThan(NEARLY_ALL);
  });

  test.each([
    ['vxlan', false],
    ['vxlan', true],
    ['gtpu', false],
  ] as const)('one flow in many tunnels (%s, both directions in one: %s)', (kind, biflow) => {
    const tunnel = { kind: TUNNEL[kind], src: '10.0.0.1', dst: '10.0.0.2', id: 0 };
    const found = hashes(keyOf(biflow), { srcPort: 1, dstPort: 2, tunnel }, (f, i) => {
      f.tunnelId = 1 + i;
    });
    expect(found).toBeGreaterThan(NEARLY_ALL);
  });
});

test('both directions through a tunnel with one number have one hash, so that one finds the other', () => {
  const tunnel = { kind: TUNNEL.vxlan, src: '10.0.0.1', dst: '10.0.0.2', id: 7 };
  const key = keyOf(false);
  key.take(packet({ srcPort: 1, dstPort: 2, tunnel }));
  const there = key.hash;
  const back = { ...tunnel, src: tunnel.dst, dst: tunnel.src };
  key.take(packet({ src: '198.51.100.2', dst: '192.0.2.1', srcPort: 2, dstPort: 1, tunnel: back }));
  expect(key.hash).toBe(there);
});
