import { expectedAt } from './complete.ts';
import { filterError } from './errors.ts';
import { type FilterNode, sizeOf, swapDirection, TRUE } from './node.ts';
import { type FilterSets, resolvePrimitive, type Scope } from './resolve.ts';
import { readSyntax, type Syntax } from './syntax.ts';

export interface FilterOptions {
  /** What `@name` stands for: literals as a filter writes them. */
  readonly sets?: FilterSets;
}

/** Comparisons that one filter may come down to: `either` doubles what it holds, and named sets are not bounded by the text. */
const MAX_SIZE = 100_000;

/** Reads a filter. Throws WeirError('usage'), whose details are a FilterProblem. The empty filter is every flow. */
export function parseFilter(text: string, options: FilterOptions = {}): FilterNode {
  const syntax = readSyntax(text, (position) => expectedAt(text, position));
  if (!syntax) return TRUE;
  const budget = { left: MAX_SIZE };
  return resolve({ text, sets: options.sets ?? {}, negated: false }, syntax, budget);
}

function resolve(scope: Scope, syntax: Syntax, budget: { left: number }): FilterNode {
  switch (syntax.kind) {
    case 'or':
    case 'and':
      return { kind: syntax.kind, of: syntax.of.map((s) => resolve(scope, s, budget)) };
    case 'not':
      return { kind: 'not', of: resolve({ ...scope, negated: !scope.negated }, syntax.of, budget) };
    case 'swap':
      return swapDirection(resolve(scope, syntax.of, budget));
    case 'either': {
      const one = resolve(scope, syntax.of, budget);
      spend(scope, sizeOf(one), budget);
      return { kind: 'or', of: [one, swapDirection(one)] };
    }
    default: {
      const node = resolvePrimitive(scope, syntax.parts);
      spend(scope, sizeOf(node), budget);
      return node;
    }
  }
}

function spend(scope: Scope, size: number, budget: { left: number }): void {
  budget.left -= size;
  if (budget.left >= 0) return;
  const what = `the filter comes down to more than ${MAX_SIZE} comparisons`;
  throw filterError(scope.text, what, { position: 0, length: scope.text.length, expected: [] });
}
