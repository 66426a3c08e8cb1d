import type { QueryAnswer } from '../query/index.ts';
import { type CellColumn, cellText } from './cells.ts';

/** What a rate is the rate of: its total is an amount. */
const AMOUNTS: Readonly<Record<string, string>> = { bps: 'bytes', pps: 'packets', fps: 'flows' };

/** The metric that adds up to a total of this one: of a rate its amount, of a sum itself; null where nothing does. */
export function amountOf(metric: string, kind: string | undefined): string | null {
  return AMOUNTS[metric] ?? (kind === 'sum' ? metric : null);
}

/** How an answer's values of a metric are said. */
export function formatOf({ columns }: Pick<QueryAnswer, 'columns'>, metric: string): (value: number) => string {
  const column: CellColumn = columns.find(({ name }) => name === metric) ?? {
    name: metric,
    type: 'number',
    unit: null,
  };
  return (value) => cellText(value, column);
}
