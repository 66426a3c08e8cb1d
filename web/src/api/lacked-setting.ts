import { ApiError } from './fetch-json.ts';

/** The setting that the node lacks for an answer; null where that is not why there is none. */
export function lackedSetting(error: Error | null): string | null {
  return error instanceof ApiError && typeof error.details.setting === 'string' ? error.details.setting : null;
}
