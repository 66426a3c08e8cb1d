/**
 * query: the query model, SQL, results with their quality, ready-made reports.
 * In: a query and a StoreReader. Out: answers, streams of records, files. Must not know how rows are kept or shown, and must
 * not answer with a number without saying what it is worth.
 */
export {
  type AnswerColumn,
  type FlowsHeader,
  flowsHeaderSchema,
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
export { type ExportAnswer, type ExportFormat, type ExportTarget, exportFlows } from './export.ts';
export { type FlowsAnswer, runFlows } from './flows.ts';
export { type MetricDescription, metricTable } from './metrics.ts';
export {
  type ExportQuery,
  type ExportQueryInput,
  exportQuerySchema,
  type FlowsQuery,
  type FlowsQueryInput,
  flowsQuerySchema,
  type Query,
  type QueryInput,
  querySchema,
} from './model.ts';
export { qualitySchema } from './quality-schema.ts';
export type { FlowRecord } from './record.ts';
export { REPORTS, runReport } from './reports/all.ts';
export type { ExporterLine, ExportersData } from './reports/exporters.ts';
export type { Pair } from './reports/pairs.ts';
export type { ProtocolLine } from './reports/protocols.ts';
export {
  type Report,
  type ReportAnswer,
  type ReportColumn,
  type ReportInput,
  type ReportTable,
  reportAnswerSchema,
  reportInputSchema,
} from './reports/report.ts';
export { type SummaryFigure, type SummaryTotals, summaryFigures } from './reports/summary.ts';
export type { Talker } from './reports/talkers.ts';
export { type QueryOptions, runQuery } from './run.ts';
