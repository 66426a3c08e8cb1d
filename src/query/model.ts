import { z } from 'zod';

export const maxCostSchema = z
  .union([z.number().positive(), z.literal('any')], { error: 'expected a number of seconds above 0, or `any`' })
  .optional()
  .describe(
    'refuse what is estimated to take longer, in seconds; `any`: never; default: the setting `query_ask` of the node',
  );

/**
 * The one query model of command line and API. Times are ms since 1970 UTC, half-open [from, to).
 * Dimensions: any groupable column (`src_addr`, `protocol`, ...), an address cut to a prefix (`src_addr/24`; for IPv6
 * `src_addr/24/64`: IPv4 length, IPv6 length). Metrics: see METRICS, and `distinct(COLUMN)`, `p95(METRIC)` (a percentile over
 * the buckets of time).
 */
export const querySchema = z.strictObject({
  from: z.number().int().optional().describe('start of the range, ms since 1970; default: the beginning'),
  to: z
    .number()
    .int()
    .optional()
    .describe('end of the range (not included), ms since 1970; default: now; without `from` too: the end of the data'),
  filter: z.string().max(65_536).default('').describe('filter language; empty means every flow'),
  by: z.array(z.string()).max(8).default([]).describe('dimensions'),
  metrics: z.array(z.string()).min(1).max(16).default(['bytes', 'packets', 'flows']),
  every: z.number().int().min(1_000).optional().describe('width of time buckets in ms'),
  order: z
    .string()
    .optional()
    .describe('metric that orders the rows, descending; `-METRIC` ascending; default: the first metric'),
  limit: z
    .number()
    .int()
    .min(1)
    .max(100_000)
    .default(20)
    .describe('rows (with `every`: groups) shown; the rest is in `other`'),
  having: z.string().max(4_096).optional().describe('condition on metrics of a row, e.g. `bytes > 1M and flows >= 10`'),
  previous: z.number().int().min(1).optional().describe('also answer for the same range this many ms earlier'),
  exact: z
    .boolean()
    .optional()
    .describe(
      'only flow records, or roll-ups that left nothing out, may answer; default: also where keys were left out, with `bounds`, if that is much faster',
    ),
  max_cost: maxCostSchema,
  duplicates: z.enum(['counted', 'all']).default('counted'),
  scans: z.enum(['out', 'in', 'only']).default('out'),
});
export type Query = z.output<typeof querySchema>;
export type QueryInput = z.input<typeof querySchema>;

export const flowsQuerySchema = z.strictObject({
  from: z.number().int().optional(),
  to: z.number().int().optional(),
  filter: z.string().max(65_536).default(''),
  columns: z
    .array(z.string())
    .min(1)
    .optional()
    .describe('columns of a record, and `bytes`, `packets`, `duration`; default: all that have a value'),
  limit: z
    .number()
    .int()
    .min(1)
    .default(100)
    .describe('records at most; up to 1,000,000, and without a bound where the order is `stored`'),
  order: z
    .enum(['time', '-time', 'bytes', '-bytes', 'packets', '-packets', 'duration', '-duration', 'stored'])
    .default('-time')
    .describe(
      '`time` oldest first, `bytes`, `packets` and `duration` largest first; `-` the other way round: `-time` newest first; `stored`: as they lie, for streams of any length',
    ),
  page: z
    .string()
    .max(400)
    .optional()
    .describe(
      '`first`, then `next` of the answer before: pages of `limit` records, each record on one page, whatever arrives meanwhile; not with `stored`',
    ),
  duplicates: z.enum(['counted', 'all']).default('counted'),
  scans: z.enum(['out', 'in', 'only']).default('out'),
});
export type FlowsQuery = z.output<typeof flowsQuerySchema>;
export type FlowsQueryInput = z.input<typeof flowsQuerySchema>;

/** As a list of records, but all that match and in the order in which they are stored, unless said otherwise. */
export const exportQuerySchema = flowsQuerySchema.omit({ limit: true, order: true, page: true }).extend({
  limit: z.number().int().min(1).optional().describe('records at most; default: all'),
  order: z.enum(['time', '-time']).optional().describe('default: as stored, which is fastest'),
});
export type ExportQuery = z.output<typeof exportQuerySchema>;
export type ExportQueryInput = z.input<typeof exportQuerySchema>;
