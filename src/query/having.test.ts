import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { havingHolds, metricsOf, parseHaving } from './having.ts';
import type { Metric } from './metrics.ts';

const values: Record<string, number | null> = {
  bytes: 2_000_000,
  flows: 10,
  bps: 0.5,
  avg_packet: null,
  'distinct(src_addr/24)': 3,
};
const value = (m: Metric) => values[m.name] ?? null;
const holds = (text: string) => havingHolds(parseHaving(text), value);

describe('having', () => {
  it.each([
    ['bytes > 1M', true],
    ['bytes >= 2m and flows = 10', true],
    ['BYTES == 2_000k AND Flows != 10', false],
    ['not (bytes > 1M) or bps <= 0.5', true],
    ['not(flows > 10)', true],
    ['flows > 1 and flows < 5 or bytes <> 0', true],
    ['flows > 1 && (flows < 5 || !bytes < 1)', true],
    ['distinct( src_addr/24 ) >= 3', true],
    ['bytes > 1e6', true],
    ['avg_packet > 1', null],
    ['not avg_packet > 1', null],
    ['avg_packet > 1 or flows > 1', true],
    ['avg_packet > 1 and flows > 100', false],
  ])('%s is %s', (text, expected) => {
    expect(holds(text)).toBe(expected);
  });

  it.each([
    ['bytes', /expected one of <.*position 6.*the end/],
    ['bytes > 1M flows > 1', /expected "and", "or" or the end at position 12/],
    ['(bytes > 1', /expected "\)"/],
    ['> 5', /expected a metric/],
    ['bytes > x', /expected a number/],
    ['bytes > 1; DROP', /";" at position 10 is not understood/],
    ['bytes > 1K and bytez < 2', /unknown metric "bytez"; did you mean bytes/],
    [`${'('.repeat(60)}bytes > 1${')'.repeat(60)}`, /levels deep/],
    [`${'not '.repeat(60)}bytes > 1`, /levels deep/],
  ])('%s is refused with its place', (text, message) => {
    expect(() => parseHaving(text)).toThrow(message);
  });

  it('names its metrics', () => {
    expect(metricsOf(parseHaving('bytes > 1 and not (p95(bps) < 2 or flows = 3)')).map((m) => m.name)).toEqual([
      'bytes',
      'p95(bps)',
      'flows',
    ]);
  });

  it('never fails but with usage', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        try {
          parseHaving(text);
        } catch (error) {
          expect(error).toMatchObject({ code: 'usage' });
        }
      }),
    );
  });
});
