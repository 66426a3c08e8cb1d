import { expectedOf, namesOf } from './literals.ts';
import type { FilterSets } from './resolve.ts';
import { type ParseState, stateAfter, tokensOf } from './state.ts';
import { MAX_LENGTH } from './syntax.ts';
import { type Field, fieldName, type Target, vocabulary } from './vocabulary.ts';

export interface Candidate {
  readonly text: string;
  readonly kind: 'field' | 'keyword' | 'operator' | 'value';
  readonly info?: string;
}

export interface Completion {
  /** Where the text that a candidate replaces begins; it ends at the cursor. */
  readonly from: number;
  readonly candidates: readonly Candidate[];
  /** Where a value may stand: the column that it would be of. What values flows have is not known here. */
  readonly column?: string;
}

/** What may be written at the cursor: fields, comparators, values and words that go on from what stands there. */
export function completeFilter(text: string, cursor: number, options: { readonly sets?: FilterSets } = {}): Completion {
  const before = text.slice(0, Math.max(0, Math.min(cursor, text.length)));
  if (before.length > MAX_LENGTH) return { from: before.length, candidates: [] };
  const word = /[^\s()[\],=<>!&|#"']*$/.exec(before.slice(-200))![0];
  const from = before.length - word.length;
  const tokens = tokensOf(before).filter((t) => t.to <= from);
  const state = stateAfter(before, tokens);
  const sets = Object.keys(options.sets ?? {});
  const here = matching(candidatesAt(state, sets), word);
  const column = columnOfValue(state);
  const phrase = state.place === 'start' || !phraseGoesOn(state) ? undefined : before.slice(state.parts[0]!.from);
  if (phrase === undefined) return { from, candidates: here, ...column };
  // A phrase of several words is completed as a whole, from its first word.
  const longer = matching(fieldCandidates(), phrase.toLowerCase().replace(/\s+/g, ' '));
  return longer.length > 0 ? { from: state.parts[0]!.from, candidates: longer } : { from, candidates: here, ...column };
}

function columnOfValue({ place, phrase }: ParseState): { readonly column?: string } {
  const target = phrase?.targets[0];
  const field = target !== undefined && ['after field', 'value', 'list'].includes(place) ? fieldOf(target) : undefined;
  return field !== undefined && 'column' in field ? { column: field.column.name } : {};
}

function phraseGoesOn(state: ParseState): boolean {
  return (state.place === 'field' || state.place === 'after field') && state.parts.every((p) => p.kind === 'word');
}

function matching(candidates: readonly Candidate[], word: string): Candidate[] {
  const begun = word.toLowerCase();
  const seen = new Set<string>();
  return candidates.filter(({ text }) => {
    if (seen.has(text) || !text.toLowerCase().startsWith(begun)) return false;
    seen.add(text);
    return true;
  });
}

const keyword = (text: string, info: string): Candidate => ({ text, kind: 'keyword', info });
const START = [
  keyword('not', 'the opposite'),
  keyword('(', 'a group'),
  keyword('either (', 'holds for the flow or for its opposite direction'),
  keyword('swap (', 'holds for the opposite direction'),
];
const NEXT = [keyword('and', 'both hold'), keyword('or', 'one of them holds')];

function candidatesAt(state: ParseState, sets: readonly string[]): Candidate[] {
  const target = state.phrase?.targets[0];
  switch (state.place) {
    case 'start':
      return [...fieldCandidates(), ...START];
    case 'field':
      return [];
    case 'after field':
      return target ? [...operatorCandidates(target), ...valueCandidates(target, [])] : [];
    case 'value':
      if (!target) return [];
      return state.operator === 'in'
        ? valueCandidates(target, sets)
        : [...valueCandidates(target, []), ...sameKind(target)];
    case 'list':
      return target ? [...valueCandidates(target, sets), keyword(']', 'end of the list')] : [];
    default:
      return state.open > 0 ? [...NEXT, keyword(')', 'end of the group')] : NEXT;
  }
}

/** Phrases of one word first. */
function fieldCandidates(): Candidate[] {
  const candidates = [...vocabulary().phrases].map(
    ([text, [target]]): Candidate => ({
      text,
      kind: target!.kind === 'whole' ? 'keyword' : 'field',
      info: target!.meaning,
    }),
  );
  return candidates.sort((a, b) => wordsOf(a.text) - wordsOf(b.text));
}

const wordsOf = (phrase: string) => phrase.split(' ').length;

const OPERATOR_INFO: readonly (readonly [string, string])[] = [
  ['=', 'is equal to'],
  ['!=', 'is not equal to'],
  ['in', 'is one of'],
  ['>', 'is greater than'],
  ['>=', 'is at least'],
  ['<', 'is less than'],
  ['<=', 'is at most'],
  ['like', 'matches a pattern: % is any text, _ one character'],
];

function operatorCandidates(target: Target): Candidate[] {
  const field = fieldOf(target);
  if (!field) return [];
  const type = 'column' in field ? field.column.type : 'computed';
  const ordered = !['text', 'enum', 'address'].includes(type);
  return OPERATOR_INFO.flatMap(([text, info]): Candidate[] => {
    if (text === 'like' ? type !== 'text' : /[<>]/.test(text) && !ordered) return [];
    return [{ text, kind: 'operator', info }];
  });
}

function valueCandidates(target: Target, sets: readonly string[]): Candidate[] {
  const field = fieldOf(target);
  if (!field) return [];
  const names = 'column' in field ? namesOf(field.column) : [];
  return [...names, ...sets.map((s) => `@${s}`)].map((text) => ({ text, kind: 'value' }));
}

/** The fields that the right side of a comparison may name. */
function sameKind(target: Target): Candidate[] {
  const field = fieldOf(target);
  if (!field) return [];
  const [example] = expectedOf(field);
  return fieldCandidates().filter(({ text }) => {
    const other = fieldOf(vocabulary().phrases.get(text)![0]!);
    return other && fieldName(other) === text && text !== fieldName(field) && expectedOf(other)[0] === example;
  });
}

function fieldOf(target: Target): Field | undefined {
  return target.kind === 'fields' ? target.fields[0] : undefined;
}

/** What could have stood at `position`, in words, for an error. */
export function expectedAt(text: string, position: number): readonly string[] {
  const before = text.slice(0, position);
  const state = stateAfter(before, tokensOf(before));
  const field = state.phrase && fieldOf(state.phrase.targets[0]!);
  switch (state.place) {
    case 'start':
      return ['a field', 'not', '('];
    case 'field':
      return continuations(state);
    case 'after field':
      return [...(field ? expectedOf(field) : []), 'a comparator'];
    case 'value':
      return field ? expectedOf(field) : [];
    case 'list':
      return [...(field ? expectedOf(field) : []), ']'];
    default:
      return state.open > 0 ? ['and', 'or', ')'] : ['and', 'or'];
  }
}

/** The words that go on from a phrase that is only begun: after `src` they are `port`, `ip`, ... */
function continuations(state: ParseState): string[] {
  const begun = `${state.parts.map((p) => p.text.toLowerCase()).join(' ')} `;
  const next = [...vocabulary().phrases.keys()]
    .filter((p) => p.startsWith(begun))
    .map((p) => p.slice(begun.length).split(' ')[0]!);
  return [...new Set(next)];
}
