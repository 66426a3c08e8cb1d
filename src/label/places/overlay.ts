import { compareWords, type Ranges, RangeWriter } from './ranges.ts';

/** One layer over those before it: what holds where the ones before say `below`, and this one `value`, which is not 0. */
interface Layer {
  readonly ranges: Ranges;
  readonly combine: (below: number, value: number) => number;
}

/** Layers over the same addresses as one, from left to right, in one pass: as much as all of them have ranges, however many they are. Where none says anything is 0. */
export function overlay(width: Ranges['width'], layers: readonly Layer[]): Ranges {
  const written = new RangeWriter(
    width,
    layers.reduce((sum, { ranges }) => Math.max(sum, 2 * ranges.length), 256),
  );
  const cursors = layers.map((layer) => new Cursor(layer));
  const next = new Uint32Array(width);
  let changed = 0;
  for (;;) {
    written.begin(next, 0, valueFrom(cursors, changed));
    const nearest = firstOf(cursors, width);
    if (nearest === null) return written.finish();
    for (let w = 0; w < width; w++) next[w] = nearest.starts[nearest.at + w]!;
    changed = advanceTo(cursors, next, width);
  }
}

/** Where one layer is: its present range, and the start of the next. */
class Cursor {
  readonly starts: Uint32Array;
  readonly combine: Layer['combine'];
  value: number;
  /** What this layer and those before it make of the present range. */
  result = 0;
  /** Of the next range, in `starts`. */
  at: number;
  private readonly values: Uint32Array;
  private range = 0;

  constructor({ ranges, combine }: Layer) {
    this.starts = ranges.starts;
    this.values = ranges.values;
    this.combine = combine;
    this.value = ranges.values[0]!;
    this.at = ranges.width;
  }

  get isLast(): boolean {
    return this.range + 1 >= this.values.length;
  }

  advance(width: number): void {
    this.range += 1;
    this.at += width;
    this.value = this.values[this.range]!;
  }
}

/** What all layers say together, where those before `changed` are as they were. */
function valueFrom(cursors: readonly Cursor[], changed: number): number {
  let below = changed === 0 ? 0 : cursors[changed - 1]!.result;
  for (let i = changed; i < cursors.length; i++) {
    const cursor = cursors[i]!;
    if (cursor.value !== 0) below = cursor.combine(below, cursor.value);
    cursor.result = below;
  }
  return below;
}

/** The layer whose next range begins first; null where all are in their last. */
function firstOf(cursors: readonly Cursor[], width: number): Cursor | null {
  let first: Cursor | null = null;
  for (const cursor of cursors) {
    if (cursor.isLast) continue;
    if (first === null || compareWords(cursor.starts, cursor.at, first.starts, first.at, width) < 0) first = cursor;
  }
  return first;
}

/** Goes on with all whose next range begins here; gives the first of them. */
function advanceTo(cursors: readonly Cursor[], next: Uint32Array, width: number): number {
  let changed = cursors.length;
  for (let i = cursors.length - 1; i >= 0; i--) {
    const cursor = cursors[i]!;
    if (cursor.isLast || compareWords(cursor.starts, cursor.at, next, 0, width) !== 0) continue;
    cursor.advance(width);
    changed = i;
  }
  return changed;
}
