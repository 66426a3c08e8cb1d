import type { Server } from 'node:http';
import { z } from 'zod';
import { asWeirError, WeirError } from '../base/index.ts';
import { espKeys, type ImportService, type MeterSettings } from '../ingest/index.ts';
import { MOST_FLOWS } from '../meter/index.ts';
import { SOURCE_CONTENTS } from '../store/index.ts';
import { type Api, answered, typed } from './api-schema.ts';
import { sourceSchema } from './source-schema.ts';

const tags = ['imports'];

/** A client that sends nothing for so long has gone. */
const SILENCE_MS = 60_000;

/** Bounds on what one request may ask of the node. */
const MOST_MS = 30 * 86_400_000;
const MOST_OPEN_FLOWS = MOST_FLOWS / 4;

const ms = z.coerce.number().positive().max(MOST_MS);

/** How traffic is metered. */
const meterParameters = {
  idle: ms.optional().describe('ms: a flow without a packet for longer is over (90000)'),
  active: z
    .union([z.literal('off'), ms])
    .optional()
    .describe('ms: a longer flow is cut into records; `off`: never (300000)'),
  outer: z
    .enum(['true', 'false'])
    .optional()
    .describe('packets as they went over the wire, not those inside of tunnels'),
  sampling_method: z
    .enum(['systematic', 'random', 'flow'])
    .optional()
    .describe('which packets `sampling` takes: each Nth, any, or those of whole flows'),
  duplicates: z.enum(['left_out', 'counted']).optional().describe('copies of a packet that a mirror port shows twice'),
  max_flows: z.coerce
    .number()
    .int()
    .min(1)
    .max(MOST_OPEN_FLOWS)
    .optional()
    .describe('flows in memory; beyond it the longest idle one ends early'),
};

const KEYS = 'weir-esp-keys';

const importHeaders = z.object({
  [KEYS]: z.string().optional().describe('key file for IPsec ESP, in Base64; it is not kept'),
});

const importParameters = z.strictObject({
  name: z.string().min(1).max(255).describe('base name of the file'),
  as: z
    .enum(SOURCE_CONTENTS)
    .optional()
    .describe('what a capture is read for: the exports in its packets, or the packets; by default what it looks like'),
  sampling: z.coerce
    .number()
    .int()
    .min(1)
    .max(0xffff_ffff)
    .optional()
    .describe('1 in N: where exporters do not say it; of traffic so many packets, or flows, are metered'),
  port: z
    .string()
    .regex(/^\d+(,\d+){0,99}$/, 'expected ports, separated by commas')
    .optional()
    .describe('ports that hold exports beside the usual ones, separated by commas'),
  sha256: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .optional()
    .describe('of the file: what is there already is then refused before it is sent'),
  again: z.enum(['true', 'false']).default('false').describe('import what is there already once more'),
  ...meterParameters,
});

/** What was imported, and imports: the body is the file, read as it comes. */
export function addImportRoutes(api: Api, imports: ImportService): void {
  typed(api).get(
    '/api/v1/sources',
    {
      config: { needs: 'viewer' },
      schema: {
        summary: 'What was imported, with its provenance',
        tags,
        response: answered(z.object({ sources: z.array(sourceSchema) })),
      },
    },
    async () => ({ sources: imports.sources() }),
  );

  api.register(async (scope) => {
    // The bytes are for the importer, whatever their type is said to be; no limit of size: they are never all in memory.
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', (_request, payload, done) => done(null, payload));
    typed(scope).post(
      '/api/v1/import',
      {
        config: { needs: 'operator' },
        schema: {
          summary:
            'Imports a capture of exports or of traffic, or an IPFIX file; the body is the file, gzip-compressed or not',
          tags,
          querystring: importParameters,
          headers: importHeaders,
          response: answered(sourceSchema),
        },
      },
      async (request) => {
        const { name, as, sampling, port, sha256, again } = request.query;
        const body = request.body as AsyncIterable<Uint8Array> | null | undefined;
        if (!body) throw new WeirError('usage', 'the body is empty: send the file in it');
        const restore = withoutDeadline(api.server);
        try {
          return await imports.run(pieces(body), {
            file: name,
            as,
            sampling,
            ports: portsOf(port),
            sha256,
            again: again === 'true',
            meter: meterOf(request.query, request.headers[KEYS]),
          });
        } finally {
          restore();
        }
      },
    );
  });
}

function meterOf(query: z.output<typeof importParameters>, keys: string | undefined): MeterSettings {
  const settings: MeterSettings = {
    idleMs: query.idle,
    activeMs: query.active === 'off' ? null : query.active,
    outer: query.outer === 'true',
    keys: keys === undefined ? undefined : { file: KEYS, text: Buffer.from(keys, 'base64').toString() },
    sampling: query.sampling,
    samplingMethod: query.sampling_method,
    duplicates: query.duplicates,
    maxFlows: query.max_flows,
  };
  // Told before the file is read.
  espKeys(settings);
  return settings;
}

function portsOf(text: string | undefined): number[] {
  const ports = text?.split(',').map(Number) ?? [];
  const wrong = ports.find((p) => p < 1 || p > 65_535);
  if (wrong !== undefined) throw new WeirError('usage', `port: expected 1 to 65535, not ${wrong}`);
  return ports;
}

/** The pieces of an upload; an upload that breaks off, or stops, is an error. */
async function* pieces(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const source = body[Symbol.asyncIterator]();
  for (;;) {
    const next = await orSilence(source.next());
    if (next.done) return;
    yield next.value;
  }
}

async function orSilence<T>(next: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const silence = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new WeirError('timeout', `the upload sent nothing for ${SILENCE_MS / 1000} s`)),
      SILENCE_MS,
    );
  });
  try {
    return await Promise.race([next, silence]);
  } catch (error) {
    if (error instanceof WeirError) throw error;
    throw new WeirError('cancelled', `the upload broke off (${asWeirError(error).message})`, { cause: error });
  } finally {
    clearTimeout(timer);
  }
}

const uploads = new WeakMap<Server, { count: number; timeoutMs: number }>();

/** Node ends requests that do not arrive whole within `requestTimeout`: while files are sent through this door it does not. */
function withoutDeadline(server: Server): () => void {
  const state = uploads.get(server) ?? { count: 0, timeoutMs: server.requestTimeout };
  uploads.set(server, state);
  state.count += 1;
  server.requestTimeout = 0;
  return () => {
    state.count -= 1;
    if (state.count > 0) return;
    server.requestTimeout = state.timeoutMs;
    uploads.delete(server);
  };
}
