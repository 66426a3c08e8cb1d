import { And_, Dst, Either, Not_, Or_, Src, Swap } from './grammar.generated.terms.ts';

const KEYWORDS = new Map<string, number>([
  ['and', And_],
  ['or', Or_],
  ['not', Not_],
  ['src', Src],
  ['dst', Dst],
  ['swap', Swap],
  ['either', Either],
]);

/**
 * Called by the generated parser for each word: its keyword token in upper or lower case, or -1.
 * @public
 */
export function keyword(word: string): number {
  return word.length > 6 ? -1 : (KEYWORDS.get(word.toLowerCase()) ?? -1);
}
