import { quoted, WeirError } from '../base/index.ts';
import { type Metric, parseMetric } from './metrics.ts';
import { list, type Sql, sql } from './sql.ts';

type Comparison = '<' | '<=' | '>' | '>=' | '=' | '!=';

/** A condition on the metrics of a row. */
export type Having =
  | { readonly kind: 'and' | 'or'; readonly parts: readonly Having[] }
  | { readonly kind: 'not'; readonly part: Having }
  | { readonly kind: 'compare'; readonly metric: Metric; readonly op: Comparison; readonly value: number };

/** Decimal, as everywhere in Weir: 1k is 1000. */
const SUFFIX: Readonly<Record<string, number>> = { k: 1e3, m: 1e6, g: 1e9, t: 1e12, p: 1e15 };

const OPERATORS: Readonly<Record<string, Comparison>> = {
  '<': '<',
  '<=': '<=',
  '>': '>',
  '>=': '>=',
  '=': '=',
  '==': '=',
  '!=': '!=',
  '<>': '!=',
};

// A metric may have one pair of parentheses: distinct(src_addr/24), p95(bps). Numbers come before words, operators by length.
const TOKEN =
  /\s*(?:(?<word>[a-z_][\w.]*(?:\s*\([^()]*\))?)|(?<number>[0-9][0-9_]*(?:\.[0-9]+)?(?:e[0-9]+)?[kmgtp]?)|(?<op><=|>=|==|!=|<>|<|>|=)|(?<sign>[()!]|&&|\|\|))/iy;

interface Token {
  readonly kind: 'word' | 'number' | 'op' | 'sign' | 'end';
  readonly text: string;
  readonly at: number;
}

const MAX_DEPTH = 50;

/** Reads `bytes > 1M and (flows >= 10 or not distinct(dst_addr) < 5)`. */
export function parseHaving(text: string): Having {
  const tokens = tokenize(text);
  let next = 0;
  const peek = () => tokens[next]!;
  const fail = (expected: string): WeirError => {
    const { text: found, at, kind } = peek();
    const what = kind === 'end' ? 'the end' : quoted(found);
    return new WeirError('usage', `having: expected ${expected} at position ${at + 1}, found ${what}`, {
      details: { position: at, expected },
    });
  };
  const word = (...words: string[]) => {
    const token = peek();
    if (token.kind !== 'word' && token.kind !== 'sign') return false;
    if (!words.includes(token.text.toLowerCase())) return false;
    next++;
    return true;
  };

  function any(depth: number): Having {
    if (depth > MAX_DEPTH) throw new WeirError('usage', `having: more than ${MAX_DEPTH} levels deep`);
    const parts = [all(depth)];
    while (word('or', '||')) parts.push(all(depth));
    return parts.length === 1 ? parts[0]! : { kind: 'or', parts };
  }
  function all(depth: number): Having {
    const parts = [one(depth)];
    while (word('and', '&&')) parts.push(one(depth));
    return parts.length === 1 ? parts[0]! : { kind: 'and', parts };
  }
  function one(depth: number): Having {
    if (depth > MAX_DEPTH) throw new WeirError('usage', `having: more than ${MAX_DEPTH} levels deep`);
    if (word('not', '!')) return { kind: 'not', part: one(depth + 1) };
    if (word('(')) {
      const inner = any(depth + 1);
      if (!word(')')) throw fail('")"');
      return inner;
    }
    return comparison();
  }
  function comparison(): Having {
    const left = peek();
    if (left.kind !== 'word') throw fail('a metric');
    const metric = parseMetric(metricText(left.text));
    next++;
    const op = peek().kind === 'op' ? OPERATORS[peek().text] : undefined;
    if (!op) throw fail('one of < <= > >= = !=');
    next++;
    if (peek().kind !== 'number') throw fail('a number, as 10, 2.5k or 1M');
    const value = numberOf(peek().text);
    next++;
    return { kind: 'compare', metric, op, value };
  }

  const having = any(0);
  if (peek().kind !== 'end') throw fail('"and", "or" or the end');
  return having;
}

/** Names are lower case; `Distinct( Src_Addr )` is as good as `distinct(src_addr)`. */
function metricText(text: string): string {
  return text.toLowerCase();
}

function tokenize(text: string): Token[] {
  const tokens: Token[] = [];
  TOKEN.lastIndex = 0;
  let at = 0;
  while (text.slice(at).trim() !== '') {
    TOKEN.lastIndex = at;
    const match = TOKEN.exec(text);
    if (!match?.groups) {
      const start = at + (text.slice(at).length - text.slice(at).trimStart().length);
      throw new WeirError('usage', `having: ${quoted(text[start]!)} at position ${start + 1} is not understood`);
    }
    const [kind, token] = Object.entries(match.groups).find(([, v]) => v !== undefined) as [Token['kind'], string];
    // `not(bytes > 1)`: a word of the language before a parenthesis is no function.
    const spoken = /^(and|or|not)\s*\(/i.exec(token)?.[1];
    const taken = kind === 'word' && spoken ? spoken : token;
    const start = at + match[0].length - token.length;
    tokens.push({ kind, text: taken, at: start });
    at = start + taken.length;
  }
  return [...tokens, { kind: 'end', text: '', at: text.length }];
}

function numberOf(text: string): number {
  const suffix = SUFFIX[text.at(-1)!.toLowerCase()];
  const digits = (suffix ? text.slice(0, -1) : text).replaceAll('_', '');
  return Number(digits) * (suffix ?? 1);
}

/** The metrics that a condition asks about. */
export function metricsOf(having: Having): readonly Metric[] {
  if (having.kind === 'compare') return [having.metric];
  return having.kind === 'not' ? metricsOf(having.part) : having.parts.flatMap(metricsOf);
}

const SQL_OPERATOR = {
  '<': sql`<`,
  '<=': sql`<=`,
  '>': sql`>`,
  '>=': sql`>=`,
  '=': sql`=`,
  '!=': sql`<>`,
} as const satisfies Record<Comparison, Sql>;

/** The condition in SQL, given the SQL of each metric. A metric without a value satisfies no comparison, nor its negation. */
export function havingSql(having: Having, metricSql: (metric: Metric) => Sql): Sql {
  if (having.kind === 'compare') {
    return sql`(${metricSql(having.metric)} ${SQL_OPERATOR[having.op]} ${having.value})`;
  }
  if (having.kind === 'not') return sql`(NOT ${havingSql(having.part, metricSql)})`;
  const parts = having.parts.map((p) => havingSql(p, metricSql));
  return sql`(${list(parts, having.kind === 'and' ? ' AND ' : ' OR ')})`;
}

/** The same for one row whose values are at hand; null is "cannot be said", as in SQL. */
export function havingHolds(having: Having, value: (metric: Metric) => number | null): boolean | null {
  if (having.kind === 'compare') {
    const v = value(having.metric);
    return v === null ? null : compare(v, having.op, having.value);
  }
  if (having.kind === 'not') {
    const inner = havingHolds(having.part, value);
    return inner === null ? null : !inner;
  }
  const parts = having.parts.map((p) => havingHolds(p, value));
  const decisive = having.kind === 'or';
  if (parts.includes(decisive)) return decisive;
  return parts.includes(null) ? null : !decisive;
}

function compare(a: number, op: Comparison, b: number): boolean {
  switch (op) {
    case '<':
      return a < b;
    case '<=':
      return a <= b;
    case '>':
      return a > b;
    case '>=':
      return a >= b;
    case '=':
      return a === b;
    case '!=':
      return a !== b;
  }
}
