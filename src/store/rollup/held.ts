import type { ManifestState, RollupEntry } from '../manifest.ts';
import { nextAfter } from './rollup-ids.ts';

/** What one commit of history is made of. */
export class Held {
  /** Segments whose rows are all in the builder or in `written`. */
  readonly segments = new Set<number>();
  rows = 0;
  sinceMs = 0;
  /** Files that no commit names yet. */
  readonly written: RollupEntry[] = [];
}

/** The manifest with new files of 1 min, in place of reading these segments. */
export function withHeld(state: ManifestState, { written, segments: rolled }: Held): ManifestState {
  const hours = new Set([...state.dirtyHours, ...written.map((f) => f.from)]);
  return {
    ...state,
    nextRollup: nextAfter(state, written),
    rollups: [...state.rollups, ...written],
    dirtyHours: [...hours].sort((a, b) => a - b),
    segments: state.segments.map((s) => {
      if (!rolled.has(s.id)) return s;
      const { rolledBefore: _, ...rest } = s;
      return { ...rest, rolled: true };
    }),
  };
}
