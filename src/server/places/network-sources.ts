import type { AskedNetworkSource } from '../../query/index.ts';
import type { PlaceSourceStatus } from './place-messages.ts';

/** The sources of the table of places that reports name as theirs. */
export function networkSources(sources: readonly PlaceSourceStatus[]): AskedNetworkSource[] {
  return sources
    .filter(({ used }) => used)
    .map(({ name, kind, madeMs, systems, countries }) => ({
      source: name,
      kind,
      madeMs,
      systems: systems > 0,
      countries: countries > 0,
    }));
}
