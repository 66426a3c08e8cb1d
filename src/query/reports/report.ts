import { z } from 'zod';
import type { JsonValue } from '../../flow/index.ts';
import type { StoreReader } from '../../store/index.ts';
import { cellSchema, columnSchema, planSchema, type QueryPlan, type QueryQuality } from '../answer.ts';
import { QueryBudget } from '../budget.ts';
import { compileFilter, parseModel } from '../compile.ts';
import { countDuplicates } from '../duplicate-counts.ts';
import { METRICS } from '../metrics.ts';
import { maxCostSchema } from '../model.ts';
import { describeExpired } from '../plan/describe.ts';
import { describeQuality } from '../quality.ts';
import { qualitySchema } from '../quality-schema.ts';
import { type QueryOptions, viewPlan } from '../run.ts';
import { openScope, type Scope, windowOfSource, withArithmetic, withView } from '../scope.ts';
import { type Sum, withFlowQuality } from '../sums.ts';
import { countTotals, type Totals } from '../totals.ts';
import { windowOf } from '../window.ts';

/** What every report may be asked for. */
export const reportInputSchema = z.strictObject({
  from: z.number().int().optional().describe('start of the range, ms since 1970; default: the beginning'),
  to: z.number().int().optional().describe('end of the range (not included), ms since 1970; default: now'),
  filter: z.string().max(65_536).default(''),
  limit: z.number().int().min(1).max(100_000).default(20).describe('rows of reports that rank'),
  scheme: z
    .string()
    .max(255)
    .optional()
    .describe('of the report categories: another scheme than the one that is stored'),
  max_cost: maxCostSchema,
  duplicates: z.enum(['counted', 'all']).default('counted'),
  scans: z.enum(['out', 'in', 'only']).default('out'),
});
export type ReportInput = z.input<typeof reportInputSchema>;
export type ReportQuery = z.output<typeof reportInputSchema>;

/** A table of a report as values: whoever shows it decides how numbers look. `decimals` is what the report promises. */
const reportTableSchema = z.strictObject({
  title: z.string(),
  columns: z.array(columnSchema.extend({ title: z.string(), decimals: z.number().int().optional() })),
  rows: z.array(z.array(cellSchema)),
  is_part: z
    .literal(true)
    .optional()
    .describe('its rows are of a part of what matches: the total of all is none of theirs'),
});
export type ReportTable = z.output<typeof reportTableSchema>;
export type ReportColumn = ReportTable['columns'][number];

export const reportAnswerSchema = z.strictObject({
  report: z.string(),
  title: z.string(),
  data: z.unknown().describe('the figures by name'),
  tables: z.array(reportTableSchema).describe('the same figures as tables'),
  quality: qualitySchema,
  plan: planSchema,
});

export interface ReportAnswer<Data = unknown> {
  readonly report: string;
  readonly title: string;
  readonly data: Data;
  readonly tables: readonly ReportTable[];
  readonly quality: QueryQuality;
  readonly plan: QueryPlan;
}

/** A text of a report that names nobody: words of Weir or of a standard, or words of Weir with a name in quotation marks among them. */
export type TextKind = 'words' | 'quoting';

export interface Report<Data = unknown> {
  readonly name: string;
  readonly title: string;
  readonly meaning: string;
  /** Its texts by their name, in data and tables. Whatever else is text may be somebody's name and is pseudonymised where that is asked for. */
  readonly texts?: Readonly<Record<string, TextKind>>;
  /** It tells of what no filter cuts down, so it is not for those who may see a part of the traffic alone. */
  readonly ofAll?: true;
  run(store: StoreReader, input: ReportInput, options: QueryOptions): Promise<ReportAnswer<Data>>;
}

export function column(
  name: string,
  title: string,
  type: ReportColumn['type'] = 'integer',
  unit: string | null = null,
  decimals?: number,
): ReportColumn {
  return { name, title, type, unit, ...(decimals === undefined ? {} : { decimals }) };
}

export function parseReportInput(input: ReportInput): ReportQuery {
  return parseModel(reportInputSchema, input, 'report');
}

/** What a report counts beyond a query: its own statements on one view, then the quality of what it saw. */
export async function countReport<T>(
  store: StoreReader,
  query: ReportQuery,
  options: QueryOptions,
  sums: readonly Sum[],
  work: (scope: Scope, totals: Totals) => Promise<T>,
): Promise<{ readonly counted: T; readonly quality: QueryQuality; readonly plan: QueryPlan }> {
  const filter = compileFilter(query.filter, options);
  const asked = windowOf(query, options.now);
  const budget = new QueryBudget(options);
  budget.expect(3);
  budget.check();
  return withView(store, asked, budget, (view) =>
    withArithmetic(view, async (how) => {
      const window = await windowOfSource(view, asked, filter, budget);
      const scope = openScope(view, window, filter, query.duplicates, how, budget);
      const totals = await countTotals(scope, withFlowQuality(sums), []);
      const counted = await work(scope, totals);
      const quality = {
        ...describeQuality(view, totals, METRICS.slice(0, 2), scope.extent, {
          duplicates: await countDuplicates(scope),
          scans: query.scans,
        }),
        ...describeExpired(scope.plan),
      };
      const { from, to } = scope.extent ?? { from: null, to: null };
      budget.finish();
      const plan = { ...viewPlan(view, 'flow records were read: reports are counted from them', budget), from, to };
      return { counted, quality, plan };
    }),
  );
}

/** To so many decimals, as a number; null stays null. */
export function rounded(value: number | null, decimals: number): number | null {
  return value === null ? null : Number(value.toFixed(decimals));
}

/** 100 x part / whole; null where there is no whole. */
export function percentOf(part: JsonValue, whole: JsonValue, decimals: number): number | null {
  const all = Number(whole ?? 0);
  return all === 0 ? null : rounded((100 * Number(part ?? 0)) / all, decimals);
}
