import { expect, test } from 'vitest';
import { formatBytes, parseBytes } from './units.ts';

test('octets are written in the unit of which they are the smallest whole number, and are read back', () => {
  const written = [1, 1_500, 65_536, 1_048_576, 64_000_000, 10_000_000, 1 << 30].map(formatBytes);
  expect(written).toEqual(['1', '1500', '64KiB', '1MiB', '64MB', '10MB', '1GiB']);
  expect(written.map(parseBytes)).toEqual([1, 1_500, 65_536, 1_048_576, 64_000_000, 10_000_000, 1 << 30]);
});
