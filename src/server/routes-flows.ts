import { Readable } from 'node:stream';
import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import { type Log, WeirError } from '../base/index.ts';
import { type FlowsQueryInput, flowsQuerySchema } from '../query/index.ts';
import type { ServiceOf } from './access/limited-service.ts';
import { flowsAnswerSchema } from './answer-schemas.ts';
import { type Api, answered, typed } from './api-schema.ts';
import { plainLines, wrappedLines } from './flows-stream.ts';
import { parseRequest } from './http-errors.ts';
import { flowsParametersSchema, fromParameters } from './query-parameters.ts';
import type { QueryService } from './query-service.ts';
import { clientGone } from './request-signal.ts';

const tags = ['answers'];
const format = z
  .enum(['json', 'jsonl', 'stream'])
  .default('json')
  .describe(
    'jsonl: a record per line, without quality; stream: lines {"header"}, {"records"}..., {"end"} or {"error"}',
  );

/** More records than this are only given as a stream: JSON is built in memory. */
const MAX_JSON_RECORDS = 100_000;

/** Flow records: as one JSON document, or as a stream of lines that can be of any length. */
export function addFlowsRoutes(api: Api, serviceOf: ServiceOf, log: Log): void {
  const app = typed(api);
  const response = answered(flowsAnswerSchema);

  async function answer(
    service: QueryService,
    query: FlowsQueryInput,
    as: z.output<typeof format>,
    reply: FastifyReply,
  ): Promise<unknown> {
    const limit = query.limit ?? 100;
    if (as === 'json' && limit > MAX_JSON_RECORDS) {
      throw new WeirError(
        'usage',
        `limit: ${limit} records are too many for one JSON document (${MAX_JSON_RECORDS}): ask for format=jsonl`,
      );
    }
    const flows = await service.flows(query, { signal: clientGone(reply) });
    if (as !== 'json') {
      const lines = as === 'jsonl' ? plainLines(flows) : wrappedLines(flows, log);
      return reply.type('application/jsonl; charset=utf-8').send(Readable.from(lines, { objectMode: false }));
    }
    const records = [];
    for await (const chunk of flows.records) records.push(...chunk);
    return { ...flows.header, records };
  }

  app.post(
    '/api/v1/flows',
    {
      config: { needs: 'viewer', limit: 'kept' },
      schema: {
        summary: 'Flow records',
        tags,
        querystring: z.strictObject({ format }),
        body: flowsQuerySchema,
        response,
      },
    },
    async (request, reply) => answer(serviceOf(request), request.body, request.query.format, reply),
  );
  app.get(
    '/api/v1/flows',
    {
      // The answer to HEAD would be made to its end, for nobody.
      exposeHeadRoute: false,
      config: { needs: 'viewer', limit: 'kept' },
      schema: { summary: 'Flow records', tags, querystring: flowsParametersSchema.extend({ format }), response },
    },
    async (request, reply) => {
      const { format: as, ...parameters } = request.query;
      return answer(serviceOf(request), parseRequest(flowsQuerySchema, fromParameters(parameters)), as, reply);
    },
  );
}
