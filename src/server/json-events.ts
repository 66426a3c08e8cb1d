import { Readable } from 'node:stream';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { type Log, WeirError } from '../base/index.ts';
import { errorBody, httpError } from './http-errors.ts';

/**
 * Answers with values as they come: JSON lines, or events where the client asks for these, as EventSource of browsers does. It ends with an error when the caller
 * would not be let in any more, or with another limit. `what`: for the log, where it breaks off.
 */
export function sendEvents(
  request: FastifyRequest,
  reply: FastifyReply,
  values: AsyncGenerator<object>,
  { log, what }: { readonly log: Log; readonly what: string },
): FastifyReply {
  const isEvents = request.headers.accept?.includes('text/event-stream') === true;
  reply.type(isEvents ? 'text/event-stream' : 'application/jsonl; charset=utf-8');
  // One at a time: whoever reads slowly gets the newest, not what has waited.
  const allowed = whileKnown(request, values);
  return reply.send(Readable.from(written(allowed, isEvents, log, what), { objectMode: false, highWaterMark: 1 }));
}

async function* whileKnown(request: FastifyRequest, values: AsyncGenerator<object>): AsyncGenerator<object> {
  for await (const value of values) {
    if (!request.isStillKnown())
      throw new WeirError('unauthorised', 'who asked was signed out, or may see something else now: ask again');
    yield value;
  }
}

async function* written(
  values: AsyncGenerator<object>,
  isEvents: boolean,
  log: Log,
  what: string,
): AsyncGenerator<string> {
  const form = (value: object, event = '') =>
    isEvents ? `${event}data: ${JSON.stringify(value)}\n\n` : `${JSON.stringify(value)}\n`;
  try {
    for await (const value of values) yield form(value);
  } catch (raw) {
    const { error } = httpError(raw);
    log.warn({ code: error.code, err: error }, `${what} broke off`);
    yield form(errorBody(error), 'event: problem\n');
  }
}
