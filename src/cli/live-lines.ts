import { createInterface } from 'node:readline';
import type { LiveLine } from '../server/index.ts';
import { brokenOff, type Endpoint, errorOfBody, send } from './http-connection.ts';

/** The live view of a node or an agent, line by line, until it ends or the signal is raised. */
export async function* liveLines(
  endpoint: Endpoint,
  parameters: URLSearchParams,
  signal: AbortSignal,
): AsyncGenerator<LiveLine> {
  const response = await send(endpoint, { method: 'GET', path: `/api/v1/host/live?${parameters}`, signal });
  try {
    for await (const line of createInterface({ input: response, crlfDelay: Number.POSITIVE_INFINITY })) {
      const value = JSON.parse(line) as LiveLine | { readonly error: unknown };
      if ('error' in value) throw errorOfBody(value);
      yield value;
    }
  } catch (error) {
    if (signal.aborted) return;
    throw (error as { code?: unknown }).code === 'ERR_STREAM_PREMATURE_CLOSE' ? brokenOff(error, signal) : error;
  } finally {
    response.destroy();
  }
}
