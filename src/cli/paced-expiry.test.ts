import { describe, expect, it } from 'vitest';
import { DEFAULT_METER, Meter } from '../meter/index.ts';
import { newPacketFields } from '../packet/index.ts';
import { PacedExpiry } from './paced-expiry.ts';

/** A meter with so many flows of a packet each, that are open. */
function scanned(flows: number): Meter {
  const meter = new Meter(DEFAULT_METER, { flow: () => {} });
  const fields = newPacketFields();
  fields.hasIp = true;
  fields.ipVersion = 4;
  fields.protocol = 17;
  for (let i = 0; i < flows; i++) {
    fields.dstAddr[3] = i;
    meter.packet(fields, 60, 1_000, 1);
  }
  return meter;
}

describe('the flows of a scan that end together', () => {
  it.each([20_000, 100])('leave at %i a second', (rate) => {
    const flows = rate * 2;
    const meter = scanned(flows);
    let atMs = 0;
    const expiry = new PacedExpiry(meter, rate, () => atMs);
    expect(expiry.waitMs(100)).toBe(100);
    expiry.begin();
    let most = 0;
    for (; meter.open > 0 && atMs < 10_000; atMs += 1) {
      const before = meter.open;
      expiry.step(1_000_000);
      most = Math.max(most, before - meter.open);
    }
    expect(most).toBeLessThanOrEqual(Math.max(1, rate / 100));
    expect(atMs).toBeGreaterThan(1_900);
    expect(atMs).toBeLessThan(2_200);
    atMs += 100;
    expiry.step(1_000_000);
    expect(expiry.waitMs(100)).toBe(100);
  });
});
