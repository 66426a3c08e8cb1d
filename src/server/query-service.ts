import type {
  ExportAnswer,
  ExportFormat,
  ExportQueryInput,
  FlowRecord,
  FlowsHeader,
  FlowsQueryInput,
  QueryAnswer,
  QueryInput,
  ReportAnswer,
  ReportInput,
} from '../query/index.ts';
import type { RunningQuery } from './query-slots.ts';

/** What any question may carry beside itself. */
export interface Ask {
  /** Raised: the question is cancelled, in whichever thread or process it runs. */
  readonly signal?: AbortSignal | undefined;
  /** Called a few times a second with 0..1. */
  readonly onProgress?: ((share: number) => void) | undefined;
  /** Shorter than the node's own limit; a longer one is cut to it. */
  readonly timeoutMs?: number | undefined;
  /** A filter that what is asked is cut down to, whatever it says itself; null or absent: none. */
  readonly limit?: string | null | undefined;
  /** Whose question it is, for the list of those that run. */
  readonly asker?: string | undefined;
}

/** Records come in pieces, and the next piece is only read when the last one was taken. */
export interface FlowsAnswer {
  readonly header: FlowsHeader;
  readonly records: AsyncIterable<readonly FlowRecord[]>;
}

export const EXPORT_FORMATS = ['csv', 'jsonl', 'parquet'] as const satisfies readonly ExportFormat[];

/** A file on the machine of whoever asks. It is written aside and renamed: half a file is never seen. */
export interface ExportFile {
  readonly format: ExportFormat;
  /** Of CSV: no text begins as a formula does. */
  readonly spreadsheet?: boolean;
  readonly path: string;
}

/**
 * All questions that can be asked, wherever they are answered: in this thread, in the query thread or by another node over HTTP.
 * Failures are WeirErrors.
 */
export interface QueryService {
  query(query: QueryInput, ask?: Ask): Promise<QueryAnswer>;
  /** The records must be read to their end or left early with `return`, or the signal raised. */
  flows(query: FlowsQueryInput, ask?: Ask): Promise<FlowsAnswer>;
  report(name: string, request: ReportInput, ask?: Ask): Promise<ReportAnswer>;
  /** Has no limit of time of its own: it reads everything that matches. */
  export(query: ExportQueryInput, file: ExportFile, ask?: Ask): Promise<ExportAnswer>;
  /** What runs and what waits. */
  running(): Promise<readonly RunningQuery[]>;
  /** False when there is no such question (any more). */
  cancel(id: string): Promise<boolean>;
}
