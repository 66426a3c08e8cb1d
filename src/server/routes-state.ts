import { z } from 'zod';
import { type Api, answered, typed } from './api-schema.ts';
import { healthSchema } from './health.ts';
import type { NodeState } from './node-state.ts';

const tags = ['node'];

/** The node itself: is it well, who sends to it, what has it counted. */
export function addStateRoutes(api: Api, node: NodeState): void {
  const app = typed(api);

  app.get(
    '/api/v1/health',
    {
      config: { needs: 'viewer', limit: 'kept' },
      schema: { summary: 'Whether the node is well, in words', tags, response: answered(healthSchema) },
    },
    async ({ caller }) => {
      const health = await node.health();
      return caller.limit === null ? health : { ...health, findings: [], store: {}, ingest: {} };
    },
  );

  app.get(
    '/api/v1/exporters',
    {
      config: { needs: 'viewer' },
      schema: {
        summary: 'The exporters that are known, with what each sent and lost',
        tags,
        response: answered(z.object({ exporters: z.array(z.record(z.string(), z.unknown())) })),
      },
    },
    async () => ({ exporters: await node.exporters() }),
  );

  app.get(
    '/metrics',
    {
      config: { needs: 'viewer' },
      schema: {
        summary: 'Counters for Prometheus',
        tags,
        response: { 200: { description: 'text format 0.0.4', content: { 'text/plain': { schema: z.string() } } } },
      },
    },
    async (_request, reply) => {
      const { contentType, text } = await node.metrics();
      return reply.type(contentType).send(text);
    },
  );
}
