import type { Log } from '../base/index.ts';
import type { FilterSets } from '../filter/index.ts';
import { LATE_COLUMNS } from '../query/index.ts';
import { refuseBeyond } from './access/limit-columns.ts';
import { type Api, answered, typed } from './api-schema.ts';
import { sendEvents } from './json-events.ts';
import type { NodeState } from './node-state.ts';
import { clientGone } from './request-signal.ts';
import { type FlowSecondLine, flowSecondSchema, secondsParametersSchema } from './seconds-schema.ts';

/** What arrives, second by second: totals and talkers. */
export function addSecondsRoute(api: Api, node: NodeState, sets: FilterSets, log: Log): void {
  typed(api).get(
    '/api/v1/live',
    {
      // The answer to HEAD would be read to its end, which never comes.
      exposeHeadRoute: false,
      config: { needs: 'viewer', limit: 'kept' },
      schema: {
        summary: 'What exporters tell, second by second as it arrives: a line of JSON, or an event, for each',
        tags: ['answers'],
        querystring: secondsParametersSchema,
        response: answered(flowSecondSchema),
      },
    },
    async (request, reply) => {
      const { seconds, ...asked } = request.query;
      refuseBeyond(request.caller.limit, sets, 'what arrives', (column) => !LATE_COLUMNS.has(column));
      const lines = node.seconds({ ...asked, limit: request.caller.limit }, clientGone(reply));
      return sendEvents(request, reply, first(lines, seconds), { log, what: 'a live stream' });
    },
  );
}

async function* first(
  lines: AsyncGenerator<FlowSecondLine>,
  count = Number.POSITIVE_INFINITY,
): AsyncGenerator<FlowSecondLine> {
  let told = 0;
  for await (const line of lines) {
    yield line;
    if (++told >= count) return;
  }
}
