import { WeirError } from '../base/index.ts';
import { parseAddress } from '../flow/index.ts';
import { nearestWord, quote } from './errors.ts';
import { compareFields } from './field-pairs.ts';
import { MAX_WILDCARDS } from './like.ts';
import { BadLiteral, expectedOf, lastOf, maxOf, namesOf, parseAddresses, parseNumbers, tcpFlags } from './literals.ts';
import { type AddressRange, type FilterNode, mergeAddresses, mergeNumbers, type NumberRange } from './node.ts';
import { fieldFrom, type Operator, operatorOf, phraseAt } from './phrases.ts';
import { badLiteral, failAt, noValue, unexpectedPart, unknownField, wrongOperator } from './refusal.ts';
import { MAX_ITEMS, type Part } from './syntax.ts';
import type { Field, Target } from './vocabulary.ts';

/** Named sets of literals, which a filter writes as `@name`. */
export type FilterSets = Readonly<Record<string, readonly string[]>>;

export interface Scope {
  readonly text: string;
  readonly sets: FilterSets;
  /** Stands under an odd number of `not`: there nfdump's `flags SA` means "any of these" (nftree.c, CMP_FLAGS). */
  readonly negated: boolean;
}

type FieldsTarget = Extract<Target, { kind: 'fields' }>;

/** Looks up the words of one primitive in the column table and types its literals. */
export function resolvePrimitive(scope: Scope, parts: readonly Part[]): FilterNode {
  const phrase = phraseAt(parts, 0);
  if (!phrase) throw unknownField(scope, parts);
  const rest = parts.slice(phrase.length);
  // A column with the name of one of nfdump's words is asked for by quoted values; else a misspelt address would be a text.
  const targets = hasBareWord(rest) && operatorOf(rest[0]) !== 'like' ? phrase.targets.slice(0, 1) : phrase.targets;
  let failure: unknown;
  for (const target of comparesWithField(rest) ? columnsFirst(phrase.targets) : targets) {
    try {
      return resolveTarget(scope, target, parts, phrase.length);
    } catch (error) {
      failure ??= error;
    }
  }
  throw orInQuotes(phrase.targets.slice(targets.length), failure);
}

/** `vlan = out_vlan` is about the column, not about nfdump's word for both of them. */
function columnsFirst(targets: readonly Target[]): readonly Target[] {
  const single = (t: Target) => t.kind === 'fields' && t.fields.length === 1;
  return [...targets.filter(single), ...targets.filter((t) => !single(t))];
}

function comparesWithField(rest: readonly Part[]): boolean {
  return operatorOf(rest[0]) !== undefined && fieldFrom(rest, 1) !== undefined;
}

/** The error about a word that in quotes would be a value of a text column. */
function orInQuotes(targets: readonly Target[], error: unknown): unknown {
  const text = targets.find(
    (t) => t.kind === 'fields' && t.fields.some((f) => 'column' in f && f.column.type === 'text'),
  );
  if (!(error instanceof WeirError) || !text) return error;
  const message = `${error.message}; or, in quotes, a text: ${text.meaning}`;
  return new WeirError(error.code, message, { details: { ...error.details } });
}

/** A word that is a literal: neither a comparator nor the name of a field. */
function hasBareWord(parts: readonly Part[]): boolean {
  const from = operatorOf(parts[0]) ? 1 : 0;
  if (fieldFrom(parts, from)) return false;
  return parts.slice(from).some((p) => p.kind === 'word' || (p.items !== undefined && hasBareWord(p.items)));
}

function resolveTarget(scope: Scope, target: Target, parts: readonly Part[], at: number): FilterNode {
  if (target.kind === 'whole') {
    if (at < parts.length) throw unexpectedPart(scope, parts[at]!, ['and', 'or']);
    return target.node;
  }
  const op = isLastValue(target, parts, at) ? undefined : operatorOf(parts[at]);
  const values = joinPrefix(parts.slice(op ? at + 1 : at));
  if (values.length === 0) throw noValue(scope, target, parts.at(-1)!, op);
  const node = target.bits && !op ? flagBits(scope, target, values) : null;
  if (node) return implied(target, node);
  const asked = target.fields.map((field) => resolveField(scope, field, op === '!=' ? '=' : (op ?? '='), values));
  const joined: FilterNode = asked.length === 1 ? asked[0]! : { kind: target.join, of: asked };
  const all = implied(target, joined);
  // `!=` is the opposite of `=` as a whole: `port != 80` is true where neither port is 80.
  return op === '!=' ? { kind: 'not', of: all } : all;
}

/** `direction in`: the comparator is also the name of a value, and nothing follows that it could compare with. */
function isLastValue({ fields }: FieldsTarget, parts: readonly Part[], at: number): boolean {
  const word = parts[at]?.text.toLowerCase();
  if (word === undefined || at !== parts.length - 1) return false;
  return fields.every((f) => 'column' in f && f.column.type === 'enum' && namesOf(f.column).includes(word));
}

function implied(target: FieldsTarget, node: FilterNode): FilterNode {
  return target.imply ? { kind: 'and', of: [target.imply, node] } : node;
}

/** nfdump's `flags SA`: all of these bits; under a `not` the negation of "any of these bits". Numbers are compared instead. */
function flagBits(scope: Scope, target: FieldsTarget, values: readonly Part[]): FilterNode | null {
  const field = target.fields[0]!;
  const mask = tcpFlags(values[0]!.text);
  if (mask === null || values[0]!.kind !== 'word' || !('column' in field)) return null;
  if (values[1]) throw unexpectedPart(scope, values[1], ['and', 'or']);
  return { kind: 'bits', column: field.column, mask, mode: scope.negated ? 'any' : 'all' };
}

function resolveField(scope: Scope, field: Field, op: Operator, values: readonly Part[]): FilterNode {
  const type = 'column' in field ? field.column.type : 'computed';
  if (op === 'like' && type !== 'text') throw wrongOperator(scope, field, op, values);
  if (type === 'text') return resolveText(scope, field, op, values);
  if (type === 'address') return resolveAddress(scope, field, op, values);
  return resolveNumber(scope, field, op, values);
}

function resolveNumber(scope: Scope, field: Field, op: Operator, values: readonly Part[]): FilterNode {
  const parse = (text: string) => parseNumbers(field, text);
  const literals = readLiterals<NumberRange>(scope, field, op, values, parse);
  if (!Array.isArray(literals)) return literals;
  const ranges = mergeNumbers(orderNumbers(scope, field, op, literals, values[0]!));
  const numberField =
    'column' in field
      ? ({ kind: 'column', column: field.column } as const)
      : ({ kind: 'computed', name: field.computed.name } as const);
  return { kind: 'number', field: numberField, ranges };
}

/** `> 80` as the range 81 to the largest. */
function orderNumbers(scope: Scope, field: Field, op: Operator, literals: NumberRange[], part: Part): NumberRange[] {
  if (op === '=' || op === 'in') return literals;
  const value = onlyPoint(scope, op, literals, (r) => r.low === r.high, part).low;
  if ('column' in field && field.column.type === 'enum') throw wrongOperator(scope, field, op, [part]);
  const max = maxOf(field);
  const low = op === '>' ? value + 1n : op === '>=' ? value : 0n;
  const high = op === '<' ? value - 1n : op === '<=' ? value : max;
  return low > high ? [] : [{ low, high }];
}

function onlyPoint<R>(scope: Scope, op: Operator, literals: R[], isPoint: (r: R) => boolean, part: Part): R {
  const [value] = literals;
  if (literals.length === 1 && value !== undefined && isPoint(value)) return value;
  throw failAt(scope, part, `${quote(part.text)} is a range, which ${op} cannot compare with`, [
    'a single value',
    '=',
    'in',
  ]);
}

function resolveAddress(scope: Scope, field: Field, op: Operator, values: readonly Part[]): FilterNode {
  if (!('column' in field)) throw new RangeError('computed fields are no addresses');
  const column = field.column;
  const netmask = op === '=' && values.length === 2 ? parseAddress(values[1]!.text) : null;
  const base = netmask ? parseAddress(values[0]!.text) : null;
  if (netmask && base) {
    if (values.some((v) => v.text.includes(':')))
      throw failAt(scope, values[1]!, 'a netmask is for IPv4 only', ['a prefix length']);
    // Above the low word all bits of ::ffff:a.b.c.d count.
    const mask = [0xffff_ffff, 0xffff_ffff, 0xffff_ffff, netmask[3]] as const;
    const value = [base[0], base[1], base[2], (base[3] & netmask[3]) >>> 0] as const;
    const bits = Math.clz32(~netmask[3]);
    const whole = (netmask[3] << bits) >>> 0 === 0 || bits === 32;
    if (whole) return { kind: 'address', column, ranges: [{ low: value, high: lastOf(value, 96 + bits) }] };
    return { kind: 'masked', column, mask, value };
  }
  const literals = readLiterals<AddressRange>(scope, field, op, values, parseAddresses);
  if (!Array.isArray(literals)) return literals;
  if (op !== '=' && op !== 'in') throw wrongOperator(scope, field, op, values);
  return { kind: 'address', column, ranges: mergeAddresses(literals) };
}

function resolveText(scope: Scope, field: Field, op: Operator, values: readonly Part[]): FilterNode {
  if (!('column' in field)) throw new RangeError('computed fields are no texts');
  const column = field.column;
  if (op === 'like') {
    const [pattern, more] = values as [Part, Part?];
    if (more) throw unexpectedPart(scope, more, ['and', 'or']);
    if (pattern.kind !== 'word' && pattern.kind !== 'text')
      throw failAt(scope, pattern, 'like takes one pattern', ['a text such as "chrom%"']);
    if (pattern.text.split('%').length - 1 > MAX_WILDCARDS)
      throw failAt(scope, pattern, `a pattern with more than ${MAX_WILDCARDS} "%"`, []);
    return { kind: 'like', column, pattern: plainText(scope, pattern) };
  }
  if (op !== '=' && op !== 'in') throw wrongOperator(scope, field, op, values);
  // A word that names another text field is that field; in quotes it is a text.
  const right = op === '=' && values[0]!.kind === 'word' ? fieldFrom(values, 0) : undefined;
  if (right && 'column' in right && right.column.type === 'text')
    return { kind: 'texts', left: column, op: '=', right: right.column };
  const texts = readLiterals<string>(scope, field, op, values, (text, part) => plainText(scope, part, text));
  return Array.isArray(texts) ? { kind: 'text', column, values: [...new Set(texts)].sort() } : texts;
}

/** Control characters and halves of surrogate pairs are in no name, and databases differ on them. */
function plainText(scope: Scope, part: Part, text = part.text): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is refused here
  if (/[\u0000-\u001f\u007f]|\p{Cs}/u.test(text)) throw failAt(scope, part, 'a text with a control character', []);
  return text;
}

/** The literals of `= value`, `in [...]`, `in @set`; or the comparison with the field that stands there instead. */
function readLiterals<T>(
  scope: Scope,
  field: Field,
  op: Operator,
  values: readonly Part[],
  parse: (text: string, part: Part) => T | BadLiteral,
): T[] | FilterNode {
  const [value, more] = values as [Part, Part?];
  const literals: T[] = [];
  const add = (text: string, part: Part) => {
    const literal = parse(text, part);
    if (literal instanceof BadLiteral) throw badLiteral(scope, part, literal, text);
    if (literals.push(literal) > MAX_ITEMS) throw failAt(scope, part, `more than ${MAX_ITEMS} values`, []);
  };
  if (op !== 'in') {
    if (value.kind === 'word' && parse(value.text, value) instanceof BadLiteral) {
      const other = fieldFrom(values, 0);
      if (other) return compareFields(scope, field, op, other, value);
    }
    if (value.kind === 'list' || value.kind === 'set')
      throw failAt(scope, value, `a ${value.kind} after ${op}`, ['in']);
  }
  if (more) add(value.text, value);
  if (more) throw unexpectedPart(scope, more, ['and', 'or']);
  for (const part of value.kind === 'list' ? value.items! : [value]) {
    if (part.kind === 'operator') throw unexpectedPart(scope, part, expectedOf(field));
    if (part.kind === 'set') for (const text of setOf(scope, part)) add(text, part);
    else add(part.text, part);
  }
  return literals;
}

function setOf(scope: Scope, part: Part): readonly string[] {
  const set = Object.hasOwn(scope.sets, part.text) ? scope.sets[part.text] : undefined;
  if (set) return set;
  const names = Object.keys(scope.sets).map((name) => `@${name}`);
  const what =
    names.length === 0 ? `there is no set @${part.text}, and none is defined` : `there is no set @${part.text}`;
  throw failAt(scope, part, what, names, nearestWord(`@${part.text}`, names));
}

/** nfdump permits `10.0.0.0 / 8`: the prefix length may stand apart. */
function joinPrefix(values: readonly Part[]): readonly Part[] {
  const [a, b, c] = values;
  if (a?.kind !== 'word' || b?.kind !== 'word' || !(b.text.startsWith('/') || a.text.endsWith('/'))) return values;
  const end = b.text === '/' && c?.kind === 'word' ? c : b;
  const text = a.text + b.text + (end === b ? '' : end.text);
  return [{ kind: 'word', text, from: a.from, to: end.to }, ...values.slice(end === b ? 2 : 3)];
}
