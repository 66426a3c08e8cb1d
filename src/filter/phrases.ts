import type { Order } from './node.ts';
import type { Part } from './syntax.ts';
import { type Field, type Target, vocabulary } from './vocabulary.ts';

export type Operator = Order | 'in' | 'like';

/** Comparators as nfdump writes them, and ours. */
const OPERATORS: Readonly<Record<string, Operator>> = {
  '=': '=',
  '==': '=',
  eq: '=',
  '!=': '!=',
  ne: '!=',
  '<': '<',
  lt: '<',
  '<=': '<=',
  le: '<=',
  '>': '>',
  gt: '>',
  '>=': '>=',
  ge: '>=',
  in: 'in',
  like: 'like',
};

export function operatorOf(part: Part | undefined): Operator | undefined {
  if (part?.kind !== 'operator' && part?.kind !== 'word') return undefined;
  const key = part.text.toLowerCase();
  return Object.hasOwn(OPERATORS, key) ? OPERATORS[key] : undefined;
}

export interface Phrase {
  readonly targets: readonly Target[];
  /** Parts that it takes. */
  readonly length: number;
}

/** The longest phrase of the vocabulary that starts at part `at`. */
export function phraseAt(parts: readonly Part[], at: number): Phrase | undefined {
  const { phrases, longest } = vocabulary();
  const words: string[] = [];
  let found: Phrase | undefined;
  for (let i = at; i < parts.length && words.length < longest && parts[i]!.kind === 'word'; i++) {
    words.push(parts[i]!.text.toLowerCase());
    const targets = phrases.get(words.join(' '));
    if (targets) found = { targets, length: words.length };
  }
  return found;
}

/** The one field that the parts from `at` to the end name, for the right side of a comparison. */
export function fieldFrom(parts: readonly Part[], at: number): Field | undefined {
  const phrase = phraseAt(parts, at);
  if (!phrase || at + phrase.length !== parts.length) return undefined;
  for (const target of phrase.targets) {
    if (target.kind === 'fields' && target.fields.length === 1 && !target.imply) return target.fields[0];
  }
  return undefined;
}
