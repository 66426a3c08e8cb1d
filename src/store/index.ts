/**
 * store: flows at rest: journal, hot batches, segments, retention.
 * In: filled batches and the journal they came from. Out: views of rows for queries. Must not know what a query asks.
 */
export type { Budget, Damage, RawRows, RawValue, SqlParam, StoreReader, TimeRange, View, ViewFacts } from './reader.ts';
