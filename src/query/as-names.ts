import type { AnswerColumn, QueryAnswer } from './answer.ts';

/** Whether a dimension has numbers of autonomous systems. */
const isAs = ({ name }: AnswerColumn) => /(^|_)as$/.test(name);

/** Names of the autonomous systems in the rows of an answer, by number; undefined where none is known. */
export function asNamesIn(
  { columns, rows }: Pick<QueryAnswer, 'columns' | 'rows'>,
  asName: ((asn: number) => string) | undefined,
): Record<string, string> | undefined {
  if (asName === undefined) return undefined;
  const at = columns.flatMap((column, i) => (isAs(column) ? [i] : []));
  const numbers = new Set(rows.flatMap((row) => at.map((i) => Number(row[i] ?? 0))));
  const named = [...numbers].flatMap((asn) => {
    const name = asn > 0 ? asName(asn) : '';
    return name === '' ? [] : [[String(asn), name]];
  });
  return named.length === 0 ? undefined : Object.fromEntries(named);
}
