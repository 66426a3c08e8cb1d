import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { PacketFields } from '../packet/index.ts';
import { DEFAULT_METER, Meter } from './index.ts';
import { Kept, type Packet, packet, TCP } from './packets.testing.ts';

const T = 1_700_000_000_000;

interface Sighting extends Packet {
  version?: 4 | 6;
  identification?: number;
  payload?: number;
  vlan?: number;
  mac?: number;
  inIf?: number;
}

/** A packet of 20 bytes of header behind IP, and one word of payload. */
function sighting(p: Sighting): PacketFields {
  const fields = packet({ srcPort: 40_000, dstPort: 53, protocol: 17, ...p });
  fields.ipVersion = p.version ?? 4;
  fields.fragmentId = p.identification ?? 0;
  fields.transportLength = 24;
  fields.payloadLength = p.payload === undefined ? 0 : 4;
  fields.data.setUint16(20, fields.srcPort);
  fields.data.setUint16(22, fields.dstPort);
  fields.data.setUint32(40, p.payload ?? 0);
  fields.vlan = p.vlan ?? 0;
  fields.dstMacLo = p.mac ?? 1;
  return fields;
}

/** How many of the packets, each so many ms after the first, are taken for copies. */
function copies(...packets: [number, Sighting][]): number {
  const meter = new Meter({ ...DEFAULT_METER, maxFlows: 100 }, new Kept());
  for (const [ms, p] of packets) meter.packet(sighting(p), 100, T + ms, p.inIf ?? 1);
  return meter.counts.duplicates;
}

/** How many of them nobody can tell from copies. */
function unsure(...packets: [number, Sighting][]): number {
  const meter = new Meter({ ...DEFAULT_METER, maxFlows: 100 }, new Kept());
  for (const [ms, p] of packets) meter.packet(sighting(p), 100, T + ms, p.inIf ?? 1);
  const { duplicatesUnsure, duplicateUnsureBytes } = meter.counts;
  expect(duplicateUnsureBytes).toBe(40 * duplicatesUnsure);
  return duplicatesUnsure;
}

const NAMED: Sighting = { identification: 4711, payload: 1 };
const UNNAMED: Sighting = { identification: 0, payload: 1 };
const V6: Sighting = { version: 6, identification: 4711, payload: 1 };
const SEGMENT: Sighting = { version: 6, protocol: 6, tcpFlags: TCP.ack, sequence: 9, payload: 1 };
const ACKNOWLEDGEMENT: Sighting = { version: 6, protocol: 6, tcpFlags: TCP.ack, sequence: 9 };

describe('copies of a mirror', () => {
  test.each<[string, Sighting, Sighting, number]>([
    ['a routed packet: its TTL is one less, its MAC addresses are others', NAMED, { ...NAMED, ttl: 63, mac: 2 }, 1],
    ['a switched packet with an identification', NAMED, NAMED, 1],
    ['a routed packet without identification', UNNAMED, { ...UNNAMED, ttl: 63 }, 1],
    ['a routed IPv6 packet', V6, { ...V6, ttl: 63 }, 1],
    ['a packet that went into another VLAN', UNNAMED, { ...UNNAMED, vlan: 7 }, 1],
    ['a packet of two interfaces', UNNAMED, { ...UNNAMED, inIf: 2 }, 1],
    ['a segment with data, sent by two ports of a mirror at once', SEGMENT, SEGMENT, 1],
    ['a packet that is sent twice, without identification', UNNAMED, UNNAMED, 0],
    ['an IPv6 packet that is sent twice', V6, V6, 0],
    ['an acknowledgement that is repeated over IPv6', ACKNOWLEDGEMENT, ACKNOWLEDGEMENT, 0],
    ['a retransmission with its own identification', NAMED, { ...NAMED, identification: 4712 }, 0],
    ['another payload', NAMED, { ...NAMED, payload: 2 }, 0],
    ['another length', NAMED, { ...NAMED, bytes: 41 }, 0],
    ['other ports', NAMED, { ...NAMED, srcPort: 40_001 }, 0],
    ['the other direction', NAMED, { ...NAMED, src: '198.51.100.2', dst: '192.0.2.1' }, 0],
  ])('%s', (_, first, second, expected) => {
    expect(copies([0, first], [0.2, second])).toBe(expected);
  });

  test.each<[string, Sighting, Sighting, number, number]>([
    ['is unsure of what has nothing to tell it by', UNNAMED, UNNAMED, 0.2, 1],
    ['is unsure of IPv6', V6, V6, 0.2, 1],
    ['is unsure of an acknowledgement', ACKNOWLEDGEMENT, ACKNOWLEDGEMENT, 0.2, 1],
    ['is sure of what came too late for a copy', UNNAMED, UNNAMED, 1.1, 0],
    ['is sure of a copy with an identification', NAMED, NAMED, 0.2, 0],
    ['is sure of a segment with data', SEGMENT, SEGMENT, 0.2, 0],
    ['is sure of a copy from elsewhere', V6, { ...V6, ttl: 63 }, 0.2, 0],
    ['is sure of another payload', UNNAMED, { ...UNNAMED, payload: 2 }, 0.2, 0],
  ])('the meter %s', (_, first, second, ms, expected) => {
    expect(unsure([0, first], [ms, second])).toBe(expected);
  });

  test('a segment that was lost and is sent again within 1 ms, behind later ones, is no copy, and nobody is sure of it', () => {
    const sent = Array.from({ length: 20 }, (_, i): [number, Sighting] => [i / 50, { ...SEGMENT, sequence: i }]);
    const again: [number, Sighting] = [0.45, { ...SEGMENT, sequence: 12 }];
    expect([copies(...sent, again), unsure(...sent, again)]).toEqual([0, 1]);
    const each = sent.flatMap(([ms, p]): typeof sent => [
      [ms, p],
      [ms + 0.001, p],
    ]);
    expect(copies(...each)).toBe(20);
  });

  test('of a sender that repeats a packet evenly one packet may be a copy; of pairs the second one of each', () => {
    const even = Array.from({ length: 50 }, (_, i): [number, Sighting] => [i / 10, UNNAMED]);
    expect(unsure(...even)).toBe(1);
    const pairs = Array.from({ length: 50 }, (_, i): [number, Sighting] => [20 * (i >> 1) + 0.01 * (i % 2), UNNAMED]);
    expect(unsure(...pairs)).toBe(25);
  });

  test('later than 50 ms a packet is another one; from the same place later than 1 ms', () => {
    expect([50, 50.1].map((ms) => copies([0, NAMED], [ms, { ...NAMED, ttl: 63 }]))).toEqual([1, 0]);
    expect([1, 1.1].map((ms) => copies([0, NAMED], [ms, NAMED]))).toEqual([1, 0]);
    expect([1, 1.1].map((ms) => copies([0, SEGMENT], [ms, SEGMENT]))).toEqual([1, 0]);
  });

  test('each packet of a flood of equal packets counts, and each of its copies behind a router does not', () => {
    const flood: [number, Sighting][] = Array.from({ length: 500 }, (_, i) => [i / 10, UNNAMED]);
    expect(copies(...flood)).toBe(0);
    expect(
      copies(
        ...flood.flatMap(([ms, p]): typeof flood => [
          [ms, p],
          [ms, { ...p, ttl: 63 }],
        ]),
      ),
    ).toBe(500);
  });

  const paces = [0.1, 0.13, 0.3, 0.6, 0.9, 1, 1.1, 2, 5, 13, 30, 49, 60];
  const senders = [NAMED, UNNAMED, V6, SEGMENT];
  /** 200 packets, `pace` ms apart, each up to a fifth of that too early or too late. */
  const sent = (pace: number, p: Sighting, jitter = 0): [number, Sighting][] =>
    Array.from({ length: 200 }, (_, i) => [(i + jitter * Math.sin(i * i)) * pace, p]);

  test.each(paces)(
    'a sender that repeats one packet every %s ms loses one or two of 200, however even it is',
    (pace) => {
      for (const p of senders) {
        expect(copies(...sent(pace, p))).toBeLessThanOrEqual(1);
        expect(copies(...sent(pace, p, 0.2))).toBeLessThanOrEqual(2);
      }
    },
  );

  test.each(paces)(
    'all copies of a packet that its sender repeats every %s ms are left out, also those that come late',
    (pace) => {
      const both = (p: Sighting, copy: Sighting, delay: number) =>
        copies(
          ...[...sent(pace, p), ...sent(pace, copy).map(([ms]): [number, Sighting] => [ms + delay, copy])].sort(
            (a, b) => a[0] - b[0],
          ),
        );
      for (const p of senders) {
        const own = copies(...sent(pace, p));
        for (const delay of [0.01, 7, 40]) expect(both(p, { ...p, ttl: 63 }, delay)).toBe(200 + own);
      }
      for (const p of [NAMED, SEGMENT]) expect(both(p, p, Math.min(0.19 * pace, 0.9))).toBe(200);
    },
  );

  test('copies are left out of flows, or counted in them', () => {
    for (const [duplicates, packets, leftOut] of [
      ['left_out', 1, 1],
      ['counted', 2, 0],
    ] as const) {
      const kept = new Kept();
      const meter = new Meter({ ...DEFAULT_METER, maxFlows: 100, duplicates }, kept);
      meter.packet(sighting(NAMED), 54, T, 1);
      meter.packet(sighting({ ...NAMED, ttl: 63 }), 54, T, 1);
      meter.finish();
      expect(kept.flows.map((f) => f.packets)).toEqual([packets]);
      expect(meter.counts).toMatchObject({
        packets: 2,
        bytes: 80,
        duplicates: leftOut,
        duplicateBytes: 40 * leftOut,
      });
    }
  });

  test('packets without a time are never taken for copies', () => {
    expect(copies([Number.NaN, NAMED], [Number.NaN, NAMED])).toBe(0);
  });

  test('exactly the copies are found among packets of many senders, in whatever order they come', () => {
    const sent = fc.record({
      host: fc.integer({ min: 1, max: 5 }),
      payload: fc.integer({ min: 0, max: 3 }),
      identified: fc.boolean(),
      /** Routers between the places where it was seen. */
      seen: fc.integer({ min: 1, max: 3 }),
      delay: fc.double({ min: 0.001, max: 9, noNaN: true }),
    });
    fc.assert(
      fc.property(fc.array(sent, { maxLength: 80 }), (packets) => {
        const all = packets.flatMap(({ host, payload, identified, seen, delay }, i) =>
          Array.from({ length: seen }, (_, hop) => ({
            ms: i / 10 + hop * delay,
            // A sender without identifications has another payload each time here: else the first of a later packet may be the copy of an earlier one.
            p: { src: `10.0.0.${host}`, ttl: 64 - hop, mac: hop, payload: identified ? payload : 100 + i },
            identification: identified ? 1 + i : 0,
          })),
        );
        all.sort((a, b) => a.ms - b.ms);
        const found = copies(
          ...all.map(({ ms, p, identification }): [number, Sighting] => [ms, { ...p, identification }]),
        );
        expect(found).toBe(packets.reduce((sum, p) => sum + p.seen - 1, 0));
      }),
    );
  });
});
