import { DuckDBInstance } from '@duckdb/node-api';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { WeirError } from '../base/index.ts';
import { columns, physicalOf, sqlTypeOf } from '../flow/index.ts';
import { completeFilter, filterToSql, parseFilter } from './index.ts';
import { likeMatcher } from './like.ts';

/** The message of the refusal, or "accepted". */
function outcome(text: string, sets: Record<string, string[]> = {}): string {
  try {
    parseFilter(text, { sets });
    return 'accepted';
  } catch (error) {
    if (error instanceof WeirError && error.code === 'usage') return error.message;
    throw error;
  }
}

const nested = (open: string, depth: number) => `${open.repeat(depth)}port 80${')'.repeat(depth)}`;

describe('limits', () => {
  test.each([
    ['64 KiB', `any${' '.repeat(65_533)}`, 'accepted'],
    ['more than 64 KiB', `any${' '.repeat(65_534)}`, 'the limit is 65536'],
    ['200 parentheses', nested('(', 200), 'accepted'],
    ['201 parentheses', nested('(', 201), 'nested deeper than 200'],
    ['unclosed parentheses', '('.repeat(65_000), 'nested deeper than 200'],
    ['200 times not', `${'not '.repeat(200)}any`, 'accepted'],
    ['201 times not', `${'not '.repeat(201)}any`, 'nested deeper than 200'],
    ['65,000 times !', '!'.repeat(65_000), 'nested deeper than 200'],
    ['10,000 items', `port in [${'80 '.repeat(10_000)}]`, 'accepted'],
    ['10,001 items', `port in [${'80 '.repeat(10_001)}]`, 'the limit is 10000'],
    ['brackets in brackets', `port in ${'['.repeat(65_000)}`, 'unexpected "["'],
    ['either doubles what it holds', nested('either (', 199), 'more than 100000 comparisons'],
    ['5,900 alternatives', `${'port 80 or '.repeat(5_900)}any`, 'accepted'],
    ['many wildcards', 'host like "%"', 'accepted'],
    ['a very long word', 'a'.repeat(65_000), 'there is no field'],
    ['a very long number', `port ${'9'.repeat(60_000)}`, 'is not a number'],
    ['a very long address', `ip ${'1:'.repeat(30_000)}`, 'is not an address'],
    ['parentheses inside a text', `port "${'('.repeat(300)}"`, 'is not a number'],
    ['parentheses inside a comment', `any # ${'('.repeat(300)}`, 'accepted'],
  ])('%s', (_, text, expected) => {
    const begun = performance.now();
    const result = outcome(text);
    if (expected === 'accepted') expect(result).toBe('accepted');
    else expect(result).toContain(expected === 'is not' ? 'filter' : expected);
    expect(result.length).toBeLessThan(2_000);
    expect(performance.now() - begun).toBeLessThan(5_000);
  });

  test('a named set is bounded as a list is', () => {
    const big = { big: new Array<string>(10_001).fill('80') };
    expect(outcome('port in @big', big)).toContain('more than 10000 values');
  });

  test('the database accepts the deepest and the widest filter', async () => {
    const db = await (await DuckDBInstance.create(':memory:')).connect();
    const definitions = columns.flatMap(physicalOf).map((p) => `"${p.name}" ${sqlTypeOf(p)}`);
    await db.run(`CREATE TABLE flows (${definitions.join(', ')})`);
    const alternating = `${'(port 1 and (proto tcp or not '.repeat(99)}any${'))'.repeat(99)}`;
    for (const text of [
      nested('(', 200),
      nested('not (', 100),
      alternating,
      `${'port 80 or '.repeat(5_900)}any`,
      nested('either (', 12),
    ]) {
      const { sql, params } = filterToSql(parseFilter(text));
      await db.runAndReadAll(`SELECT count(*) FROM flows WHERE ${sql}`, params);
    }
    db.closeSync();
  });
});

describe('nothing but a refusal comes of nonsense', () => {
  const words = fc.constantFrom(
    'src',
    'dst',
    'port',
    'ip',
    'in',
    'net',
    'not',
    'and',
    'or',
    '(',
    ')',
    '[',
    ']',
    '@x',
    '"',
    "'",
    '\\',
    '=',
    '!=',
    '<',
    '!',
    '&&',
    '|',
    ',',
    '#',
    '\n',
    '/',
    '-',
    '80',
    '10.0.0.0/8',
    '::',
    'flags',
    'SA',
    'like',
    '%',
    'swap',
    'either',
    'bytes',
    '1.5k',
    'start',
    'é',
    '\u0000',
    '\ud800',
    '😀',
    'any',
    'proto',
    'tcp',
    'if',
    'out',
    '"a"',
  );
  const text = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 60 }),
    fc.string({ unit: 'grapheme', maxLength: 60 }),
    fc.array(words, { maxLength: 14 }).map((w) => w.join(' ')),
    fc.array(words, { maxLength: 14 }).map((w) => w.join('')),
  );

  test('parse, SQL and completion of random text', () => {
    let accepted = 0;
    fc.assert(
      fc.property(text, fc.nat(80), (random, cursor) => {
        completeFilter(random, cursor, { sets: { x: ['80'] } });
        try {
          const { sql } = filterToSql(parseFilter(random, { sets: { x: ['80'] } }));
          expect(sql).toMatch(/^[\w" ()=<>&,.*/+?-]+$/);
          accepted += 1;
        } catch (error) {
          if (!(error instanceof WeirError)) throw error;
          expect(error.code).toBe('usage');
          const { position, length } = error.details as { position: number; length: number };
          expect(position).toBeLessThanOrEqual(random.length);
          expect(position + length).toBeLessThanOrEqual(random.length);
        }
      }),
      { numRuns: 10_000 },
    );
    expect(accepted).toBeGreaterThan(100);
  });
});

describe('like', () => {
  test.each([
    ['%', '', true],
    ['', '', true],
    ['', 'a', false],
    ['_', '😀', true],
    ['__', '😀', false],
    ['a%c', 'abc', true],
    ['a%c', 'ac', true],
    ['a%c', 'acb', false],
    ['%a%b%', 'xxaxxbxx', true],
    ['a.c', 'abc', false],
    ['%ab', 'aab', true],
  ])('%s and %s', (pattern, given, holds) => expect(likeMatcher(pattern)(given)).toBe(holds));

  test('no pattern takes long', () => {
    const begun = performance.now();
    likeMatcher(`${'%a'.repeat(8)}%b`)('a'.repeat(50_000));
    expect(performance.now() - begun).toBeLessThan(2_000);
  });
});
