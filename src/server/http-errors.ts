import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { hasZodFastifySchemaValidationErrors } from 'fastify-type-provider-zod';
import { ZodError, z } from 'zod';
import { asWeirError, type ErrorCode, type Log, WeirError } from '../base/index.ts';

/** The HTTP status of each way to fail. */
const STATUS_OF: Readonly<Record<ErrorCode, number>> = {
  usage: 400,
  config: 400,
  unauthorised: 401,
  forbidden: 403,
  too_often: 429,
  not_found: 404,
  conflict: 412,
  busy: 503,
  port_taken: 409,
  disk_full: 507,
  // The request is understood and permitted, and refused as it stands.
  costly: 422,
  memory: 507,
  corrupt: 500,
  version: 500,
  // Nobody reads it: the client has gone, or someone cancelled the query by its id.
  cancelled: 499,
  timeout: 504,
  unsupported: 501,
  system: 500,
  internal: 500,
};

/** What every failed request answers. */
export const errorBodySchema = z.object({
  error: z.object({
    code: z.string().describe('one of a closed list, for programs'),
    message: z.string().describe('what was wrong, with which value, and what to do'),
    details: z.record(z.string(), z.unknown()).describe('facts for programs, e.g. `position` in a filter'),
  }),
});
export type ErrorBody = z.output<typeof errorBodySchema>;

/** Our own faults are told to the log, not to the client: their messages may name paths and addresses. */
const HIDDEN = new Set<ErrorCode>(['internal', 'system']);

export function errorBody(error: WeirError): ErrorBody {
  const hidden = HIDDEN.has(error.code);
  const message = hidden ? 'the node failed to answer: its log has the reason' : error.message;
  return { error: { code: error.code, message, details: hidden ? {} : { ...error.details } } };
}

/** A mistake in a request, from the issues that zod found. */
function usageOfIssues(
  issues: readonly { readonly path: readonly PropertyKey[]; readonly message: string }[],
): WeirError {
  const problems = issues.map(({ path, message }) =>
    path.length > 0 ? `${path.map(String).join('.')}: ${message}` : message,
  );
  return new WeirError('usage', problems.join('; '), { details: { problems } });
}

/** The schema's output, or WeirError `usage` with every mistake. */
export function parseRequest<T>(schema: z.ZodType<T>, value: unknown): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw usageOfIssues(result.error.issues);
}

/** Any error of a handler, of validation or of Fastify as ours, with the status it is answered with. */
export function httpError(error: unknown): { error: WeirError; status: number } {
  if (hasZodFastifySchemaValidationErrors(error)) {
    const issues = error.validation.map((v) => ({
      path: v.instancePath.split('/').filter((p) => p !== ''),
      message: v.message ?? 'is wrong',
    }));
    return { error: usageOfIssues(issues), status: 400 };
  }
  if (error instanceof ZodError) return { error: usageOfIssues(error.issues), status: 400 };
  const status = (error as { statusCode?: unknown } | null)?.statusCode;
  if (!(error instanceof WeirError) && typeof status === 'number' && status >= 400 && status < 500) {
    return { error: new WeirError('usage', (error as Error).message), status };
  }
  const own = asWeirError(error);
  return { error: own, status: STATUS_OF[own.code] };
}

/** Every failure of the API has one form, and no stack leaves the node. */
export function setErrorAnswers(app: FastifyInstance, log: Log): void {
  app.setErrorHandler((raw: unknown, request: FastifyRequest, reply: FastifyReply) => {
    const { error, status } = httpError(raw);
    if (HIDDEN.has(error.code))
      log.error({ err: error.cause instanceof Error ? error.cause : error, url: request.url }, 'request failed');
    if (status === 503) reply.header('retry-after', '1');
    if (status === 429) reply.header('retry-after', String(error.details.retry_after ?? 1));
    return reply.code(status).type('application/json; charset=utf-8').send(errorBody(error));
  });
}

/** What is not there, as the API says it. */
export function notFound(method: string, url: string): WeirError {
  return new WeirError(
    'not_found',
    `there is no ${method} ${url.split('?')[0]}: /api/v1/openapi.json lists what there is`,
  );
}
