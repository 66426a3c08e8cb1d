import type { Api } from './api-schema.ts';
import { contentPolicy, newNonce, PAGES, type WebFiles } from './web-files.ts';

const YEAR_S = 31_536_000;

/** The dashboard. Its files are no secret: they are given without a token, and ask the API with the one that the reader has. */
export function addWebRoutes(api: Api, web: WebFiles): void {
  const hidden = { schema: { hide: true }, config: { needs: 'nobody' } } as const;
  for (const path of PAGES) {
    api.get(path, hidden, async (_request, reply) => {
      const nonce = newNonce();
      return reply
        .header('content-security-policy', contentPolicy(nonce))
        .type('text/html; charset=utf-8')
        .send(web.pageWith(nonce));
    });
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
