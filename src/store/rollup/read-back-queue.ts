import type { ManifestState, SegmentEntry } from '../manifest.ts';
import { hasFarTimes } from './far-times.ts';
import type { HistoryHost } from './history-host.ts';
import { ReadBack } from './read-back.ts';

/**
 * Begins to read the newest segment that is in no roll-up, as those are that a crash or an earlier version left; null when there is none. One that has rows of all times
 * is marked on the way: it is never rolled up. `isAdded`: its rows are in memory already.
 */
export async function nextReadBack(host: HistoryHost, isAdded: (id: number) => boolean): Promise<ReadBack | null> {
  const { manifest, trusted, duck, layout, leases } = host;
  // Damaged, and still in the manifest where the disk does not take the note of it.
  const damaged = new Set<number>();
  for (;;) {
    const waiting = manifest.state.segments.filter((s) => !s.rolled && !s.far && !isAdded(s.id) && !damaged.has(s.id));
    if (waiting.length === 0) return null;
    const newest = waiting.reduce((a, b) => (b.maxReceived > a.maxReceived ? b : a));
    if (!(await trusted(newest))) {
      damaged.add(newest.id);
      continue;
    }
    const isFar = await hasFarTimes(duck, layout, newest);
    // Retention or a merge may have taken it meanwhile.
    if (!manifest.state.segments.some((s) => s.id === newest.id)) continue;
    if (!isFar) return ReadBack.start(duck, layout, leases, newest);
    manifest.commit(withFar(manifest.state, newest));
  }
}

/** The manifest with a segment of an earlier version that has rows of all times: they stay records. */
function withFar(state: ManifestState, { id }: SegmentEntry): ManifestState {
  return { ...state, segments: state.segments.map((s) => (s.id === id ? { ...s, far: true } : s)) };
}
