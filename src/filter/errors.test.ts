import { describe, expect, test } from 'vitest';
import { WeirError } from '../base/index.ts';
import { type FilterProblem, filterError, nearestWord } from './errors.ts';
import { parseFilter } from './index.ts';

const sets = { servers: ['10.0.0.1'], broken: ['10.0.0.1', 'x'] };

function refusal(text: string): { message: string; problem: FilterProblem } {
  try {
    parseFilter(text, { sets });
  } catch (error) {
    if (error instanceof WeirError && error.code === 'usage')
      return { message: error.message, problem: error.details as unknown as FilterProblem };
    throw error;
  }
  throw new Error(`${text} was accepted`);
}

describe('an error names the place, what was expected and the nearest word', () => {
  // text, offset, length, expected (one of them), nearest
  test.each([
    ['dts_port 80', 0, 8, 'a field', 'dst_port'],
    ['any and dts_port 80', 8, 8, 'a field', 'dst_port'],
    ['dst prt 80', 0, 7, 'a field', 'dst port'],
    ['prot tcp', 0, 4, 'a field', 'proto'],
    ['tcp', 0, 3, 'a field', 'proto tcp'],
    ['byts > 5', 0, 4, 'a field', 'bytes'],
    ['zzzzzzzz 5', 0, 8, 'a field', undefined],
    ['proto tpc', 6, 3, 'a protocol such as tcp', 'tcp'],
    ['sampling_origin = recrod', 18, 6, 'record', 'record'],
    ['ip in @severs', 6, 7, '@servers', '@servers'],
    ['ip in @broken', 6, 7, 'an address such as 192.0.2.1', undefined],
    ['port eighty', 5, 6, 'a number such as 443', undefined],
    ['port 70000', 5, 5, undefined, undefined],
    ['proto 256', 6, 3, undefined, undefined],
    ['port 90-80', 5, 5, undefined, undefined],
    ['port > 80-90', 7, 5, 'a single value', undefined],
    ['port > [80]', 7, 4, 'in', undefined],
    ['port = @servers', 7, 8, 'in', undefined],
    ['port', 4, 0, 'a comparator', undefined],
    ['port >', 6, 0, 'a number such as 443', undefined],
    ['port 80 443', 8, 3, 'and', undefined],
    ['any any', 4, 3, 'or', undefined],
    ['any and', 7, 0, 'a field', undefined],
    ['any and or', 8, 2, 'not', undefined],
    ['(any', 4, 0, ')', undefined],
    ['any)', 3, 1, 'and', undefined],
    ['()', 1, 1, 'a field', undefined],
    ['src', 3, 0, 'port', undefined],
    ['src and port 80', 8, 4, undefined, undefined],
    ['port in [80', 11, 0, ']', undefined],
    ['port in [80 >]', 12, 1, ']', undefined],
    ['host www.example.org', 5, 15, 'an address such as 192.0.2.1', undefined],
    ['host 10.0.0.300', 5, 10, 'an address such as 192.0.2.1', undefined],
    ['net 10.0/17', 4, 7, 'all four octets', undefined],
    ['net 10.0.0.0/33', 4, 11, 'an address such as 192.0.2.1', undefined],
    ['net 2001:db8:: 255.0.0.0', 15, 9, 'a prefix length', undefined],
    ['src_addr > 10.0.0.1', 11, 8, '=', undefined],
    ['sampling_origin > record', 18, 6, 'in', undefined],
    ['src_port like "8%"', 14, 4, 'in', undefined],
    ['src_port < src_addr', 11, 8, 'a value', undefined],
    ['duration < start', 11, 5, 'a value', undefined],
    ['flags Q', 6, 1, 'a number', undefined],
    ['"text"', 0, 6, 'a field', undefined],
    ['port "80', 5, 3, 'a comparator', undefined],
    ['any ; drop', 4, 1, 'and', undefined],
    ['swap any', 5, 3, undefined, undefined],
  ])('%s', (text, position, length, expected, nearest) => {
    const { message, problem } = refusal(text);
    expect({ position: problem.position, length: problem.length, nearest: problem.nearest }).toEqual({
      position,
      length,
      nearest,
    });
    if (expected !== undefined) expect(problem.expected).toContain(expected);
    expect(message).toContain(`column ${position + 1}`);
    if (nearest !== undefined) expect(message).toContain(`did you mean ${nearest}?`);
  });
});

test('the whole message', () => {
  expect(refusal('proto tcp\nand dts_port 80').message).toBe(
    'filter, line 2, column 5: there is no field "dts_port"; expected: a field, not, ( (did you mean dst_port?)',
  );
  expect(refusal('ip in @broken').message).toContain('"x" (in @broken) is not an address');
});

test.each([
  ['10.10.1.90', 'ip 10.10.1.90'],
  ['2001:db8::1 and port 80', 'ip 2001:db8::1'],
  ['proto tcp and 10.2.0.0/16', 'net 10.2.0.0/16'],
])('%s has an address alone', (text, meant) => {
  expect(refusal(text).message).toContain(`did you mean ${meant}?`);
});

test('the names of sets are not those of JavaScript objects', () => {
  expect(refusal('ip in @constructor').message).toContain('there is no set @constructor');
  expect(refusal('constructor 5').message).toContain('there is no field');
  expect(refusal('port constructor 5').message).toContain('is not a number');
});

test.each([
  ['dst_prot', 'dst_port'],
  ['dst_por', 'dst_port'],
  ['DST_PORT', 'dst_port'],
  ['completely other', undefined],
  ['', undefined],
])('the nearest word to %s is %s', (word, nearest) => {
  expect(nearestWord(word, ['src_port', 'dst_port', 'proto'])).toBe(nearest);
});

test('a long list of what was expected is cut', () => {
  const expected = Array.from({ length: 30 }, (_, i) => `w${i}`);
  expect(filterError('x', 'wrong', { position: 0, length: 1, expected }).message).toContain('(and 19 more)');
});
