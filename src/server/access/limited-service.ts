import type { FastifyRequest } from 'fastify';
import type { Ask, QueryService } from '../query-service.ts';
import { type Caller, isAtLeast } from './caller.ts';

/** The questions that the sender of a request may ask. Routes get this and not the service itself: none can forget a limit. */
export type ServiceOf = (request: FastifyRequest) => QueryService;

export function serviceOf(service: QueryService): ServiceOf {
  return ({ caller }) => limitedTo(service, caller);
}

/** The service as a caller may use it: each question within their limit, and of the questions that run those that they may see. */
export function limitedTo(service: QueryService, caller: Caller): QueryService {
  const { limit, name: asker } = caller;
  const asks = (ask: Ask | undefined): Ask => ({ ...ask, limit, asker });
  const seesAll = limit === null && isAtLeast(caller, 'operator');
  const running = async () => (await service.running()).filter((q) => seesAll || q.asker === asker);
  return {
    query: (query, ask) => service.query(query, asks(ask)),
    flows: (query, ask) => service.flows(query, asks(ask)),
    report: (name, request, ask) => service.report(name, request, asks(ask)),
    export: (query, file, ask) => service.export(query, file, asks(ask)),
    running,
    cancel: async (id) => (await running()).some((q) => q.id === id) && service.cancel(id),
  };
}
