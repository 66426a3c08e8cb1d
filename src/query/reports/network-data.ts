import type { NetworkData } from '../../truth/index.ts';
import type { QueryQuality } from '../answer.ts';
import type { QueryOptions } from '../run.ts';

const DAY_MS = 86_400_000;

/** The quality, with the data that name the networks of the report. */
export function withNetworkData(
  quality: QueryQuality,
  of: NetworkData['of'],
  { networkSources, now }: QueryOptions,
): QueryQuality {
  const sources = (networkSources?.() ?? [])
    .filter((source) => source[of])
    .map(({ source, kind, madeMs }) => ({
      source,
      kind,
      made: madeMs === 0 ? null : madeMs,
      age_days: madeMs === 0 ? null : Math.max(0, Math.floor((now - madeMs) / DAY_MS)),
    }));
  return sources.length === 0 ? quality : { ...quality, network_data: { of, sources } };
}
