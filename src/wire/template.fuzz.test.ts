import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { allColumnNames, columnOf, FlowBatch, physicalOf } from '../flow/index.ts';
import {
  ascii,
  Bench,
  type FieldSpec,
  ip4,
  message9,
  message10,
  NOW,
  options9,
  options10,
  set,
  template9,
  template10,
  UPTIME,
  u,
  V,
  variable,
} from './template.testing.ts';
import { MAX_ROWS } from './template-data.ts';
import { TemplateSession } from './template-session.ts';

const CAPACITY = 20_000;
const GUARD = 64;
/** What stands in a word that nobody has written. */
const USED = 0xa5;
const physical = allColumnNames.flatMap((name) => physicalOf(columnOf(name)));

/** A sum over all live columns of rows [from, to), to see whether anything there has changed. */
function image(batch: FlowBatch, from: number, to: number): string {
  return physical
    .map((p) => {
      const width = p.word === 'u64' ? 2 : 1;
      return `${p.name} ${batch
        .array(p.name)
        ?.slice(from * width, to * width)
        .join(',')}`;
    })
    .join('\n');
}

/** Every column live, every byte one that no record has put there. */
function usedBatch(capacity = CAPACITY): FlowBatch {
  const batch = new FlowBatch(capacity, allColumnNames);
  for (const p of physical) batch.array(p.name)!.fill(0xa5);
  return batch;
}

const shared = usedBatch();
/** Made once: its dictionaries are dear. */
const bench = new Bench([{ pen: 0, id: 999, column: 'custom_text_1' }], {}, 1);
bench.texts.begin(shared);
bench.decoder.bind(shared);

/** Decodes messages one after the other between guards of `fill`; what was written. */
function decode(messages: readonly (readonly number[])[], fill: number): { rows: string; written: number } {
  bench.session.close();
  bench.session = new TemplateSession();
  shared.rows = 0;
  for (const message of messages) {
    const data = new Uint8Array(message.length + 2 * GUARD).fill(fill);
    data.set(message, GUARD);
    const view = new DataView(data.buffer);
    if (!bench.readHeader(view, GUARD, message.length)) continue;
    const before = shared.rows;
    const around = image(shared, Math.max(0, before - 2), before);
    bench.decoder.decode(view, GUARD, message.length, bench.header, bench.session, bench.context, true);
    const { result } = bench.decoder;
    expect(result.rows).toBeLessThanOrEqual(MAX_ROWS);
    expect(image(shared, Math.max(0, before - 2), before)).toBe(around);
    shared.rows += result.rows;
    // What lies behind the rows must stay as it was.
    expect(shared.u32('in_if')[shared.rows]).toBe(USED);
    expect(shared.u32('custom_text_1')[shared.rows]).toBe(USED);
    if (shared.rows > CAPACITY - MAX_ROWS) break;
  }
  const rows = image(shared, 0, shared.rows);
  const written = shared.rows;
  for (const p of physical) shared.array(p.name)!.fill(0xa5, 0, (written + 1) * (p.word === 'u64' ? 2 : 1));
  return { rows, written };
}

/** What lies around a message must not be in what is made of it. */
function checkAlone(messages: readonly (readonly number[])[]): void {
  const zeros = decode(messages, 0);
  const ones = decode(messages, 0xff);
  expect(ones.written).toBe(zeros.written);
  expect(ones.rows).toBe(zeros.rows);
  const restored = TemplateSession.restore(JSON.parse(JSON.stringify(bench.session.save())));
  expect(restored?.save()).toEqual(bench.session.save());
}

const FIELDS: readonly FieldSpec[] = [
  [8, 4],
  [12, 4],
  [96, V],
  [1, 8],
  [2, 4],
  [1, 8, 29305],
  [4, 1],
  [11, 2],
  [315, V],
  [34, 4],
  [152, 8],
  [371, V],
];
const record = [
  ...ip4('192.0.2.1'),
  ...ip4('192.0.2.2'),
  ...variable(ascii('http')),
  ...u(5, 8),
  ...u(6, 4),
  ...u(7, 8),
  1,
  ...u(0x800, 2),
  ...variable(ascii('frame')),
  ...u(10, 4),
  ...u(NOW - 5, 8),
  ...variable(ascii('ann'), true),
];
const IPFIX = message10([
  set(256, record),
  template10(256, FIELDS),
  options10(
    300,
    [[302, 8]],
    [
      [305, 4],
      [306, 4],
    ],
  ),
  set(300, [...u(9, 8), ...u(1, 4), ...u(99, 4)]),
  set(256, [...record, ...record], 3),
  set(2, [...u(256, 2), 0, 0]),
]);
const PLAIN: FieldSpec[] = [
  [8, 4],
  [12, 4],
  [22, 4],
  [21, 4],
  [1, 4],
  [2, 4],
  [7, 2],
  [11, 2],
  [4, 1],
  [70, 3],
  [56, 6],
];
const plain = [
  ...ip4('192.0.2.1'),
  ...ip4('192.0.2.2'),
  ...u(UPTIME - 9, 4),
  ...u(UPTIME - 8, 4),
  ...u(5, 4),
  ...u(6, 4),
  ...u(7, 2),
  ...u(8, 2),
  17,
  ...u(99, 3),
  ...u(77, 6),
];
const NETFLOW9 = message9([
  set(260, plain),
  template9(260, PLAIN),
  options9(
    261,
    [[1, 4]],
    [
      [34, 4],
      [35, 1],
    ],
  ),
  set(261, [...u(1, 4), ...u(64, 4), 1], 3),
  set(260, [...plain, ...plain], 2),
]);

describe('templates and hostile bytes', () => {
  test.each([
    ['IPFIX', IPFIX],
    ['NetFlow v9', NETFLOW9],
  ])('%s cut at every length', (_name, message) => {
    for (let length = 0; length <= message.length; length++) checkAlone([message.slice(0, length), message]);
  });

  test.each([
    ['IPFIX', IPFIX],
    ['NetFlow v9', NETFLOW9],
  ])('%s with every bit turned', (_name, message) => {
    for (let bit = 0; bit < message.length * 8; bit++) {
      const flipped = [...message];
      flipped[bit >> 3]! ^= 1 << (bit & 7);
      checkAlone([flipped, message]);
    }
  });

  const field = fc.tuple(
    fc.oneof(fc.nat(500), fc.constantFrom(1, 2, 8, 12, 27, 28, 34, 95, 96, 154, 155, 234, 315, 313, 291, 999)),
    fc.oneof(fc.nat(20), fc.constant(V), fc.nat(65_535)),
    fc.constantFrom(undefined, undefined, undefined, 29305, 9, 35632),
  ) as fc.Arbitrary<FieldSpec>;
  const fields = fc.array(field, { minLength: 1, maxLength: 12 });
  const bytes = fc.uint8Array({ maxLength: 300 }).map((b) => [...b]);

  test('templates and data at random', () => {
    fc.assert(
      fc.property(fields, fields, bytes, bytes, fc.boolean(), (one, two, first, second, nine) => {
        const strip = (list: FieldSpec[]): FieldSpec[] => list.map(([id, length]) => [id, length]);
        checkAlone(
          nine
            ? [
                message9([
                  set(256, first),
                  template9(256, strip(one)),
                  options9(257, strip(two).slice(0, 2), strip(two)),
                  set(257, second),
                  set(256, second),
                ]),
              ]
            : [
                message10([
                  set(256, first),
                  template10(256, one),
                  options10(257, two.slice(0, 1), two),
                  set(257, second),
                  set(256, second),
                ]),
              ],
        );
      }),
      { numRuns: 300 },
    );
  }, 180_000);

  test('anything at all', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.constantFrom(9, 10), (body, version) => {
        const message = [0, version, ...body];
        if (version === 10 && message.length > 3) message.splice(2, 2, ...u(message.length, 2));
        checkAlone([message, message]);
      }),
      { numRuns: 500 },
    );
  }, 180_000);

  test('a flood of templates, each with other columns, is bounded and hurts no honest one', () => {
    const bench = new Bench();
    let refused = 0;
    bench.take(
      message10([
        template10(256, [
          [8, 4],
          [12, 4],
          [1, 4],
        ]),
      ]),
    );
    for (let i = 0; i < 6_000; i++) {
      const ids = [7, 11, 4, 5, 6, 10, 14, 58, 59, 61, 89, 136].filter((_, k) => (i >> k) & 1);
      const specs: FieldSpec[] = [[8, 4], ...ids.map((id): FieldSpec => [id, 1])];
      bench.take(
        message10([template10(257 + (i % 5_000), specs), set(257 + (i % 5_000), [192, 0, 2, 1, ...ids.map(() => 1)])]),
      );
      refused += bench.errors.too_many_templates ?? 0;
      if (bench.batch.rows > 3_000) {
        bench.batch.rows = 0;
        bench.newBatch();
      }
    }
    expect(bench.session.size).toBeLessThanOrEqual(4_096);
    expect(bench.decoder.budget.templateBytes).toBeLessThan(8 << 20);
    expect(refused).toBeGreaterThan(0);
    const [row] = bench.take(message10([set(256, [...ip4('192.0.2.1'), ...ip4('192.0.2.2'), ...u(3, 4)])]));
    expect(row).toMatchObject({ src_addr: '192.0.2.1', raw_bytes: 3 });
  }, 180_000);
});
