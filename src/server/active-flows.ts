import { z } from 'zod';
import { WeirError } from '../base/index.ts';
import { type FilterSets, parseFilter, referencedColumns } from '../filter/index.ts';
import { columns } from '../flow/index.ts';
import { ACTIVE_ORDERS, type ActiveFlows, type ActiveQuery } from '../ingest/index.ts';

/** Open flows of one answer at most: they are chosen where packets wait. */
export const MAX_ACTIVE_FLOWS = 10_000;
const DEFAULT_LIMIT = 100;

export const activeParametersSchema = z.strictObject({
  filter: z.string().max(65_536).default('').describe('filter language; empty means every flow'),
  limit: z.coerce.number().int().min(1).max(MAX_ACTIVE_FLOWS).default(DEFAULT_LIMIT),
  duplicates: z
    .enum(['counted', 'all'])
    .default('counted')
    .describe('whether what one end received is shown, of which the other end, on this host as well, has what it sent'),
  order: z
    .enum(ACTIVE_ORDERS.flatMap((order) => [order, `-${order}` as const]))
    .default('bytes')
    .describe('the largest first; with - before it the smallest'),
});

/** What open flows have beside the columns of a record. */
const LIVE_COLUMNS = [
  { name: 'age', type: 'integer', unit: 'ms' },
  { name: 'idle', type: 'integer', unit: 'ms' },
  { name: 'rate', type: 'number', unit: 'bit/s' },
  { name: 'bytes', type: 'integer', unit: 'bytes' },
  { name: 'packets', type: 'integer', unit: 'packets' },
  { name: 'interface', type: 'text', unit: null },
] as const;

const columnSchema = z.object({ name: z.string(), type: z.string(), unit: z.string().nullable() });

export const activeAnswerSchema = z.object({
  as_of: z.number().describe('when the flows were looked at, ms since 1970'),
  columns: z.array(columnSchema).describe('those that a flow of this answer has'),
  records: z
    .array(z.record(z.string(), z.union([z.string(), z.number()])))
    .describe(
      'a flow each: age (ms since its first packet, or since its last record), idle (ms since its last packet), rate (bit/s over its age, at least a second)',
    ),
  total: z
    .object({ flows: z.number(), bytes: z.number(), packets: z.number() })
    .describe('of all open flows that the filter selects'),
  quality: z.object({
    open: z.number().describe('flows that are open in all; of who sees a part of the traffic: that match'),
    duplicates_left_out: z
      .number()
      .describe('records of receivers that match, and whose sender is on this host as well'),
    captures: z
      .array(z.object({ interface: z.string(), up: z.boolean(), packets: z.number(), dropped_packets: z.number() }))
      .describe('the interfaces, with what was taken from each since the node started, and what the kernel dropped'),
  }),
});

export type ActiveAnswer = z.output<typeof activeAnswerSchema>;

/** The question that the parameters are; a mistake in the filter is told before anybody is asked. */
export function activeQuery(
  { filter, limit, order, duplicates }: z.output<typeof activeParametersSchema>,
  sets: FilterSets,
  within: string | null,
): ActiveQuery {
  const asksForCopies = referencedColumns(parseFilter(filter, { sets, limit: within })).has('duplicate');
  const reverse = order.startsWith('-');
  const by = ACTIVE_ORDERS.find((o) => o === (reverse ? order.slice(1) : order))!;
  return { filter, sets, within, limit, order: by, reverse, duplicates: asksForCopies ? 'all' : duplicates };
}

/** Null: nothing is captured here. With `isPart` the asker sees a part of the traffic, and is not told what of the rest is counted. */
export function activeAnswer(found: ActiveFlows | null, isPart: boolean): ActiveAnswer {
  if (found === null) {
    throw new WeirError(
      'not_found',
      'this node meters nothing at the moment, so it knows no open flows: `weir up` meters this machine itself, `--capture IFACE` what an interface brings (exporters send flows when they are over)',
    );
  }
  const { as_of, matched, bytes, packets, open, captures, flows, duplicates = 0 } = found;
  const used = new Set(flows.flatMap((flow) => Object.keys(flow)));
  return {
    as_of,
    columns: [
      ...LIVE_COLUMNS.filter((c) => used.has(c.name)),
      ...columns
        .filter((c) => used.has(c.name))
        .map(({ name, type, unit }) => ({ name, type: shownType(type), unit: unit ?? null })),
    ],
    records: [...flows],
    total: { flows: matched, bytes, packets },
    quality: {
      open: isPart ? matched : open,
      duplicates_left_out: duplicates,
      captures: isPart ? [] : [...captures],
    },
  };
}

function shownType(type: (typeof columns)[number]['type']): string {
  if (type === 'time' || type === 'address') return type;
  return type === 'text' || type === 'enum' ? 'text' : 'integer';
}
