import { describe, expect, test } from 'vitest';
import { findFixed, newExporters } from './exporters.testing.ts';
import type { Exporters } from './exporters.ts';

const source = (n: number) => Uint32Array.of(0, 0, 0xffff, n);

/** `count` streams; the later ones were seen later. */
function filled(count: number): Exporters {
  const exporters = newExporters(count);
  for (let i = 0; i < count; i++) {
    const stream = findFixed(exporters, source(i), 2055, i, 0);
    stream.lastMs = i;
    stream.tracker.observe(4_000_000_000, 30, 1_700_000_000_000);
  }
  return exporters;
}

describe('saved exporters', () => {
  test('are the ones seen last, few enough for the header of a journal file', () => {
    const saved = filled(70_000).save();
    expect(saved.length).toBeGreaterThan(50_000);
    expect(saved.length).toBeLessThan(70_000);
    expect(saved[0]![4]).toBe(69_999);
    expect(JSON.stringify(saved).length).toBeLessThan(64 << 20);
  });

  test('go on where they were', () => {
    const restored = newExporters(10);
    restored.restore(JSON.parse(JSON.stringify(filled(3).save())));
    const { tracker } = findFixed(restored, source(1), 2055, 5, -1);
    tracker.observe(4_000_000_060, 30, 1_700_000_000_000);
    expect(tracker.lost).toBe(30);
  });

  test('whose state cannot be read begin anew, and leave the others alone', () => {
    const [c, b, a] = filled(3).save();
    const restored = newExporters(10);
    const broken = [[...a!.slice(0, 5), [99]], null, 7, [null], [...b!.slice(0, 5), 'x'], c];
    restored.restore(broken);
    expect(restored.size).toBe(3);
    const fresh = findFixed(restored, source(0), 2055, 5, -1).tracker;
    fresh.observe(4_000_000_060, 30, 1_700_000_000_000);
    expect(fresh.lost).toBe(0);
    const known = findFixed(restored, source(2), 2055, 5, -1).tracker;
    known.observe(4_000_000_060, 30, 1_700_000_000_000);
    expect(known.lost).toBe(30);
  });
});
