import { z } from 'zod';
import { type Api, answered, typed } from '../api-schema.ts';
import type { AuditLog } from './audit-log.ts';

const entrySchema = z.object({
  at: z.number().describe('when it was answered, ms since 1970'),
  who: z.string().describe('empty: nobody who is known'),
  via: z.string(),
  from: z.string().describe('address; empty: the Unix socket'),
  method: z.string(),
  route: z.string(),
  status: z.number(),
  ms: z.number(),
  limit: z.string().optional().describe('that the answer was cut down to'),
  asked: z.record(z.string(), z.unknown()).optional().describe('what was asked, or changed'),
  rows: z.number().optional(),
  left_out: z.number().optional().describe('entries before this one that were not written'),
});

/** Who asked what, for admins. */
export function addAuditRoute(api: Api, audit: AuditLog): void {
  typed(api).get(
    '/api/v1/audit',
    {
      config: { needs: 'admin' },
      schema: {
        summary: 'Who asked and changed what, the newest first',
        tags: ['access'],
        querystring: z.strictObject({
          limit: z.coerce.number().int().min(1).max(10_000).default(100),
          who: z.string().max(256).optional(),
        }),
        response: answered(z.object({ entries: z.array(entrySchema) })),
      },
    },
    async ({ query: { limit, who } }) => ({
      entries: await audit.read(limit, (entry) => who === undefined || entry.who === who),
    }),
  );
}
