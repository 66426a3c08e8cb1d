import { expect, test } from 'vitest';
import type { ActiveFlows, ActiveQuery } from './capture-messages.ts';
import { mergeActive } from './merge-active.ts';

const query: ActiveQuery = { filter: '', sets: {}, order: 'bytes', reverse: false, limit: 3, duplicates: 'counted' };

const answer = (as_of: number, sizes: readonly number[], captures: ActiveFlows['captures'] = []): ActiveFlows => ({
  as_of,
  open: sizes.length + 1,
  matched: sizes.length,
  bytes: sizes.reduce((a, b) => a + b, 0),
  packets: sizes.length,
  flows: sizes.map((bytes) => ({ bytes })),
  captures,
});

const eth0 = { interface: 'eth0', up: true, packets: 9, dropped_packets: 0 };

test('open flows of several meters are one list in the order that was asked for, and their totals are added', () => {
  const merged = mergeActive(query, [answer(9, [50, 10], [eth0]), answer(7, [90, 40])]);
  expect(merged).toEqual({
    as_of: 7,
    open: 6,
    duplicates: 0,
    matched: 4,
    bytes: 190,
    packets: 4,
    flows: [{ bytes: 90 }, { bytes: 50 }, { bytes: 40 }],
    captures: [eth0],
  });
  const smallest = mergeActive({ ...query, reverse: true }, [answer(9, [10, 50]), answer(7, [40, 90])]);
  expect(smallest!.flows).toEqual([{ bytes: 10 }, { bytes: 40 }, { bytes: 50 }]);
});

test('what one meter alone answers is the answer, and what none answers is none', () => {
  const one = answer(9, [50]);
  expect(mergeActive(query, [null, one])).toBe(one);
  expect(mergeActive(query, [null, null])).toBeNull();
});
