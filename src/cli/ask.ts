import { WeirError } from '../base/index.ts';
import type { Ask } from '../server/index.ts';
import { type Answerer, type AnswererFlags, findAnswerer } from './client.ts';
import { beginSession } from './interrupt.ts';

/** The error with the filter that was asked with, so that its place can be shown. */
function withFilter(error: unknown, filter: string | undefined): unknown {
  if (filter === undefined || !(error instanceof WeirError) || !error.message.startsWith('filter, ')) return error;
  return new WeirError(error.code, error.message, { cause: error, details: { ...error.details, filter } });
}

/** Finds who answers, asks under Ctrl-C and a progress line, and closes what was opened, however it ends. */
export async function asking<T>(
  flags: AnswererFlags,
  filter: string | undefined,
  work: (answerer: Answerer, ask: Ask) => Promise<T>,
): Promise<T> {
  const answerer = await findAnswerer(flags);
  const session = beginSession();
  try {
    return await work(answerer, {
      signal: session.signal,
      ...(session.onProgress ? { onProgress: session.onProgress } : {}),
    });
  } catch (error) {
    if (session.signal.aborted) throw new WeirError('cancelled', 'interrupted', { cause: error });
    throw withFilter(error, filter);
  } finally {
    session.end();
    await answerer.close();
  }
}
