import { z } from 'zod';
import { flowsHeaderSchema } from '../query/index.ts';

/** Documents of those answers that src/query does not describe itself. They describe; nothing is checked against them on the way out (see api.ts). */

export const flowsAnswerSchema = flowsHeaderSchema.extend({
  records: z.array(z.record(z.string(), z.union([z.string(), z.number()]))).describe('unknown values are absent'),
});

export const runningSchema = z.object({
  id: z.string(),
  kind: z.enum(['query', 'flows', 'report', 'export']),
  text: z.string().describe('what was asked'),
  asker: z.string().optional().describe('whose it is'),
  state: z.enum(['waiting', 'running']),
  startedMs: z.number(),
  progress: z.number().describe('0..1'),
});
