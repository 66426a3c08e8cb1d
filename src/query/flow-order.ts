import type { FlowsQuery } from './model.ts';
import { name, type Sql, sql } from './sql.ts';
import { DURATION_TERM, scaledTerm } from './sums.ts';

/** What orders the records. */
export interface Order {
  readonly value: Sql;
  readonly descending: boolean;
}

const TIME = name('time');

export function orderOf(order: Exclude<FlowsQuery['order'], 'stored'>, scaled: boolean): Order {
  const reverse = order.startsWith('-');
  const field = order.replace('-', '');
  // A time runs forward unless it is turned round, a quantity starts with the largest.
  if (field === 'time') return { value: TIME, descending: reverse };
  return { value: quantity(field, scaled), descending: !reverse };
}

function quantity(field: string, scaled: boolean): Sql {
  if (field === 'duration') return DURATION_TERM;
  const column = field === 'bytes' ? 'raw_bytes' : 'raw_packets';
  // The bare column lets row groups be skipped by its statistics.
  return scaled ? scaledTerm(column, { scaled, wide: true }) : name(column);
}

export function isByTime(order: Order): boolean {
  return order.value === TIME;
}

/** What the records are ordered by, first to last: of those with the same quantity the newest comes first. */
export function orderKeys(order: Order): readonly Order[] {
  return isByTime(order) ? [order] : [order, { value: TIME, descending: true }];
}

/** Behind ORDER BY. */
export function direction({ value, descending }: Order): Sql {
  return descending ? sql`${value} DESC` : sql`${value} ASC`;
}
