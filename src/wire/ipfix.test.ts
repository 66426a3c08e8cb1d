import { describe, expect, test } from 'vitest';
import {
  ascii,
  Bench,
  type FieldSpec,
  ip4,
  message10,
  NOW,
  options10,
  set,
  template10,
  u,
  V,
  variable,
} from './template.testing.ts';

const ENDS: readonly FieldSpec[] = [
  [8, 4],
  [12, 4],
];
const ends = [...ip4('192.0.2.1'), ...ip4('198.51.100.2')];

/** The first row of one record. */
function one(fields: readonly FieldSpec[], record: readonly number[], bench = new Bench()) {
  const [row] = bench.take(message10([template10(256, [...ENDS, ...fields]), set(256, [...ends, ...record])]));
  expect(bench.errors).toEqual({});
  return row;
}

describe('IPFIX', () => {
  test('texts of variable length in both forms, between fixed fields', () => {
    const bench = new Bench();
    const fields: FieldSpec[] = [
      [96, V],
      [7, 2],
      [371, V],
      [11, 2],
      [1, 8],
      [2, 8],
    ];
    const record = (name: number[], user: number[]) => [
      ...ends,
      ...name,
      ...u(1, 2),
      ...user,
      ...u(2, 2),
      ...u(3, 8),
      ...u(4, 8),
    ];
    const rows = bench.take(
      message10([
        template10(256, [...ENDS, ...fields]),
        set(256, [
          ...record(variable(ascii('https')), variable(ascii('ann'), true)),
          ...record(variable([]), variable(ascii('b'.repeat(300)))),
        ]),
      ]),
    );
    expect(bench.decoder.result).toMatchObject({ records: 2, exact: true });
    expect(rows[0]).toMatchObject({
      exporter_application: 'https',
      user: 'ann',
      src_port: 1,
      dst_port: 2,
      raw_bytes: 3,
      raw_packets: 4,
    });
    expect(rows[1]).toMatchObject({ src_port: 1, dst_port: 2, raw_bytes: 3 });
    expect(rows[1]).not.toHaveProperty('exporter_application');
    expect(rows[1]!.user).toHaveLength(255);
  });

  test.each([1, 2, 3, 4, 5, 6, 7, 8])('counters in %i bytes', (length) => {
    const value = 2 ** Math.min(52, 8 * length - 1) + 5;
    expect(
      one(
        [
          [1, length],
          [10, Math.min(length, 4)],
        ],
        [...u(value, length), ...u(7, Math.min(length, 4))],
      ),
    ).toMatchObject({
      raw_bytes: value,
      in_if: 7,
    });
  });

  test('integers that are too long give their low bytes', () => {
    expect(
      one(
        [
          [1, 16],
          [2, 12],
          [4, 4],
          [7, 8],
          [10, 8],
          [6, 2],
        ],
        [...u(9, 8), ...u(1500, 8), ...u(10, 12), ...u(17, 4), ...u(53, 8), ...u(3, 8), ...u(0x112, 2)],
      ),
    ).toMatchObject({ raw_bytes: 1500, raw_packets: 10, protocol: 17, src_port: 53, in_if: 3, tcp_flags: 0x12 });
  });

  test('counters above 2^53 keep all bits', () => {
    expect(one([[1, 8]], u(0xffff_ffff_ffff_fffen, 8))!.raw_bytes).toBe('18446744073709551614');
  });

  test('enterprise fields and fields without bytes are stepped over', () => {
    expect(
      one(
        [
          [1, 4, 12345],
          [95, 0],
          [999, 3],
          [1, 4],
        ],
        [...u(1, 4), 1, 2, 3, ...u(77, 4)],
      ),
    ).toMatchObject({ raw_bytes: 77 });
  });

  test('lists (RFC 6313) are stepped over by their length', () => {
    const list = variable([3, ...u(10, 2), ...u(4, 2), ...u(1, 4), ...u(2, 4)]);
    const fields: FieldSpec[] = [
      [291, V],
      [292, V],
      [1, 4],
      [293, V],
      [2, 4],
    ];
    expect(one(fields, [...list, ...list, ...u(5, 4), ...list, ...u(6, 4)])).toMatchObject({
      raw_bytes: 5,
      raw_packets: 6,
    });
  });

  test('several sets, padding, sets that are not known, zeros at the end', () => {
    const bench = new Bench();
    const rows = bench.take(
      message10([
        template10(256, [...ENDS, [1, 4]]),
        set(256, [...ends, ...u(1, 4), ...ends, ...u(2, 4)], 4),
        set(700, [1, 2, 3, 4]),
        set(256, [...ends, ...u(3, 4)], 3),
        [0, 0, 0, 0],
      ]),
    );
    expect(rows.map((r) => r.raw_bytes)).toEqual([1, 2, 3]);
    expect(bench.decoder.result).toMatchObject({ records: 3, held: 1, exact: false });
    expect(bench.errors).toEqual({});
  });

  test('several templates in one set, and padding behind them', () => {
    const bench = new Bench();
    const template = (id: number) => [...u(id, 2), ...u(2, 2), ...u(8, 2), ...u(4, 2), ...u(1, 2), ...u(4, 2)];
    const rows = bench.take(
      message10([set(2, [...template(256), ...template(257)], 4), set(257, [...ip4('192.0.2.7'), ...u(5, 4)])]),
    );
    expect(rows).toEqual([expect.objectContaining({ src_addr: '192.0.2.7', raw_bytes: 5 })]);
    expect(bench.decoder.result.templates).toBe(2);
  });

  test('a record whose end is missing is counted', () => {
    const bench = new Bench();
    bench.take(message10([template10(256, [...ENDS, [96, V]])]));
    const rows = bench.take(message10([set(256, [...ends, ...variable(ascii('x')), ...ends, 200, 1, 2])]));
    expect(rows).toHaveLength(1);
    expect(bench.errors).toEqual({ bad_record: 1 });
    expect(bench.decoder.result).toMatchObject({ records: 1, missing: 1, exact: false });
  });

  test('templates that no record can follow', () => {
    const bench = new Bench();
    bench.take(
      message10([
        template10(256, [
          [8, 0],
          [12, 0],
        ]),
        template10(3, ENDS),
        template10(257, [
          [1, 65_000],
          [2, 65_000],
        ]),
      ]),
    );
    expect(bench.errors).toEqual({ bad_template: 3 });
    bench.take(message10([set(2, [...u(256, 2), ...u(65_535, 2), ...u(8, 2), ...u(4, 2)])]));
    expect(bench.errors).toEqual({ bad_length: 1 });
  });

  test('withdrawals, of one and of all, and another definition', () => {
    const bench = new Bench();
    const flows = set(256, [...ends, ...u(1, 4)]);
    bench.take(message10([template10(256, [...ENDS, [1, 4]]), options10(257, [[149, 4]], [[41, 8]])]));
    bench.take(message10([set(2, [...u(256, 2), 0, 0]), flows]));
    expect(bench.decoder.result).toMatchObject({ held: 1, rows: 0 });
    bench.take(message10([template10(256, [...ENDS, [2, 4]]), flows]));
    expect(bench.decoder.result).toMatchObject({ rows: 2, lateRecords: 1, templates: 1 });
    const [row] = bench.take(message10([template10(256, [...ENDS, [1, 4]]), flows]));
    expect(row).toMatchObject({ raw_bytes: 1, raw_packets: 0 });
    bench.take(message10([set(3, [...u(3, 2), 0, 0])]));
    expect(bench.session.size).toBe(1);
    bench.take(message10([set(2, [...u(2, 2), 0, 0])]));
    expect(bench.session.size).toBe(0);
  });

  test('options records count as records, and give names and rates', () => {
    const bench = new Bench();
    const rows = bench.take(
      message10([
        options10(
          300,
          [[302, 8]],
          [
            [304, 2],
            [305, 4],
            [306, 4],
          ],
        ),
        set(300, [...u(9, 8), ...u(1, 2), ...u(1, 4), ...u(99, 4)]),
        options10(301, [[234, 4]], [[236, V]]),
        set(301, [...u(5, 4), ...variable(ascii('blue'))]),
        options10(302, [[95, 4]], [[96, 8]]),
        set(302, [13, ...u(77, 3), ...ascii('youtube'), 0]),
        template10(256, [...ENDS, [302, 8], [234, 4], [95, 4]]),
        set(256, [...ends, ...u(9, 8), ...u(5, 4), 13, ...u(77, 3), ...ends, ...u(8, 8), ...u(6, 4), 3, ...u(443, 3)]),
      ]),
    );
    expect(bench.decoder.result).toMatchObject({ records: 5, options: 3, flowRecords: 2 });
    expect(rows[0]).toMatchObject({
      sampling: 100,
      sampling_origin: 'options',
      vrf: 'blue',
      exporter_application: 'youtube',
    });
    expect(rows[1]).toMatchObject({ sampling: 1, sampling_origin: 'unknown', vrf: '6', exporter_application: '3:443' });
    expect(bench.decoder.result).toMatchObject({ sampledRows: 1, unknownSamplingRows: 1 });
  });

  test('records that describe no flow make no row', () => {
    const bench = new Bench();
    const rows = bench.take(
      message10([
        template10(256, [
          [350, V],
          [12332, 4, 9],
        ]),
        set(256, [...variable(ascii('pc')), 1, 2, 3, 4]),
      ]),
    );
    expect(rows).toEqual([]);
    expect(bench.decoder.result).toMatchObject({ records: 1, flowRecords: 0, exact: true });
  });

  test('without a place to write, records are counted and templates learnt', () => {
    const bench = new Bench();
    bench.take(message10([template10(256, ENDS), set(256, [...ends, ...ends]), set(999, [1, 2, 3, 4])]), false);
    expect(bench.decoder.result).toMatchObject({ records: 2, flowRecords: 2, rows: 0, held: 1, exact: false });
    expect(bench.errors).toEqual({});
    expect(bench.take(message10([set(256, ends)]))).toHaveLength(1);
  });

  test('a message that ends early gives the records that are there', () => {
    const bench = new Bench();
    bench.take(message10([template10(256, ENDS)]));
    const whole = message10([set(256, [...ends, ...ends])]);
    expect(bench.take(whole.slice(0, -3))).toHaveLength(1);
    expect(bench.decoder.result).toMatchObject({ records: 1, exact: false });
  });

  test('more records than rows: those that fit are kept and the rest is counted', () => {
    const bench = new Bench([], {}, 100);
    bench.take(message10([template10(256, [[8, 4]])]));
    const rows = bench.take(message10([set(256, new Array<number>(60_000).fill(9))]));
    expect(rows).toHaveLength(100);
    expect(bench.decoder.result).toMatchObject({ records: 15_000, missing: 14_900 });
    expect(bench.errors.too_many_records).toBeGreaterThan(0);
  });

  test.each<[string, FieldSpec[], number]>([
    ['one byte', [[7, 1]], 0],
    ['a port', [[7, 2]], 0],
    ['an address', [[8, 4]], 1],
    [
      'two counters of one direction',
      [
        [1, 2],
        [2, 2],
      ],
      1,
    ],
    [
      'one counter of each direction, of two bytes',
      [
        [1, 2],
        [1, 2, 29305],
      ],
      0,
    ],
    [
      'one counter of each direction, of four bytes',
      [
        [1, 4],
        [1, 4, 29305],
      ],
      2,
    ],
  ])('a record of %s makes no more rows than a datagram has room for', (_name, fields, rowsOfOne) => {
    const bench = new Bench();
    const bytes = fields.reduce((sum, [, length]) => sum + length, 0);
    const n = Math.floor(60_000 / bytes);
    const rows = bench.take(message10([template10(256, fields), set(256, new Array<number>(n * bytes).fill(9))]));
    expect(rows).toHaveLength(n * rowsOfOne);
    expect(rows.length).toBeLessThanOrEqual(60_000 / 4);
    expect(bench.decoder.result).toMatchObject({
      records: n,
      flowRecords: rowsOfOne > 0 ? n : 0,
      options: 0,
      exact: true,
    });
  });

  test('records of variable length that are next to nothing make no more rows than a datagram has room for', () => {
    const bench = new Bench();
    bench.take(message10([template10(256, [[7, V]])]));
    const rows = bench.take(message10([set(256, new Array<number>(60_000).fill(0))]));
    expect(rows).toHaveLength(15_001);
    expect(bench.decoder.result).toMatchObject({ records: 60_000, missing: 60_000 - 15_001 });
    bench.take(message10([template10(257, [[7, V]])]));
    const one = message10(Array.from({ length: 1_000 }, () => set(257, [2, 0, 80])));
    expect(bench.take(one)).toHaveLength(1_000);
    expect(bench.errors).toEqual({});
  });

  test('an uptime without its zero keeps the duration; with the zero of options it is a time', () => {
    const bench = new Bench();
    const fields = template10(256, [...ENDS, [22, 4], [21, 4]]);
    const flow = set(256, [...ends, ...u(1_000, 4), ...u(3_500, 4)]);
    expect(bench.take(message10([fields, flow]))[0]).toMatchObject({ start: NOW - 2_500, end: NOW });
    const boot = NOW - 10_000;
    const [row] = bench.take(
      message10([options10(300, [[149, 4]], [[160, 8]]), set(300, [...u(42, 4), ...u(boot, 8)]), flow]),
    );
    expect(row).toMatchObject({ start: boot + 1_000, end: boot + 3_500 });
  });
});
