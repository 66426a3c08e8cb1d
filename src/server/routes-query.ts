import { z } from 'zod';
import { WeirError } from '../base/index.ts';
import {
  qualitySchema,
  queryAnswerSchema,
  querySchema,
  REPORTS,
  reportAnswerSchema,
  reportInputSchema,
} from '../query/index.ts';
import type { ServiceOf } from './access/limited-service.ts';
import { runningSchema } from './answer-schemas.ts';
import { type Api, answered, typed } from './api-schema.ts';
import { parseRequest } from './http-errors.ts';
import { answerWithProgress } from './progress-answer.ts';
import { fromParameters, queryParametersSchema, rangeParametersSchema } from './query-parameters.ts';
import { clientGone } from './request-signal.ts';

const tags = ['answers'];

/** Grouped answers, reports, quality, and the questions that run at the moment. */
export function addQueryRoutes(api: Api, serviceOf: ServiceOf): void {
  const app = typed(api);

  app.post(
    '/api/v1/query',
    {
      config: { needs: 'viewer', limit: 'kept' },
      schema: { summary: 'A grouped answer', tags, body: querySchema, response: answered(queryAnswerSchema) },
    },
    async (request, reply) => answerWithProgress(request, reply, (ask) => serviceOf(request).query(request.body, ask)),
  );

  app.get(
    '/api/v1/query',
    {
      config: { needs: 'viewer', limit: 'kept' },
      schema: {
        summary: 'A grouped answer',
        tags,
        querystring: queryParametersSchema,
        response: answered(queryAnswerSchema),
      },
    },
    async (request, reply) => {
      const query = parseRequest(querySchema, fromParameters(request.query));
      return answerWithProgress(request, reply, (ask) => serviceOf(request).query(query, ask));
    },
  );

  const named = z.object({ name: z.string().describe(REPORTS.map((r) => `${r.name}: ${r.meaning}`).join('; ')) });
  app.get(
    '/api/v1/report/:name',
    {
      config: { needs: 'viewer', limit: 'kept' },
      schema: {
        summary: 'A ready-made report',
        tags,
        params: named,
        querystring: rangeParametersSchema,
        response: answered(reportAnswerSchema),
      },
    },
    async (request, reply) => {
      const input = parseRequest(reportInputSchema, fromParameters(request.query));
      const { name } = request.params;
      return answerWithProgress(request, reply, (ask) => serviceOf(request).report(name, input, ask));
    },
  );
  app.post(
    '/api/v1/report/:name',
    {
      config: { needs: 'viewer', limit: 'kept' },
      schema: {
        summary: 'A ready-made report',
        tags,
        params: named,
        body: reportInputSchema,
        response: answered(reportAnswerSchema),
      },
    },
    async (request, reply) =>
      answerWithProgress(request, reply, (ask) => serviceOf(request).report(request.params.name, request.body, ask)),
  );

  app.get(
    '/api/v1/quality',
    {
      config: { needs: 'viewer', limit: 'kept' },
      schema: {
        summary: 'What the records of a range are worth: losses, sampling, duplicates, gaps',
        tags,
        querystring: rangeParametersSchema.pick({ from: true, to: true, filter: true }),
        response: answered(qualitySchema),
      },
    },
    async (request, reply) => {
      const query = parseRequest(querySchema, {
        ...fromParameters(request.query),
        metrics: ['records', 'bytes', 'packets'],
      });
      return (await serviceOf(request).query(query, { signal: clientGone(reply) })).quality;
    },
  );

  app.get(
    '/api/v1/queries',
    {
      config: { needs: 'viewer', limit: 'kept' },
      schema: {
        summary: 'Questions that run or wait',
        tags,
        response: answered(z.object({ queries: z.array(runningSchema) })),
      },
    },
    async (request) => ({ queries: [...(await serviceOf(request).running())] }),
  );

  app.delete(
    '/api/v1/queries/:id',
    {
      config: { needs: 'viewer', limit: 'kept' },
      schema: {
        summary: 'Cancels a question',
        tags,
        params: z.object({ id: z.string() }),
        response: answered(z.object({ cancelled: z.string() })),
      },
    },
    async (request) => {
      const { params } = request;
      if (await serviceOf(request).cancel(params.id)) return { cancelled: params.id };
      throw new WeirError('not_found', `no query ${params.id} runs or waits`);
    },
  );
}
