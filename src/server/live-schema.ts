import { z } from 'zod';
import { LIVE_DIMENSIONS, METER_LEVELS, MOST_LIVE_GROUPS } from '../ingest/index.ts';

const DEFAULT_TOP = 20;
const MOST_SECONDS = 1_000_000;

const dimension = z.enum(LIVE_DIMENSIONS);

export const liveParametersSchema = z.strictObject({
  by: z
    .preprocess(
      (value) => {
        const list = Array.isArray(value) ? value : [value];
        return value === undefined ? undefined : list.flatMap((item) => String(item).split(','));
      },
      z.array(dimension).max(LIVE_DIMENSIONS.length).default(['process']),
    )
    .describe('what is added up by: several with commas; `process` is each process by itself'),
  top: z.coerce.number().int().min(1).max(MOST_LIVE_GROUPS).default(DEFAULT_TOP).describe('groups of each'),
  seconds: z.coerce
    .number()
    .int()
    .min(1)
    .max(MOST_SECONDS)
    .optional()
    .describe('how many are told; without it there is no end'),
});

const count = z.number();
const amount = z.object({ bytes: count, packets: count });

const figures = {
  in_bytes: count.describe('received'),
  in_packets: count,
  out_bytes: count.describe('sent'),
  out_packets: count,
  open: count.describe('flows that are open at the end'),
  opened: count.describe('that began'),
  ended: z.record(z.string(), count).describe('that ended, by outcome'),
};

const label = z.object({
  process: z.string().optional(),
  pid: count.optional(),
  user: z.string().optional(),
  app: z.string().optional(),
  remote: z.string().optional(),
  container: z.string().optional(),
  vm: z.string().optional(),
});

const list = z.object({
  groups: z
    .array(z.object({ group: label.describe('what is not known, or was removed, is absent'), ...figures }))
    .describe('those with the most bytes first'),
  other: z
    .object({ groups: count, ...figures })
    .nullable()
    .describe('groups that are not shown, added up'),
});

/** One line of the live view. */
export const liveSecondSchema = z.object({
  from: count.describe('ms since 1970'),
  to: count.describe('about a second later; more where the meter has too much to do to look each second'),
  missed: count.describe('seconds before this one that were not told, because they were not read in time'),
  level: z.enum(METER_LEVELS),
  byte_layer: z.enum(['ip', 'payload']),
  total: z.object(figures).describe('of all; traffic between two sockets of this machine once, where it was sent'),
  by: z.partialRecord(dimension, list),
  quality: z.object({
    duplicates: amount.describe(
      'received here from this machine itself: in the groups of both ends, once in the total',
    ),
    removed: amount.describe('what the privacy policy took out of all of this'),
    unmetered_packets: count.describe('packets of this time that are in no flow'),
    records_sampled: count.describe('records that are stored are 1 in at most so many; what is live is not sampled'),
    notes: z.array(z.string()).describe('why no better level, and what is given up, in words'),
  }),
});
export type LiveLine = z.output<typeof liveSecondSchema>;
