import { z } from 'zod';
import { SOURCE_KINDS, SOURCE_STATES } from '../store/index.ts';

const time = z.number().nullable();

/** The document of one import; src/store/source-list.ts makes it. */
export const sourceSchema = z.object({
  name: z.string().describe('what its rows have in the column `source`'),
  file: z.string(),
  state: z.enum(SOURCE_STATES),
  imported_at: z.number(),
  ended_at: time,
  problem: z.string().nullable().describe('why it is not complete'),
  size: z.number().nullable(),
  sha256: z.string().nullable(),
  kind: z.enum(SOURCE_KINDS),
  gzip: z.boolean(),
  link_types: z.array(z.string()),
  snap_length: z.number().nullable().describe('null: no limit'),
  first_packet: time,
  last_packet: time,
  packets: z.number(),
  datagrams: z.number(),
  formats: z.record(z.string(), z.number()).describe('datagrams by format'),
  records: z.number(),
  rows: z.number(),
  flows: z.number(),
  exporters: z.number(),
  errors: z.record(z.string(), z.number()).describe('by cause'),
  lost: z.number().describe('records missing in the sequences of the exporters'),
  capture_drops: z.number().nullable().describe('packets that the capturing machine dropped; null: not told'),
  from: time.describe('`time` of the rows, half-open'),
  to: time,
  damage: z.string().nullable().describe('where the file could not be read on; what stands before is imported'),
});
