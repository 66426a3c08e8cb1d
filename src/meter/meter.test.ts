import { describe, expect, test } from 'vitest';
import { IPSEC, TUNNEL } from '../packet/index.ts';
import { DEFAULT_METER, Meter, type MeterOptions, MOST_FLOWS_PER_PACKET } from './index.ts';
import { Kept, type Packet, packet, seen, TCP } from './packets.testing.ts';

const T = 1_700_000_000_000;
const THERE = { src: '192.0.2.1', dst: '198.51.100.2', srcPort: 40_000, dstPort: 443 };
const BACK = { src: THERE.dst, dst: THERE.src, srcPort: 443, dstPort: 40_000 };
const PING = { ...THERE, srcPort: 0, dstPort: 0, protocol: 1, icmpType: 8 };
const PONG = { ...BACK, srcPort: 0, dstPort: 0, protocol: 1, icmpType: 0 };

function start(options: Partial<MeterOptions> = {}): {
  meter: Meter;
  kept: Kept;
  give: (s: number, p: Packet) => void;
} {
  const kept = new Kept();
  const meter = new Meter({ ...DEFAULT_METER, maxFlows: 1000, duplicates: 'counted', ...options }, kept);
  return { meter, kept, give: (s, p) => meter.packet(packet(p), 1514, T + 1000 * s, 1) };
}

/** The flows of packets that come so many seconds after the first. */
function flowsOf(packets: [number, Packet][], options: Partial<MeterOptions> = {}) {
  const { meter, kept, give } = start(options);
  for (const [s, p] of packets) give(s, p);
  meter.finish();
  return kept.flows.map((f) => ({ ...f, start: (f.start - T) / 1000, end: (f.end - T) / 1000 }));
}

const brief = (packets: [number, Packet][], options: Partial<MeterOptions> = {}) =>
  flowsOf(packets, options).map(
    (f) => `${f.start}-${f.end} ${f.packets} ${f.reason}${f.continued ? ' continued' : ''}`,
  );

describe('timeouts', () => {
  test('a gap of exactly the idle timeout is within a flow, a longer one is between two', () => {
    expect(
      brief([
        [0, THERE],
        [90, THERE],
      ]),
    ).toEqual(['0-90 2 forced']);
    expect(
      brief([
        [0, THERE],
        [90.001, THERE],
      ]),
    ).toEqual(['0-0 1 idle', '90.001-90.001 1 forced']);
  });

  test('a record that lasts longer than the active timeout is cut, and the next one goes on with the flow', () => {
    const each: [number, Packet][] = Array.from({ length: 9 }, (_, i) => [80 * i, THERE]);
    expect(brief(each)).toEqual(['0-240 4 active', '320-560 4 active continued', '640-640 1 forced continued']);
    expect(brief(each, { activeMs: null })).toEqual(['0-640 9 forced']);
  });

  test('flows count once however often they are cut', () => {
    const { meter, give } = start();
    for (let s = 0; s <= 900; s += 60) give(s, THERE);
    meter.finish();
    expect(meter.counts).toMatchObject({ flows: 1, records: 3, packets: 16 });
  });

  test('flows end by the clock, where no packet comes', () => {
    const { meter, kept, give } = start();
    give(0, THERE);
    meter.tick(T + 91_000);
    expect(kept.flows).toEqual([]);
    meter.tick(T + 92_000);
    expect(kept.flows).toMatchObject([{ packets: 1, reason: 'idle' }]);
    expect(meter.open).toBe(0);
  });
});

describe('TCP', () => {
  const open: [number, Packet][] = [
    [0, { ...THERE, tcpFlags: TCP.syn, sequence: 1 }],
    [1, { ...BACK, tcpFlags: TCP.syn | TCP.ack, sequence: 7, acknowledged: 2 }],
    [2, { ...THERE, tcpFlags: TCP.ack, sequence: 2 }],
  ];
  const close: [number, Packet][] = [
    [3, { ...THERE, tcpFlags: TCP.fin | TCP.ack }],
    [4, { ...BACK, tcpFlags: TCP.fin | TCP.ack }],
    [5, { ...THERE, tcpFlags: TCP.ack }],
  ];

  test('a connection ends with FIN in both directions, and its last ACK belongs to it', () => {
    expect(brief([...open, ...close])).toEqual(['0-5 4 end', '1-4 2 end']);
    const [flow, ...more] = flowsOf([...open, ...close], { biflow: true });
    expect(flow).toMatchObject({ packets: 4, revPackets: 2, reason: 'end', tcpFlags: 0x13, revTcpFlags: 0x13 });
    expect(more).toEqual([]);
  });

  test('a connection with FIN in one direction goes on in the other', () => {
    const half: [number, Packet][] = [...open, close[0]!, [60, { ...BACK, tcpFlags: TCP.ack }]];
    expect(brief([...half, [120, { ...THERE, tcpFlags: TCP.ack }]], { biflow: true })).toEqual(['0-120 4 forced']);
  });

  test('where one direction alone is seen, its FIN ends it', () => {
    expect(brief([open[0]!, close[0]!, close[2]!, [60, { ...THERE, tcpFlags: TCP.ack }]])).toEqual([
      '0-5 3 end',
      '60-60 1 forced',
    ]);
  });

  test('RST ends both directions', () => {
    expect(brief([...open, [3, { ...BACK, tcpFlags: TCP.rst }]])).toEqual(['0-2 2 end', '1-3 2 end']);
  });

  test('a connection that is over leaves after 15 s, not after the idle timeout', () => {
    const { meter, kept, give } = start({ biflow: true });
    for (const [s, p] of [...open, ...close]) give(s, p);
    meter.tick(T + 20_500);
    expect(kept.flows).toEqual([]);
    meter.tick(T + 22_000);
    expect(kept.flows).toMatchObject([{ packets: 4, reason: 'end' }]);
  });

  test('a SYN with another number begins a new flow at once; the same SYN again does not', () => {
    const again = (sequence: number): [number, Packet] => [6, { ...THERE, tcpFlags: TCP.syn, sequence }];
    expect(brief([...open, again(1)], { biflow: true })).toEqual(['0-6 3 forced']);
    expect(brief([...open, again(5)], { biflow: true })).toEqual(['0-2 2 end', '6-6 1 forced']);
    expect(brief([...open, ...close, again(5)])).toEqual(['0-5 4 end', '1-4 2 end', '6-6 1 forced']);
  });

  test('who sent the SYN is the initiator, even when the answer is captured first', () => {
    const [first, second, third] = open;
    const [flow] = flowsOf([second!, first!, third!], { biflow: true });
    expect(flow).toMatchObject({ ...THERE, packets: 2, revPackets: 1, tcpFlags: 0x12, revTcpFlags: 0x12 });
  });
});

describe('flows of both directions', () => {
  test('the first packet says who began', () => {
    const udp = { protocol: 17 };
    const [flow, ...more] = flowsOf(
      [
        [0, { ...BACK, ...udp, bytes: 100, ttl: 50, tos: 8 }],
        [1, { ...THERE, ...udp, bytes: 1000, ttl: 9 }],
      ],
      { biflow: true },
    );
    expect(flow).toMatchObject({ ...BACK, packets: 1, bytes: 100, revPackets: 1, revBytes: 1000, ttl: 50 });
    expect(flow).toMatchObject({ start: 0, end: 0, revStart: T + 1000, revEnd: T + 1000 });
    expect(more).toEqual([]);
  });

  test('an echo reply belongs to its request, a request of the other side does not', () => {
    const requests: [number, Packet][] = [
      [0, PING],
      [1, PONG],
      [2, { ...PONG, icmpType: 8 }],
      [3, { ...PING, icmpType: 0 }],
    ];
    expect(flowsOf(requests, { biflow: true })).toMatchObject([
      { src: THERE.src, icmpType: 8, packets: 1, revPackets: 1 },
      { src: THERE.dst, icmpType: 8, packets: 1, revPackets: 1 },
    ]);
    expect(flowsOf(requests).length).toBe(4);
  });

  test('a record with packets of the responder only, after an active timeout, is his', () => {
    const flows = flowsOf(
      [
        [0, THERE],
        [80, BACK],
        [160, BACK],
        [240, BACK],
        [320, BACK],
        [330, BACK],
      ],
      { biflow: true },
    );
    expect(flows).toMatchObject([
      { ...THERE, packets: 1, revPackets: 3, reason: 'active' },
      { ...BACK, packets: 2, revPackets: 0, continued: 1, start: 320, end: 330, ttl: 0 },
    ]);
  });
});

describe('keys', () => {
  const outer = { kind: TUNNEL.gre, src: '203.0.113.1', dst: '203.0.113.2', id: 5 };

  test('a flow in a tunnel is another one than the same outside of it, or in another tunnel', () => {
    const flows = flowsOf([
      [0, THERE],
      [0, { ...THERE, tunnel: outer }],
      [0, { ...THERE, tunnel: { ...outer, id: 6 } }],
    ]);
    expect(flows.map((f) => f.tunnel)).toEqual([
      '',
      'gre 203.0.113.1 > 203.0.113.2 id 5',
      'gre 203.0.113.1 > 203.0.113.2 id 6',
    ]);
  });

  test('both directions through a tunnel are one flow, also where each has a number of its own', () => {
    const gtp = (src: string, dst: string, id: number) => ({ kind: TUNNEL.gtpu, src, dst, id });
    const flows = flowsOf(
      [
        [0, { ...THERE, tunnel: gtp(outer.src, outer.dst, 17) }],
        [1, { ...BACK, tunnel: gtp(outer.dst, outer.src, 99) }],
      ],
      { biflow: true },
    );
    expect(flows).toMatchObject([{ packets: 1, revPackets: 1 }]);
  });

  test('ESP that cannot be seen into is a flow for each SPI; what was read is not', () => {
    const esp = { ...THERE, srcPort: 0, dstPort: 0, protocol: 50, ipsec: IPSEC.opaque };
    expect(
      flowsOf([
        [0, { ...esp, spi: 1 }],
        [0, { ...esp, spi: 2 }],
      ]).length,
    ).toBe(2);
    const read = { ...THERE, ipsec: IPSEC.decrypted };
    expect(
      flowsOf([
        [0, { ...read, spi: 1 }],
        [0, { ...read, spi: 2 }],
      ]).length,
    ).toBe(1);
  });
});

describe('clocks', () => {
  test('packets out of order belong to their flow, whose start is the earliest', () => {
    expect(
      brief([
        [1, THERE],
        [0.5, THERE],
        [2, THERE],
      ]),
    ).toEqual(['0.5-2 3 forced']);
  });

  test('one time far ahead or behind ends no other flow, and is counted', () => {
    const { meter, kept, give } = start();
    const other = { ...THERE, srcPort: 1 };
    give(0, THERE);
    give(1e9, other);
    give(1, THERE);
    give(-1e9, other);
    give(2, THERE);
    expect(meter.counts.timeJumps).toBe(2);
    meter.finish();
    expect(kept.flows.filter((f) => f.srcPort === 40_000)).toMatchObject([{ packets: 3, reason: 'forced' }]);
  });

  test('a capture that was quiet for long goes on, and its flows are over', () => {
    const { meter, kept, give } = start();
    give(0, THERE);
    give(86_400, { ...THERE, srcPort: 1 });
    give(86_401, { ...THERE, srcPort: 2 });
    expect(kept.flows).toMatchObject([{ srcPort: 40_000, reason: 'idle' }]);
    expect(meter.counts.timeJumps).toBe(0);
  });

  test('a capture that begins anew with earlier times has flows that end', () => {
    const { meter, kept, give } = start();
    for (let s = 0; s < 10; s++) give(s, THERE);
    for (let s = -5000; s < -4800; s++) give(s, { ...THERE, srcPort: s & 0xff });
    expect(kept.flows.length).toBeGreaterThan(100);
    expect(meter.counts.timeJumps).toBe(1);
  });

  test('a packet without a time has that of the one before, or 0', () => {
    const { meter, kept, give } = start();
    give(Number.NaN, THERE);
    meter.finish();
    give(5, THERE);
    give(Number.NaN, THERE);
    meter.finish();
    expect(kept.flows).toMatchObject([
      { start: 0, end: 0 },
      { start: T + 5000, end: T + 5000, packets: 2 },
    ]);
    expect(meter.counts.timeless).toBe(2);
  });
});

describe('bounds', () => {
  const port = (n: number): Packet => ({ ...THERE, srcPort: n });

  test('beyond the bound the flow that was idle longest gives way, and is counted', () => {
    const { meter, kept, give } = start({ maxFlows: 3 });
    for (const [s, n] of [
      [0, 1],
      [1, 2],
      [2, 3],
      [10, 1],
      [20, 4],
    ] as const)
      give(s, port(n));
    expect(kept.flows).toMatchObject([{ srcPort: 2, reason: 'resources' }]);
    expect(meter.counts.emergencyExpired).toBe(1);
    expect(meter.open).toBe(3);
  });

  test('a million keys take no more memory than the bound', () => {
    const maxFlows = 20_000;
    let records = 0;
    const meter = new Meter({ ...DEFAULT_METER, maxFlows }, { flow: () => void records++ });
    const fields = packet({
      ...THERE,
      protocol: 17,
      tunnel: { kind: TUNNEL.gre, src: '10.0.0.1', dst: '10.0.0.2', id: 0 },
    });
    const packets = 1_000_000;
    const give = (from: number, to: number) => {
      for (let i = from; i < to; i++) {
        fields.srcAddr[3] = Math.imul(i, 0x9e3779b1);
        fields.fragmentId = i & 0xffff;
        fields.tunnelId = i >>> 4;
        meter.packet(fields, 100, T + i / 1000, 1);
      }
    };
    give(0, packets / 4);
    const before = process.memoryUsage();
    give(packets / 4, packets);
    const after = process.memoryUsage();
    expect(after.arrayBuffers - before.arrayBuffers).toBeLessThan(1_000_000);
    expect([meter.open, records]).toEqual([maxFlows, packets - maxFlows]);
    expect(meter.counts).toMatchObject({ emergencyExpired: packets - maxFlows, packets });
  });

  test('one packet gives the sink no more flows than it says, and finish goes on where it left off', () => {
    const { meter, kept, give } = start();
    for (let n = 0; n < 500; n++) give(0, port(n));
    meter.tick(T + 500_000, 1);
    const before = kept.flows.length;
    give(500, port(1000));
    expect(kept.flows.length - before).toBeLessThanOrEqual(MOST_FLOWS_PER_PACKET);
    let calls = 1;
    while (!meter.finish(100)) calls += 1;
    expect([kept.flows.length, meter.open, calls]).toEqual([501, 0, 5]);
  });

  test('keys that differ in one bit are spread: no key costs a search', () => {
    const { meter } = start({ maxFlows: 200_000 });
    const fields = packet({ ...THERE, protocol: 17 });
    const took = (shift: number) => {
      const before = performance.now();
      for (let i = 0; i < 65_536; i++) {
        fields.srcAddr[3] = i << shift;
        meter.packet(fields, 100, T, 1);
      }
      return performance.now() - before;
    };
    // Quadratic searches through 65,536 places would take minutes.
    expect(took(16) + took(0) + took(8)).toBeLessThan(20_000);
  });
});

describe('sampling', () => {
  const many = (options: MeterOptions['sampling']) => {
    const { meter, kept } = start({ maxFlows: 10_000, sampling: options });
    for (let i = 0; i < 20_000; i++) {
      meter.packet(
        packet({ ...(i % 2 ? THERE : BACK), [i % 2 ? 'srcPort' : 'dstPort']: 1000 + ((i >> 1) % 1000) }),
        54,
        T,
        1,
      );
    }
    const rates = new Set<number>();
    for (let slot = 0; slot < meter.slots; slot++) rates.add(meter.at(slot)!.sampling[0]!);
    meter.finish();
    return { counts: meter.counts, kept, rates: [...rates] };
  };

  test('every N-th packet', () => {
    const { counts, rates } = many({ kind: 'systematic', rate: 10 });
    expect([counts.packets, counts.sampledOut, rates]).toEqual([20_000, 18_000, [10]]);
  });

  test('one packet in N by chance, the same ones with the same seed', () => {
    const { counts } = many({ kind: 'random', rate: 10, seed: 1 });
    // Four standard deviations of a binomial distribution.
    expect(Math.abs(counts.sampledOut - 18_000)).toBeLessThan(4 * Math.sqrt(20_000 * 0.09));
    expect(many({ kind: 'random', rate: 10, seed: 1 }).kept.flows).toEqual(
      many({ kind: 'random', rate: 10, seed: 1 }).kept.flows,
    );
  });

  test('one flow in N, whole and with both directions', () => {
    const { kept, counts } = many({ kind: 'flow', rate: 10, seed: 1 });
    const pairs = new Map<string, number>();
    for (const f of kept.flows) {
      expect(f.packets).toBe(10);
      const key = [f.srcPort, f.dstPort].sort().join();
      pairs.set(key, (pairs.get(key) ?? 0) + 1);
    }
    expect([...pairs.values()].every((n) => n === 2)).toBe(true);
    expect(pairs.size).toBeGreaterThan(100 - 4 * Math.sqrt(90));
    expect(pairs.size).toBeLessThan(100 + 4 * Math.sqrt(90));
    expect(counts.sampledOut).toBe(20_000 - 20 * pairs.size);
  });
});

test('flows that are open can be looked at without ending them', () => {
  const { meter, kept, give } = start({ biflow: true });
  give(0, THERE);
  give(1, BACK);
  const open: unknown[] = [];
  for (let slot = 0; slot < meter.slots; slot++) open.push(seen(meter.at(slot)!, 0, 'open'));
  expect(open).toMatchObject([{ ...THERE, packets: 1, revPackets: 1, start: T, revEnd: T + 1000 }]);
  expect([kept.flows.length, meter.open]).toEqual([0, 1]);
  meter.finish();
  expect([meter.slots, meter.at(0)]).toEqual([1, null]);
});
