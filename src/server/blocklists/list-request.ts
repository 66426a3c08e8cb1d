import { lookup } from 'node:dns';
import { request as httpRequest, type IncomingMessage, type OutgoingHttpHeaders } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import { ListFailure } from './list-failure.ts';

/** How long a server may take, ms. */
export interface Deadlines {
  /** To its name, its connection, and the handshake of TLS. */
  readonly connectMs: number;
  /** From there to the head of its answer. */
  readonly answerMs: number;
  /** Between two pieces of the answer. */
  readonly silenceMs: number;
  /** All of it, redirects included. */
  readonly wholeMs: number;
}

/**
 * Asks for one URL. What comes has its head; its body is still to be read, or to be destroyed. `signal` ends the request and the body. Rejects with what
 * `failureOf` reads. An address that `isRefused` is not connected to: a name may have others.
 */
export async function askServer(
  url: URL,
  headers: OutgoingHttpHeaders,
  { connectMs, answerMs, silenceMs }: Deadlines,
  signal: AbortSignal,
  isRefused: (address: string) => boolean,
): Promise<IncomingMessage> {
  const isTls = url.protocol === 'https:';
  const literal = url.hostname.replace(/^\[(.*)\]$/, '$1');
  if (isIP(literal) !== 0 && isRefused(literal)) throw refusalToGo(literal);
  return new Promise((resolve, reject) => {
    // A connection of its own: who is asked twice a day keeps none open.
    const request = (isTls ? httpsRequest : httpRequest)(url, {
      ...{ headers, signal, agent: false },
      lookup: lookupWithout(isRefused),
    });
    let timer: NodeJS.Timeout | undefined;
    const within = (ms: number, what: string) => {
      clearTimeout(timer);
      timer = setTimeout(() => request.destroy(new ListFailure('timeout', `no ${what} within ${ms / 1_000} s`)), ms);
    };
    within(connectMs, 'connection');
    request.once('socket', (socket) =>
      socket.once(isTls ? 'secureConnect' : 'connect', () => within(answerMs, 'answer')),
    );
    request.once('response', (response) => {
      clearTimeout(timer);
      response.setTimeout(silenceMs, () =>
        response.destroy(new ListFailure('timeout', `the answer stood still for ${silenceMs / 1_000} s`)),
      );
      resolve(response);
    });
    request.on('error', (error) => {
      clearTimeout(timer);
      reject(error);
    });
    request.end();
  });
}

/** As dns.lookup, without the addresses that are refused. */
function lookupWithout(isRefused: (address: string) => boolean): LookupFunction {
  return (name, options, done) =>
    lookup(name, { ...options, all: true }, (error, found) => {
      if (error) return done(error, []);
      const allowed = found.filter(({ address }) => !isRefused(address));
      if (allowed.length === 0) done(refusalToGo(name), []);
      else if (options.all) done(null, allowed);
      else done(null, allowed[0]!.address, allowed[0]!.family);
    });
}

function refusalToGo(where: string): ListFailure {
  return new ListFailure('redirect', `the server, which is a public one, redirects to ${where}, inside your network`);
}

const TLS_CODES = /^(ERR_TLS|ERR_SSL|ERR_OSSL|EPROTO|CERT_|CRL_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_|HOSTNAME_MISMATCH)/;

/** What an error of a connection is, with its address and errno. */
export function failureOf(error: unknown): ListFailure {
  // Each address of the server failed: the first tells as much as all.
  const one = error instanceof AggregateError ? (error.errors[0] as Error) : (error as Error);
  if (one instanceof ListFailure) return one;
  const { code = '', syscall } = one as NodeJS.ErrnoException;
  const message = one.message === '' ? code : one.message;
  if (syscall === 'getaddrinfo') return new ListFailure('dns', `its name has no address: ${message}`);
  if (TLS_CODES.test(code)) return new ListFailure('tls', `the server is not trusted: ${message}`);
  if (code.startsWith('HPE_')) return new ListFailure('broken', `what answers does not speak HTTP: ${message}`);
  return new ListFailure('unreachable', message);
}
