import { columnOf } from '../flow/index.ts';
import type { View } from '../store/index.ts';
import { name, type Sql, sql } from './sql.ts';

/** Whether a record counts of which another one, of the same flow, counts as well. */
export type Duplicates = 'counted' | 'all';

/** Codes of the column. */
export const [UNJUDGED, , DUPLICATE] = (columnOf('duplicate').values ?? []).map((_, code) => code);

/** The condition under which a record counts. */
export const COUNTED: Sql = sql`${name('duplicate')} <> ${DUPLICATE!}`;

/** A question that names the column, in its filter or its dimensions, says itself which records it is about. */
export function duplicatesAsked(asked: Duplicates, columns: readonly string[]): Duplicates {
  return columns.includes('duplicate') ? 'all' : asked;
}

export function hasDuplicates({ facts }: Pick<View, 'facts'>): boolean {
  return facts.duplicate.includes(DUPLICATE!);
}
