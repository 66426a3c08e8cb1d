import { describe, expect, test } from 'vitest';
import { Bench, message9, message10, options9, options10, set, u, V } from './template.testing.ts';

const INTERFACES = options10(300, [[10, 4]], [[82, 4]]);
const named = (from: number, n: number) =>
  Array.from({ length: n }, (_, i) => [...u(from + i, 4), 0x65, 0x74, 0x68, 0x30]).flat();

describe('options records', () => {
  test('beyond a bound of the message, not of each set, are counted and not learnt', () => {
    const bench = new Bench();
    bench.take(message10([INTERFACES, ...[0, 1, 2, 3].map((k) => set(300, named(1 + 1_000 * k, 1_000)))]));
    expect(bench.decoder.result).toMatchObject({ options: 4_000, records: 4_000, exact: true });
    expect(bench.session.facts.interface(2_048)?.name).toBe('eth0');
    expect(bench.session.facts.interface(2_049)).toBeUndefined();
    // One for each set of which some were left out.
    expect(bench.errors).toEqual({ too_many_records: 2 });
    bench.take(message10([set(300, named(2_049, 5))]));
    expect(bench.session.facts.interface(2_049)?.name).toBe('eth0');
    expect(bench.errors).toEqual({});
  });

  test('of variable length are counted as exactly, and a cut one is told', () => {
    const bench = new Bench();
    const records = Array.from({ length: 3_000 }, (_, i) => [...u(i + 1, 4), 2, 0x65, 0x30]).flat();
    const template = options10(300, [[10, 4]], [[82, V]]);
    bench.take(message10([template, set(300, [...records, ...u(7, 4), 9, 1])]));
    expect(bench.decoder.result).toMatchObject({ options: 3_000, missing: 1, exact: false });
    expect(bench.errors).toEqual({ too_many_records: 1, bad_record: 1 });
  });

  test('are counted where there is no room for what they tell', () => {
    const bench = new Bench();
    bench.session.attach(bench.decoder.budget);
    bench.take(message10([INTERFACES, set(300, named(1, 1_000))]));
    bench.decoder.budget.factBytes = bench.decoder.budget.maxFactBytes;
    bench.take(message10([set(300, named(2_000, 10))]));
    expect(bench.session.facts.interface(2_000)).toBeUndefined();
    expect(bench.decoder.result).toMatchObject({ options: 10 });
    expect(bench.errors).toEqual({ too_many_records: 1 });
  });

  test('tell with the clock and the boot of their header what the exporter did not send', () => {
    const bench = new Bench();
    const statistics = options9(300, [[1, 4]], [[166, 4]]);
    const total = (flows: number) => set(300, [...u(0, 4), ...u(flows, 4)]);
    bench.take(message9([statistics, total(1_000)], 1_790_000_000_000, 50_000));
    bench.take(message9([total(1_500)], 1_790_000_060_000, 110_000));
    bench.take(message9([total(1_499)], 1_790_000_059_000, 109_000));
    expect(bench.session.facts.takeFlowDrops()).toBe(500);
    bench.take(message9([total(1_400)], 1_790_000_200_000, 5_000));
    expect(bench.session.facts.takeFlowDrops()).toBe(1_400);
  });
});
