import { describe, expect, test } from 'vitest';
import {
  Bench,
  type FieldSpec,
  ip4,
  message9,
  message10,
  options10,
  set,
  template9,
  template10,
  u,
} from './template.testing.ts';
import { TemplateSession } from './template-session.ts';

const OCTETS: readonly FieldSpec[] = [
  [8, 4],
  [1, 4],
];
const PACKETS: readonly FieldSpec[] = [
  [8, 4],
  [2, 4],
];
const flow = (value: number) => [...ip4('192.0.2.1'), ...u(value, 4)];
const IDS = Array.from({ length: 40 }, (_, i) => 256 + i);
const definitions = IDS.map((id) => template10(id, OCTETS));

/** Templates 256 to 295 are known, and one message brought data of each and took the last for something else: 8 sets wait. */
function crowded(): Bench {
  const bench = new Bench();
  bench.take(message10(definitions));
  const rows = bench.take(message10([...IDS.map((id) => set(id, flow(id))), template10(295, PACKETS)]));
  expect(rows).toHaveLength(32);
  expect(bench.decoder.result).toMatchObject({ held: 8, records: 32, exact: false });
  return bench;
}

function restarted(bench: Bench): Bench {
  const next = new Bench();
  next.session = TemplateSession.restore(JSON.parse(JSON.stringify(bench.session.save())))!;
  expect(next.session.save()).toEqual(bench.session.save());
  return next;
}

describe('data of more templates than one message may use', () => {
  test.each([
    ['with the next message', (bench: Bench) => bench],
    ['after a restart', restarted],
  ])('is read by the definition that it came under, %s', (_name, then) => {
    const bench = then(crowded());
    const rows = bench.take(message10([set(295, flow(7))]));
    expect(rows.map((r) => [r.raw_bytes, r.raw_packets])).toEqual([...IDS.slice(32).map((id) => [id, 0]), [0, 7]]);
    expect(bench.errors).toEqual({});
    expect(bench.decoder.result.lateRecords).toBe(8);
    expect(bench.decoder.budget).toMatchObject({ heldBytes: 0 });
  });

  test('is read though its template was withdrawn', () => {
    const bench = crowded();
    const rows = bench.take(message10([set(2, [...u(2, 2), 0, 0])]));
    expect(rows.map((r) => r.raw_bytes)).toEqual(IDS.slice(32));
    expect(bench.session.size).toBe(0);
  });

  test('pays for the definition that is kept for it, and gives it up with it', () => {
    const bench = crowded();
    const kept = bench.decoder.budget.heldBytes;
    expect(kept).toBeGreaterThan(8 * 264 + 1_024);
    bench.session.close();
    expect(bench.decoder.budget).toMatchObject({ heldBytes: 0, templateBytes: 0 });
  });

  test('whose own definition is damaged in the file is left out and not read by another', () => {
    const saved = JSON.parse(JSON.stringify(crowded().session.save()));
    saved.orphans = ['gone'];
    const session = TemplateSession.restore(saved)!;
    expect(session.held.size).toBe(7);
    for (const orphans of [5, null, [null], [[]]]) {
      expect(TemplateSession.restore({ ...saved, orphans })!.held.size).toBe(7);
    }
  });
});

describe('data that came before its template', () => {
  test('is read by the first definition that comes, also where another follows in the same message', () => {
    const bench = new Bench();
    bench.take(message9([set(256, flow(5))]));
    const rows = bench.take(message9([template9(256, OCTETS), template9(256, PACKETS), set(256, flow(6))]));
    expect(rows.map((r) => [r.raw_bytes, r.raw_packets])).toEqual([
      [0, 6],
      [5, 0],
    ]);
  });

  test('is counted once, and costs no time while thousands of other templates come', () => {
    const bench = new Bench();
    for (let i = 0; i < 3; i++) bench.take(message10(Array.from({ length: 256 }, (_, k) => set(5_000 + k, flow(k)))));
    expect(bench.session.held).toMatchObject({ size: 768, ready: 0 });
    const alternating = Array.from({ length: 4_000 }, (_, i) => template10(256, i % 2 === 0 ? OCTETS : PACKETS));
    const from = process.cpuUsage().user;
    expect(bench.take(message10(alternating.slice(0, 3_200)))).toEqual([]);
    expect((process.cpuUsage().user - from) / 1_000).toBeLessThan(500);
    expect(bench.session.held).toMatchObject({ size: 768, ready: 0 });
    const rows = bench.take(message10([template10(5_000, OCTETS)]));
    expect(rows.map((r) => r.raw_bytes)).toEqual([0, 0, 0]);
    expect(bench.session.held).toMatchObject({ size: 765, ready: 0 });
  });

  test('leaves room for the rows of the message that releases it', () => {
    const bench = new Bench([], {}, 20_000);
    const records = Array.from({ length: 5_000 }, (_, i) => flow(i)).flat();
    for (let i = 0; i < 4; i++) bench.take(message9([set(256, records)]));
    bench.take(message9([template9(256, OCTETS)]), false);
    for (let i = 0; i < 4; i++) bench.take(message9([set(300, records)]));
    bench.take(message9([template9(300, OCTETS)]));
    bench.batch.rows = 0;
    bench.newBatch();
    const own = bench.take(message9([set(256, records)]));
    expect(bench.errors).toEqual({});
    expect(bench.decoder.result.records).toBe(5_000);
    expect(own.length).toBeGreaterThan(5_000);
  });
});

test('what options tell and has no room is told by message', () => {
  const bench = new Bench();
  const names = (from: number, n: number) =>
    set(300, Array.from({ length: n }, (_, i) => [...u(from + i, 4), 0x65, 0x30]).flat());
  bench.take(message10([options10(300, [[10, 4]], [[82, 2]])]));
  let at = 1;
  for (; at < 16_000; at += 2_000) {
    bench.take(message10([names(at, 2_000)]));
    expect(bench.decoder.result.overflow).toBe(0);
  }
  bench.take(message10([names(at, 1_000)]));
  expect(bench.decoder.result.overflow).toBe(1_000 - (16_384 - 16_000));
  bench.take(message10([]));
  expect(bench.decoder.result.overflow).toBe(0);
});
