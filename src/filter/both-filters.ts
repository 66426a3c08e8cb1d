/**
 * A filter of two that somebody wrote: what matches both. Each is in brackets, or `or` in one would reach into the other; a comment ends with its line, or it would reach
 * over the bracket. Empty: all matches.
 */
export function bothFilters(one: string, other: string): string {
  if (one.trim() === '') return other;
  return other.trim() === '' ? one : `${inBrackets(one)} and ${inBrackets(other)}`;
}

/** One comparison, as menus write them: brackets would only be in the way of whoever reads it. */
const SIMPLE = /^[a-z_]+ (!?=|[<>]=?) ([\w.:/-]+|"[^"#]*")$/;

function inBrackets(filter: string): string {
  if (SIMPLE.test(filter)) return filter;
  return filter.includes('#') ? `(${filter}\n)` : `(${filter})`;
}
