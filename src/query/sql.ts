import type { SqlParam } from '../store/index.ts';

/**
 * A piece of SQL and the values of its `?` placeholders. The only ways to make one are below, and none of them takes a
 * text from a user: words of the language come from template literals in this room's code, names from `name` (which
 * refuses all but plain identifiers), numbers are checked, and every text is a bound value.
 */
export interface Sql {
  readonly text: string;
  readonly params: readonly SqlParam[];
}

/** `sql\`SELECT ${a} FROM ${b}\``: fragments are put together with their values in order; a number becomes a literal. */
export function sql(words: TemplateStringsArray, ...parts: readonly (Sql | number | bigint)[]): Sql {
  const pieces = parts.map((part) => (typeof part === 'object' ? part : literal(part)));
  const text = words.reduce((all, word, i) => all + word + (pieces[i]?.text ?? ''), '');
  return { text, params: pieces.flatMap((p) => p.params) };
}

/** A column, table or alias of ours, quoted (`end` is a word of SQL). */
export function name(identifier: string): Sql {
  if (!/^[a-z_][a-z0-9_]*$/.test(identifier)) throw new RangeError(`not an identifier: ${identifier}`);
  return { text: `"${identifier}"`, params: [] };
}

/** A value that travels beside the statement. */
export function bound(value: SqlParam): Sql {
  return { text: '?', params: [value] };
}

/** SQL that another room of this program made: the relation of a view, a compiled filter, an aggregate of truth. */
export function made(text: string, params: readonly SqlParam[] = []): Sql {
  return { text, params };
}

export function list(
  parts: readonly Sql[],
  separator: ', ' | ' AND ' | ' OR ' | ' ' | ' || ' | ' UNION ALL ' = ', ',
): Sql {
  return { text: parts.map((p) => p.text).join(separator), params: parts.flatMap((p) => p.params) };
}

/** An unsigned 64-bit constant; without the cast DuckDB would compute with it in 128 bits. */
export function u64(value: bigint): Sql {
  return sql`CAST(${value} AS UBIGINT)`;
}

/** A short constant text of this program, such as the name of an enum value. */
export function text(constant: string): Sql {
  return { text: `'${constant.replaceAll("'", "''")}'`, params: [] };
}

function literal(value: number | bigint): Sql {
  if (typeof value === 'bigint') return { text: value.toString(), params: [] };
  if (!Number.isFinite(value)) throw new RangeError(`not a number for SQL: ${value}`);
  // Whole numbers in full, others in a form that SQL reads as a double and not as a decimal of few digits.
  return { text: Number.isSafeInteger(value) ? String(value) : value.toExponential(), params: [] };
}
