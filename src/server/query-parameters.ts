import { z } from 'zod';
import { WeirError } from '../base/index.ts';

/** A query as URL parameters: the names of the JSON body, every value as text, lists with commas or repeated. */

const text = z.string().max(65_536);
const list = z.union([z.string(), z.array(z.string())]).describe('separated by commas, or repeated');
const time = z.string().describe('ms since 1970, or ISO 8601 with a zone');
const whole = z.string().regex(/^\d+$/, 'expected a whole number');

const shared = {
  from: time.optional(),
  to: time.optional(),
  filter: text.optional().describe('filter language; empty means every flow'),
  limit: whole.optional(),
  duplicates: z.enum(['counted', 'all']).optional(),
  scans: z.enum(['out', 'in', 'only']).optional(),
};

const top = z
  .string()
  .regex(/^[1-9]\d{0,4}$|^100000$/, 'expected a whole number from 1 to 100000')
  .optional()
  .describe('another word for `limit`, as on the command line');

export const queryParametersSchema = z.strictObject({
  ...shared,
  top,
  by: list.optional(),
  metrics: list.optional(),
  every: whole.optional().describe('width of time buckets in ms'),
  order: z.string().optional(),
  having: z.string().optional(),
  previous: whole.optional(),
  exact: z.enum(['true', 'false']).optional().describe('as in the body'),
  max_cost: z
    .string()
    .regex(/^(any|\d+(\.\d+)?)$/, 'expected a number of seconds, or any')
    .optional()
    .describe('as in the body: seconds, or `any`'),
});

export const flowsParametersSchema = z.strictObject({
  ...shared,
  columns: list.optional(),
  order: z.string().optional(),
  page: z.string().max(400).optional().describe('as in the body'),
});

export const rangeParametersSchema = z.strictObject({
  from: shared.from,
  to: shared.to,
  filter: shared.filter,
  limit: shared.limit,
  top,
  duplicates: shared.duplicates,
  scans: shared.scans,
  scheme: z.string().optional().describe('of the report categories: another scheme than the one that is stored'),
});

const LISTS = new Set(['by', 'metrics', 'columns']);
const NUMBERS = new Set(['limit', 'every', 'previous']);
const TIMES = new Set(['from', 'to']);

/** The parameters with the types that the JSON body has. */
export function fromParameters(
  parameters: Readonly<Record<string, string | string[] | undefined>>,
): Record<string, unknown> {
  const body: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(parameters)) {
    if (value === undefined) continue;
    if (name === 'top') body.limit = limitOf(value as string, parameters.limit);
    else if (LISTS.has(name)) body[name] = splitList(value);
    else if (NUMBERS.has(name)) body[name] = Number(value);
    else if (name === 'exact') body[name] = value === 'true';
    else if (name === 'max_cost') body[name] = value === 'any' ? value : Number(value);
    else if (TIMES.has(name)) body[name] = readTime(name, value as string);
    else body[name] = value;
  }
  return body;
}

function limitOf(top: string, limit: string | string[] | undefined): number {
  if (limit === undefined) return Number(top);
  throw new WeirError('usage', 'top and limit mean the same: give one of them');
}

/** Commas inside brackets belong to the item. */
function splitList(value: string | readonly string[]): string[] {
  const items = typeof value === 'string' ? [value] : value;
  return items
    .flatMap((item) => item.split(/,(?![^()]*\))/))
    .map((s) => s.trim())
    .filter((s) => s !== '');
}

function readTime(name: string, value: string): number {
  const ms = /^-?\d+$/.test(value)
    ? Number(value)
    : /(Z|[+-]\d{2}:?\d{2})$/i.test(value)
      ? Date.parse(value)
      : Number.NaN;
  if (Number.isFinite(ms)) return ms;
  throw new WeirError('usage', `${name}: expected ms since 1970 or ISO 8601 with a zone, not "${value}"`);
}
