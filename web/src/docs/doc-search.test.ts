import { expect, it } from 'vitest';
import { searchDocs, sectionsOf } from './doc-search.ts';

const section = (id: string, text: string, words: string) => ({ id, text, words });
const DOCS = [
  { path: '', title: 'Documentation', sections: [section('documentation', 'Documentation', 'Where things stand')] },
  {
    path: 'explanation/loss',
    title: 'How loss is counted',
    sections: [
      section('how-loss-is-counted', 'How loss is counted', 'Sequence numbers.'),
      section(
        'restarts',
        'Restarts',
        `${'Words that come before. '.repeat(10)}A counter that falls is no loss of 2^32 (records).`,
      ),
    ],
  },
  {
    path: 'reference/metrics',
    title: 'Metrics',
    sections: [section('metrics', 'Metrics', 'weir_records_lost: loss by exporter, restarts too')],
  },
];

it('finds sections that have all words, whatever their case, and those first that have them in their heading', () => {
  expect(searchDocs(DOCS, 'RESTARTS loss').map(({ href }) => href)).toEqual([
    '/docs/explanation/loss#restarts',
    '/docs/reference/metrics#metrics',
  ]);
  expect(searchDocs(DOCS, 'restarts mikrotik')).toEqual([]);
  expect(searchDocs(DOCS, '  ')).toEqual([]);
  expect(searchDocs(DOCS, 'stand')[0]?.href).toBe('/docs#documentation');
});

it('shows what stands around a word, and takes signs as they are', () => {
  const [hit] = searchDocs(DOCS, '2^32 (records)');
  expect(hit).toMatchObject({ page: 'How loss is counted', heading: 'Restarts' });
  expect(hit!.excerpt).toMatch(/^….*2\^32 \(records\)\.$/);
  expect(hit!.excerpt.length).toBeLessThan(200);
});

it('gives at most 30', () => {
  const sections = Array.from({ length: 100 }, (_, n) => section(`s${n}`, `Section ${n}`, 'flows'));
  expect(searchDocs([{ path: 'x', title: 'X', sections }], 'flows')).toHaveLength(30);
});

it('the words of a page are those below each heading, cells and lines apart', () => {
  const tree = [
    ['h1', { id: 'one' }, 'One ', ['code', {}, 'a']],
    ['p', {}, 'First ', ['strong', {}, 'words'], '.'],
    ['table', {}, ['tbody', {}, ['tr', {}, ['td', {}, 'x'], ['td', {}, 'y']]]],
    ['h2', { id: 'two' }, 'Two'],
    ['ul', {}, ['li', {}, 'b'], ['li', {}, 'c']],
  ] as const;
  expect(sectionsOf(tree)).toEqual([
    { id: 'one', text: 'One a', words: 'First words. x y' },
    { id: 'two', text: 'Two', words: 'b c' },
  ]);
});
