import { describe, expect, test } from 'vitest';
import { Exporters } from './exporters.ts';

const source = (n: number) => Uint32Array.of(0, 0, 0xffff, n);

/** `count` streams; the later ones were seen later. */
function filled(count: number): Exporters {
  const exporters = new Exporters(count);
  for (let i = 0; i < count; i++) {
    const stream = exporters.find(source(i), 0, 2055, 0, i, 0);
    stream.lastMs = i;
    stream.tracker.observe(4_000_000_000, 30, 1_700_000_000_000);
  }
  return exporters;
}

describe('saved exporters', () => {
  test('are the ones seen last, few enough for the header of a journal file', () => {
    const saved = filled(70_000).save();
    expect(saved.length).toBe(60_000);
    expect(saved[0]![4]).toBe(69_999);
    expect(JSON.stringify(saved).length).toBeLessThan(64 << 20);
  });

  test('go on where they were', () => {
    const restored = new Exporters(10);
    restored.restore(JSON.parse(JSON.stringify(filled(3).save())));
    const { tracker } = restored.find(source(1), 0, 2055, 0, 5, -1);
    tracker.observe(4_000_000_060, 30, 1_700_000_000_000);
    expect(tracker.lost).toBe(30);
  });

  test('whose state cannot be read begin anew, and leave the others alone', () => {
    const [a, b, c] = filled(3).save();
    const restored = new Exporters(10);
    const broken = [[...a!.slice(0, 5), [99]], null, 7, [null], [...b!.slice(0, 5), 'x'], c];
    restored.restore(broken);
    expect(restored.size).toBe(3);
    const fresh = restored.find(source(0), 0, 2055, 0, 5, -1).tracker;
    fresh.observe(4_000_000_060, 30, 1_700_000_000_000);
    expect(fresh.lost).toBe(0);
    const known = restored.find(source(2), 0, 2055, 0, 5, -1).tracker;
    known.observe(4_000_000_060, 30, 1_700_000_000_000);
    expect(known.lost).toBe(30);
  });
});
