import { QueryClient } from '@tanstack/react-query';
import { ApiError } from './fetch-json.ts';

/** What a server refuses it refuses again; what did not reach it is tried again. */
const TRIES = 2;

export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      retry: (failures, error) => failures < TRIES && !(error instanceof ApiError && error.status < 500),
      staleTime: 5_000,
      refetchOnWindowFocus: false,
    },
  },
});
