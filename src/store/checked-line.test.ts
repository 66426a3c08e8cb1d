import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkedLine, readLine } from './checked-line.ts';

const value = fc.oneof(fc.array(fc.jsonValue()), fc.dictionary(fc.string(), fc.jsonValue(), { noNullPrototype: true }));
const written = (v: object) => checkedLine(v).slice(0, -1);
/** As JSON has it: no -0. */
const asJson = (v: object) => JSON.parse(JSON.stringify(v)) as object;

describe('a line with a checksum', () => {
  it('is read as it was written, and stays one line of JSON', () => {
    fc.assert(
      fc.property(value, (v) => {
        const line = checkedLine(v);
        expect(line.indexOf('\n')).toBe(line.length - 1);
        expect(readLine(line.slice(0, -1))).toEqual(asJson(v));
        const parsed = JSON.parse(line) as object;
        if (Array.isArray(parsed)) expect(parsed.slice(0, -1)).toEqual(asJson(v));
        else expect({ ...parsed, crc32: undefined }).toEqual({ ...asJson(v), crc32: undefined });
      }),
    );
  });

  it('is not believed when any of its characters is another', () => {
    const line = written([{ minute: 1_700_000_000_000, counts: { lost: 17 } }]);
    const end = line.lastIndexOf(',');
    for (let at = 0; at < end; at++) {
      for (const other of ['0', '9', ' ', 'x', '\0', '"']) {
        if (line[at] !== other) expect(readLine(line.slice(0, at) + other + line.slice(at + 1))).toBeUndefined();
      }
    }
  });

  it('is not believed when a piece of it is missing, at the end or in between', () => {
    const line = written({ day: 3, entries: [1, 2, 3] });
    for (let length = 0; length < line.length; length++) expect(readLine(line.slice(0, length))).toBeUndefined();
    expect(readLine(line.replace('2,', ''))).toBeUndefined();
  });

  it('of an earlier version has none, and is read', () => {
    expect(readLine('[{"minute":1}]')).toEqual([{ minute: 1 }]);
    expect(readLine('{"from":1,"to":2}')).toEqual({ from: 1, to: 2 });
  });

  it.each(['', 'null', '17', '"crc32:00000000"', '{"a":1', '[1]]'])('%j is none', (line) => {
    expect(readLine(line)).toBeUndefined();
  });
});
