import { z } from 'zod';
import { MOST_SECOND_DIMENSIONS, MOST_SECOND_GROUPS, SECOND_DIMENSIONS } from '../ingest/index.ts';

const DEFAULT_TOP = 10;
const LONGEST_FILTER = 65_536;
const MOST_SECONDS = 1_000_000;

const dimension = z.enum(SECOND_DIMENSIONS);

export const secondsParametersSchema = z.strictObject({
  by: z
    .preprocess(
      (value) => {
        const list = Array.isArray(value) ? value : [value];
        return value === undefined
          ? undefined
          : list.flatMap((item) => String(item).split(',')).filter((name) => name !== '');
      },
      z.array(dimension).max(MOST_SECOND_DIMENSIONS).default(['src_addr', 'dst_addr']),
    )
    .describe('what talkers are told apart by, each by itself: several with commas; empty: nothing'),
  top: z.coerce.number().int().min(1).max(MOST_SECOND_GROUPS).default(DEFAULT_TOP).describe('groups of each'),
  filter: z.string().max(LONGEST_FILTER).default('').describe('filter language; empty means every flow'),
  seconds: z.coerce
    .number()
    .int()
    .min(1)
    .max(MOST_SECONDS)
    .optional()
    .describe('how many are told; without it there is no end'),
});

const count = z.number();
const figures = {
  bytes: count.describe('scaled by the sampling rate of each record'),
  packets: count.describe('scaled likewise'),
  flows: count.describe('as in questions: a record that continues a flow is none'),
  records: count,
};

const list = z.object({
  groups: z
    .array(z.object({ value: z.union([z.string(), z.number()]).nullable().describe('null: not known'), ...figures }))
    .describe('those with the most bytes first'),
  other: z
    .object({ groups: count, ...figures })
    .nullable()
    .describe('what is not shown, added up'),
  unsorted: z
    .object(figures)
    .nullable()
    .describe('of `other`, what found no room in the table of groups: a group may miss at most this much'),
});

const lost = z.object({
  records: count.describe('estimated, by all causes'),
  by: z.record(z.string(), count),
  unmetered_packets: count,
});

/** One line of the live stream. */
export const flowSecondSchema = z.object({
  from: count.describe('ms since 1970'),
  to: count.describe('about a second later; more where the node has too much to do to look each second'),
  missed: count.describe('seconds before this one that were not told, because they were not read in time'),
  total: z
    .object(figures)
    .describe(
      'of all records that arrived in this time; the bytes of a record are those of its whole flow, which an exporter tells when it ends, or once in its active timeout',
    ),
  categories: z
    .array(z.object({ category: z.string().describe('"": not known'), direction: z.string(), ...figures }))
    .describe('the same by category and direction; their sum is `total`'),
  by: z.partialRecord(dimension, list),
  quality: z.object({
    duplicates: z.object(figures).describe('left out: another record of the same flow counts'),
    sampling: z.object({
      records: count.describe('with a rate above 1'),
      unknown_bytes: count.describe('of records whose rate is not known'),
      origins: z.array(z.string()).describe('where the rates are known from'),
      error: z
        .object({ bytes: count, packets: count })
        .nullable()
        .describe('half-widths at 95 % of the totals; null where some rate is not known'),
    }),
    lost: lost.describe('what was noticed as lost in this second, of all exporters'),
    not_looked_at: count.describe(
      'records that came and are in no second, because the node had more to do than it could; they are stored',
    ),
    deferred: z.boolean().describe('datagrams wait to be decoded; they are stored then, and are in no second'),
    complete_until: count.describe('ms since 1970: all that was received before is in this second or in one before'),
  }),
});
export type FlowSecondLine = z.output<typeof flowSecondSchema>;
