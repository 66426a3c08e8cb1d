import { request as httpRequest, type IncomingMessage, type RequestOptions } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { Readable } from 'node:stream';
import { asWeirError, ERROR_CODES, type ErrorCode, WeirError } from '../base/index.ts';
import { shortSocketPath } from '../server/index.ts';
import { type Trust, tlsOptions, whyNoTrust } from './node-trust.ts';

/** A node that answers over HTTP: by its URL, or through the Unix socket of its data directory. */
export type Endpoint =
  | { readonly kind: 'url'; readonly url: URL; readonly token: string | undefined; readonly trust?: Trust }
  | { readonly kind: 'socket'; readonly path: string };

/** How a message names the node. */
export function nameOf(endpoint: Endpoint): string {
  return endpoint.kind === 'url' ? endpoint.url.href.replace(/\/$/, '') : endpoint.path;
}

export interface HttpCall {
  readonly method: 'GET' | 'POST' | 'DELETE';
  readonly path: string;
  /** Sent as JSON; a stream is sent as it is. */
  readonly body?: unknown;
  readonly signal?: AbortSignal | undefined;
  /** Beside those of every call. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** The quality of an export comes in a header. */
const MAX_HEADER = 256 * 1024;

/** Sends a request; the body of the answer is not read yet. Failures, of the node and on the way to it, are WeirErrors. */
export async function send(endpoint: Endpoint, call: HttpCall): Promise<IncomingMessage> {
  const stream = call.body instanceof Readable ? call.body : undefined;
  const body = call.body === undefined || stream ? stream : JSON.stringify(call.body);
  const headers: Record<string, string> = { ...call.headers, accept: 'application/json' };
  if (stream) {
    headers['content-type'] = 'application/octet-stream';
    // A node that refuses a file before it has it all would close the connection at once, and with it lose its answer on the way.
    headers.connection = 'keep-alive';
  } else if (typeof body === 'string') {
    headers['content-type'] = 'application/json';
    headers['content-length'] = String(Buffer.byteLength(body));
  }
  if (endpoint.kind === 'url' && endpoint.token) headers.authorization = `Bearer ${endpoint.token}`;
  const response = await open(
    endpoint,
    { method: call.method, headers, maxHeaderSize: MAX_HEADER, ...(call.signal ? { signal: call.signal } : {}) },
    call.path,
    body,
  );
  const status = response.statusCode ?? 0;
  if (status >= 200 && status < 300) return response;
  throw readError(status, await readText(response), nameOf(endpoint));
}

/** The JSON of an answer. */
export async function fetchJson<T>(endpoint: Endpoint, call: HttpCall): Promise<T> {
  const response = await send(endpoint, call);
  const text = await readText(response, call.signal);
  try {
    return JSON.parse(text) as T;
  } catch (cause) {
    throw new WeirError('system', `${nameOf(endpoint)} does not answer like a Weir node`, { cause });
  }
}

function open(
  endpoint: Endpoint,
  options: RequestOptions,
  path: string,
  body: string | Readable | undefined,
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const socket = endpoint.kind === 'socket' ? shortSocketPath(endpoint.path) : undefined;
    const done = () => socket?.done();
    let answered = false;
    const onResponse = (response: IncomingMessage) => {
      answered = true;
      done();
      resolve(response);
    };
    const request =
      endpoint.kind === 'socket'
        ? httpRequest({ ...options, socketPath: socket!.path, path, host: 'localhost', agent: false }, onResponse)
        : endpoint.url.protocol === 'https:'
          ? httpsRequest(joinUrl(endpoint.url, path), { ...options, ...overTls(endpoint.trust) }, onResponse)
          : httpRequest(joinUrl(endpoint.url, path), { ...options, agent: false }, onResponse);
    request.on('error', (error) => {
      done();
      if (!answered) reject(connectionError(endpoint, error));
    });
    if (!(body instanceof Readable)) request.end(body);
    else {
      body.on('error', (error) => {
        request.destroy();
        reject(asWeirError(error));
      });
      // A node that refuses answers before it has read everything: the rest need not be sent.
      request.on('response', (response) => {
        body.unpipe(request);
        response.once('end', () => request.destroy());
      });
      body.pipe(request);
    }
  });
}

/** An agent would make the connection itself. */
function overTls(trust: Trust = {}): RequestOptions {
  const tls = tlsOptions(trust);
  return tls.createConnection === undefined ? { ...tls, agent: false } : tls;
}

function joinUrl(base: URL, path: string): URL {
  return new URL(base.pathname.replace(/\/$/, '') + path, base);
}

function connectionError(endpoint: Endpoint, error: NodeJS.ErrnoException): WeirError {
  if (error.name === 'AbortError') return new WeirError('cancelled', 'interrupted', { cause: error });
  const untrusted = whyNoTrust(error);
  if (untrusted !== null)
    return new WeirError('system', `${nameOf(endpoint)}: ${untrusted}`, {
      cause: error,
      details: { errno: error.code },
    });
  const reason = error.code ?? error.message;
  return new WeirError('system', `${nameOf(endpoint)} does not answer (${reason}): is the node running?`, {
    cause: error,
    details: { errno: error.code },
  });
}

async function readText(response: IncomingMessage, signal?: AbortSignal): Promise<string> {
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of response) chunks.push(chunk as Buffer);
  } catch (error) {
    throw brokenOff(error, signal);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** The answer stopped in the middle: we were interrupted, or the node went away. */
export function brokenOff(cause: unknown, signal: AbortSignal | undefined): WeirError {
  if (signal?.aborted) return new WeirError('cancelled', 'interrupted', { cause });
  return new WeirError('system', 'the node went away in the middle of its answer', { cause });
}

/** The node's own error, from its body. */
function readError(status: number, text: string, name: string): WeirError {
  try {
    return errorOfBody(JSON.parse(text));
  } catch {
    return new WeirError('system', `${name} answered with status ${status}, not like a Weir node`);
  }
}

export function errorOfBody(body: unknown): WeirError {
  const { code, message, details } = (
    body as { error: { code: string; message: string; details?: Record<string, unknown> } }
  ).error;
  const known = ERROR_CODES.find((c) => c === code) ?? ('internal' satisfies ErrorCode);
  return new WeirError(known, message, { details: details ?? {} });
}
