import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { WeirError } from '../../base/index.ts';
import { type Api, answered, typed } from '../api-schema.ts';
import type { Given, Kind, SavedViews } from './saved-views.ts';
import { dashboardInputSchema, dashboardSchema, viewInputSchema, viewSchema } from './view-schema.ts';

const tags = ['views'];
/** What is saved tells nothing of traffic: what it asks is asked by whoever opens it, within their own limit. */
const anybody = { needs: 'viewer', limit: 'kept' } as const;
const idParams = z.object({ id: z.string().max(64) });

/** Saved views, and dashboards made of them. Who changes one says in `If-Match` which version they have seen, so that no two overwrite each other unseen. */
export function addViewRoutes(api: Api, saved: SavedViews): void {
  addKind(api, saved, { kind: 'views', word: 'view', input: viewInputSchema, output: viewSchema });
  addKind(api, saved, { kind: 'dashboards', word: 'dashboard', input: dashboardInputSchema, output: dashboardSchema });
}

interface KindRoutes<K extends Kind> {
  readonly kind: K;
  readonly word: string;
  readonly input: z.ZodType<Given<K>>;
  readonly output: z.ZodType;
}

function addKind<K extends Kind>(api: Api, saved: SavedViews, { kind, word, input, output }: KindRoutes<K>): void {
  const app = typed(api);
  const path = `/api/v1/${kind}`;
  app.get(
    path,
    {
      config: anybody,
      schema: { summary: `Saved ${kind}`, tags, response: answered(z.object({ [kind]: z.array(output) })) },
    },
    async (request) => ({ [kind]: saved.list(kind, request.caller) }),
  );
  app.post(
    path,
    { config: anybody, schema: { summary: `Saves a ${word}`, tags, body: input, response: answered(output) } },
    async (request, reply) => tagged(reply, saved.add(kind, request.body as Given<K>, request.caller)),
  );
  app.get(
    `${path}/:id`,
    { config: anybody, schema: { summary: `A saved ${word}`, tags, params: idParams, response: answered(output) } },
    async (request, reply) => tagged(reply, saved.get(kind, request.params.id, request.caller)),
  );
  app.put(
    `${path}/:id`,
    {
      config: anybody,
      schema: { summary: `Changes a ${word}`, tags, params: idParams, body: input, response: answered(output) },
    },
    async (request, reply) => {
      const { params, caller } = request;
      return tagged(reply, saved.replace(kind, params.id, request.body as Given<K>, versionOf(request), caller));
    },
  );
  app.delete(
    `${path}/:id`,
    {
      config: anybody,
      schema: {
        summary: `Deletes a ${word}, and ends its publications`,
        tags,
        params: idParams,
        response: answered(z.object({ deleted: z.string() })),
      },
    },
    async (request) => {
      saved.remove(kind, request.params.id, versionOf(request), request.caller);
      return { deleted: request.params.id };
    },
  );
}

function tagged<T extends { readonly version: number }>(reply: FastifyReply, saved: T): T {
  reply.header('etag', `"${saved.version}"`);
  return saved;
}

/** The version that the client has seen (RFC 9110 section 13.1.1). */
function versionOf({ headers }: FastifyRequest): number {
  const [, version] = /^"(\d{1,15})"$/.exec(headers['if-match'] ?? '') ?? [];
  if (version !== undefined) return Number(version);
  throw new WeirError('usage', 'If-Match: expected the ETag of what is to be changed, such as "3"');
}
