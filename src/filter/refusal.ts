import { parseAddress, parsePrefix, protocolNames } from '../flow/index.ts';
import { filterError, nearestWord, quote } from './errors.ts';
import { type BadLiteral, expectedOf } from './literals.ts';
import type { Operator } from './phrases.ts';
import type { Part } from './syntax.ts';
import { type Field, fieldName, type Target, vocabulary } from './vocabulary.ts';

/** The error at one part of a filter. */
export function failAt(
  scope: { readonly text: string },
  part: Part,
  what: string,
  expected: readonly string[],
  nearest?: string,
): Error {
  const problem = { position: part.from, length: part.to - part.from, expected };
  return filterError(scope.text, what, nearest === undefined ? problem : { ...problem, nearest });
}

export function unexpectedPart(scope: { readonly text: string }, part: Part, expected: readonly string[]): Error {
  return failAt(scope, part, `unexpected ${quote(part.text)}`, expected);
}

export function badLiteral(scope: { readonly text: string }, part: Part, bad: BadLiteral, text: string): Error {
  const from = part.kind === 'set' ? ` (in @${part.text})` : '';
  return failAt(scope, part, `${quote(text)}${from} ${bad.what}`, bad.expected, nearestWord(text, bad.candidates));
}

export function wrongOperator(
  scope: { readonly text: string },
  field: Field,
  op: Operator,
  values: readonly Part[],
): Error {
  const text = 'column' in field && field.column.type === 'text';
  return failAt(
    scope,
    values[0]!,
    `${fieldName(field)} cannot be compared by ${op}`,
    text ? ['=', '!=', 'like', 'in'] : ['=', '!=', 'in'],
  );
}

export function noValue(
  scope: { readonly text: string },
  target: Extract<Target, { kind: 'fields' }>,
  last: Part,
  op: Operator | undefined,
): Error {
  const values = target.bits ? ['flags such as SA'] : expectedOf(target.fields[0]!);
  const expected = op ? values : [...values, 'a comparator'];
  const what = `${quote(last.text)} is not followed by a value`;
  return filterError(scope.text, what, { position: last.to, length: 0, expected });
}

export function unknownField(scope: { readonly text: string }, parts: readonly Part[]): Error {
  const first = parts[0]!;
  const phrases = [...vocabulary().phrases.keys()];
  const two = parts[1]?.kind === 'word' ? `${first.text} ${parts[1].text}` : '';
  const protocol = protocolNames.includes(first.text.toLowerCase());
  const named = protocol ? `proto ${first.text}` : addressed(first.text);
  const near = named ?? nearestWord(two, phrases) ?? nearestWord(first.text, phrases);
  const second = /^(src|dst|in|out)$/i.test(first.text) ? parts[1] : undefined;
  const place = second ? { ...first, to: second.to } : first;
  const what = `there is no field ${quote(second ? two : first.text)}`;
  return failAt(scope, place, what, ['a field', 'not', '('], near);
}

/** An address alone, as people paste it. */
function addressed(text: string): string | undefined {
  if (parseAddress(text) !== null) return `ip ${text}`;
  return text.includes('/') && parsePrefix(text) !== null ? `net ${text}` : undefined;
}
