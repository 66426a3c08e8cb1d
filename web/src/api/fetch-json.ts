/** What the node answers where it cannot do what it was asked. */
export class ApiError extends Error {
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, message: string) {
    super(message);
    this.name = 'ApiError';
    this.status = status;
    this.code = code;
  }
}

interface ErrorBody {
  readonly error?: { readonly code?: string; readonly message?: string };
}

/** The JSON that the node answers. Throws ApiError with the words of the node; `signal` ends the question there as well. */
export async function fetchJson<T>(path: string, init: RequestInit = {}): Promise<T> {
  const response = await fetch(path, { ...init, headers: { accept: 'application/json', ...init.headers } }).catch(
    (error: unknown) => {
      if (init.signal?.aborted) throw error;
      throw new ApiError(0, 'unreachable', 'the node does not answer: is it running?');
    },
  );
  if (response.ok) return (await response.json()) as T;
  const { error = {} } = (await response.json().catch(() => ({}))) as ErrorBody;
  throw new ApiError(response.status, error.code ?? 'http', error.message ?? `the node answers ${response.status}`);
}

export function postJson<T>(path: string, body: unknown, signal: AbortSignal): Promise<T> {
  return fetchJson<T>(path, {
    method: 'POST',
    body: JSON.stringify(body),
    headers: { 'content-type': 'application/json' },
    signal,
  });
}
