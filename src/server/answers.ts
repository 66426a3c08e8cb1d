export type { AnswerColumn, ExportAnswer, ExportFormat, ExportQueryInput, FlowRecord, FlowsHeader, FlowsQueryInput, QueryAnswer, QueryInput } from '../query/index.ts';

// Placeholder until src/query/index.ts has them.
export interface ReportRequest {
  readonly from?: number | undefined;
  readonly to?: number | undefined;
  readonly filter?: string | undefined;
  readonly limit?: number | undefined;
}
export interface ReportAnswer {
  readonly name: string;
}
