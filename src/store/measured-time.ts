import { dirname, join } from 'node:path';
import type { MeasuredTime } from '../truth/index.ts';
import type { Snapshot } from './snapshot.ts';
import { readSources } from './source-list.ts';

/** When the store of a snapshot was not measured; null where nobody knows. What imports cover is looked up only where a gap touches the range. */
export function measuredTime({ gaps, directory }: Snapshot): MeasuredTime | null {
  if (gaps === null) return null;
  return { gaps, imported: gaps.length > 0 ? importedTimes(join(dirname(directory), 'sources.json')) : [] };
}

function importedTimes(path: string): MeasuredTime['imported'] {
  try {
    return readSources(path).flatMap(({ from, to }) => (from === null || to === null ? [] : [{ from, to }]));
  } catch {
    // `weir sources` says that the list is damaged.
    return [];
  }
}
