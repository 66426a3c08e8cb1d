import { parser } from './grammar.generated.ts';
import { type Operator, operatorOf, type Phrase, phraseAt } from './phrases.ts';
import type { Part } from './syntax.ts';
import { vocabulary } from './vocabulary.ts';

/** What may stand next after some text: where the reader of a filter is. */
export interface ParseState {
  /** The words of the primitive that is being written. */
  readonly parts: readonly Part[];
  readonly phrase: Phrase | undefined;
  readonly operator: Operator | undefined;
  readonly place: 'start' | 'field' | 'after field' | 'value' | 'list' | 'after value';
  /** Parentheses that are open. */
  readonly open: number;
}

interface Token {
  readonly name: string;
  readonly from: number;
  readonly to: number;
}

/** The tokens of any text, right or wrong, as the grammar cuts it. */
export function tokensOf(text: string): Token[] {
  const tokens: Token[] = [];
  const cursor = parser.parse(text).cursor();
  do {
    if (LEAVES.has(cursor.name) && cursor.to > cursor.from)
      tokens.push({ name: cursor.name, from: cursor.from, to: cursor.to });
  } while (cursor.next());
  return tokens;
}

const CONNECTIVES = new Set(['And_', 'Or_', 'Not_', '&&', '||', '!']);
const WORDS = new Set(['Word', 'Src', 'Dst']);
const TURNS = new Set(['Swap', 'Either']);
const LEAVES = new Set([...CONNECTIVES, ...WORDS, ...TURNS, 'Text', 'Set', 'Operator', '(', ')', '[', ']']);

/** The state after these tokens of `text`. */
export function stateAfter(text: string, tokens: readonly Token[]): ParseState {
  let parts: Part[] = [];
  let open = 0;
  let inList = false;
  let closed = false;
  for (const { name, from, to } of tokens) {
    const word = text.slice(from, to);
    const joinsDirections =
      (name === 'And_' || name === 'Or_') && parts.length === 1 && /^(src|dst)$/i.test(parts[0]!.text);
    if (name === '(') open += 1;
    if (name === ')') open -= 1;
    if (name === ')') closed = true;
    else if (CONNECTIVES.has(name) && !joinsDirections) closed = false;
    if (name === '[') inList = true;
    if (name === ']') {
      inList = false;
      parts.push({ kind: 'list', text: word, from, to });
    } else if (joinsDirections || WORDS.has(name)) {
      if (!inList) parts.push({ kind: 'word', text: word, from, to });
    } else if (name === 'Operator') parts.push({ kind: 'operator', text: word, from, to });
    else if (name === 'Text' || name === 'Set') {
      if (!inList) parts.push({ kind: name === 'Set' ? 'set' : 'text', text: word.slice(1), from, to });
    } else if (name !== '[') parts = [];
  }
  return { ...placeOf(parts, inList, closed), parts, open: Math.max(0, open) };
}

function placeOf(
  parts: readonly Part[],
  inList: boolean,
  closed: boolean,
): Pick<ParseState, 'phrase' | 'operator' | 'place'> {
  const phrase = phraseAt(parts, 0);
  const operator = phrase ? operatorOf(parts[phrase.length]) : undefined;
  const rest = parts.length - (phrase?.length ?? 0) - (operator ? 1 : 0);
  const place = () => {
    if (parts.length === 0) return closed ? 'after value' : 'start';
    if (!phrase) return beginsPhrase(parts) ? 'field' : 'after value';
    if (inList) return 'list';
    if (rest > 0 || phrase.targets[0]!.kind === 'whole') return 'after value';
    return operator ? 'value' : 'after field';
  };
  return { phrase, operator, place: place() };
}

/** Whether some phrase of the vocabulary starts with these words and goes on. */
function beginsPhrase(parts: readonly Part[]): boolean {
  if (!parts.every((p) => p.kind === 'word')) return false;
  const begun = `${parts.map((p) => p.text.toLowerCase()).join(' ')} `;
  for (const phrase of vocabulary().phrases.keys()) if (phrase.startsWith(begun)) return true;
  return false;
}
