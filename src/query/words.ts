import { quoted, WeirError } from '../base/index.ts';

/** The error about a word that is not in a table: names the word, the nearest ones and where the rest can be read. */
export function unknownWord(what: string, word: string, known: readonly string[], hint = ''): WeirError {
  const near = nearest(word, known);
  const meant = near.length > 0 ? `; did you mean ${near.join(', ')}?` : '';
  const message = `unknown ${what} ${quoted(word)}${meant}${hint ? ` (${hint})` : ''}`;
  return new WeirError('usage', message, { details: { [what]: word, nearest: near } });
}

/** Up to three words that are few changes away, nearest first; of those as near, who begins alike: few mistype the first letter. */
export function nearest(word: string, known: readonly string[]): string[] {
  const wanted = word.toLowerCase().slice(0, 60);
  const reach = Math.max(2, Math.floor(wanted.length / 3));
  return known
    .map((k) => ({ k, d: k.includes(wanted) && wanted.length > 2 ? 1 : distance(wanted, k.toLowerCase()) }))
    .filter(({ d }) => d <= reach)
    .sort((a, b) => a.d - b.d || Number(b.k[0] === wanted[0]) - Number(a.k[0] === wanted[0]))
    .slice(0, 3)
    .map(({ k }) => k);
}

/** Levenshtein distance. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(change, row[j]! + 1, next[j - 1]! + 1));
    }
    row = next;
  }
  return row[b.length]!;
}
