import { createWriteStream } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { WeirError } from '../../base/index.ts';
import { weirVersion } from '../version.ts';
import { isInside } from './inside-address.ts';
import { ListFailure } from './list-failure.ts';
import { askServer, type Deadlines, failureOf } from './list-request.ts';

/** By what a server knows whether a list has changed (RFC 9110 sections 8.8.2 and 8.8.3); '' where it did not say. */
export interface Validators {
  readonly etag: string;
  readonly lastModified: string;
}

export interface FetchBounds extends Deadlines {
  readonly mostBytes: number;
  readonly mostRedirects: number;
  /** Whether an address is one that a server elsewhere may not send us to. */
  readonly isInside: (address: string) => boolean;
}

export const FETCH_BOUNDS: FetchBounds = {
  ...{ connectMs: 10_000, answerMs: 30_000, silenceMs: 30_000, wholeMs: 120_000 },
  ...{ mostBytes: 64 << 20, mostRedirects: 5, isInside },
};

const REDIRECTS = new Set([301, 302, 303, 307, 308]);

/** Fetches a list into a file; null where it has not changed. Throws ListFailure. */
export async function fetchList(
  url: string,
  known: Validators,
  to: string,
  stopped: AbortSignal,
  bounds: FetchBounds = FETCH_BOUNDS,
): Promise<Validators | null> {
  const whole = AbortSignal.timeout(bounds.wholeMs);
  const signal = AbortSignal.any([stopped, whole]);
  try {
    const response = await follow(url, known, signal, bounds);
    if (response.statusCode === 304) {
      response.destroy();
      return null;
    }
    await keep(response, to, signal, bounds);
    const { etag = '', 'last-modified': lastModified = '' } = response.headers;
    return { etag, lastModified };
  } catch (error) {
    if (stopped.aborted) throw new WeirError('cancelled', 'the node stops', { cause: error });
    if (error instanceof ListFailure) throw error;
    if (whole.aborted) throw new ListFailure('timeout', `it did not come whole within ${bounds.wholeMs / 1_000} s`);
    throw failureOf(error);
  }
}

/**
 * Follows redirects, but never from https to http: what comes then could be anybody's. Who is outside sends nobody inside: a node can reach what the writer of
 * a list cannot, as the addresses of its own machine and those where clouds keep secrets.
 */
async function follow(
  url: string,
  { etag, lastModified }: Validators,
  signal: AbortSignal,
  bounds: FetchBounds,
): Promise<IncomingMessage> {
  const headers = {
    'user-agent': `weir/${weirVersion()}`,
    'accept-encoding': 'gzip',
    ...(etag === '' ? {} : { 'if-none-match': etag }),
    ...(lastModified === '' ? {} : { 'if-modified-since': lastModified }),
  };
  let at = new URL(url);
  let isRefused = (_address: string) => false;
  for (let hop = 0; hop <= bounds.mostRedirects; hop++) {
    const response = await askServer(at, headers, bounds, signal, isRefused);
    const from = response.socket.remoteAddress;
    const { statusCode: status = 0 } = response;
    if (status === 200 || status === 304) return response;
    response.destroy();
    if (!REDIRECTS.has(status)) throw refusalOf(status, response);
    if (from === undefined || !bounds.isInside(from)) isRefused = bounds.isInside;
    at = redirected(at, response.headers.location ?? '');
  }
  throw new ListFailure('redirect', `more than ${bounds.mostRedirects} redirects`);
}

function refusalOf(status: number, { statusMessage = '', headers }: IncomingMessage): ListFailure {
  const retryAfter = headers['retry-after'] ?? '';
  return new ListFailure('status', `the server answers ${status} ${statusMessage}`.trimEnd(), { status, retryAfter });
}

function redirected(from: URL, location: string): URL {
  if (!URL.canParse(location, from.href)) throw new ListFailure('redirect', 'the server redirects to nowhere');
  const next = new URL(location, from);
  if (next.protocol !== 'https:' && next.protocol !== from.protocol)
    throw new ListFailure('redirect', `the server redirects from ${from.protocol} to ${next.protocol}`);
  return next;
}

/** The size counts as it is unpacked: a small answer can unpack to a large one. */
async function keep(
  response: IncomingMessage,
  to: string,
  signal: AbortSignal,
  { mostBytes }: FetchBounds,
): Promise<void> {
  let bytes = 0;
  const bounded = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.length;
      if (bytes > mostBytes) done(new ListFailure('too_large', `it is larger than ${mostBytes >> 20} MiB`));
      else done(null, chunk);
    },
  });
  const unpacked = isPacked(response) ? [createGunzip()] : [];
  try {
    await pipeline([response, ...unpacked, bounded, createWriteStream(to, { mode: 0o640 })], { signal });
  } catch (error) {
    throw signal.aborted ? error : whyNotKept(error as NodeJS.ErrnoException, bytes);
  }
}

/** Packed for the transfer; a list that is a packed file itself stays as it is. */
function isPacked(response: IncomingMessage): boolean {
  const coding = response.headers['content-encoding']?.toLowerCase() ?? 'identity';
  if (coding === 'identity') return false;
  if (/^(x-)?gzip$/.test(coding)) return true;
  response.destroy();
  throw new ListFailure('broken', `the server packs it with ${coding}, which it was not asked for`);
}

/** An answer of which less came than its head says, or whose last piece is missing, is no list. */
function whyNotKept(error: NodeJS.ErrnoException, bytes: number): ListFailure {
  if (error instanceof ListFailure) return error;
  if (error.syscall === 'open' || error.syscall === 'write') return new ListFailure('unwritable', error.message);
  if (error.code?.startsWith('Z_')) return new ListFailure('broken', `it is no whole gzip: ${error.message}`);
  return new ListFailure('cut', `the answer ended before its end, after ${bytes} bytes (${error.message})`);
}
