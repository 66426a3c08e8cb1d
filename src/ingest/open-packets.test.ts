import fc from 'fast-check';
import { expect, test } from 'vitest';
import { DEFAULT_METER, Meter } from '../meter/index.ts';
import { newPacketFields } from '../packet/index.ts';
import { type OpenMinutes, OpenPackets } from './open-packets.ts';

/** The start of a minute. */
const NOW = 1_800_000_000_000;
const MINUTE_MS = 60_000;
/** Longer than the tests: nothing is over by the clock. */
const options = { ...DEFAULT_METER, duplicates: 'counted' as const, idleMs: 1e9, activeMs: 1e9 };

function meter(): Meter {
  return new Meter(options, { flow() {} });
}

function send(to: Meter, port: number, timeMs: number, inIf = 1, srcPort = 1): void {
  const fields = newPacketFields();
  Object.assign(fields, { hasIp: true, ipVersion: 4, protocol: 17, hasPorts: true, srcPort, dstPort: port });
  fields.ipBytes = 100;
  to.packet(fields, 114, timeMs, inIf);
}

function counted(open: OpenPackets, nowMs: number): OpenMinutes[] {
  open.look(nowMs);
  for (;;) {
    const found = open.step();
    if (found) return found;
  }
}

const of = (metering: Meter, interfaces = 2) => new OpenPackets(metering, interfaces, (index) => index - 1);

test('packets of open flows are told by interface and minute, and those of flows that are over are not', () => {
  const metering = meter();
  send(metering, 1, NOW - 70_000, 1);
  send(metering, 2, NOW + 1_000, 1);
  send(metering, 2, NOW + 2_000, 1);
  send(metering, 3, NOW + 3_000, 2);
  expect(counted(of(metering), NOW + 4_000)).toEqual([
    new Map([
      [NOW - 2 * MINUTE_MS, 1],
      [NOW, 2],
    ]),
    new Map([[NOW, 1]]),
  ]);
  metering.finish();
  expect(counted(of(metering), NOW + 5_000)).toEqual([new Map(), new Map()]);
});

test('the packets of a flow over several minutes count as if they had come evenly', () => {
  const metering = meter();
  for (let s = -90; s <= 30; s++) send(metering, 1, NOW + s * 1_000);
  const [minutes] = counted(of(metering), NOW + 31_000);
  expect([...minutes!].sort()).toEqual([
    [NOW - 2 * MINUTE_MS, 30],
    [NOW - MINUTE_MS, 60],
    [NOW, 31],
  ]);
});

test('no packet is missing and none counts twice, however old flows are and whatever clock they follow', () => {
  const packet = fc.record({ port: fc.integer({ min: 1, max: 30 }), agoMs: fc.integer({ min: -100_000, max: 2e7 }) });
  fc.assert(
    fc.property(fc.array(packet, { maxLength: 200 }), (packets) => {
      const metering = meter();
      const inOrder = [...packets].sort((a, b) => b.agoMs - a.agoMs);
      for (const { port, agoMs } of inOrder) send(metering, port, NOW - agoMs);
      const [minutes] = counted(of(metering), NOW);
      let sum = 0;
      for (const [minute, n] of minutes!) {
        expect(minute % MINUTE_MS).toBe(0);
        expect(n).toBeGreaterThan(0);
        sum += n;
      }
      expect(sum).toBe(packets.length);
    }),
  );
});

test('one packet in so many stands for all of them', () => {
  const metering = new Meter({ ...options, sampling: { kind: 'systematic', rate: 10 } }, { flow() {} });
  for (let i = 0; i < 100; i++) send(metering, 1, NOW + i);
  const [minutes] = counted(of(metering), NOW + 1_000);
  expect(minutes).toEqual(new Map([[NOW, 100]]));
});

test('it is counted once a second, and less often where there are many flows', () => {
  const metering = meter();
  const open = of(metering, 1);
  for (let port = 0; port < 50_000; port++) send(metering, port, NOW);
  open.look(NOW);
  // A step looks at a part of the flows: packets are taken in between.
  expect(open.step()).toBeNull();
  while (open.step() === null) expect(open.busy).toBe(true);
  open.look(NOW + 999);
  expect(open.busy).toBe(false);
  expect(counted(open, NOW + 1_000)).toEqual([new Map([[NOW, 50_000]])]);
  for (let port = 0; port < 150_000; port++) send(metering, port % 50_000, NOW, 1, 2 + Math.floor(port / 50_000));
  open.look(NOW + 2_900);
  expect(open.busy).toBe(false);
  expect(counted(open, NOW + 3_100)).toEqual([new Map([[NOW, 200_000]])]);
});
