import fc from 'fast-check';
import { expect, it } from 'vitest';
import { parseAddress } from '../../flow/index.ts';
import { readHexGroups } from './hex-groups.ts';

const read = (text: string) => {
  const into = new Uint32Array(4);
  const bytes = Buffer.from(`x${text}x`);
  return readHexGroups(bytes, 1, bytes.length - 1, into) ? [...into] : null;
};

it('reads what the parser of addresses reads, and nothing else', () => {
  const group = fc.stringMatching(/^[0-9a-fA-F]{1,5}$/);
  const near = fc
    .array(fc.oneof(group, fc.constantFrom(':', '::', ':::', 'g', '')), { maxLength: 17 })
    .map((parts) => parts.join(''));
  const joined = fc.array(fc.oneof(group, fc.constant('')), { maxLength: 9 }).map((groups) => groups.join(':'));
  fc.assert(
    fc.property(fc.oneof(fc.ipV6(), near, joined), (text) => {
      fc.pre(!text.includes('.'));
      expect(read(text)).toEqual(parseAddress(text));
    }),
    { numRuns: 20_000 },
  );
});

it.each(['::', '::1', '1::', '2001:db8::', '1:2:3:4:5:6:7:8', 'FFFF::a'])('%s', (text) => {
  expect(read(text)).toEqual(parseAddress(text));
});

it.each([
  '',
  ':',
  '1',
  '1:2:3:4:5:6:7::8:9',
  '1:2:3:4:5:6:7:8::',
  '::1::',
  '1:::2',
  '::ffff:192.0.2.1',
  '12345::',
  '1:',
  ':1',
])('%s is not taken', (text) => {
  expect(read(text)).toBeNull();
});
