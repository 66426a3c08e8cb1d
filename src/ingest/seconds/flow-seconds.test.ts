import { expect, test } from 'vitest';
import { parseFilter } from '../../filter/index.ts';
import { allColumnNames, enumCode, FlowBatch, parseAddress, setWide, TextColumns } from '../../flow/index.ts';
import { FlowSeconds } from './flow-seconds.ts';
import type { FlowSecond, SecondsQuestion } from './second-messages.ts';

interface Row {
  readonly src: string;
  readonly bytes: number;
  readonly packets?: number;
  readonly sampling?: number;
  readonly origin?: string;
  readonly continued?: 'yes' | 'no';
  readonly duplicate?: 'yes';
  readonly category?: string;
  readonly direction?: 'in' | 'out';
}

/** A batch as a receive thread fills it: rows are seen once they are published. */
class Batch {
  readonly batch = new FlowBatch(40_000, allColumnNames);
  private readonly texts = new TextColumns();
  private published = 0;
  constructor() {
    this.texts.begin(this.batch);
  }
  readonly rows = () => this.published;
  add(...rows: readonly Row[]): this {
    const { batch } = this;
    for (const row of rows) {
      const i = this.published;
      const src = parseAddress(row.src)!;
      batch.u32('src_hi').set([src[1], src[0]], 2 * i);
      batch.u32('src_lo').set([src[3], src[2]], 2 * i);
      setWide(batch.u32('raw_bytes'), i, row.bytes);
      setWide(batch.u32('raw_packets'), i, row.packets ?? 1);
      batch.u32('sampling')[i] = row.sampling ?? 1;
      batch.u8('sampling_origin')[i] = enumCode('sampling_origin', row.origin ?? 'default');
      batch.u8('continued')[i] = enumCode('continued', row.continued ?? 'no');
      batch.u8('duplicate')[i] = enumCode('duplicate', row.duplicate ?? 'unknown');
      batch.u8('direction')[i] = enumCode('direction', row.direction ?? 'unknown');
      batch.u32('category')[i] = this.texts.of('category').code(row.category ?? '');
      this.published += 1;
    }
    batch.rows = this.published;
    return this;
  }
}

const ask = (filter = '', by: SecondsQuestion['by'] = ['src_addr'], top = 10): SecondsQuestion => ({
  filter: parseFilter(filter),
  by,
  top,
});
const NOW = { completeUntil: 0, deferred: false };

/** Seconds of one who asks. */
function listen(seconds: FlowSeconds, question = ask(), nowMs = 0) {
  const told: FlowSecond[] = [];
  return { told, end: seconds.ask(question, nowMs, (second) => told.push(second)) };
}

test('a row is in the second in which it came, once, whichever batch it is in, also when that is given back before the second ends', () => {
  const seconds = new FlowSeconds();
  const [before, open] = [new Batch().add({ src: '10.0.0.9', bytes: 999 }), new Batch()];
  seconds.open(before);
  seconds.open(open);
  const { told } = listen(seconds);
  before.add({ src: '10.0.0.1', bytes: 100 });
  open.add({ src: '10.0.0.2', bytes: 50 });
  seconds.close(before);
  seconds.look({ ...NOW, nowMs: 1_000 });
  open.add({ src: '10.0.0.2', bytes: 7 });
  seconds.look({ ...NOW, nowMs: 2_010 });
  seconds.look({ ...NOW, nowMs: 3_000 });
  expect(told.map(({ from, to, total }) => [from, to, total.bytes, total.records])).toEqual([
    [0, 1_000, 150, 2],
    [1_000, 2_010, 7, 1],
    [2_010, 3_000, 0, 0],
  ]);
  expect(told[0]!.by.src_addr!.groups.map(({ value, bytes }) => [value, bytes])).toEqual([
    ['10.0.0.1', 100],
    ['10.0.0.2', 50],
  ]);
});

test('who comes later begins with a whole second', () => {
  const seconds = new FlowSeconds();
  const batch = new Batch();
  seconds.open(batch);
  const first = listen(seconds);
  batch.add({ src: '10.0.0.1', bytes: 1 });
  const second = listen(seconds, ask(), 500);
  batch.add({ src: '10.0.0.1', bytes: 2 });
  seconds.look({ ...NOW, nowMs: 1_000 });
  batch.add({ src: '10.0.0.1', bytes: 4 });
  seconds.look({ ...NOW, nowMs: 2_000 });
  expect(first.told.map((s) => s.total.bytes)).toEqual([3, 4]);
  expect(second.told.map((s) => [s.from, s.total.bytes])).toEqual([[1_000, 4]]);
  first.end();
  expect(seconds.isAsked).toBe(true);
  second.end();
  expect(seconds.isAsked).toBe(false);
});

test('bytes are scaled, with their error; flows and duplicates count as in questions', () => {
  const seconds = new FlowSeconds();
  const batch = new Batch();
  seconds.open(batch);
  const { told } = listen(seconds);
  const all = listen(seconds, ask('duplicate != no'));
  seconds.look({ ...NOW, nowMs: 500 });
  batch.add(
    { src: '10.0.0.1', bytes: 100, packets: 1, sampling: 10, origin: 'record' },
    { src: '10.0.0.1', bytes: 5, continued: 'yes' },
    { src: '10.0.0.1', bytes: 3, duplicate: 'yes' },
    { src: '10.0.0.1', bytes: 11, sampling: 4, origin: 'flows' },
  );
  seconds.look({ ...NOW, nowMs: 1_000 });
  const { total, quality } = told[1]!;
  // 1 sampled packet: 1 flow; a continued one: 0; one flow in 4: 4.
  expect(total).toEqual({ bytes: 1_000 + 5 + 44, packets: 10 + 1 + 4, flows: 1 + 0 + 4, records: 3 });
  expect(quality.duplicates).toMatchObject({ bytes: 3, records: 1 });
  expect(quality.sampling).toMatchObject({ records: 2, origins: ['default', 'record', 'flows'] });
  // V = N (N-1) B^2 for one packet of 1 in 10; 2 N (N-1) B^2 for one flow in 4.
  expect(quality.sampling.error!.bytes).toBeCloseTo(1.96 * Math.sqrt(90 * 100 ** 2 + 2 * 12 * 11 ** 2), 6);
  // A filter that names duplicates says itself which ones it is about.
  expect(all.told[0]!.total.records).toBe(4);
});

test('an unknown rate leaves no error to be told', () => {
  const seconds = new FlowSeconds();
  const batch = new Batch();
  seconds.open(batch);
  const { told } = listen(seconds);
  batch.add({ src: '10.0.0.1', bytes: 8, origin: 'unknown' });
  seconds.look({ ...NOW, nowMs: 1_000 });
  expect(told[0]!.quality.sampling).toEqual({ records: 0, unknown_bytes: 8, origins: ['unknown'], error: null });
});

test('categories by direction add up to the total; a filter selects', () => {
  const seconds = new FlowSeconds();
  const batch = new Batch();
  seconds.open(batch);
  const { told } = listen(seconds, ask('category = "Web"', []));
  batch.add(
    { src: '10.0.0.1', bytes: 8, category: 'Web', direction: 'in' },
    { src: '10.0.0.2', bytes: 2, category: 'Web', direction: 'out' },
    { src: '10.0.0.3', bytes: 1, category: 'Web', direction: 'in' },
    { src: '10.0.0.4', bytes: 64, category: 'Email', direction: 'in' },
  );
  seconds.look({ ...NOW, nowMs: 1_000 });
  expect(told[0]!.total.bytes).toBe(11);
  expect(told[0]!.categories.map(({ category, direction, bytes }) => [category, direction, bytes])).toEqual([
    ['Web', 'in', 9],
    ['Web', 'out', 2],
  ]);
});

test('more talkers than there is room for: the largest known ones are shown, the rest is told, and how much a shown one may miss', () => {
  const seconds = new FlowSeconds();
  const batch = new Batch();
  seconds.open(batch);
  const { told } = listen(seconds, ask('', ['src_addr'], 2));
  const many = 20_000;
  batch.add({ src: '10.255.0.1', bytes: 1_000_000 }, { src: '10.255.0.2', bytes: 500_000 });
  batch.add(...Array.from({ length: many }, (_, i) => ({ src: `10.1.${i >> 8}.${i & 255}`, bytes: 10 })));
  seconds.look({ ...NOW, nowMs: 1_000 });
  const { groups, other, unsorted } = told[0]!.by.src_addr!;
  expect(groups.map(({ value }) => value)).toEqual(['10.255.0.1', '10.255.0.2']);
  expect(other).toMatchObject({ bytes: 10 * many, records: many });
  expect(unsorted).toMatchObject({ records: many + 2 - 16_384 });
  // The next second begins empty.
  seconds.look({ ...NOW, nowMs: 2_000 });
  expect(told[1]!.by.src_addr).toEqual({ groups: [], other: null, unsorted: null });
});

test('a second that takes too long ends early: what was left out is counted, and the next one is whole', () => {
  let ms = 0;
  // Each look at the clock is 150 ms after the one before.
  const seconds = new FlowSeconds(() => (ms += 150));
  const batch = new Batch();
  seconds.open(batch);
  const { told } = listen(seconds);
  batch.add(...Array.from({ length: 20_000 }, () => ({ src: '10.0.0.1', bytes: 1 })));
  seconds.look({ ...NOW, nowMs: 1_000 });
  batch.add({ src: '10.0.0.1', bytes: 1 });
  seconds.look({ ...NOW, nowMs: 2_000 });
  expect(told.map((s) => [s.total.records, s.quality.not_looked_at])).toEqual([
    [8_192, 20_000 - 8_192],
    [1, 0],
  ]);
});

test('an overloaded node reads no row for those who watch, and says so', () => {
  const seconds = new FlowSeconds();
  const batch = new Batch();
  seconds.open(batch);
  const { told } = listen(seconds);
  seconds.squeeze(true);
  batch.add({ src: '10.0.0.1', bytes: 1 });
  seconds.look({ ...NOW, nowMs: 1_000 });
  seconds.squeeze(false);
  batch.add({ src: '10.0.0.1', bytes: 1 });
  seconds.look({ ...NOW, nowMs: 2_000 });
  expect(told.map((s) => [s.total.records, s.quality.not_looked_at])).toEqual([
    [0, 1],
    [1, 0],
  ]);
});

test('what is held until a batch carries it is a loss once', () => {
  const seconds = new FlowSeconds();
  const entry = (lost: number) => ({ minute: 0, exporter: '192.0.2.1', domain: 0, counts: { records: 10, lost } });
  seconds.see([entry(1_000)]);
  const { told } = listen(seconds);
  seconds.hold(1, [entry(5)]);
  seconds.look({ ...NOW, nowMs: 1_000 });
  seconds.hold(1, [entry(8)]);
  seconds.look({ ...NOW, nowMs: 2_000 });
  seconds.see([entry(8)]);
  seconds.hold(1, []);
  seconds.look({ ...NOW, nowMs: 3_000 });
  expect(told.map((s) => s.quality.lost.records)).toEqual([5, 3, 0]);
});
