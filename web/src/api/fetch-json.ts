import { csrfHeader, keepCsrf, tokenHeader } from './token.ts';

/** What the node answers where it cannot do what it was asked. */
export class ApiError extends Error {
  readonly status: number;
  readonly code: string;
  /** Facts for programs. */
  readonly details: Readonly<Record<string, unknown>>;

  constructor(status: number, code: string, message: string, details: Readonly<Record<string, unknown>> = {}) {
    super(message);
    this.name = 'ApiError';
    this.status = status;
    this.code = code;
    this.details = details;
  }
}

interface ErrorBody {
  readonly error?: { readonly code?: string; readonly message?: string; readonly details?: Record<string, unknown> };
}

/** The JSON that the node answers. Throws ApiError with the words of the node; `signal` ends the question there as well. */
export async function fetchJson<T>(path: string, init: RequestInit = {}): Promise<T> {
  const response = await ask(path, init);
  return (await response.json()) as T;
}

/** Each line of a stream of JSON lines, until it ends or `signal` ends it. Throws as fetchJson does. */
export async function* fetchLines<T>(path: string, signal: AbortSignal): AsyncGenerator<T> {
  yield* linesOf<T>(await ask(path, { signal }));
}

async function* linesOf<T>({ body }: Response): AsyncGenerator<T> {
  let rest = '';
  for await (const piece of body!.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + piece).split('\n');
    rest = lines.pop()!;
    for (const line of lines) yield JSON.parse(line) as T;
  }
}

type Line<T> = { readonly progress: number } | { readonly answer: T } | ErrorBody;

/** The answer to a question that may take long; `onProgress` is told how far the node is, 0..1, and null at the end. Throws as fetchJson does. */
export async function fetchAnswer<T>(
  path: string,
  question: unknown,
  signal: AbortSignal,
  onProgress: (share: number | null) => void,
): Promise<T> {
  const headers = { 'content-type': 'application/json', accept: 'application/jsonl, application/json' };
  const response = await ask(path, { method: 'POST', body: JSON.stringify(question), headers, signal });
  if (!response.headers.get('content-type')?.startsWith('application/jsonl')) return (await response.json()) as T;
  try {
    for await (const line of linesOf<Line<T>>(response)) {
      if ('answer' in line) return line.answer;
      if ('progress' in line) onProgress(line.progress);
      else throw errorOf(response.status, line);
    }
  } finally {
    onProgress(null);
  }
  throw new ApiError(0, 'unreachable', 'the answer broke off: the node may have been stopped');
}

/** A file of the node, and what the header `x-weir-answer` says of it: rows and quality. Throws as fetchJson does. */
export async function fetchFile(path: string, body: unknown): Promise<{ file: Blob; answer: string }> {
  const headers = { 'content-type': 'application/json' };
  const response = await ask(path, { method: 'POST', body: JSON.stringify(body), headers });
  return { file: await response.blob(), answer: response.headers.get('x-weir-answer') ?? '{}' };
}

async function ask(path: string, init: RequestInit): Promise<Response> {
  const response = await send(path, init);
  if (response.ok) return response;
  const error = errorOf(response.status, (await response.json().catch(() => ({}))) as ErrorBody);
  if (error.status !== 403 || !error.message.includes('x-weir-csrf')) throw error;
  // Another window has signed in anew: this one has the number of the session before.
  const session = await send('/api/v1/session', init.signal ? { signal: init.signal } : {});
  if (!session.ok) throw error;
  keepCsrf(((await session.json()) as { csrf?: string }).csrf);
  const again = await send(path, init);
  if (again.ok) return again;
  throw errorOf(again.status, (await again.json().catch(() => ({}))) as ErrorBody);
}

async function send(path: string, init: RequestInit): Promise<Response> {
  const headers = { accept: 'application/json', ...tokenHeader(), ...csrfHeader(), ...init.headers };
  return fetch(path, { ...init, headers }).catch((error: unknown) => {
    if (init.signal?.aborted) throw error;
    throw new ApiError(0, 'unreachable', 'the node does not answer: is it running?');
  });
}

function errorOf(status: number, { error = {} }: ErrorBody): ApiError {
  return new ApiError(status, error.code ?? 'http', error.message ?? `the node answers ${status}`, error.details);
}

export function postJson<T>(path: string, body: unknown, signal: AbortSignal): Promise<T> {
  return fetchJson<T>(path, {
    method: 'POST',
    body: JSON.stringify(body),
    headers: { 'content-type': 'application/json' },
    signal,
  });
}
