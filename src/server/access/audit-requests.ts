import type { FastifyRequest } from 'fastify';
import { systemClock } from '../../base/index.ts';
import type { Api } from '../api-schema.ts';
import type { AuditEntry, AuditLog } from './audit-log.ts';
import { NOBODY } from './caller.ts';
import { requestAddress } from './request-address.ts';

/** Kinds of routes whose answers are written down: questions, imports, and changes of who may come in. Refusals of every route are. */
const TAGS = new Set(['answers', 'imports', 'access', 'views']);
/** Routes that a page asks again and again, and that tell nothing of traffic. */
const QUIET = new Set(['GET /api/v1/session', 'GET /api/v1/queries', 'GET /api/v1/label/names']);
/** Refusals of those who are not known, and visits of what is published, that are written in a minute: they must not push out what matters. */
const MOST_OF_STRANGERS = 120;
const MOST_TEXT = 2_000;

/** The parts of a question that say what was asked. */
const ASKED = [
  'filter',
  'by',
  'metrics',
  'columns',
  'from',
  'to',
  'every',
  'limit',
  'top',
  'order',
  'having',
  'flow',
  'kind',
  'format',
  // Of what is saved and published.
  'id',
  'name',
  'page',
  'state',
  'panels',
  'shared',
  'expires',
];

/** Writes down who asked what, when it was answered. */
export function addAudit(api: Api, audit: AuditLog): void {
  let minute = 0;
  let strangers = 0;
  let leftOut = 0;
  api.addHook('onResponse', async (request, reply) => {
    const status = request.failed ?? reply.statusCode;
    if (!isAudited(request, status)) return;
    const at = systemClock.now();
    if (status === 401 || status === 429 || isOfStranger(request, status)) {
      if (Math.floor(at / 60_000) !== minute) strangers = 0;
      minute = Math.floor(at / 60_000);
      strangers += 1;
      if (strangers > MOST_OF_STRANGERS) {
        leftOut += 1;
        return;
      }
    }
    audit.write({ ...entryOf(request, status, reply.elapsedTime, at), ...(leftOut > 0 ? { left_out: leftOut } : {}) });
    leftOut = 0;
  });
}

/** Of nobody that is known: refused before anybody asked who it is, a visit of what is published, or a sign-in that let nobody in. */
function isOfStranger({ method, caller }: FastifyRequest, status: number): boolean {
  return caller === null || (caller === NOBODY && (method === 'GET' || status >= 400));
}

function isAudited({ method, routeOptions }: FastifyRequest, status: number): boolean {
  if (status === 401 || status === 403 || status === 429) return true;
  if (QUIET.has(`${method} ${routeOptions.url}`)) return false;
  const tags = (routeOptions.schema as { tags?: readonly string[] } | undefined)?.tags;
  return tags?.some((tag) => TAGS.has(tag)) === true;
}

function entryOf(request: FastifyRequest, status: number, ms: number, at: number): AuditEntry {
  const { caller, method, routeOptions, rows } = request;
  const asked = askedOf(request);
  return {
    at,
    who: caller?.name ?? '',
    via: caller?.via ?? '',
    from: requestAddress(request),
    method,
    // What has no route may be of any length, and says nothing.
    route: routeOptions.url ?? 'none',
    status,
    ms: Math.round(ms),
    ...(caller?.limit ? { limit: cut(caller.limit) } : {}),
    ...(Object.keys(asked).length > 0 ? { asked } : {}),
    ...(rows === undefined ? {} : { rows }),
  };
}

function askedOf({ is404, query, body, params, noted }: FastifyRequest): Record<string, unknown> {
  if (is404) return {};
  if (noted !== null) return bounded(noted);
  const given = { ...(query as object), ...plain(body), ...(params as object) } as Record<string, unknown>;
  const parts = Object.entries(given).filter(([key]) => ASKED.includes(key) || key in (params as object));
  return bounded(Object.fromEntries(parts));
}

/** Not the stream of an import. */
function plain(body: unknown): object {
  return typeof body === 'object' && body !== null && Object.getPrototypeOf(body) === Object.prototype ? body : {};
}

function bounded(parts: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const known = Object.entries(parts).filter(([, value]) => value !== undefined && value !== '');
  return Object.fromEntries(
    known.map(([key, value]) => {
      if (typeof value === 'number' || value === null) return [key, value];
      return [key, cut(typeof value === 'string' ? value : JSON.stringify(value))];
    }),
  );
}

function cut(text: string): string {
  return text.length > MOST_TEXT ? `${text.slice(0, MOST_TEXT)}...` : text;
}
