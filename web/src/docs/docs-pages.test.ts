/** docs/ as the dashboard gets it. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
// @ts-expect-error a script, which has no types
import { readDocs as untyped } from '../../../scripts/docs-pages.mjs';

interface Page {
  readonly path: string;
  readonly tree: unknown;
  readonly headings: readonly { readonly id: string }[];
}
const readDocs: (folder?: string, problems?: string[]) => Page[] = untyped;

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

function pageOf(text: string, problems: string[] = []): Page {
  const folder = mkdtempSync(join(tmpdir(), 'weir-docs-'));
  folders.push(folder);
  writeFileSync(join(folder, 'README.md'), '# All\n\n## Part\n');
  writeFileSync(join(folder, 'one.md'), text);
  return readDocs(folder, problems).find(({ path }) => path === 'one')!;
}

describe('the documentation', () => {
  it('has no link within it that leads nowhere', () => {
    const problems: string[] = [];
    const pages = readDocs(undefined, problems);
    expect(pages.map(({ path }) => path)).toContain('reference/filter');
    expect(problems).toEqual([]);
  });
});

describe('a page', () => {
  it('is a tree of elements: tags that stand in it are none', () => {
    expect(pageOf('# One\n\nA <script>alert(1)</script> `a < b` &amp; **c**').tree).toEqual([
      ['h1', { id: 'one' }, 'One'],
      ['p', {}, 'A ', 'alert(1)', ' ', ['code', {}, 'a < b'], ' & ', ['strong', {}, 'c']],
    ]);
  });

  it('has headings that links find as they do where the files are read, also two of one name', () => {
    const problems: string[] = [];
    const page = pageOf(
      '# One\n\n## A `b` (c), d_e\n\n## Same\n\n## Same\n\n[x](#a-b-c-d_e) [y](#same-1) [z](README.md#part)',
      problems,
    );
    expect(page.headings.map(({ id }) => id)).toEqual(['a-b-c-d_e', 'same', 'same-1']);
    expect(JSON.stringify(page.tree)).toContain('"/docs#part"');
    expect(problems).toEqual([]);
  });

  it('that has a link to nothing is named', () => {
    const problems: string[] = [];
    pageOf('# One\n\n[x](two.md) [y](README.md#none) [z](https://example.org/two.md)', problems);
    expect(problems).toEqual(['docs/one.md: two.md', 'docs/one.md: README.md#none']);
  });

  it('without a title, or with what is not shown, is refused', () => {
    expect(() => pageOf('words')).toThrow(/begins with no title/);
    expect(() => pageOf('# One\n\n~~gone~~')).toThrow(/del is not shown/);
  });
});
