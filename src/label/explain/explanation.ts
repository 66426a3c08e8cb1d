import type { JsonValue } from '../../flow/index.ts';

/** A record as answers have it: values by the name of their column, unknown ones absent. */
export type NamedRecord = Readonly<Record<string, JsonValue | undefined>>;

/** Why a flow has one of its names. */
export interface Explanation {
  /** The column. */
  readonly name: string;
  /** Null: it has none. */
  readonly value: JsonValue;
  /** How it is known, as the column of evidence says it; null where there is none. */
  readonly evidence: string | null;
  /** The rule or the data that gave it. */
  readonly because: string;
  /** What would be stronger, and what would give it; null where nothing is. */
  readonly stronger: string | null;
}

export const textOf = (record: NamedRecord, column: string): string => String(record[column] ?? '');
export const numberOf = (record: NamedRecord, column: string): number => Number(record[column] ?? 0);
