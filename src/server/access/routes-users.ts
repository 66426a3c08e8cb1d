import { z } from 'zod';
import { type FilterSets, parseFilter } from '../../filter/index.ts';
import { type Api, answered, typed } from '../api-schema.ts';
import type { SavedViews } from '../views/saved-views.ts';
import type { Access } from './access.ts';
import type { User } from './access-file.ts';
import { ROLES } from './roles.ts';

const tags = ['access'];
const admin = { needs: 'admin' } as const;

const role = z.enum(ROLES);
const limit = z.string().max(65_536).nullable().describe('a filter: what they see of the traffic; null: all of it');
const password = z.string().min(1).max(1_024);

const userSchema = z.object({ name: z.string(), role, limit, created: z.number().describe('ms since 1970') });
const told = ({ name, role, limit, created }: User): z.output<typeof userSchema> => ({ name, role, limit, created });

const sessionSchema = z.object({
  id: z.string(),
  user: z.string(),
  from: z.string().describe('address that it was opened from'),
  agent: z.string().describe('what the browser calls itself'),
  created: z.number().describe('ms since 1970'),
  used: z.number().describe('to ten minutes'),
});

/** The filter of a limit, or null for none; WeirError `usage` where it cannot be read. */
export function checkedLimit(text: string | null | undefined, sets: FilterSets): string | null {
  const limit = text?.trim() ?? '';
  if (limit === '') return null;
  parseFilter(limit, { sets });
  return limit;
}

/** Users and their sessions, for admins. */
export function addUserRoutes(
  api: Api,
  access: Access,
  sets: FilterSets,
  views: Pick<SavedViews, 'forget'> | undefined,
): void {
  const app = typed(api);
  const named = z.object({ name: z.string().max(256) });

  app.get(
    '/api/v1/users',
    {
      config: admin,
      schema: { summary: 'Who may sign in', tags, response: answered(z.object({ users: z.array(userSchema) })) },
    },
    async () => ({ users: access.users.map(told) }),
  );

  app.post(
    '/api/v1/users',
    {
      config: admin,
      schema: {
        summary: 'Adds a user',
        tags,
        body: z.strictObject({ name: z.string().max(256), password, role, limit: limit.optional() }),
        response: answered(userSchema),
      },
    },
    async (request) => {
      const { name, password, role, limit } = request.body;
      request.noted = { name, role, limit };
      return told(await access.addUser({ name, password, role, limit: checkedLimit(limit, sets) }));
    },
  );

  app.post(
    '/api/v1/users/:name',
    {
      config: admin,
      schema: {
        summary: 'Changes password, role or limit of a user, whose sessions end',
        tags,
        params: named,
        body: z.strictObject({ password: password.optional(), role: role.optional(), limit: limit.optional() }),
        response: answered(userSchema),
      },
    },
    async (request) => {
      const { password, role, limit } = request.body;
      request.noted = {
        name: request.params.name,
        role,
        limit,
        ...(password === undefined ? {} : { password: 'set' }),
      };
      const change = { password, role, ...(limit === undefined ? {} : { limit: checkedLimit(limit, sets) }) };
      return told(await access.changeUser(request.params.name, change));
    },
  );

  app.delete(
    '/api/v1/users/:name',
    {
      config: admin,
      schema: {
        summary: 'Removes a user, and the views and dashboards that were theirs alone; what they shared stays',
        tags,
        params: named,
        response: answered(z.object({ removed: z.string() })),
      },
    },
    async (request) => {
      const { name } = request.params;
      request.noted = { name };
      access.removeUser(name);
      views?.forget(name);
      return { removed: name };
    },
  );

  app.get(
    '/api/v1/sessions',
    {
      config: admin,
      schema: {
        summary: 'Who is signed in',
        tags,
        response: answered(z.object({ sessions: z.array(sessionSchema) })),
      },
    },
    async () => ({ sessions: access.sessions.map(({ hash: _, ...session }) => session) }),
  );

  app.delete(
    '/api/v1/sessions/:id',
    {
      config: admin,
      schema: {
        summary: 'Ends a session',
        tags,
        params: z.object({ id: z.string().max(256) }),
        response: answered(z.object({ ended: z.string() })),
      },
    },
    async (request) => {
      const { id } = request.params;
      request.noted = { name: access.sessions.find((s) => s.id === id)?.user };
      access.endSession(id);
      return { ended: id };
    },
  );
}
