/**
 * query: the query model, SQL, results with their quality, ready-made reports.
 * In: a query and a StoreReader. Out: answers, streams of records, files. Must not know how rows are kept or shown, and must
 * not answer with a number without saying what it is worth.
 */
export {
  type AnswerColumn,
  type MetricValues,
  type QueryAnswer,
  type QueryPlan,
  type QueryQuality,
  queryAnswerSchema,
  type RowError,
  type TimeBucket,
} from './answer.ts';
export type { BudgetOptions } from './budget.ts';
export { type DimensionDescription, dimensionTable } from './dimensions.ts';
export { type MetricDescription, metricTable } from './metrics.ts';
export {
  type FlowsQuery,
  type FlowsQueryInput,
  flowsQuerySchema,
  type Query,
  type QueryInput,
  querySchema,
} from './model.ts';
export { type QueryOptions, runQuery } from './run.ts';
