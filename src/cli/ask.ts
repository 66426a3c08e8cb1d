import { WeirError } from '../base/index.ts';
import type { Ask } from '../server/index.ts';
import { type Answerer, type AnswererFlags, findAnswerer } from './client.ts';
import { anonymousService, readAnonymiser } from './command-query-anonymise.ts';
import { withFilter } from './filter-error.ts';
import { beginSession } from './interrupt.ts';

const warn = (text: string) => void process.stderr.write(text);

/** Finds who answers, asks under Ctrl-C and a progress line, and closes what was opened, however it ends. */
export async function asking<T>(
  flags: AnswererFlags & { readonly anonymise?: string },
  filter: string | undefined,
  work: (answerer: Answerer, ask: Ask) => Promise<T>,
): Promise<T> {
  // A key that cannot be read must end the command before anything is asked.
  const hide = flags.anonymise === undefined ? null : await readAnonymiser(flags.anonymise, warn);
  const found = await findAnswerer(flags);
  const answerer = hide ? { ...found, service: anonymousService(found.service, hide) } : found;
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
