import { type Log, WeirError } from '../base/index.ts';
import { type Api, answered, typed } from './api-schema.ts';
import { sendEvents } from './json-events.ts';
import { liveParametersSchema, liveSecondSchema } from './live-schema.ts';
import { checkMetered, liveSeconds } from './live-stream.ts';
import type { NodeState } from './node-state.ts';
import { clientGone } from './request-signal.ts';

/** Each is asked for and written once a second by itself. */
const MOST_LISTENERS = 16;

/** What this machine sends and receives, second by second. */
export function addLiveRoute(api: Api, node: NodeState, log: Log): void {
  let listeners = 0;
  typed(api).get(
    '/api/v1/host/live',
    {
      // The answer to HEAD would be read to its end, which never comes.
      exposeHeadRoute: false,
      config: { needs: 'viewer' },
      schema: {
        summary: 'What this machine sends and receives, second by second: a line of JSON, or an event, for each',
        tags: ['answers'],
        querystring: liveParametersSchema,
        response: answered(liveSecondSchema),
      },
    },
    async (request, reply) => {
      if (listeners >= MOST_LISTENERS)
        throw new WeirError('busy', `${MOST_LISTENERS} listen to the live view: one of them must end first`);
      const signal = clientGone(reply);
      listeners += 1;
      // Before anything is waited for: it comes once, and a client may go meanwhile.
      reply.raw.once('close', () => {
        listeners -= 1;
      });
      await checkMetered(node);
      const lines = liveSeconds(node, { ...request.query, signal });
      return sendEvents(request, reply, lines, { log, what: 'a live view' });
    },
  );
}
