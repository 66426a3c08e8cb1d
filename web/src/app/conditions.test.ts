import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseFilter } from '../../../src/filter/index.ts';
import { findColumn, parseAddress } from '../../../src/flow/index.ts';
import { dimensionTable } from '../../../src/query/index.ts';
import { allBut, conditionOf, isAddress, ofHost, written } from './conditions.ts';

describe('a value as a filter has it', () => {
  test('is the same text again, whatever stands in it', () => {
    // Control characters and halves of pairs are in no name (src/filter/resolve.ts).
    const texts = fc.string({ unit: 'grapheme' }).filter((text) => text !== '' && !/\p{Cc}|\p{Cs}/u.test(text));
    fc.assert(
      fc.property(texts, (text) => {
        expect(parseFilter(conditionOf('process', text))).toEqual({
          kind: 'text',
          column: findColumn('process'),
          values: [text],
        });
      }),
      { numRuns: 2_000 },
    );
  });

  test.each([
    'user',
    'and',
    'or',
    'not',
    'a" or process = "b',
    "it's",
    '\\',
    '\\"',
    'C:\\Program Files\\x.exe',
    '(x) # no comment',
    '@set',
    '10.0.0.0/8 or any',
    '::',
    '1-2',
    '1k',
    '-1',
    'a,b]',
    'ü 漢字 🙂',
  ])('of a column of texts: %s', (text) => {
    expect(parseFilter(conditionOf('process', text))).toMatchObject({ kind: 'text', values: [text] });
    expect(parseFilter(allBut('process', text))).toMatchObject({ kind: 'not', of: { kind: 'text', values: [text] } });
  });

  const EXAMPLES = { address: '2001:db8::1', prefix: '192.0.2.0/24', integer: 17 } as const;
  test.each(dimensionTable().filter(({ type }) => type !== 'text'))('can be read of $name', ({ name, type }) => {
    expect(() => parseFilter(conditionOf(name, EXAMPLES[type as keyof typeof EXAMPLES]))).not.toThrow();
  });

  test('of an address cut to a prefix is a condition of its column', () => {
    expect(conditionOf('src_addr/24', '192.0.2.0/24')).toBe('src_addr = 192.0.2.0/24');
    expect(conditionOf('src_addr/24/48', '2001:db8:1::/48')).toBe('src_addr = 2001:db8:1::/48');
    expect(() => parseFilter(conditionOf('src_addr/24/48', '2001:db8:1::/48'))).not.toThrow();
  });

  test('of addresses has no quotes: filters are read by people', () => {
    const addresses = fc.oneof(fc.ipV4(), fc.ipV6()).filter((text) => parseAddress(text) !== null);
    fc.assert(
      fc.property(addresses, (address) => {
        expect(written(address)).toBe(address);
        expect(() => parseFilter(ofHost(address))).not.toThrow();
      }),
    );
  });
});

describe('an address', () => {
  test.each(['192.0.2.1', '0.0.0.0', '255.255.255.255', '::', '2001:db8::1', '::ffff:192.0.2.1', 'FE80::1'])(
    'is %s',
    (text) => expect(isAddress(text)).toBe(true),
  );
  test.each([
    '10.10.1.300',
    '10.10.1',
    '1.2.3.4.5',
    '01.2.3.4',
    '2001:db8::1::2',
    '12345::',
    ':',
    'a',
    '',
    '::1/64',
    '[::1]',
  ])('is not %s', (text) => expect(isAddress(text)).toBe(false));
});
