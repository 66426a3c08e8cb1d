import type { ExportHeader } from './export-header.ts';
import type { FlowContext } from './flow-context.ts';
import type { ExporterFacts } from './options/exporter-facts.ts';

/** What the records of one data set have in common: where they lie, and what is known of them beside their bytes. */
export interface DataSet {
  view: DataView;
  /** The same bytes as `view`. */
  bytes: Uint8Array;
  /** Of the message that brought the set. */
  header: ExportHeader;
  /** When that message came: earlier than now for a set that waited for its template. */
  receivedMs: number;
  context: FlowContext;
  facts: ExporterFacts;
  /** Whether there is room for what options tell. */
  mayLearn: boolean;
}
