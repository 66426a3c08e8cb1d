import fc from 'fast-check';
import { expect, test } from 'vitest';
import { newPacketFields, type PacketFields, TUNNEL, tunnelText } from '../packet/index.ts';
import { hashSecrets } from './key-hash.ts';
import { TunnelTable } from './tunnel-table.ts';

const KEPT = 4_096;
const fields = newPacketFields();

/** A packet out of tunnel `id`. */
function inTunnel(id: number): PacketFields {
  fields.tunnel = TUNNEL.gtpu;
  fields.tunnelId = id;
  fields.outerSrc.set([0, 0, 0xffff, 0x0a00_0001]);
  fields.outerDst.set([0, 0, 0xffff, 0x0a00_0002]);
  return fields;
}

const textOf = (id: number) => {
  const { tunnel, outerSrc, outerDst } = inTunnel(id);
  return tunnelText(tunnel, outerSrc, outerDst, id);
};
const kept = (table: TunnelTable) => table.texts.filter((text) => text !== '').length;

test('a million tunnels in which no flow stays take the memory of some thousand', () => {
  const table = new TunnelTable(hashSecrets(1));
  for (let id = 1; id <= 1_000_000; id++) {
    const position = table.of(inTunnel(id));
    // Every other one is in no flow at all: a copy, or passed over by sampling.
    if (id % 2 === 0) continue;
    table.hold(position);
    table.release(position);
  }
  expect(table.texts.length).toBeLessThanOrEqual(KEPT + 2);
});

test('what a million tunnels with open flows took is given back when the flows are over', () => {
  const table = new TunnelTable(hashSecrets(1));
  const open: number[] = [];
  for (let id = 1; id <= 1_000_000; id++) {
    const position = table.of(inTunnel(id));
    table.hold(position);
    open.push(position);
  }
  expect(table.texts.length).toBe(1_000_001);
  expect(table.texts[open[777_776]!]).toBe(textOf(777_777));
  for (const position of open) table.release(position);
  expect(kept(table)).toBeLessThanOrEqual(KEPT);
  table.tidy();
  expect(table.texts.length).toBeLessThanOrEqual(4 * KEPT);
  const position = table.of(inTunnel(5));
  expect(table.texts[position]).toBe(textOf(5));
});

test('one flow that stays in the last of many tunnels keeps its own text, and some thousand more', () => {
  const table = new TunnelTable(hashSecrets(1));
  const open = Array.from({ length: 100_000 }, (_, i) => {
    const position = table.of(inTunnel(i + 1));
    table.hold(position);
    return position;
  });
  const last = open.pop()!;
  for (const position of open) table.release(position);
  table.tidy();
  expect(table.texts[last]).toBe(textOf(100_000));
  expect(table.of(inTunnel(100_000))).toBe(last);
  expect(kept(table)).toBeLessThanOrEqual(KEPT + 1);
});

test('whatever comes and goes, each open flow finds its tunnel again, by its position and its text', () => {
  const step = fc.record({
    id: fc.integer({ min: 1, max: 30_000 }),
    run: fc.integer({ min: 1, max: 9_000 }),
    what: fc.constantFrom('look', 'open', 'open', 'end', 'end'),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 14 }), (steps) => {
      const table = new TunnelTable(hashSecrets(1));
      const open: [id: number, position: number][] = [];
      for (const { id, run, what } of steps) {
        table.tidy();
        if (what === 'end')
          for (const [, position] of open.splice(id % (open.length + 1), run)) table.release(position);
        else
          for (let i = id; i < id + run; i++) {
            const position = table.of(inTunnel(i));
            if (what === 'look') continue;
            table.hold(position);
            open.push([i, position]);
          }
        for (const [i, position] of open) {
          if (table.of(inTunnel(i)) !== position || table.texts[position] !== textOf(i))
            expect([i, position, table.texts[position]]).toEqual([i, table.of(inTunnel(i)), textOf(i)]);
        }
        expect(kept(table)).toBeLessThanOrEqual(new Set(open.map(([, position]) => position)).size + KEPT);
      }
    }),
    { numRuns: 25 },
  );
});
