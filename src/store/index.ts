/**
 * store: flows at rest: journal, hot batches, segments, retention, the lists of exporters and imports.
 * In: filled batches and the journal they came from. Out: views of rows for queries. Must not know what a query asks.
 */

export { type CheckReport, type CheckResult, checkStore } from './check/check-store.ts';
export { ClockSteps, type Clocks, readClocks, stepWords } from './clock-steps.ts';
export type { ReaderOptions } from './duck.ts';
export { DuckReader } from './duck-reader.ts';
export { ExporterStates } from './exporter-states.ts';
export { replaceFile } from './files.ts';
export { Heartbeat } from './heartbeat.ts';
export type { ProducedBatch } from './hot-batches.ts';
export { readInterfaceNames, writeInterfaceNames } from './interface-names-file.ts';
export type { UnfinishedJournal } from './journal-folder.ts';
export { type JournalBlock, type JournalDatagram, JournalReader, readDatagram } from './journal-reader.ts';
export { JournalWriter } from './journal-writer.ts';
export { hourOf, layoutOf, makeDirectory } from './layout.ts';
export { LocalStore } from './local-store.ts';
export type { JournalPosition } from './manifest.ts';
export { type KnownRows, NodeRuns } from './node-runs.ts';
export type {
  Budget,
  History,
  RawRows,
  RawValue,
  SqlParam,
  StoreReader,
  Tile,
  TimeRange,
  View,
  ViewFacts,
} from './reader.ts';
export type { RetentionLimits } from './retention.ts';
export { CUBES, type Cube, LEVELS, type Level } from './rollup/cubes.ts';
export type { Snapshot, SnapshotSource } from './snapshot.ts';
export {
  type ImportSource,
  NO_FACTS,
  type PacketSum,
  readSources,
  SOURCE_CONTENTS,
  SOURCE_KINDS,
  SOURCE_STATES,
  type SourceContent,
  type SourceFacts,
  SourceList,
  type TrafficFacts,
} from './source-list.ts';
export { levelsOnDisk } from './store-levels.ts';
export type { LocalStoreOptions } from './store-options.ts';
export type { StoreStatus } from './store-status.ts';
