import type { Server as HttpsServer } from 'node:https';
import swagger from '@fastify/swagger';
import fastify, { type FastifyRequest } from 'fastify';
import { jsonSchemaTransform, validatorCompiler } from 'fastify-type-provider-zod';
import { type Log, WeirError } from '../base/index.ts';
import type { FilterSets } from '../filter/index.ts';
import type { ImportService } from '../ingest/index.ts';
import type { Access } from './access/access.ts';
import type { AuditLog } from './access/audit-log.ts';
import { addAudit } from './access/audit-requests.ts';
import { type Caller, checkNeed, NOBODY } from './access/caller.ts';
import { checkCsrf, type Identified, makeIdentify } from './access/identify.ts';
import { serviceOf } from './access/limited-service.ts';
import { addAuditRoute } from './access/routes-audit.ts';
import { addSessionRoutes } from './access/routes-session.ts';
import { addTokenRoutes } from './access/routes-tokens.ts';
import { addUserRoutes } from './access/routes-users.ts';
import type { Api } from './api-schema.ts';
import { GraphThread } from './graph/graph-thread.ts';
import { addGraphRoutes } from './graph/routes-graph.ts';
import { type Door, makeGuard } from './guard.ts';
import { setErrorAnswers } from './http-errors.ts';
import type { ExplainWith } from './label-explain.ts';
import { withNameNotes } from './label-names.ts';
import type { NodeState } from './node-state.ts';
import type { QueryService } from './query-service.ts';
import { addActiveRoute } from './routes-active.ts';
import { addAddressRoute } from './routes-address.ts';
import { addExportRoute } from './routes-export.ts';
import { addFilterRoutes } from './routes-filter.ts';
import { addFlowsRoutes } from './routes-flows.ts';
import { addHostRoute } from './routes-host.ts';
import { addImportRoutes } from './routes-import.ts';
import { addLabelRoutes } from './routes-label.ts';
import { addLiveRoute } from './routes-live.ts';
import { addNodeRoute, madeUpSources } from './routes-node.ts';
import { addQueryRoutes } from './routes-query.ts';
import { addSecondsRoute } from './routes-seconds.ts';
import { addSettingsRoute } from './routes-settings.ts';
import { addStateRoutes } from './routes-state.ts';
import { addWebRoutes, isLostReader, setNotFound } from './routes-web.ts';
import { SECURITY_HEADERS } from './security-headers.ts';
import type { NodeConfig } from './settings.ts';
import type { TlsKeeper } from './tls/tls-keeper.ts';
import { Published } from './views/published.ts';
import { addPublishedRoutes } from './views/routes-published.ts';
import { addViewRoutes } from './views/routes-views.ts';
import type { SavedViews } from './views/saved-views.ts';
import type { WebFiles } from './web-files.ts';

export interface ApiOptions {
  readonly service: QueryService;
  readonly node: NodeState;
  /** Absent where nothing can be imported. */
  readonly imports?: ImportService;
  readonly log: Log;
  readonly version: string;
  readonly door: Door;
  readonly token: string | null;
  readonly names: readonly string[];
  /** What `@name` means in a filter. */
  readonly sets: FilterSets;
  /** What names of flows are explained with. */
  readonly labels: ExplainWith;
  /** The dashboard; absent where it was not built, and on doors that no browser uses. */
  readonly web?: WebFiles;
  /** Absent where nothing is saved. */
  readonly views?: SavedViews;
  /** Where it is served over TLS: the certificate. */
  readonly tls?: TlsKeeper;
  /** Whether views may be published for people without an account. */
  readonly publish?: boolean;
  /** Where exports are written before they are sent; emptied by the store at its start. */
  readonly tempDirectory: string;
  /** What the node runs with; absent where that is nobody's to ask. */
  readonly config?: NodeConfig;
  /** Users, sessions and tokens; absent where nobody signs in. */
  readonly access?: Access;
  /** Who asked what is written there. */
  readonly audit?: AuditLog;
}

/** A filter may be 64 KiB, and some room for the rest. */
const BODY_LIMIT = 256 * 1024;

/** Filters in GET parameters may be long. */
const LIMITS = { maxHeaderSize: 128 * 1024 };

/** Only where somebody vouches for the certificate: browsers would let nobody past a warning about one that the node made (RFC 6797 section 8.4). */
const STRICT_TRANSPORT = `max-age=${365 * 86_400}`;

const OPENAPI_PATH = '/api/v1/openapi.json';

/** The HTTP API. One instance for each door: the TCP port and the Unix socket serve the same routes behind different guards. */
export async function buildApi(options: ApiOptions): Promise<Api> {
  const tls = options.tls ?? null;
  const app: Api = fastify({
    bodyLimit: BODY_LIMIT,
    routerOptions: { maxParamLength: 256 },
    ...(tls === null ? { http: LIMITS } : { https: { ...LIMITS, ...tls.options() } }),
    requestTimeout: 30_000,
    logger: false,
    // Given here, and not set later: Fastify would load its own first, for 80 ms of each start.
    schemaController: {
      compilersFactory: {
        // Its types know of Ajv alone.
        buildValidator: (() => validatorCompiler) as never,
        // Schemas of answers are documents: answers are ours, and a second walk over 100,000 rows would only cost time.
        buildSerializer: () => () => (data) => JSON.stringify(data),
      },
    },
    forceCloseConnections: true,
  });
  tls?.serve(app.server as HttpsServer);
  setErrorAnswers(app, options.log);
  setNotFound(app, options.web);
  addGuard(app, options);
  if (options.audit) addAudit(app, options.audit);

  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Weir',
        version: options.version,
        description:
          'Questions to a flow collector. Every answer says what it is worth in `quality`. Times are ms since 1970, UTC.',
      },
      components: { securitySchemes: { token: { type: 'http', scheme: 'bearer' } } },
      ...(options.token ? { security: [{ token: [] }] } : {}),
    },
    transform: (given) => {
      const { schema, url } = jsonSchemaTransform(given);
      const { needs, limit } = given.route.config ?? {};
      return { schema: { ...schema, 'x-needs': needs, 'x-limit': limit }, url };
    },
  });

  const noted = withNameNotes(options.service, { naming: options.labels.naming ?? {}, sets: options.sets });
  const service = serviceOf(noted);
  addQueryRoutes(app, service);
  addFlowsRoutes(app, service, options.log);
  addLabelRoutes(app, serviceOf(options.service), options.labels);
  addAddressRoute(app, options.labels);
  addActiveRoute(app, options.node, options.sets);
  addExportRoute(app, serviceOf(options.service), options.tempDirectory);
  addFilterRoutes(app, options.sets);
  addStateRoutes(app, options.node);
  addNodeRoute(app, options.node, options);
  if (options.config) addSettingsRoute(app, options.config);
  addHostRoute(app, options.node);
  addLiveRoute(app, options.node, options.log);
  addSecondsRoute(app, options.node, options.sets, options.log);
  if (options.views) {
    addViewRoutes(app, options.views);
    const isMadeUp = () => madeUpSources(options.imports).length > 0;
    const published = options.publish ? new Published(options.views, options.service, options.log, isMadeUp) : null;
    addPublishedRoutes(app, options.views, published);
    const graphs = new GraphThread(options.log);
    app.addHook('onClose', () => graphs.stop());
    addGraphRoutes(app, { saved: options.views, published, serviceOf: service, graphs, isMadeUp });
  }
  if (options.imports) addImportRoutes(app, options.imports);
  if (options.access) {
    addSessionRoutes(app, options.access);
    addUserRoutes(app, options.access, options.sets, options.views);
    addTokenRoutes(app, options.access, options.sets);
  }
  if (options.audit) addAuditRoute(app, options.audit);
  app.get(OPENAPI_PATH, { schema: { hide: true }, config: { needs: 'viewer', limit: 'kept' } }, async () =>
    app.swagger(),
  );
  if (options.web) addWebRoutes(app, options.web);
  else addFrontPage(app, options.version);
  await app.ready();
  return app;
}

function addGuard(app: Api, options: ApiOptions): void {
  const guard = makeGuard(options);
  const identify = makeIdentify(options);
  // Set by the hook below, before anything reads it.
  app.decorateRequest('caller', null as never);
  app.decorateRequest('isStillKnown', null as never);
  app.decorateRequest('session', null);
  app.decorateRequest('noted', null);
  app.decorateRequest('rows', undefined);
  app.decorateRequest('failed', null);
  app.addHook('onRequest', async (request, reply) => {
    reply.headers(SECURITY_HEADERS);
    if (options.tls?.status().isOwn) reply.header('strict-transport-security', STRICT_TRANSPORT);
    reply.header('cache-control', 'no-store');
    const { host, origin } = request.headers;
    const fetchSite = request.headers['sec-fetch-site'];
    const isShown = !request.is404 && request.routeOptions.config.shownBy === 'anybody';
    const refusal = guard({ host, origin, fetchSite: isShown || Array.isArray(fetchSite) ? undefined : fetchSite });
    if (refusal !== null) throw new WeirError('forbidden', refusal);
    const known = callerOf(request, identify, options.web !== undefined);
    if (typeof known === 'string') {
      reply.header('www-authenticate', 'Bearer realm="weir"');
      throw new WeirError('unauthorised', known, { details: { users: options.access?.hasUsers ?? false } });
    }
    request.caller = known.caller;
    request.isStillKnown = () => isSameCaller(callerOf(request, identify), known.caller);
    request.session = known.session ?? null;
    checkCsrf(request);
    checkNeed(request);
  });
}

/** Who asks; a text where that must be known and is not: what is missing or wrong. */
function callerOf(
  request: FastifyRequest,
  identify: ReturnType<typeof makeIdentify>,
  hasPages = false,
): Identified | string {
  const isForAll = request.is404 ? hasPages && isLostReader(request) : request.routeOptions.config.needs === 'nobody';
  if (isForAll) return { caller: NOBODY };
  const { authorization, cookie } = request.headers;
  return identify({ authorization, cookie, isTls: request.protocol === 'https' });
}

function isSameCaller(now: Identified | string, { name, role, limit }: Caller): boolean {
  return typeof now !== 'string' && now.caller.name === name && now.caller.role === role && now.caller.limit === limit;
}

/** What a node says that was built without its dashboard. */
function addFrontPage(app: Api, version: string): void {
  app.get('/', { schema: { hide: true }, config: { needs: 'viewer', limit: 'kept' } }, async (_request, reply) =>
    reply.type('text/plain; charset=utf-8').send(frontPage(version)),
  );
}

function frontPage(version: string): string {
  return `Weir ${version}: a flow collector that says what its numbers are worth.

The API is at /api/v1, its description at ${OPENAPI_PATH}, metrics for Prometheus at /metrics.

  GET /api/v1/health
  GET /api/v1/query?by=src_addr&metrics=bytes,flows&limit=10
  GET /api/v1/flows?filter=dst%20port%20443&limit=20
  GET /api/v1/report/summary

On the command line of this machine: weir query, weir flows, weir report summary, weir help.
`;
}
