import type { DocText } from 'virtual:weir-docs';

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
