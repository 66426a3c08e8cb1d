import { describe, expect, it } from 'vitest';
import type { CaptureInterface } from '../packet/index.ts';
import { captureDrops } from './capture-drops.ts';

const NOTHING: CaptureInterface = {
  linkType: 1,
  snapLength: 0,
  name: 'eth0',
  received: null,
  droppedByInterface: null,
  droppedBySystem: null,
  droppedBetween: 0,
};

describe('what a capture tells of packets that were dropped', () => {
  it('is the sum of its interfaces: after the last packet, or between packets where that is more', () => {
    expect(captureDrops([], null)).toEqual({ drops: null, implausible: 0 });
    expect(captureDrops([NOTHING], 1_000)).toEqual({ drops: null, implausible: 0 });
    const after = { ...NOTHING, droppedByInterface: 300, droppedBySystem: 69 };
    const between = { ...NOTHING, droppedByInterface: 0, droppedBetween: 7 };
    expect(captureDrops([after, between, NOTHING], 1_000)).toEqual({ drops: 376, implausible: 0 });
    expect(captureDrops([{ ...NOTHING, droppedBySystem: 0 }], null)).toEqual({ drops: 0, implausible: 0 });
  });

  it('is not believed beyond what a line carries in the time of the capture', () => {
    const ones = { ...NOTHING, droppedByInterface: 2 ** 64, droppedBySystem: 5 };
    expect(captureDrops([ones], 3_600_000)).toEqual({ drops: 5, implausible: 1 });
    const much = { ...NOTHING, droppedByInterface: 1e12 };
    expect(captureDrops([much], 3_600_000)).toEqual({ drops: 1e12, implausible: 0 });
    expect(captureDrops([much, { ...NOTHING, droppedBetween: 2 ** 64 }], 1_000)).toEqual({
      drops: null,
      implausible: 2,
    });
    // Times that are nonsense make no count of it that JSON cannot hold.
    expect(captureDrops([ones], 7e12)).toEqual({ drops: 5, implausible: 1 });
  });
});
