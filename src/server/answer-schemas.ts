import { z } from 'zod';

/** Documents of the answers. They describe; nothing is checked against them on the way out (see api.ts). */

const cell = z
  .union([z.number(), z.string(), z.null()])
  .describe('whole numbers above 2^53 are strings; null is "not known"');
const figures = z.record(z.string(), cell);

export const qualitySchema = z
  .record(z.string(), z.unknown())
  .describe('what the answer is worth: lost, sampling, duplicates, scans, completeness, complete_until');

export const queryResultSchema = z.object({
  columns: z.array(z.object({ name: z.string(), type: z.string(), unit: z.string().nullable().optional() })),
  rows: z.array(z.array(cell)),
  total: figures.describe('of all rows, shown or not'),
  other: figures.nullable().describe('of the rows that are not shown; null when all are'),
  quality: qualitySchema,
  plan: z.record(z.string(), z.unknown()).describe('how it was answered: level, segments, rows_scanned, ms'),
});

export const reportSchema = z
  .record(z.string(), z.unknown())
  .describe('the tables of the report, each a grouped answer');

export const flowsAnswerSchema = z.object({
  columns: z.array(z.string()),
  records: z.array(z.record(z.string(), z.unknown())),
  quality: qualitySchema,
});

export const runningSchema = z.object({
  id: z.string(),
  kind: z.enum(['query', 'flows', 'report', 'export']),
  text: z.string().describe('what was asked'),
  state: z.enum(['waiting', 'running']),
  startedMs: z.number(),
  progress: z.number().describe('0..1'),
});
