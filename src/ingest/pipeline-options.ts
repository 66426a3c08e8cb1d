import type { CounterSheet } from '../base/index.ts';
import type { TextColumns } from '../flow/index.ts';
import type { HomeNetworks, NamingSettings } from '../label/index.ts';
import type { LedgerEntry } from '../truth/index.ts';
import type { ElementMapping } from '../wire/index.ts';
import type { ExporterRule } from './exporter-rules.ts';
import type { IngestCounter } from './ingest-counters.ts';
import type { SavedStream } from './stream.ts';

/** What becomes of a datagram's records: rows of the batch; left to a later reading of the journal; or lost, and counted so. */
export type AcceptMode = 'keep' | 'defer' | 'drop';

/** What the decoder must know to go on where another left off. */
export interface PipelineState {
  readonly streams: readonly SavedStream[];
  /** The streams came over connections. */
  readonly connections?: boolean;
  /** The streams are those of this node's own meter. */
  readonly metered?: boolean;
}

/** With what configuration said: a replay gives the same rows whoever does it. */
export interface ConfiguredState extends PipelineState {
  readonly rules?: readonly ExporterRule[];
  readonly elements?: readonly ElementMapping[];
  readonly networks?: HomeNetworks;
  readonly naming?: NamingSettings;
}

/** What a journal file begins with: the decoder's state, and what was counted before it and stands in no batch yet. */
export interface JournalState extends ConfiguredState {
  readonly ledger?: readonly LedgerEntry[];
  /** When the thread that wrote the file began. */
  readonly startedMs?: number;
}

export interface PipelineOptions {
  readonly maxExporters: number;
  readonly counters: CounterSheet<IngestCounter>;
  /** Of the thread that runs the pipeline. */
  readonly texts: TextColumns;
  readonly rules: readonly ExporterRule[];
  readonly elements: readonly ElementMapping[];
  /** What is inside. */
  readonly networks: HomeNetworks;
  /** What configuration adds to the names that come with Weir. */
  readonly naming?: NamingSettings | undefined;
  /** Messages come over connections: one of no bytes tells that the connection from there has ended. No datagram may say so. */
  readonly connections?: boolean;
  /** The datagrams are messages of this node's own meter, handed from the capture thread's meter to its pipeline. */
  readonly metered?: boolean;
  /** Name of the import that the datagrams are of; absent for what is received live. Times of an import are believed as they are. */
  readonly source?: string;
}

/** A datagram as the pipeline has it: bytes in the receiver's memory, and where it came from. */
export interface Datagram {
  view: DataView;
  at: number;
  length: number;
  source: Uint32Array;
  sourceAt: number;
  port: number;
  receivedMs: number;
  mode: AcceptMode;
}
