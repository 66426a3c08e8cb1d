import type { RawValue } from '../store/index.ts';
import type { Figures } from './metrics.ts';
import type { Variance } from './sampling.ts';
import type { Totals } from './totals.ts';

/** One shown group: the words of its key, what was counted, and how uncertain sampling makes it. */
export interface ShownGroup {
  readonly key: readonly RawValue[];
  readonly figures: Figures;
  readonly variance: Variance | null;
}

export interface Counted {
  readonly totals: Totals;
  /** Of everything that matches the filter. */
  readonly total: Figures;
  readonly shown: readonly ShownGroup[];
  /** Of what matches and is not shown; null where nothing is left out. */
  readonly other: Figures | null;
}

/** One row of a series: the bucket and the position of its group among the shown ones. */
export interface SeriesPoint {
  readonly bucket: number;
  readonly group: number;
  readonly figures: Figures;
  readonly variance: Variance | null;
}
