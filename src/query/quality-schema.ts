import { z } from 'zod';
import { GAP_CAUSES } from '../truth/index.ts';

/** The zod schemas of src/truth's `Quality`, for the API's document; `answer.ts` holds the two to be the same. */
const notAssessed = z.strictObject({ status: z.literal('not_assessed'), reason: z.string() });
const count = z.number().describe('records');

const lost = z.strictObject({
  records: count.describe('estimated records lost, by all causes'),
  received: count,
  share: z.number().describe('lost / (lost + received)'),
  by: z.strictObject({ network: count, kernel: count, queue: count, decode: count, store: count, exporter: count }),
  unmetered_packets: z.number().describe('packets that meters say they did not see; in no count of records'),
  recovered: count,
  duplicated: count,
  restarts: z.number(),
  errors: z.record(z.string(), z.number().optional()).describe('datagrams by decode error'),
  exporters: z
    .array(
      z.strictObject({
        exporter: z.string(),
        domain: z.number(),
        lost: count,
        received: count,
        share: z.number(),
      }),
    )
    .readonly(),
  estimated: z.string().describe('how the numbers were come by'),
});

const cell = z.union([z.string(), z.number()]);

export const originShareSchema = z.strictObject({
  origin: z.string().describe('where the sampling rate is known from'),
  min_rate: z.number(),
  max_rate: z.number(),
  records: cell,
  bytes: cell,
});

const sampling = z.strictObject({
  sampled_share: z.number().describe('share of bytes with a rate above 1 or an unknown one'),
  known_share: z.number().describe('share of bytes whose rate is known'),
  min_rate: z.number(),
  max_rate: z.number(),
  origins: z.array(z.string()).readonly(),
  by_origin: z.array(originShareSchema).readonly(),
  by_origin_missing: z.string().optional().describe('why `by_origin` is empty though there is more than one'),
  error95: z
    .record(z.string(), z.strictObject({ total: z.number(), half_width: z.number() }))
    .describe('95 % error of the totals, by metric'),
  formula: z.string(),
  source: z.string(),
});

const uncompared = {
  uncompared_exporters: z
    .number()
    .optional()
    .describe(
      'exporters that told of the range and whose records were not compared with each other: what passed several of them counts several times; absent where there is one',
    ),
  unsure_packets: z
    .number()
    .optional()
    .describe('packets that are counted though they may be copies which a mirror made; absent where there is none'),
};

const duplicates = z.union([
  z.strictObject({
    status: z.enum(['assessed', 'partly_assessed']),
    left_out: z
      .strictObject({ records: count, bytes: z.number(), packets: z.number() })
      .nullable()
      .describe(
        'records of flows of which another record counts; null where roll-ups answered, which do not have them',
      ),
    included: z.literal(true).optional().describe('duplicates count in this answer, as was asked'),
    ...uncompared,
  }),
  notAssessed.extend(uncompared),
]);

const removed = z
  .strictObject({ records: count, bytes: z.number(), packets: z.number() })
  .describe('what privacy policies of hosts removed in the range; absent where nothing was');

const lowerLevels = z
  .array(
    z.strictObject({
      host: z.string().describe('its name, or its address as exporter; empty: one of many'),
      level: z.enum(['sock_diag', 'proc']),
      ms: z.number().describe('for how long in the range'),
    }),
  )
  .readonly()
  .describe(
    'hosts whose own traffic was metered by what TCP counts (sock_diag: payload, no UDP) or by lists of sockets (proc: no bytes); absent where none was',
  );

const flows = z
  .strictObject({
    status: z.enum(['assessed', 'partly_assessed', 'not_assessed']),
    records: count,
    unsure_records: count.describe(
      'records of which nobody knows whether they continue a flow: each is counted as one',
    ),
    continued_records: count.describe('records that continue a flow and are not counted as flows'),
  })
  .describe('where flows were counted: what their number is worth');

const share = z.number().describe('0..1 of what matches');
const names = z
  .union([z.strictObject({ status: z.literal('assessed'), by_port_bytes: share, by_port_flows: share }), notAssessed])
  .describe(
    'where application, service or category are named: how much has an application by the port of its server alone',
  );
const clients = z
  .union([z.strictObject({ status: z.literal('assessed'), unknown_bytes: share, unknown_flows: share }), notAssessed])
  .describe('where client or server are named: of how much they are not known');

const gaps = z.union([
  z.strictObject({
    status: z.literal('assessed'),
    measured: z
      .number()
      .describe(
        'share of the range that was measured, 0..1: a silent exporter takes its share of the usual bytes from it, or all where the answer is about it alone',
      ),
    measured_flows: z
      .number()
      .describe('the same for counts of flows: a silent exporter takes its share of the usual records'),
    gaps: z
      .array(
        z.strictObject({
          from: z.number(),
          to: z.number().nullable().describe('null while it lasts'),
          cause: z.enum(GAP_CAUSES),
          exporter: z.string().optional(),
          domain: z.number().optional(),
          ms: z.number().describe('inside the range'),
          exporter_name: z.string().optional(),
          share: z.number().optional().describe('of a silence: which part of all that is usual is missing, 0..1'),
          share_of: z.enum(['bytes', 'records']).optional().describe('records where bytes are not known'),
        }),
      )
      .readonly()
      .describe('times in which nothing was measured, or an exporter was silent; longest in the range first'),
    more: z.number().describe('gaps that are not listed'),
    by: z
      .partialRecord(
        z.enum(GAP_CAUSES),
        z.strictObject({ gaps: z.number(), ms: z.number().describe('inside the range') }),
      )
      .describe('number and time by cause'),
  }),
  notAssessed,
]);

const networkData = z
  .strictObject({
    of: z.enum(['systems', 'countries']),
    sources: z
      .array(
        z.strictObject({
          source: z.string().describe('path of the file, or name and version of the packages that come with Weir'),
          kind: z.enum(['mrt', 'file', 'bundled']),
          made: z.number().nullable().describe('when its maker says that it was made, ms since 1970'),
          age_days: z.number().nullable().describe('whole days since then'),
        }),
      )
      .readonly(),
  })
  .describe(
    'of reports of systems and countries: the data that name them, as they are today, in the order in which they are asked; rows have what was known when they were stored',
  );

export const qualitySchema = z.strictObject({
  lost,
  sampling,
  flows: flows.optional(),
  duplicates,
  removed: removed.optional(),
  lower_levels: lowerLevels.optional(),
  names: names.optional(),
  clients: clients.optional(),
  network_data: networkData.optional(),
  scans: notAssessed,
  gaps,
  completeness: z.strictObject({ hosts: z.strictObject({ asked: z.number(), answered: z.number() }) }),
  clocks: z.strictObject({ corrected_records: z.number() }),
  complete_until: z.number().describe('data received up to here are in the answer, ms since 1970'),
  damaged: z
    .array(z.strictObject({ name: z.string(), rows: z.number().optional(), reason: z.string() }))
    .readonly()
    .describe('files that could not be believed, or are missing; their rows are not in the answer'),
  bounded: z
    .strictObject({ metric: z.string(), share: z.number() })
    .optional()
    .describe(
      'rows are least values, since roll-ups had to leave keys out: the largest share that a row may be too small by',
    ),
  estimated: z
    .strictObject({ metrics: z.array(z.string()).readonly(), error95: z.number() })
    .optional()
    .describe('values that come from sketches: 95 of 100 are off by this share at most'),
  expired: z
    .array(z.strictObject({ from: z.number(), to: z.number() }))
    .readonly()
    .optional()
    .describe('parts of the range of which nothing is kept any more that could answer'),
});
