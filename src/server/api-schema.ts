import type { FastifyInstance, FastifyTypeProvider } from 'fastify';
import type { z } from 'zod';
import { errorBodySchema } from './http-errors.ts';

/** What the route files add their routes to. */
export type Api = FastifyInstance;

/** Requests have the types of their zod schemas; answers are described by theirs, not checked (see api.ts). */
interface RequestTypes extends FastifyTypeProvider {
  validator: this['schema'] extends z.ZodType ? z.output<this['schema']> : unknown;
  serializer: unknown;
}

/** The instance with request types that come from the zod schemas of its routes. */
export function typed(api: Api) {
  return api.withTypeProvider<RequestTypes>();
}

/** The documents of a route's answers: its own, and the one form of every error. */
export function answered<T extends z.ZodType>(schema: T) {
  return { 200: schema, default: errorBodySchema };
}
