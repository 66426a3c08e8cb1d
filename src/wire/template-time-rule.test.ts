import { describe, expect, test } from 'vitest';
import { Bench, type FieldSpec, message10, NOW, set, template10, u } from './template.testing.ts';

const DAY = 86_400_000;
const ADDRESS: FieldSpec = [8, 4];

/** The times of one record of an address and two fields, and how many rows were told corrected. */
function times(start: readonly [FieldSpec, number[]], end: readonly [FieldSpec, number[]], bench = new Bench()) {
  const [row] = bench.take(
    message10([template10(256, [ADDRESS, start[0], end[0]]), set(256, [192, 0, 2, 1, ...start[1], ...end[1]])]),
  );
  return [row!.start, row!.end, row!.time, bench.decoder.result.clockCorrected];
}

describe('times that cannot be', () => {
  const END: readonly [FieldSpec, number[]] = [[153, 8], u(NOW - 5_000, 8)];
  const ONLY_END = [NOW - 5_000, NOW - 5_000, NOW - 5_000, 1];

  test.each<[string, FieldSpec, number[]]>([
    ['microseconds in no form that is known', [154, 8], u(123_456_789, 8)],
    ['microseconds of four bytes', [154, 4], u(123_456_789, 4)],
    ['nanoseconds far from any form', [156, 8], u(2n ** 63n, 8)],
    ['milliseconds of 1970', [152, 8], u(123_456_789, 8)],
    ['seconds of 1970', [150, 4], u(5, 4)],
    ['a start more than a year before', [152, 8], u(NOW - 400 * DAY, 8)],
  ])('%s as start give no duration, and are counted', (_name, field, bytes) => {
    expect(times([field, bytes], END)).toEqual(ONLY_END);
  });

  test('microseconds in no form as end leave the time of export', () => {
    expect(times([[152, 8], u(NOW - 9_000, 8)], [[155, 8], u(123_456_789, 8)])).toEqual([NOW - 9_000, NOW, NOW, 1]);
  });

  test('a duration says what an unreadable end does not', () => {
    const bench = new Bench();
    const fields: FieldSpec[] = [ADDRESS, [152, 8], [155, 8], [161, 4]];
    const record = [192, 0, 2, 1, ...u(NOW - 9_000, 8), ...u(123_456_789, 8), ...u(4_000, 4)];
    const [row] = bench.take(message10([template10(256, fields), set(256, record)]));
    expect(row).toMatchObject({ start: NOW - 9_000, end: NOW - 5_000 });
  });

  test('in an import they are refused too', () => {
    const bench = new Bench();
    bench.context.importing = true;
    expect(times([[154, 8], u(123_456_789, 8)], END, bench)).toEqual(ONLY_END);
  });

  test('a connection of months is believed', () => {
    const start = NOW - 5_000 - 90 * DAY;
    expect(times([[152, 8], u(start, 8)], END)).toEqual([start, NOW - 5_000, NOW - 5_000, 0]);
  });

  test('an exporter without a clock that knows the time of its flows is read by the time of receipt', () => {
    const bench = new Bench();
    const micro = (ms: number) => u(BigInt(ms) * 1_000n, 8);
    const record = [192, 0, 2, 1, ...micro(NOW - 9_000), ...micro(NOW - 5_000)];
    const [row] = bench.take(message10([template10(256, [ADDRESS, [154, 8], [155, 8]]), set(256, record)], 60_000));
    expect(row).toMatchObject({ start: NOW - 9_000, end: NOW - 5_000, time: NOW - 5_000 });
  });
});
