import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import { systemClock, WeirError } from '../../base/index.ts';
import { qualityLine } from '../../truth/index.ts';
import type { ServiceOf } from '../access/limited-service.ts';
import { type Api, typed } from '../api-schema.ts';
import { errorBodySchema } from '../http-errors.ts';
import { clientGone } from '../request-signal.ts';
import type { Published } from '../views/published.ts';
import type { SavedViews } from '../views/saved-views.ts';
import { askGraph } from './graph-question.ts';
import type { GraphThread } from './graph-thread.ts';
import { PICTURE_FORMATS, type PictureLooks } from './picture-order.ts';
import { MADE_UP, PublicPictures } from './public-pictures.ts';

const TYPES = { svg: 'image/svg+xml; charset=utf-8', png: 'image/png' } as const;
/** An SVG that is opened by itself is a document, which has styles of its own; it may do nothing else. */
const PICTURE_POLICY =
  "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'; sandbox";
const PUBLIC_SIZE = { width: 900, height: 480 };

const yes = (what: string) => z.enum(['true', 'false']).default('false').describe(what);
const looksSchema = z.strictObject({
  dark: yes('light letters on a dark ground'),
  utc: yes('times in UTC; else in the time zone of the node, which the picture names'),
});
const ownSchema = looksSchema.extend({
  view: z.string().max(64).describe('id of a saved view of Overview, Explore or a host, as in its link'),
  width: z.coerce
    .number()
    .int()
    .min(320)
    .max(2_400)
    .default(PUBLIC_SIZE.width)
    .describe('pixels; PNG has twice as many'),
  height: z.coerce.number().int().min(200).max(1_600).default(PUBLIC_SIZE.height),
});
const publicSchema = looksSchema.extend({
  panel: z.coerce.number().int().min(1).max(100).default(1).describe('of a dashboard: which, counted from 1'),
});

export interface GraphRoutes {
  readonly saved: SavedViews;
  /** Null where nothing is published. */
  readonly published: Published | null;
  readonly serviceOf: ServiceOf;
  readonly graphs: GraphThread;
  /** Whether records that `weir demo` made are in the store. */
  readonly isMadeUp: () => boolean;
}

/** Saved views as pictures, for wikis, mails and reports: with what they show, of when, and what it is worth. */
export function addGraphRoutes(api: Api, routes: GraphRoutes): void {
  for (const format of PICTURE_FORMATS) {
    addOwn(api, routes, format);
    addPublic(api, routes, format);
  }
}

type Format = PictureLooks['format'];

function addOwn(api: Api, { saved, serviceOf, graphs, isMadeUp }: GraphRoutes, format: Format): void {
  typed(api).get(
    `/api/v1/graph.${format}`,
    {
      config: { needs: 'viewer', limit: 'kept' },
      schema: {
        summary: `A saved view as ${format.toUpperCase()}, of what the caller may see, with what it is worth`,
        tags: ['answers'],
        querystring: ownSchema,
        response: pictureAnswer(format),
      },
    },
    async (request, reply) => {
      const { view, width, height, dark, utc } = request.query;
      const { name, ...found } = saved.get('views', view, request.caller);
      // The view may be gone when somebody reads the audit log.
      request.noted = { view, name, page: found.page, ...found.state };
      const ask = { signal: clientGone(reply) };
      const asked = await askGraph(found, systemClock.now(), serviceOf(request), ask);
      const { graph, from, to, filter } = asked;
      const worth = [...(isMadeUp() ? [MADE_UP] : []), qualityLine(asked.quality)];
      const looks = { format, width, height, isDark: dark === 'true', isUtc: utc === 'true' };
      const picture = await graphs.draw({ ...looks, title: name, graph, from, to, filter, worth });
      return sendPicture(reply, format, picture);
    },
  );
}

function addPublic(api: Api, { published, graphs }: GraphRoutes, format: Format): void {
  const pictures = published && new PublicPictures(published, (order) => graphs.draw(order));
  typed(api).get(
    `/api/v1/published/:id/graph.${format}`,
    {
      config: { needs: 'nobody', limit: 'kept', shownBy: 'anybody' },
      schema: {
        summary: `What is published as ${format.toUpperCase()}, for pages that anybody may read`,
        tags: ['views'],
        params: z.object({ id: z.string().max(64) }),
        querystring: publicSchema,
        response: pictureAnswer(format),
      },
    },
    async ({ params, query: { panel, dark, utc } }, reply) => {
      if (pictures === null) throw new WeirError('not_found', 'nothing is published here, or not any more');
      const looks = { format, ...PUBLIC_SIZE, isDark: dark === 'true', isUtc: utc === 'true' };
      const picture = await pictures.picture(params.id, panel, looks);
      reply.header('cache-control', 'public, max-age=60');
      return sendPicture(reply, format, picture);
    },
  );
}

function pictureAnswer(format: Format) {
  const content = { [TYPES[format]]: { schema: z.string() } };
  return { 200: { description: 'the picture', content }, default: errorBodySchema };
}

function sendPicture(reply: FastifyReply, format: Format, picture: string | Uint8Array) {
  reply.header('content-security-policy', PICTURE_POLICY).type(TYPES[format]);
  return reply.send(typeof picture === 'string' ? picture : Buffer.from(picture));
}
