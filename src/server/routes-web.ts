import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Api } from './api-schema.ts';
import { errorBody, notFound } from './http-errors.ts';
import { contentPolicy, newNonce, PAGES, type WebFiles } from './web-files.ts';

const YEAR_S = 31_536_000;

/** Where programs ask: they are answered as programs are, whatever they accept. */
const OF_PROGRAMS = /^\/(api|assets|metrics)(\/|$)/;

/** Whether a browser went to an address that no route has: a mistyped one, or a link of another version. */
export function isLostReader({ is404, method, url, headers }: FastifyRequest): boolean {
  if (!is404 || (method !== 'GET' && method !== 'HEAD')) return false;
  return !OF_PROGRAMS.test(url.split('?')[0]!) && /\btext\/html\b/.test(headers.accept ?? '');
}

/** What is not there: programs are told in JSON, readers by the dashboard where there is one, which leads on. */
export function setNotFound(api: Api, web: WebFiles | undefined): void {
  api.setNotFoundHandler((request, reply) => {
    reply.code(404);
    if (web !== undefined && isLostReader(request)) return sendPage(reply, web);
    return reply.send(errorBody(notFound(request.method, request.url)));
  });
}

function sendPage(reply: FastifyReply, web: WebFiles): FastifyReply {
  const nonce = newNonce();
  return reply
    .header('content-security-policy', contentPolicy(nonce))
    .type('text/html; charset=utf-8')
    .send(web.pageWith(nonce));
}

/** The dashboard. Its files are no secret: they are given without a token, and ask the API with the one that the reader has. */
export function addWebRoutes(api: Api, web: WebFiles): void {
  const hidden = { schema: { hide: true }, config: { needs: 'nobody' } } as const;
  for (const path of PAGES) {
    api.get(path, hidden, async (_request, reply) => sendPage(reply, web));
  }
  api.get('/assets/*', hidden, async ({ url, headers }, reply) => {
    const file = web.file(url.replace(/\?.*$/, ''));
    if (file === undefined) return reply.callNotFound();
    // Their names change with their content.
    reply
      .header('cache-control', `public, max-age=${YEAR_S}, immutable`)
      .header('etag', file.etag)
      .header('vary', 'accept-encoding');
    if (headers['if-none-match'] === file.etag) return reply.code(304).send();
    const { packing, content } = file.as(String(headers['accept-encoding'] ?? ''));
    if (packing !== '') reply.header('content-encoding', packing);
    return reply.type(file.type).send(content);
  });
}
