import {
  type QueryKey,
  type UseQueryOptions,
  type UseQueryResult,
  useQuery,
  useQueryClient,
} from '@tanstack/react-query';
import { useProgress } from './progress.ts';

/** How far an answer is. */
export interface OnTheWay {
  /** 0..1; null where the node has not said, which it does of what takes long. */
  readonly progress: number | null;
  /** Ends the question, at the node as well. */
  readonly cancel: () => void;
}

/** Asks; the question ends when nobody shows its answer any more. */
export function useAnswer<T, K extends QueryKey>(
  options: UseQueryOptions<T, Error, T, K> & { queryKey: K },
): UseQueryResult<T> & OnTheWay {
  const client = useQueryClient();
  const { queryKey } = options;
  const result = useQuery(options);
  const progress = useProgress(queryKey);
  return { ...result, progress, cancel: () => void client.cancelQueries({ queryKey, exact: true }) };
}
