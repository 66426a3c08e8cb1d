import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { WeirError } from '../../base/index.ts';
import { type Api, answered, typed } from '../api-schema.ts';
import type { Access } from './access.ts';
import type { Caller } from './caller.ts';
import { csrfOf, sessionCookie } from './identify.ts';
import { requestAddress } from './request-address.ts';
import { ROLES } from './roles.ts';

const tags = ['access'];
const name = z.string().min(1).max(256);
const password = z.string().min(1).max(1_024);

const callerSchema = z.object({
  name: z.string(),
  role: z.enum(ROLES),
  limit: z.string().nullable().describe('a filter: what is seen of the traffic; null: all of it'),
  via: z.enum(['unix', 'session', 'token', 'open']).describe('open: nobody has to sign in'),
  csrf: z.string().optional().describe('of a session: goes into the header x-weir-csrf of all that is not GET'),
});

function told(caller: Caller, secret: string | undefined): z.output<typeof callerSchema> {
  return { ...caller, ...(secret === undefined ? {} : { csrf: csrfOf(secret) }) };
}

const originOf = (request: FastifyRequest) => ({
  from: requestAddress(request),
  agent: String(request.headers['user-agent'] ?? ''),
});

/** Signing in and out, and who one is. */
export function addSessionRoutes(api: Api, access: Access): void {
  const app = typed(api);
  const openedBy = (
    { secret, caller }: { secret: string; caller: Caller },
    request: FastifyRequest,
    reply: FastifyReply,
  ) => {
    reply.header('set-cookie', sessionCookie(secret, request));
    return told(caller, secret);
  };

  app.get(
    '/api/v1/session',
    {
      config: { needs: 'viewer', limit: 'kept' },
      schema: { summary: 'Who asks, and what they may do', tags, response: answered(callerSchema) },
    },
    async ({ caller, session }) => told(caller, session?.secret),
  );

  app.post(
    '/api/v1/session',
    {
      config: { needs: 'nobody' },
      bodyLimit: 8_192,
      schema: {
        summary: 'Signs in: sets the cookie of a session',
        tags,
        body: z.strictObject({ name, password }),
        response: answered(callerSchema),
      },
    },
    async (request, reply) => {
      request.noted = { name: request.body.name };
      const { name, password } = request.body;
      return openedBy(await access.signIn(name, password, originOf(request)), request, reply);
    },
  );

  app.delete(
    '/api/v1/session',
    {
      config: { needs: 'viewer', limit: 'kept' },
      schema: { summary: 'Signs out', tags, response: answered(z.object({ signed_out: z.string() })) },
    },
    async (request, reply) => {
      if (request.session === null) throw new WeirError('usage', 'there is no session to end');
      access.endSession(request.session.kept.id);
      reply.header('set-cookie', sessionCookie(null, request));
      return { signed_out: request.caller.name };
    },
  );

  app.post(
    '/api/v1/session/first',
    {
      config: { needs: 'nobody' },
      bodyLimit: 8_192,
      schema: {
        summary: 'Makes the first admin, with the code of the link that the node printed, and signs in',
        tags,
        body: z.strictObject({ code: z.string().max(128), name, password }),
        response: answered(callerSchema),
      },
    },
    async (request, reply) => {
      const { code, name, password } = request.body;
      request.noted = { name };
      const user = { name, password, role: 'admin', limit: null } as const;
      return openedBy(await access.signInFirst(code, user, originOf(request)), request, reply);
    },
  );

  app.post(
    '/api/v1/session/password',
    {
      config: { needs: 'viewer', limit: 'kept' },
      bodyLimit: 8_192,
      schema: {
        summary: 'Changes the own password; all other sessions end',
        tags,
        body: z.strictObject({ old: password, password }),
        response: answered(z.object({ changed: z.string() })),
      },
    },
    async (request) => {
      const { session, caller, body } = request;
      if (session === null) throw new WeirError('usage', 'only who has signed in has a password to change');
      await access.changePassword(caller, body.old, body.password, requestAddress(request), session.kept);
      return { changed: caller.name };
    },
  );
}
