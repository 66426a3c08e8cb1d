import fc from 'fast-check';
import { expect, test } from 'vitest';
import { DEFAULT_METER, Meter, type MeterOptions } from './index.ts';
import { NaiveMeter, type NaiveRecord } from './naive-meter.testing.ts';
import { Kept, packet, type Seen } from './packets.testing.ts';

const HOSTS = ['192.0.2.1', '198.51.100.2', '2001:db8::3'];

/** Steps of time beside the timeouts as well as far from them. */
const step = fc.oneof(
  fc.integer({ min: -900, max: 2_000 }),
  fc.constantFrom(0, 15_000, 15_001, 14_000, 20_000, 31_000, 90_000, 90_001, 89_500, 100_000, 400_000),
);

const one = fc.record({
  ends: fc.constantFrom([0, 1], [1, 0], [0, 2], [2, 0], [1, 1]),
  // Two ports at each end, and the same at both.
  srcPort: fc.constantFrom(1000, 443),
  dstPort: fc.constantFrom(1000, 443),
  protocol: fc.constantFrom(6, 6, 6, 17),
  tcpFlags: fc.constantFrom(0x10, 0x10, 0x18, 0x02, 0x12, 0x11, 0x04, 0x14, 0x01, 0x03, 0x06),
  sequence: fc.constantFrom(7, 8, 9),
  acknowledged: fc.constantFrom(0, 8, 9, 10),
  bytes: fc.integer({ min: 40, max: 1500 }),
  step,
});

function record(f: Seen): NaiveRecord {
  return {
    flow: `${f.protocol} ${f.src}:${f.srcPort} > ${f.dst}:${f.dstPort}`,
    forward: `${f.packets} packets ${f.bytes} bytes ${f.start} to ${f.end} flags ${f.tcpFlags}`,
    backward: `${f.revPackets} packets ${f.revBytes} bytes ${f.revStart} to ${f.revEnd} flags ${f.revTcpFlags}`,
    continued: f.continued,
    reason: f.reason,
  };
}

const sorted = (records: NaiveRecord[]) => records.map((r) => JSON.stringify(r)).sort();

test.each<[string, Partial<MeterOptions>]>([
  ['flows of one direction', {}],
  ['flows of both directions', { biflow: true }],
  ['flows of one direction without active timeout', { activeMs: null }],
  ['flows of both directions with short timeouts', { biflow: true, idleMs: 14_000, activeMs: 40_000 }],
])('%s are those of the definition, whatever packets come', (_, options) => {
  const settings: MeterOptions = { ...DEFAULT_METER, maxFlows: 1000, duplicates: 'counted', ...options };
  fc.assert(
    fc.property(fc.array(one, { maxLength: 60 }), (packets) => {
      const kept = new Kept();
      const meter = new Meter(settings, kept);
      const naive = new NaiveMeter(settings);
      let latest = 1_700_000_000_000;
      let bytes = 0;
      for (const { ends, step, tcpFlags, ...rest } of packets) {
        const time = latest + step;
        latest = Math.max(latest, time);
        const p = {
          ...rest,
          tcpFlags: rest.protocol === 6 ? tcpFlags : 0,
          src: HOSTS[ends[0]!]!,
          dst: HOSTS[ends[1]!]!,
        };
        bytes += p.bytes;
        meter.packet(packet(p), p.bytes + 14, time, 1);
        naive.packet(p, time);
      }
      meter.finish();
      naive.finish();
      expect(sorted(kept.flows.map(record))).toEqual(sorted(naive.records));
      const total = kept.flows.reduce((sum, f) => sum + f.bytes + f.revBytes, 0);
      expect([total, meter.open]).toEqual([bytes, 0]);
    }),
    { numRuns: 500 },
  );
});
