import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { findFixed, newExporters } from './exporters.testing.ts';
import { FAMILY } from './stream.ts';
import { StreamIndex } from './stream-index.ts';

const LIMIT = 40;
const source = (n: number) => Uint32Array.of(0, 0, 0xffff, n);

describe('a stream index', () => {
  test('agrees with a map after any mix of entering, moving and removing, at its limit too', () => {
    const step = fc.record({
      what: fc.constantFrom('enter', 'move', 'remove'),
      source: fc.nat(50),
      port: fc.nat(2_000),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 600, size: 'max' }), (steps) => {
        const index = new StreamIndex(LIMIT);
        const model = new Map<string, number>();
        steps.forEach(({ what, source: s, port }, value) => {
          const keys = [...model.keys()];
          const known = keys[s % Math.max(keys.length, 1)];
          if (what !== 'enter' && known !== undefined) {
            const [a, p] = known.split(' ').map(Number) as [number, number];
            index.remove(source(a), 0, source(a), 0, p, 7);
            model.delete(known);
            if (what === 'remove') return;
          }
          if (model.size >= LIMIT && !model.has(`${s} ${port}`)) return;
          index.enter(source(s), 0, source(s), 0, port, 7, value);
          model.set(`${s} ${port}`, value);
        });
        for (const [key, value] of model) {
          const [a, p] = key.split(' ').map(Number) as [number, number];
          expect(index.find(source(a), 0, source(a), 0, p, 7)).toBe(value);
        }
        expect(index.find(source(51), 0, source(51), 0, 1, 7)).toBeLessThan(0);
      }),
    );
  });

  test('full of removed keys still ends a search for one it does not have', () => {
    const index = new StreamIndex(LIMIT);
    for (let i = 0; i < 10_000; i++) {
      index.enter(source(1), 0, source(1), 0, i, 0, i);
      index.remove(source(1), 0, source(1), 0, i, 0);
    }
    for (let i = 0; i < LIMIT; i++) index.enter(source(i), 0, source(i), 0, 1, 1, i);
    expect(index.find(source(99), 0, source(99), 0, 1, 1)).toBeLessThan(0);
    for (let i = 0; i < LIMIT; i++) expect(index.find(source(i), 0, source(i), 0, 1, 1)).toBe(i);
  });
});

describe('a table of exporters', () => {
  test('takes a stream that moved its port again and again, and then as many new ones as there is room for', () => {
    const limit = 1_000;
    const exporters = newExporters(limit);
    let sequence = 0;
    for (let port = 0; port < 3_000; port++) {
      const stream = findFixed(exporters, source(1), port, 1, sequence);
      stream.tracker.observe(sequence, 30, Number.NaN);
      sequence += 30;
    }
    expect(exporters.size).toBe(1);
    for (let i = 2; i < 2_000; i++) findFixed(exporters, source(i), 2055, 1, 0);
    expect(exporters.size).toBe(limit);
    expect(findFixed(exporters, source(1), 2_999, 1, -1).tracked).toBe(true);
    expect(findFixed(exporters, source(9_999), 1, 1, -1).tracked).toBe(false);
  });

  test('tells agents of one address apart, and one agent at two addresses', () => {
    const { table } = newExporters(10);
    const find = (from: number, agent: number) =>
      table.find(source(from), 0, source(agent), 0, 6343, FAMILY.sflow, 0, 1, -1);
    expect(new Set([find(1, 5), find(1, 6), find(2, 5)]).size).toBe(3);
    expect(find(2, 5)).toBe(find(2, 5));
  });

  test('keeps room for others when one address forges domains', () => {
    const exporters = newExporters(1_000);
    for (let port = 0; port < 5_000; port++) findFixed(exporters, source(1), port, 1, -1);
    expect(exporters.size).toBe(750);
    expect(findFixed(exporters, source(2), 1, 1, -1).tracked).toBe(true);
  });

  test('removes the streams of one connection, and no other', () => {
    const exporters = newExporters(100);
    for (let i = 0; i < 50; i++) findFixed(exporters, source(i), 4739, 1, -1);
    exporters.close(source(7), 0, 4739);
    expect(exporters.size).toBe(49);
    for (let i = 0; i < 50; i++)
      if (i !== 7) expect(findFixed(exporters, source(i), 4739, 2, -1).exporter).toBe(`0.0.0.${i}`);
    expect(exporters.size).toBe(49);
  });
});
