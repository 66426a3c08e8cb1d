import type { SyntaxNode } from '@lezer/common';
import { filterError, quote } from './errors.ts';
import { parser } from './grammar.generated.ts';

/** A filter as it was written: structure and words, whose meaning is not yet known. */
export type Syntax =
  | { readonly kind: 'or' | 'and'; readonly of: readonly Syntax[] }
  | { readonly kind: 'not'; readonly of: Syntax }
  | { readonly kind: 'swap' | 'either'; readonly of: Syntax; readonly from: number; readonly to: number }
  | { readonly kind: 'primitive'; readonly parts: readonly Part[] };

export interface Part {
  readonly kind: 'word' | 'text' | 'set' | 'operator' | 'list';
  /** As written; a text without its quotes, a set without its @. */
  readonly text: string;
  readonly from: number;
  readonly to: number;
  readonly items?: readonly Part[];
}

export const MAX_LENGTH = 64 * 1024;
const MAX_NESTING = 200;
export const MAX_ITEMS = 10_000;

const strict = parser.configure({ strict: true });

/** Parses; null is the empty filter. `expectedAt` says what could have stood where the parser stopped. */
export function readSyntax(text: string, expectedAt: (position: number) => readonly string[]): Syntax | null {
  checkLimits(text);
  try {
    const or = strict.parse(text).topNode.getChild('Or');
    return or ? readNode(text, or) : null;
  } catch (error) {
    const at = error instanceof SyntaxError ? /No parse at (\d+)/.exec(error.message) : null;
    if (!at) throw error;
    throw unexpected(text, Number(at[1]), expectedAt);
  }
}

function unexpected(text: string, from: number, expectedAt: (position: number) => readonly string[]): Error {
  const position = Math.min(skipSpace(text, from), text.length);
  const found = /^(["'][^\n]*|[^\s()[\],]+|[\s\S])/.exec(text.slice(position, position + 100))?.[0] ?? '';
  const what = found === '' ? 'the filter ends too early' : `unexpected ${quote(found)}`;
  return filterError(text, what, { position, length: found.length, expected: expectedAt(position) });
}

function skipSpace(text: string, from: number): number {
  const gap = /^(?:\s|#[^\n]*)*/.exec(text.slice(from))?.[0].length ?? 0;
  return from + gap;
}

/** Before the parser runs: what it would build is bounded by these. */
function checkLimits(text: string): void {
  if (text.length > MAX_LENGTH) {
    const what = `the filter has ${text.length} characters, the limit is ${MAX_LENGTH}`;
    throw filterError('', what, { position: MAX_LENGTH, length: text.length - MAX_LENGTH, expected: [] });
  }
  let depth = 0;
  let nots = 0;
  for (const m of text.matchAll(
    /"(?:[^"\\\n]|\\[\s\S])*"|'(?:[^'\\\n]|\\[\s\S])*'|#[^\n]*|!(?!=)|[()]|[^\s()"'#!]+/g,
  )) {
    const token = m[0];
    if (token === '(') depth += 1;
    else if (token === ')') depth -= 1;
    if (token === '!' || token.toLowerCase() === 'not') nots += 1;
    else if (token !== '(') nots = 0;
    if (depth + nots > MAX_NESTING) {
      const what = `nested deeper than ${MAX_NESTING}`;
      throw filterError(text, what, { position: m.index, length: token.length, expected: [] });
    }
  }
}

function readNode(text: string, node: SyntaxNode): Syntax {
  switch (node.name) {
    case 'Or':
    case 'And': {
      const of = childrenOf(node).filter(isExpression);
      if (of.length === 1) return readNode(text, of[0]!);
      return { kind: node.name === 'Or' ? 'or' : 'and', of: of.map((n) => readNode(text, n)) };
    }
    case 'Not':
      return { kind: 'not', of: readNode(text, childrenOf(node).find(isExpression)!) };
    case 'Group':
      return readNode(text, node.getChild('Or')!);
    case 'Turned': {
      const kind = node.getChild('Swap') ? 'swap' : 'either';
      return { kind, of: readNode(text, node.getChild('Or')!), from: node.from, to: node.to };
    }
    default:
      return { kind: 'primitive', parts: childrenOf(node).flatMap((n) => readParts(text, n)) };
  }
}

const EXPRESSIONS = new Set(['Or', 'And', 'Not', 'Group', 'Turned', 'Primitive']);
const isExpression = (node: SyntaxNode) => EXPRESSIONS.has(node.name);

function childrenOf(node: SyntaxNode): SyntaxNode[] {
  const children: SyntaxNode[] = [];
  for (let child = node.firstChild; child; child = child.nextSibling)
    if (child.name !== 'Comment') children.push(child);
  return children;
}

function readParts(text: string, node: SyntaxNode): Part[] {
  const { from, to } = node;
  const written = text.slice(from, to);
  switch (node.name) {
    case 'Both':
      return childrenOf(node).map((n) => ({
        kind: 'word',
        text: joinWord(text.slice(n.from, n.to)),
        from: n.from,
        to: n.to,
      }));
    case 'Text':
      return [{ kind: 'text', text: written.slice(1, -1).replace(/\\([\s\S])/g, '$1'), from, to }];
    case 'Set':
      return [{ kind: 'set', text: written.slice(1), from, to }];
    case 'Operator':
      return [{ kind: 'operator', text: written, from, to }];
    case 'List':
      return [{ kind: 'list', text: written, from, to, items: readItems(text, node) }];
    default:
      return [{ kind: 'word', text: written, from, to }];
  }
}

function readItems(text: string, list: SyntaxNode): Part[] {
  const items = list.getChildren('Item');
  if (items.length > MAX_ITEMS) {
    const first = items[MAX_ITEMS]!;
    const what = `a list of ${items.length} items, the limit is ${MAX_ITEMS}`;
    throw filterError(text, what, { position: first.from, length: list.to - first.from, expected: [] });
  }
  return items.flatMap((item) => readParts(text, item.firstChild!));
}

function joinWord(written: string): string {
  if (written === '&&') return 'and';
  return written === '||' ? 'or' : written.toLowerCase();
}
