import { z } from 'zod';
import { WeirError } from '../../base/index.ts';
import type { FilterSets } from '../../filter/index.ts';
import { type Api, answered, typed } from '../api-schema.ts';
import type { Access } from './access.ts';
import type { Token } from './access-file.ts';
import type { Role } from './roles.ts';
import { checkedLimit } from './routes-users.ts';

const tags = ['access'];
const admin = { needs: 'admin' } as const;

/** What a token may be used for, and the role that this is. */
const SCOPES = { ask: 'viewer', operate: 'operator', admin: 'admin' } as const satisfies Record<string, Role>;
const scope = z
  .enum(['ask', 'operate', 'admin'])
  .describe('ask: what a viewer may; operate: what an operator may; admin: what an admin may');

const tokenSchema = z.object({
  name: z.string(),
  scope,
  limit: z.string().nullable().describe('a filter: what is seen of the traffic; null: all of it'),
  by: z.string().describe('who made it'),
  created: z.number().describe('ms since 1970'),
  expires: z.number().nullable().describe('ms since 1970; null: never'),
  used: z.number().nullable().describe('last, to ten minutes; null: never'),
});

function told({ name, role, limit, by, created, expires, used }: Token): z.output<typeof tokenSchema> {
  const scope = role === 'viewer' ? 'ask' : role === 'operator' ? 'operate' : 'admin';
  return { name, scope, limit, by, created, expires, used };
}

/** Tokens for programs, for admins. */
export function addTokenRoutes(api: Api, access: Access, sets: FilterSets): void {
  const app = typed(api);
  app.get(
    '/api/v1/tokens',
    {
      config: admin,
      schema: {
        summary: 'The tokens that there are; what they are is known to nobody but those who got them',
        tags,
        response: answered(z.object({ tokens: z.array(tokenSchema) })),
      },
    },
    async () => ({ tokens: access.tokens.map(told) }),
  );

  app.post(
    '/api/v1/tokens',
    {
      config: admin,
      schema: {
        summary: 'Makes a token, which is told this once',
        tags,
        body: z.strictObject({
          name: z.string().max(256),
          scope,
          limit: z.string().max(65_536).nullable().optional(),
          expires: z.number().int().nullable().optional().describe('ms since 1970; default: never'),
        }),
        response: answered(tokenSchema.extend({ token: z.string() })),
      },
    },
    async (request) => {
      const { name, scope, limit, expires = null } = request.body;
      request.noted = { name, scope, limit, expires };
      // The first of them closes a port that was open to all of this machine.
      if (!access.hasUsers && scope !== 'admin')
        throw new WeirError('usage', 'add a user first: with tokens alone nobody could open the dashboard');
      const asked = { name, role: SCOPES[scope], limit: checkedLimit(limit, sets), expires, by: request.caller.name };
      const { token, secret } = access.addToken(asked);
      return { ...told(token), token: secret };
    },
  );

  app.delete(
    '/api/v1/tokens/:name',
    {
      config: admin,
      schema: {
        summary: 'Removes a token',
        tags,
        params: z.object({ name: z.string().max(256) }),
        response: answered(z.object({ removed: z.string() })),
      },
    },
    async (request) => {
      const { name } = request.params;
      request.noted = { name };
      access.removeToken(name);
      return { removed: name };
    },
  );
}
