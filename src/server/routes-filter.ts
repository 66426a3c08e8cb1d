import { z } from 'zod';
import { WeirError } from '../base/index.ts';
import { completeFilter, type FilterSets, filterFields, parseFilter } from '../filter/index.ts';
import { columns } from '../flow/index.ts';
import { dimensionTable, metricTable } from '../query/index.ts';
import { type Api, answered, typed } from './api-schema.ts';

const MAX_FILTER = 65_536;

const completionSchema = z.object({
  from: z.number().describe('where the text that a candidate replaces begins; it ends at the cursor'),
  candidates: z.array(z.object({ text: z.string(), kind: z.string(), info: z.string().optional() })),
  column: z.string().optional().describe('where a value may stand: the column that it would be of'),
});

const checkSchema = z.object({
  ok: z.boolean(),
  message: z.string().optional(),
  position: z.number().optional().describe('offset of the first wrong character'),
  length: z.number().optional(),
  expected: z.array(z.string()).optional(),
  nearest: z.string().optional(),
});

const columnsSchema = z.object({
  columns: z.array(z.record(z.string(), z.unknown())).describe('of a flow record'),
  dimensions: z.array(z.record(z.string(), z.unknown())).describe('what may stand in `by`'),
  metrics: z.array(z.record(z.string(), z.unknown())).describe('what may stand in `metrics`'),
  fields: z.array(z.record(z.string(), z.unknown())).describe('what a filter may name'),
});

/** The vocabulary of questions: columns, dimensions, metrics, and help with filters while they are written. */
export function addFilterRoutes(api: Api, sets: FilterSets): void {
  const app = typed(api);

  app.get(
    '/api/v1/columns',
    {
      config: { needs: 'viewer', limit: 'kept' },
      schema: {
        summary: 'Columns, dimensions, metrics and filter fields',
        tags: ['vocabulary'],
        response: answered(columnsSchema),
      },
    },
    async () => ({ columns: columns, dimensions: dimensionTable(), metrics: metricTable(), fields: filterFields() }),
  );

  app.get(
    '/api/v1/filter/complete',
    {
      config: { needs: 'viewer', limit: 'kept' },
      schema: {
        summary: 'What may be written at the cursor of a filter',
        tags: ['vocabulary'],
        querystring: z.strictObject({
          text: z.string().max(MAX_FILTER).default(''),
          cursor: z.coerce.number().int().min(0).optional(),
        }),
        response: answered(completionSchema),
      },
    },
    async ({ query }) => completeFilter(query.text, query.cursor ?? query.text.length, { sets }),
  );

  app.post(
    '/api/v1/filter/check',
    {
      config: { needs: 'viewer', limit: 'kept' },
      schema: {
        summary: 'Whether a filter can be read, and if not, where and why',
        tags: ['vocabulary'],
        body: z.strictObject({ filter: z.string().max(MAX_FILTER) }),
        response: answered(checkSchema),
      },
    },
    async ({ body }) => checkFilter(body.filter, sets),
  );
}

function checkFilter(filter: string, sets: FilterSets): z.output<typeof checkSchema> {
  try {
    parseFilter(filter, { sets });
    return { ok: true };
  } catch (error) {
    // A filter that is wrong is the answer here, not a failure of the request.
    if (error instanceof WeirError && error.code === 'usage')
      return { ...error.details, ok: false, message: error.message };
    throw error;
  }
}
