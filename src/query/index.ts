/**
 * query: the query model, SQL, results with their quality, ready-made reports.
 * In: a query and a StoreReader. Out: answers, streams of records, files. Must not know how rows are kept or shown, and must
 * not answer with a number without saying what it is worth.
 */

export { type Anonymiser, anonymiser } from './anonymise.ts';
export {
  type AnswerColumn,
  type FlowsHeader,
  flowsHeaderSchema,
  type QueryAnswer,
  queryAnswerSchema,
  type RowBound,
} from './answer.ts';
export { spreadsheetLine } from './csv.ts';
export { dimensionTable } from './dimensions.ts';
export { type ExportAnswer, type ExportFormat, exportFlows } from './export.ts';
export { exportRecords } from './export-records.ts';
export { LATE_COLUMNS } from './flow-pages.ts';
export { runFlows } from './flows.ts';
export { metricTable } from './metrics.ts';
export {
  type ExportQueryInput,
  exportQuerySchema,
  type FlowsQueryInput,
  flowsQuerySchema,
  type QueryInput,
  querySchema,
} from './model.ts';
export { QueryCosts } from './plan/cost.ts';
export { qualitySchema } from './quality-schema.ts';
export type { FlowRecord } from './record.ts';
export { REPORTS, runReport } from './reports/all.ts';

export {
  type ReportAnswer,
  type ReportColumn,
  type ReportInput,
  type ReportTable,
  reportAnswerSchema,
  reportInputSchema,
} from './reports/report.ts';
export { summaryFigures } from './reports/summary.ts';

export { type AskedNetworkSource, type QueryOptions, runQuery } from './run.ts';
export { nearest } from './words.ts';
