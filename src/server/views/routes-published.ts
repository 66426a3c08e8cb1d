import { z } from 'zod';
import { systemClock, WeirError } from '../../base/index.ts';
import type { Caller } from '../access/caller.ts';
import { type Api, answered, typed } from '../api-schema.ts';
import { publicChart } from './public-answer.ts';
import type { Published } from './published.ts';
import type { SavedViews } from './saved-views.ts';
import { type Publication, type PublishedPanel, publicationSchema } from './view-schema.ts';

const tags = ['views'];
const idParams = z.object({ id: z.string().max(64) });

const cells = z.array(z.union([z.string(), z.number(), z.null()]));
const publicAnswerSchema = z.object({
  columns: z.array(z.object({ name: z.string(), type: z.string(), unit: z.string().nullable() })),
  rows: z.array(cells),
  buckets: z.array(z.record(z.string(), z.unknown())).optional(),
  bucket_ms: z.number(),
  quality: z.string().describe('the quality line, without names of hosts'),
});
const publicViewSchema = z.object({
  title: z.string(),
  answered: z.number(),
  expires: z.number().nullable(),
  made_up: z.boolean().describe('whether records that `weir demo` made are in the store'),
  panels: z.array(
    z.object({
      ...{ title: z.string(), width: z.number(), chart: z.string(), by: z.array(z.string()), metric: z.string() },
      ...{ from: z.number(), to: z.number(), answer: publicAnswerSchema.nullable(), problem: z.string().nullable() },
    }),
  ),
});

const publishSchema = z.strictObject({
  kind: z.enum(['views', 'dashboards']),
  id: z.string().max(64),
  expires: z.int().min(1).nullable().default(null).describe('ms since 1970; null: when it is revoked'),
});

/** Publishing, and what visitors get. `published` is null where the setting `publish` is off: nothing is published then, whatever was before. */
export function addPublishedRoutes(api: Api, saved: SavedViews, published: Published | null): void {
  const app = typed(api);
  const operators = { needs: 'operator', limit: 'kept' } as const;
  app.get(
    '/api/v1/publications',
    {
      config: { needs: 'viewer', limit: 'kept' },
      schema: {
        summary: 'What the caller has published; admins see all',
        tags,
        response: answered(z.object({ on: z.boolean(), publications: z.array(publicationSchema) })),
      },
    },
    async ({ caller }) => ({
      on: published !== null,
      publications: saved
        .publications()
        .filter(({ by }) => by === caller.name || caller.role === 'admin')
        .map(told),
    }),
  );
  app.post(
    '/api/v1/publications',
    {
      config: operators,
      schema: {
        summary: 'Publishes a view or dashboard as it is now: read-only, for everybody who has its link',
        tags,
        body: publishSchema,
        response: answered(publicationSchema),
      },
    },
    async ({ body, caller }) => {
      if (published === null)
        throw new WeirError('forbidden', 'this node publishes nothing: set `publish: true` in its configuration');
      const { title, panels } = panelsOf(saved, body, caller);
      for (const panel of panels) publicChart(panel, systemClock.now());
      return told(saved.publish(body.id, title, panels, body.expires, caller));
    },
  );
  app.delete(
    '/api/v1/publications/:id',
    {
      config: operators,
      schema: {
        summary: 'Revokes a publication: its link leads nowhere from now on',
        tags,
        params: idParams,
        response: answered(z.object({ revoked: z.string() })),
      },
    },
    async ({ params, caller }) => {
      saved.revoke(params.id, caller);
      return { revoked: params.id };
    },
  );
  app.get(
    '/api/v1/published/:id',
    {
      config: { needs: 'nobody', limit: 'kept' },
      schema: {
        summary: 'What is published, for whoever has its id; nothing in the request changes what is asked',
        tags,
        params: idParams,
        response: answered(publicViewSchema),
      },
    },
    async ({ params }, reply) => {
      if (published === null) throw new WeirError('not_found', 'nothing is published here, or not any more');
      return reply.type('application/json; charset=utf-8').send(await published.json(params.id));
    },
  );
}

/** What is published of it: the panels as they are now. Of what its publisher may not read nothing is. */
function panelsOf(
  saved: SavedViews,
  { kind, id }: z.output<typeof publishSchema>,
  caller: Caller,
): { title: string; panels: PublishedPanel[] } {
  const panelOf = (view: string, width: number) => {
    const { name, page, state } = saved.get('views', view, caller);
    return { title: name, page, state, width };
  };
  if (kind === 'views') return { title: saved.get('views', id, caller).name, panels: [panelOf(id, 3)] };
  const { name, panels } = saved.get('dashboards', id, caller);
  return { title: name, panels: panels.map(({ view, width }) => panelOf(view, width)) };
}

/** Without its key. */
function told({ key: _, ...publication }: Publication) {
  return publication;
}
