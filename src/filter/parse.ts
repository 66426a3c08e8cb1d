import { asWeirError, WeirError } from '../base/index.ts';
import { expectedAt } from './complete.ts';
import { filterError } from './errors.ts';
import { type FilterNode, sizeOf, swapDirection, TRUE } from './node.ts';
import { type FilterSets, resolvePrimitive, type Scope } from './resolve.ts';
import { readSyntax, type Syntax } from './syntax.ts';

export interface FilterOptions {
  /** What `@name` stands for: literals as a filter writes them. */
  readonly sets?: FilterSets;
  /**
   * A filter that must hold as well, whatever the text says: what its writer may see. The trees of both are joined, never their texts, so that nothing in a text can
   * close a bracket, begin a comment or negate around it.
   */
  readonly limit?: string | null | undefined;
}

/** Comparisons that one filter may come down to: `either` doubles what it holds, and named sets are not bounded by the text. */
const MAX_SIZE = 100_000;

/**
 * Reads a filter. Throws WeirError('usage'), whose details are a FilterProblem, and WeirError('config') for a limit that cannot be read. The empty filter is every
 * flow.
 */
export function parseFilter(text: string, options: FilterOptions = {}): FilterNode {
  const asked = parseAlone(text, options);
  const { limit = null } = options;
  return limit === null ? asked : { kind: 'and', of: [asked, parseLimit(limit, options)] };
}

/** Sets may have been renamed since a limit was given. */
function parseLimit(limit: string, options: FilterOptions): FilterNode {
  try {
    return parseAlone(limit, options);
  } catch (error) {
    const { message } = asWeirError(error);
    throw new WeirError('config', `what you may see cannot be told: your limit is wrong: ${message}`, { cause: error });
  }
}

function parseAlone(text: string, options: FilterOptions): FilterNode {
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
