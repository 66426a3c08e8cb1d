import { inspect } from 'node:util';
import { expect, it } from 'vitest';
import { bothFilters } from './both-filters.ts';
import { parseFilter } from './index.ts';

it.each([
  ['ip 10.0.0.1', 'dst port 80 or dst port 443'],
  ['dst port 80 or dst port 443', 'ip 10.0.0.1'],
  ['dst port 443 # web', 'src_addr = 10.0.0.1'],
  ['src_addr = 10.0.0.1', 'dst port 443 # web'],
  ['src_addr = 10.0.0.1', 'app = "a or b"'],
  ['not port 80', 'src or dst port 443'],
])('%j and %j is what both match', (one, other) => {
  const { kind, of } = parseFilter(bothFilters(one, other)) as { kind: string; of?: readonly unknown[] };
  expect(kind).toBe('and');
  const shown = (node: unknown) => inspect(node, { depth: null });
  expect(of!.map(shown)).toEqual([one, other].map((text) => shown(parseFilter(text))));
});

it('one of them alone is left as it was written, and so are comparisons', () => {
  expect([bothFilters('', 'a or b'), bothFilters('a or b', ' ')]).toEqual(['a or b', 'a or b']);
  expect(bothFilters('src_addr = 10.0.0.1', 'dst_port = 443')).toBe('src_addr = 10.0.0.1 and dst_port = 443');
});
