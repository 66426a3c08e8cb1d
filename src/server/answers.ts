export type { AnswerColumn, FlowsQueryInput, QueryAnswer, QueryInput } from '../query/index.ts';

// Placeholder until src/query/index.ts has them.
import type { AnswerColumn, QueryAnswer, QueryPlan } from '../query/index.ts';

export interface FlowsHeader {
  readonly columns: readonly AnswerColumn[];
  readonly quality: QueryAnswer['quality'];
  readonly plan: QueryPlan;
}
export interface ReportRequest {
  readonly from?: number | undefined;
  readonly to?: number | undefined;
  readonly filter?: string | undefined;
  readonly limit?: number | undefined;
}
export interface ReportAnswer {
  readonly name: string;
}
