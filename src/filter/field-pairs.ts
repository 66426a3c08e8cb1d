import { filterError } from './errors.ts';
import type { FilterNode, NumberField, Order } from './node.ts';
import type { Operator } from './phrases.ts';
import type { Part } from './syntax.ts';
import { type Field, fieldName } from './vocabulary.ts';

/** `src_port < dst_port`: two fields of one kind. */
export function compareFields(scope: { text: string }, left: Field, op: Operator, right: Field, at: Part): FilterNode {
  const kind = comparedAs(left);
  if (kind !== comparedAs(right))
    throw fail(scope, at, `${fieldName(left)} cannot be compared with ${fieldName(right)}`);
  if (op === 'in' || op === 'like') throw fail(scope, at, `${op} takes values, not a field`);
  if (kind === 'address' && 'column' in left && 'column' in right) {
    return { kind: 'addresses', left: left.column, op, right: right.column };
  }
  if (kind === 'text' && 'column' in left && 'column' in right) {
    return { kind: 'texts', left: left.column, op: equality(scope, op, at), right: right.column };
  }
  if (kind.startsWith('enum')) equality(scope, op, at);
  return { kind: 'numbers', left: numberField(left), op, right: numberField(right) };
}

function equality(scope: { text: string }, op: Order, at: Part): '=' | '!=' {
  if (op === '=' || op === '!=') return op;
  throw fail(scope, at, `these fields cannot be compared by ${op}`);
}

function numberField(field: Field): NumberField {
  return 'column' in field ? { kind: 'column', column: field.column } : { kind: 'computed', name: field.computed.name };
}

/** Fields of one kind may be compared: times with times, an enumeration with itself, all other numbers with each other. */
function comparedAs(field: Field): string {
  if (!('column' in field)) return 'number';
  const { type, name } = field.column;
  if (type === 'enum') return `enum ${name}`;
  return type === 'time' || type === 'address' || type === 'text' ? type : 'number';
}

function fail(scope: { text: string }, at: Part, what: string): Error {
  return filterError(scope.text, what, {
    position: at.from,
    length: at.to - at.from,
    expected: ['a field of the same kind', 'a value'],
  });
}
