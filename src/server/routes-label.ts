import { z } from 'zod';
import type { ServiceOf } from './access/limited-service.ts';
import { type Api, answered, typed } from './api-schema.ts';
import { type ExplainWith, explainLabels, explanationSchema } from './label-explain.ts';
import { NAME_KINDS, namesOf, namesSchema } from './label-names.ts';
import { clientGone } from './request-signal.ts';

/** Why a flow has its names, and which names there are. */
export function addLabelRoutes(api: Api, serviceOf: ServiceOf, labels: ExplainWith): void {
  typed(api).get(
    '/api/v1/label/explain',
    {
      config: { needs: 'viewer', limit: 'kept' },
      schema: {
        summary: 'Why a flow has its names',
        tags: ['answers'],
        querystring: z.strictObject({
          flow: z
            .string()
            .max(4_096)
            .describe(
              'its key and, where several records have it, its start and exporter: `tcp 10.0.0.1:40000 > 198.51.100.7:443 start 2026-11-22T09:30:00.000Z exporter 192.0.2.1`; or the record as JSON',
            ),
        }),
        response: answered(explanationSchema),
      },
    },
    async (request, reply) =>
      explainLabels(serviceOf(request), request.query.flow, labels, { signal: clientGone(reply) }),
  );
  typed(api).get(
    '/api/v1/label/names',
    {
      config: { needs: 'viewer', limit: 'kept' },
      schema: {
        summary: 'The names that flows can get',
        tags: ['answers'],
        querystring: z.strictObject({ kind: z.enum(NAME_KINDS).optional().describe('default: all kinds') }),
        response: answered(namesSchema),
      },
    },
    async (request) => namesOf(labels.naming ?? {}, request.query.kind),
  );
}
