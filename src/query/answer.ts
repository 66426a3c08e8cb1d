import { z } from 'zod';
import type { Quality, SamplingQuality } from '../truth/index.ts';
import { type originShareSchema, qualitySchema } from './quality-schema.ts';

/** A cell as JSON has it: whole numbers above 2^53 are decimal strings; null is "not known" or "cannot be said". */
export const cellSchema = z.union([z.string(), z.number(), z.null()]);

export const columnSchema = z.strictObject({
  name: z.string(),
  type: z.enum(['time', 'address', 'prefix', 'text', 'integer', 'number']).describe('`time` is ms since 1970, UTC'),
  unit: z.string().nullable(),
});
export type AnswerColumn = z.output<typeof columnSchema>;

const figuresSchema = z.record(z.string(), cellSchema).describe('value by metric');
export type MetricValues = z.output<typeof figuresSchema>;

const levelSchema = z.enum(['raw', '1m', '5m', '1h', '1d']);

export const planSchema = z.strictObject({
  level: levelSchema.describe(
    'the coarsest that was read: flow records (`raw`), or roll-ups of 1 min, 5 min, 1 h or a day',
  ),
  levels: z
    .array(z.strictObject({ level: levelSchema, from: z.number().int(), to: z.number().int() }))
    .optional()
    .describe('where roll-ups were read: what answers which part of the range'),
  cube: z.array(z.string()).optional().describe('where roll-ups were read: their keys'),
  reason: z.string().describe('why this level, and no finer or coarser one'),
  segments: z.number().int().describe('files of records in the range'),
  rows_scanned: z
    .number()
    .int()
    .describe('records and rows of roll-ups that were read, each once; where roll-ups were read, an estimate'),
  rows_in_memory: z.number().int().describe('of these, records that are not on disk yet'),
  ms: z.number().describe('time the query took'),
  estimate_ms: z.number().optional().describe('time that was expected before it ran'),
  from: z.number().int().nullable().describe('start of the range; null where there are no data'),
  to: z.number().int().nullable().describe('end of the range, not included'),
  bucket_ms: z.number().int().optional().describe('width of the time buckets, of rows or of percentiles'),
});
export type QueryPlan = z.output<typeof planSchema>;

const timeBucketSchema = z.strictObject({
  time: z.number().int().describe('start of the bucket, ms since 1970'),
  measured: z
    .number()
    .describe(
      'share of the bucket that was measured, 0..1; of a bucket of which nothing was measured all values are null',
    ),
  total: figuresSchema,
  other: figuresSchema.nullable(),
});
export type TimeBucket = z.output<typeof timeBucketSchema>;

const rowBoundSchema = z
  .record(z.string(), z.number())
  .describe('by metric: the truth may be up to this much more (a mean also less)');
export type RowBound = z.output<typeof rowBoundSchema>;

const boundsSchema = z.strictObject({
  rows: z.array(rowBoundSchema).describe('of each row'),
  unshown: rowBoundSchema.describe('what a key that is not shown may have had at most beyond what is counted for it'),
  total: rowBoundSchema.describe('of the total; 0 where no filter chooses among the keys of a roll-up'),
});
export type AnswerBounds = z.output<typeof boundsSchema>;

const previousSchema = z.strictObject({
  from: z.number().int().nullable(),
  to: z.number().int().nullable(),
  rows: z.array(z.array(cellSchema)).describe('one for each row of the answer, for the same key'),
  total: figuresSchema,
  bounds: boundsSchema.optional().describe('as those of the answer; of groups over the whole range also with `every`'),
  quality: qualitySchema,
});

/** Half of the 95 % interval that sampling leaves around a row's values, by metric; empty where a rate is not known, null for a peak. */
const rowErrorSchema = z.record(z.string(), z.number().nullable());
export type RowError = z.output<typeof rowErrorSchema>;

export type OriginShare = z.output<typeof originShareSchema>;
/** What an answer is worth: truth's account, and the sampling rates by where they are known from. */
export type QueryQuality = Quality & {
  readonly sampling: SamplingQuality & { readonly by_origin: readonly OriginShare[] };
};

const notesSchema = z
  .array(z.string())
  .optional()
  .describe('where nothing matches: names in the filter that no flow can have, and the nearest that one can');

export const queryAnswerSchema = z.strictObject({
  columns: z.array(columnSchema),
  rows: z.array(z.array(cellSchema)),
  total: figuresSchema.describe('of all that matches the filter, shown or not'),
  other: figuresSchema.nullable().describe('of what matches and is not shown; null where everything is shown'),
  buckets: z.array(timeBucketSchema).optional().describe('with `every`: every bucket of the range'),
  previous: previousSchema.optional(),
  errors: z
    .array(rowErrorSchema)
    .optional()
    .describe(
      'where traffic is sampled, for each row the 95 % error by metric: value ± error; null: uncertain, nobody can say how much',
    ),
  bounds: boundsSchema
    .optional()
    .describe(
      'where roll-ups had to leave keys out: values are least values, and this is by how much they may be too small',
    ),
  as_names: z
    .record(z.string(), z.string())
    .optional()
    .describe('names of the autonomous systems in the rows, by number, where the data of the node have them'),
  exporter_names: z
    .record(z.string(), z.string())
    .optional()
    .describe('what the exporters in the rows are called, by address, where that is known'),
  interface_names: z
    .record(z.string(), z.record(z.string(), z.string()))
    .optional()
    .describe('what interfaces in the rows are called, by address of the exporter in the same row and number'),
  notes: notesSchema,
  quality: qualitySchema,
  plan: planSchema,
});

export const flowsHeaderSchema = z.strictObject({
  columns: z.array(columnSchema),
  total: figuresSchema.describe('records, bytes and packets of all that matches, listed or not'),
  next: z.string().nullable().optional().describe('of a page: `page` of the next one; null where this is the last'),
  notes: notesSchema,
  quality: qualitySchema,
  plan: planSchema,
});

type Loose<T> = Omit<T, 'quality' | 'previous'>;
/** The answer of a query as the command line prints it with `--format json`. */
export interface QueryAnswer extends Loose<z.output<typeof queryAnswerSchema>> {
  readonly quality: QueryQuality;
  readonly previous?: Loose<z.output<typeof previousSchema>> & { readonly quality: QueryQuality };
}
/** What is known of a list of records before the first one is read. */
export interface FlowsHeader extends Loose<z.output<typeof flowsHeaderSchema>> {
  readonly quality: QueryQuality;
}
