import { type MeasuredTime, sharesOf } from '../../truth/index.ts';
import type { Extent } from '../window.ts';

/** When one exporter was silent in a range and sent again: how often, how long in all, and from when to when; which part of all that is usual was missing. */
export interface Silences {
  readonly times: number;
  readonly ms: number;
  readonly from: number;
  readonly to: number;
  readonly share: number;
  readonly share_of: 'bytes' | 'records';
}

/** By exporter. Of one with several domains that were silent together each counts. */
export function silencesIn(measured: MeasuredTime | null, extent: Extent | null): ReadonlyMap<string, Silences> {
  const found = new Map<string, Silences>();
  if (measured === null || extent === null) return found;
  for (const gap of measured.gaps) {
    const { exporter, cause, to: end } = gap;
    if (cause !== 'silent' || exporter === undefined || end === null) continue;
    const [from, to] = [Math.max(gap.from, extent.from), Math.min(end, extent.to)];
    if (from >= to) continue;
    const known = found.get(exporter);
    const { share, share_of } = sharesOf(gap);
    found.set(exporter, {
      times: (known?.times ?? 0) + 1,
      ms: (known?.ms ?? 0) + to - from,
      from: Math.min(known?.from ?? from, from),
      to: Math.max(known?.to ?? to, to),
      share: Math.max(known?.share ?? 0, share),
      share_of: known?.share_of ?? share_of,
    });
  }
  return found;
}
