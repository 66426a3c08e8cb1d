import { Readable } from 'node:stream';
import { type Log, WeirError } from '../base/index.ts';
import { type Api, answered, typed } from './api-schema.ts';
import { errorBody, httpError } from './http-errors.ts';
import { type LiveLine, liveParametersSchema, liveSecondSchema } from './live-schema.ts';
import { checkMetered, liveSeconds } from './live-stream.ts';
import type { NodeState } from './node-state.ts';
import { clientGone } from './request-signal.ts';

/** Each is asked for and written once a second by itself. */
const MOST_LISTENERS = 16;

/** What this machine sends and receives, second by second: JSON lines, or events where the client asks for these, as EventSource of browsers does. */
export function addLiveRoute(api: Api, node: NodeState, log: Log): void {
  let listeners = 0;
  typed(api).get(
    '/api/v1/host/live',
    {
      config: { needs: 'viewer' },
      schema: {
        summary: 'What this machine sends and receives, second by second: a line of JSON, or an event, for each',
        tags: ['answers'],
        querystring: liveParametersSchema,
        response: answered(liveSecondSchema),
      },
    },
    async ({ query, headers }, reply) => {
      if (listeners >= MOST_LISTENERS)
        throw new WeirError('busy', `${MOST_LISTENERS} listen to the live view: one of them must end first`);
      const signal = clientGone(reply);
      listeners += 1;
      // Before anything is waited for: it comes once, and a client may go meanwhile.
      reply.raw.once('close', () => {
        listeners -= 1;
      });
      await checkMetered(node);
      const events = headers.accept?.includes('text/event-stream') === true;
      const lines = written(liveSeconds(node, { ...query, signal }), events, log);
      reply.type(events ? 'text/event-stream' : 'application/jsonl; charset=utf-8');
      return reply.send(Readable.from(lines, { objectMode: false, highWaterMark: 1 }));
    },
  );
}

async function* written(seconds: AsyncGenerator<LiveLine>, events: boolean, log: Log): AsyncGenerator<string> {
  const form = (value: object, event = '') =>
    events ? `${event}data: ${JSON.stringify(value)}\n\n` : `${JSON.stringify(value)}\n`;
  try {
    for await (const second of seconds) yield form(second);
  } catch (raw) {
    const { error } = httpError(raw);
    log.warn({ code: error.code, err: error }, 'a live view broke off');
    yield form(errorBody(error), 'event: problem\n');
  }
}
