import { randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { WeirError } from '../base/index.ts';
import type { ExportAnswer, ExportFormat } from '../query/index.ts';
import { exportQuerySchema } from '../query/index.ts';
import type { GapQuality } from '../truth/index.ts';
import type { ServiceOf } from './access/limited-service.ts';
import { type Api, typed } from './api-schema.ts';
import { errorBodySchema } from './http-errors.ts';
import { EXPORT_FORMATS } from './query-service.ts';
import { clientGone } from './request-signal.ts';

const TYPES: Record<ExportFormat, string> = {
  csv: 'text/csv; charset=utf-8',
  jsonl: 'application/jsonl; charset=utf-8',
  parquet: 'application/vnd.apache.parquet',
};

/** Records as a file. It is made whole in the node's temporary directory first, so that a failure is an error and never half a file. */
export function addExportRoute(api: Api, serviceOf: ServiceOf, tempDirectory: string): void {
  typed(api).post(
    '/api/v1/export',
    {
      config: { needs: 'viewer', limit: 'kept' },
      schema: {
        summary: 'Flow records as a CSV, JSONL or Parquet file',
        tags: ['answers'],
        querystring: z.strictObject({
          format: z.enum(EXPORT_FORMATS).default('csv'),
          spreadsheet: z
            .enum(['true', 'false'])
            .default('false')
            .describe('of CSV: an apostrophe before each text that a spreadsheet would take for a formula'),
        }),
        body: exportQuerySchema,
        response: {
          200: {
            description: 'the file; the header x-weir-answer has rows and quality as JSON',
            content: { 'application/octet-stream': { schema: z.string() } },
          },
          default: errorBodySchema,
        },
      },
    },
    async (request, reply) => {
      const { format } = request.query;
      const spreadsheet = request.query.spreadsheet === 'true';
      await mkdir(tempDirectory, { recursive: true });
      const path = join(tempDirectory, `export-${randomUUID()}.${format}`);
      const remove = () => rm(path, { force: true });
      try {
        const gone = clientGone(reply);
        const answer = await serviceOf(request).export(request.body, { format, path, spreadsheet }, { signal: gone });
        const { size } = await stat(path);
        if (gone.aborted) throw new WeirError('cancelled', 'the reader of the export has gone');
        // Nothing is waited for between this and `send`, which listens to its errors.
        const file = createReadStream(path);
        file.once('close', remove);
        reply.header('content-length', size).header('x-weir-answer', headerOf(answer));
        reply.header('content-disposition', `attachment; filename="flows.${format}"`);
        return reply.type(TYPES[format]).send(file);
      } catch (error) {
        await remove();
        throw error;
      }
    },
  );
}

/** How many exporters, and gaps, a header names; the rest is in the sums: those who read headers take 16 KiB. */
const MAX_NAMED = 20;

/** Rows and quality as a header: JSON in ASCII. */
export function headerOf({ rows, quality }: ExportAnswer): string {
  const { lost, gaps } = quality;
  const short = {
    ...quality,
    lost: { ...lost, exporters: lost.exporters.slice(0, MAX_NAMED) },
    gaps: gaps.status === 'not_assessed' ? gaps : fewer(gaps),
  };
  return JSON.stringify({ rows, quality: short }).replace(
    /[\u007f-\uffff]/g,
    (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

function fewer(gaps: GapQuality): GapQuality {
  const rest = Math.max(0, gaps.gaps.length - MAX_NAMED);
  return { ...gaps, gaps: gaps.gaps.slice(0, MAX_NAMED), more: gaps.more + rest };
}
