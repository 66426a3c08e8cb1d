import { WeirError } from '../base/index.ts';

/** What was wrong with a filter, for people and for an editor that marks the place. */
export interface FilterProblem {
  /** Offset of the first wrong character, and how many are wrong. */
  readonly position: number;
  readonly length: number;
  readonly expected: readonly string[];
  readonly nearest?: string;
}

/** The error of a filter: its message names the place, what was expected and the nearest word. */
export function filterError(text: string, what: string, problem: FilterProblem): WeirError {
  const { position, expected, nearest } = problem;
  const before = text.slice(0, position);
  const line = before.split('\n').length;
  const column = position - (before.lastIndexOf('\n') + 1) + 1;
  const place = line > 1 ? `line ${line}, column ${column}` : `column ${column}`;
  const wanted = expected.length > 0 ? `; expected: ${enumerate(expected)}` : '';
  const guess = nearest === undefined ? '' : ` (did you mean ${nearest}?)`;
  return new WeirError('usage', `filter, ${place}: ${what}${wanted}${guess}`, { details: { ...problem } });
}

function enumerate(words: readonly string[]): string {
  if (words.length <= 12) return words.join(', ');
  return `${words.slice(0, 11).join(', ')} (and ${words.length - 11} more)`;
}

/** A piece of a filter as an error quotes it: bounded, so that a hostile filter does not fill a log. */
export function quote(piece: string): string {
  return JSON.stringify(piece.length > 40 ? `${piece.slice(0, 37)}...` : piece);
}

/** The candidate that a typing error would most likely have meant; undefined when none is near. */
export function nearestWord(word: string, candidates: Iterable<string>): string | undefined {
  if (word.length === 0 || word.length > 48) return undefined;
  const wanted = word.toLowerCase();
  let best: string | undefined;
  let bestDistance = Math.max(1, Math.floor(wanted.length / 3)) + 1;
  for (const candidate of candidates) {
    if (Math.abs(candidate.length - wanted.length) >= bestDistance) continue;
    const d = editDistance(wanted, candidate.toLowerCase());
    if (d < bestDistance) {
      best = candidate;
      bestDistance = d;
    }
  }
  return best;
}

/** Insertions, deletions, replacements and swaps of neighbours (optimal string alignment). */
function editDistance(a: string, b: string): number {
  let older: number[] = [];
  let old = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      let d = Math.min(old[j]! + 1, row[j - 1]! + 1, old[j - 1]! + (same ? 0 : 1));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) d = Math.min(d, older[j - 2]! + 1);
      row.push(d);
    }
    older = old;
    old = row;
  }
  return old[b.length]!;
}
