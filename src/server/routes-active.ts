import type { FilterSets } from '../filter/index.ts';
import { OF_OPEN_FLOWS, refuseBeyond } from './access/limit-columns.ts';
import { activeAnswer, activeAnswerSchema, activeParametersSchema, activeQuery } from './active-flows.ts';
import { type Api, answered, typed } from './api-schema.ts';
import type { NodeState } from './node-state.ts';

/** Flows that the node meters itself and that are not over yet. */
export function addActiveRoute(api: Api, node: NodeState, sets: FilterSets): void {
  typed(api).get(
    '/api/v1/flows/active',
    {
      config: { needs: 'viewer', limit: 'kept' },
      schema: {
        summary: 'Flows that are open now: those of this machine, and those on the interfaces that this node captures',
        tags: ['answers'],
        querystring: activeParametersSchema,
        response: answered(activeAnswerSchema),
      },
    },
    async ({ query, caller: { limit } }) => {
      refuseBeyond(limit, sets, 'open flows', (column) => OF_OPEN_FLOWS.has(column));
      return activeAnswer(await node.activeFlows(activeQuery(query, sets, limit)), limit !== null);
    },
  );
}
