import { describe, expect, it } from 'vitest';
import { ExporterFacts } from './exporter-facts.ts';
import { optionRecord } from './options.testing.ts';

const ABSENT = -1;

/** A number as RouterOS writes it into four octets, read as everybody else does. */
function turned(value: number): number {
  const view = new DataView(new ArrayBuffer(4));
  view.setUint32(0, value, true);
  return view.getUint32(0);
}

function facts(): ExporterFacts {
  return new ExporterFacts();
}

describe('intervals in flow records', () => {
  it('reads element 34 as it stands', () => {
    for (const rate of [1, 2, 100, 512, 1000, 4096, 65_535, 65_536, 262_144, 1_048_576, 16_000_000]) {
      expect(facts().recordRate(rate, ABSENT, ABSENT, ABSENT)).toBe(rate);
    }
  });

  it("reads MikroTik's turned octets: sampling-interval=2222 of FastNetMon's issue, and everyday rates", () => {
    // AE 08 00 00 on the wire.
    expect(turned(2222)).toBe(0xae08_0000);
    for (const rate of [1, 2, 10, 100, 1000, 1111, 2222, 5000, 65_535]) {
      const exporter = facts();
      expect(exporter.recordRate(turned(rate), ABSENT, ABSENT, ABSENT)).toBe(rate);
      expect(exporter.turnsIntervals).toBe(true);
    }
  });

  it('turns an ambiguous number only where the exporter has shown its habit', () => {
    const exporter = facts();
    expect(exporter.recordRate(turned(1024), ABSENT, ABSENT, ABSENT)).toBe(262_144);
    expect(exporter.recordRate(turned(1000), ABSENT, ABSENT, ABSENT)).toBe(1000);
    expect(exporter.recordRate(turned(1024), ABSENT, ABSENT, ABSENT)).toBe(1024);
    // Repaired by an update of the exporter's software.
    expect(exporter.recordRate(1000, ABSENT, ABSENT, ABSENT)).toBe(1000);
  });

  it('does not turn what is implausible either way', () => {
    expect(facts().recordRate(0x1234_5678, ABSENT, ABSENT, ABSENT)).toBe(0x1234_5678);
    expect(facts().recordRate(2 ** 40, ABSENT, ABSENT, ABSENT)).toBe(0);
  });

  it('counts packets in a row and between, turned or not, and learns from either of them', () => {
    expect(facts().recordRate(ABSENT, 1, 999, ABSENT)).toBe(1000);
    expect(facts().recordRate(ABSENT, turned(1), turned(999), ABSENT)).toBe(1000);
    expect(facts().recordRate(ABSENT, turned(256), turned(767), ABSENT)).toBe(4);
    expect(facts().recordRate(ABSENT, 1000, ABSENT, ABSENT)).toBe(1000);
  });

  it('takes an interval of 0 for no sampling, and an algorithm without interval for an unknown rate', () => {
    expect(facts().recordRate(0, ABSENT, ABSENT, ABSENT)).toBe(-1);
    expect(facts().recordRate(0, ABSENT, ABSENT, 2)).toBe(0);
    expect(facts().recordRate(ABSENT, ABSENT, ABSENT, ABSENT)).toBe(-1);
  });
});

describe('intervals in options', () => {
  it('are turned as in records, and the habit is shared between both and kept over a restart', () => {
    const exporter = facts();
    const { view, scopes, fields } = optionRecord(
      [[1, 0]],
      [
        [305, turned(1)],
        [306, turned(1023)],
      ],
      { v9: true },
    );
    exporter.learn(view, scopes, fields, 1, 0, 0);
    expect([...exporter.samplings()].map(({ rate }) => rate)).toEqual([1024]);
    const restored = ExporterFacts.restore(JSON.parse(JSON.stringify(exporter.save())));
    expect(restored.recordRate(turned(4096), ABSENT, ABSENT, ABSENT)).toBe(4096);
  });
});
