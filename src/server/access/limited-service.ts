import type { FastifyRequest } from 'fastify';
import type { Ask, QueryService } from '../query-service.ts';
import { type Caller, isAtLeast } from './caller.ts';

/** The questions that the sender of a request may ask. Routes get this and not the service itself: none can forget a limit. */
export type ServiceOf = (request: FastifyRequest) => QueryService;

export function serviceOf(service: QueryService): ServiceOf {
  return (request) =>
    limitedTo(service, request.caller, (rows) => {
      request.rows = rows;
    });
}

/** The service as a caller may use it, `onRows` told how many rows an answer has: each question within their limit, and of the questions that run those that they may see. */
function limitedTo(service: QueryService, caller: Caller, onRows: (rows: number) => void = () => {}): QueryService {
  const { limit, name: asker } = caller;
  const asks = (ask: Ask | undefined): Ask => ({ ...ask, limit, asker });
  const seesAll = limit === null && isAtLeast(caller, 'operator');
  const running = async () => (await service.running()).filter((q) => seesAll || q.asker === asker);
  return {
    query: async (query, ask) => {
      const answer = await service.query(query, asks(ask));
      onRows(answer.rows.length);
      return answer;
    },
    flows: async (query, ask) => {
      const answer = await service.flows(query, asks(ask));
      onRows(Math.min(Number(answer.header.total.records ?? 0), query.limit ?? Number.POSITIVE_INFINITY));
      return answer;
    },
    report: async (name, request, ask) => {
      const answer = await service.report(name, request, asks(ask));
      onRows(answer.tables.reduce((sum, { rows }) => sum + rows.length, 0));
      return answer;
    },
    export: async (query, file, ask) => {
      const answer = await service.export(query, file, asks(ask));
      onRows(answer.rows);
      return answer;
    },
    running,
    cancel: async (id) => (await running()).some((q) => q.id === id) && service.cancel(id),
  };
}
