import { WeirError } from '../base/index.ts';

/** The error with the filter that was asked with, so that its place can be shown. */
export function withFilter(error: unknown, filter: string | undefined): unknown {
  if (filter === undefined || !(error instanceof WeirError) || !error.message.startsWith('filter, ')) return error;
  return new WeirError(error.code, error.message, { cause: error, details: { ...error.details, filter } });
}
