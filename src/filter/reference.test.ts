import { readFileSync } from 'node:fs';
import { expect, test, vi } from 'vitest';
import { type Column, FlowBatch } from '../flow/index.ts';
import { filterToPredicate, filterToSql, parseFilter } from './index.ts';

// The reference speaks of names as well, which a later version of the table has.
vi.mock('../flow/columns.ts', async (original) => {
  const { COLUMNS } = await original<{ COLUMNS: readonly Column[] }>();
  const application: Column = {
    id: 901,
    name: 'application',
    type: 'text',
    meaning: 'name of the application',
    unknown: '',
  };
  return { COLUMNS: [...COLUMNS.filter((c) => c.name !== application.name), application] };
});

const page = readFileSync(new URL('../../docs/reference/filter.md', import.meta.url), 'utf8');
const blocks = (language: string) =>
  [...page.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\``, 'gm'))].map((m) =>
    m[1]!.trimEnd().split('\n'),
  );
const sets = { servers: ['10.0.0.1'], web: ['80', '443'] };

test('the reference has examples', () => {
  expect(blocks('filter').length).toBeGreaterThan(8);
  expect(blocks('filter-error')).toHaveLength(1);
});

test.each(blocks('filter').flat())('the example is a filter: %s', (text) => {
  const node = parseFilter(text, { sets });
  expect(filterToSql(node).sql).not.toBe('TRUE');
  expect(typeof filterToPredicate(node)(new FlowBatch(1, []))(0)).toBe('boolean');
});

const errors = blocks('filter-error').flat();
test.each(errors.flatMap((text, i) => (i % 2 === 0 ? [[text, errors[i + 1]!]] : [])))(
  'the example is refused: %s',
  (text, message) => {
    expect(() => parseFilter(text)).toThrow(message);
  },
);
