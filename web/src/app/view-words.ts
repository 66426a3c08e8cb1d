import { DEFAULT_LAST, rangeText } from '../../../src/chart/index.ts';
import type { View } from './view.ts';

/** What a view is of, in a line: its range, what it is by, what is counted, its filter. */
export function viewWords({ last, from, to, by, metric, filter }: View): string {
  const range = from === undefined || to === undefined ? `last ${last ?? DEFAULT_LAST}` : rangeText(from, to);
  return [range, by === undefined ? '' : `by ${by}`, metric, filter].filter(Boolean).join(' · ');
}
