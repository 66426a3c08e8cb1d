import type { DocNode } from 'virtual:weir-docs';

/** A page as it is searched. */
export interface DocText {
  readonly path: string;
  readonly title: string;
  readonly sections: readonly DocSection[];
}

interface DocSection {
  readonly id: string;
  readonly text: string;
  readonly words: string;
}

export interface DocHit {
  readonly href: string;
  readonly page: string;
  readonly heading: string;
  /** What stands around the first word that was found. */
  readonly excerpt: string;
}

const MOST_HITS = 30;
const AROUND = 60;

/** Sections that have all words: those with more of them in their heading first, then those of pages with them in the title. */
export function searchDocs(all: readonly DocText[], text: string): DocHit[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return [];
  const hits = all.flatMap(({ path, title, sections }) =>
    sections.flatMap((section) => {
      const heading = section.text.toLowerCase();
      const body = section.words.toLowerCase();
      const name = title.toLowerCase();
      if (!words.every((word) => heading.includes(word) || body.includes(word) || name.includes(word))) return [];
      const weight = words.reduce(
        (sum, word) => sum + 4 * +heading.includes(word) + +name.includes(word) + +body.includes(word) / 2,
        0,
      );
      const href = `${path === '' ? '/docs' : `/docs/${path}`}#${section.id}`;
      return [{ weight, hit: { href, page: title, heading: section.text, excerpt: excerptOf(section.words, words) } }];
    }),
  );
  return hits
    .sort((a, b) => b.weight - a.weight)
    .slice(0, MOST_HITS)
    .map(({ hit }) => hit);
}

function excerptOf(words: string, wanted: readonly string[]): string {
  const lower = words.toLowerCase();
  const at = wanted.map((word) => lower.indexOf(word)).find((found) => found >= 0) ?? 0;
  const from = Math.max(0, at - AROUND);
  return `${from > 0 ? '…' : ''}${words.slice(from, at + 2 * AROUND)}${at + 2 * AROUND < words.length ? '…' : ''}`;
}

/** Between the texts of these there is a space. */
const BLOCKS = new Set('p pre li td th blockquote'.split(' '));

/** The words of a page by heading. */
export function sectionsOf(tree: readonly DocNode[]): DocSection[] {
  const found: { id: string; text: string; words: string }[] = [];
  for (const node of tree) {
    const heading = typeof node !== 'string' && /^h\d$/.test(node[0]) ? node : null;
    if (heading !== null) found.push({ id: heading[1].id ?? '', text: textOf(heading), words: '' });
    else if (found.length > 0) found.at(-1)!.words += `${textOf(node)} `;
  }
  return found.map((section) => ({ ...section, words: section.words.replace(/\s+/g, ' ').trim() }));
}

function textOf(node: DocNode): string {
  if (typeof node === 'string') return node;
  const [tag, , ...children] = node;
  return `${children.map(textOf).join('')}${BLOCKS.has(tag) ? ' ' : ''}`;
}
