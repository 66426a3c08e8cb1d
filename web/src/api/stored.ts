import { useQuery } from '@tanstack/react-query';
import { type Health, health } from './answers.ts';

/** Of health what the store says of itself; `oldest` is null where a level holds nothing. */
interface Stored {
  readonly store?: {
    readonly rows_in_memory?: number;
    readonly levels?: readonly { readonly oldest: number | null }[];
  };
}

/** Whether nothing was ever kept: no record, and no history of one. */
export function useIsStoreEmpty(): boolean {
  const { data } = useQuery(health());
  const { store }: Stored = (data as (Health & Stored) | undefined) ?? {};
  return store?.rows_in_memory === 0 && store.levels?.every(({ oldest }) => oldest === null) === true;
}
