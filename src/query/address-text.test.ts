import { DuckDBInstance } from '@duckdb/node-api';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bitsOf, formatAddress, isUnknownAddress } from '../flow/index.ts';
import { addressText } from './address-text.ts';

const group = fc.oneof(fc.constant(0), fc.constant(0), fc.integer({ min: 0, max: 0xffff }));
const words = fc.array(group, { minLength: 8, maxLength: 8 }).map((g): [number, number, number, number] => {
  const word = (i: number) => ((g[2 * i]! << 16) | g[2 * i + 1]!) >>> 0;
  return [word(0), word(1), word(2), word(3)];
});
const mapped = fc.integer({ min: 0, max: 0xffff_ffff }).map((n): [number, number, number, number] => [0, 0, 0xffff, n]);

describe('addressText', () => {
  it('writes an address in SQL as formatAddress does in JavaScript', async () => {
    const instance = await DuckDBInstance.create(':memory:');
    const connection = await instance.connect();
    await fc.assert(
      fc.asyncProperty(fc.array(fc.oneof(words, mapped), { minLength: 50, maxLength: 200 }), async (addresses) => {
        const rows = addresses.map((a) => `(${bitsOf(a).hi}::UBIGINT, ${bitsOf(a).lo}::UBIGINT)`).join(', ');
        const reader = await connection.runAndReadAll(
          `SELECT ${addressText('hi', 'lo').text} FROM (VALUES ${rows}) t(hi, lo)`,
        );
        const expected = addresses.map((a) => (isUnknownAddress(a) ? null : formatAddress(a)));
        expect(reader.getRows().map((r) => r[0])).toEqual(expected);
      }),
      { numRuns: 20 },
    );
    connection.closeSync();
    instance.closeSync();
  });
});
