/**
 * Rows of history on their way to a file, as columns. Arrays are at least `rows` long; 64-bit key words are pairs of 32-bit words, low first. A text key is a code of
 * `texts`, a sketch one of `sketches` (base64; code 0 is the empty text in both).
 */
export interface RollupDelta {
  readonly rows: number;
  readonly cube: Uint8Array;
  /** Start of the bucket, ms. */
  readonly time: Float64Array;
  readonly rest: Uint8Array;
  /** k0, k1, k2: the cube's number and address keys in order, an address as two words, high first. */
  readonly keys: readonly Uint32Array[];
  /** t0, t1: the cube's text keys in order. */
  readonly textKeys: readonly Uint32Array[];
  readonly texts: readonly string[];
  /** By name in history-columns.ts: sums, variances, ranges, floors and known; absent ones are 0 (`min_rate`, `max_rate`: 1) in each row. No peaks: they need whole minutes. */
  readonly figures: ReadonlyMap<string, Float64Array>;
  readonly sketch: Uint32Array;
  readonly sketches: readonly string[];
}
