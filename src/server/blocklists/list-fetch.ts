import { createWriteStream } from 'node:fs';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { WeirError } from '../../base/index.ts';
import { weirVersion } from '../version.ts';
import { ListFailure } from './list-failure.ts';

/** By what a server knows whether a list has changed (RFC 9110 sections 8.8.2 and 8.8.3); '' where it did not say. */
export interface Validators {
  readonly etag: string;
  readonly lastModified: string;
}

export interface FetchBounds {
  readonly timeoutMs: number;
  readonly mostBytes: number;
  readonly mostRedirects: number;
}

export const FETCH_BOUNDS: FetchBounds = { timeoutMs: 120_000, mostBytes: 64 << 20, mostRedirects: 5 };

const REDIRECTS = new Set([301, 302, 303, 307, 308]);

/** Fetches a list into a file; null where it has not changed. Throws ListFailure. */
export async function fetchList(
  url: string,
  known: Validators,
  to: string,
  stopped: AbortSignal,
  bounds: FetchBounds = FETCH_BOUNDS,
): Promise<Validators | null> {
  const signal = AbortSignal.any([stopped, AbortSignal.timeout(bounds.timeoutMs)]);
  try {
    const response = await follow(url, known, signal, bounds);
    if (response.status === 304) return null;
    await keep(response, to, signal, bounds);
    return { etag: response.headers.get('etag') ?? '', lastModified: response.headers.get('last-modified') ?? '' };
  } catch (error) {
    if (stopped.aborted) throw new WeirError('cancelled', 'the node stops', { cause: error });
    if (error instanceof ListFailure) throw error;
    if (signal.aborted) throw new ListFailure('timeout', `no answer within ${bounds.timeoutMs / 1_000} s`);
    throw new ListFailure('unreachable', whyUnreachable(error));
  }
}

/** Follows redirects, but never from https to http: what comes then could be anybody's. */
async function follow(
  url: string,
  { etag, lastModified }: Validators,
  signal: AbortSignal,
  { mostRedirects }: FetchBounds,
): Promise<Response> {
  const headers = {
    'user-agent': `weir/${weirVersion()}`,
    ...(etag === '' ? {} : { 'if-none-match': etag }),
    ...(lastModified === '' ? {} : { 'if-modified-since': lastModified }),
  };
  let at = new URL(url);
  for (let hop = 0; hop <= mostRedirects; hop++) {
    const response = await fetch(at, { headers, signal, redirect: 'manual' });
    if (!REDIRECTS.has(response.status)) {
      if (response.status === 200 || response.status === 304) return response;
      await response.body?.cancel();
      throw new ListFailure('status', `the server answers ${response.status} ${response.statusText}`.trimEnd());
    }
    await response.body?.cancel();
    const location = response.headers.get('location') ?? '';
    if (!URL.canParse(location, at.href)) throw new ListFailure('redirect', 'the server redirects to nowhere');
    const next = new URL(location, at);
    if (next.protocol !== 'https:' && next.protocol !== at.protocol)
      throw new ListFailure('redirect', `the server redirects from ${at.protocol} to ${next.protocol}`);
    at = next;
  }
  throw new ListFailure('redirect', `more than ${mostRedirects} redirects`);
}

/** The size counts as it is unpacked: a small answer can unpack to a large one. */
async function keep(response: Response, to: string, signal: AbortSignal, { mostBytes }: FetchBounds): Promise<void> {
  let bytes = 0;
  const bounded = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.length;
      if (bytes > mostBytes) done(new ListFailure('too_large', `it is larger than ${mostBytes >> 20} MiB`));
      else done(null, chunk);
    },
  });
  const body = response.body === null ? Readable.from([]) : Readable.fromWeb(response.body);
  const file = createWriteStream(to, { mode: 0o640 });
  file.once('error', (error) => body.destroy(new ListFailure('unwritable', error.message)));
  await pipeline(body, bounded, file, { signal });
}

/** The cause has the address and the errno; `fetch failed` alone helps nobody. */
function whyUnreachable(error: unknown): string {
  const cause = (error as Error).cause;
  const inner = cause instanceof AggregateError ? (cause.errors[0] as Error) : cause;
  return inner instanceof Error && inner.message !== '' ? inner.message : (error as Error).message;
}
