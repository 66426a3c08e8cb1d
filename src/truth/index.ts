/**
 * truth: what each number is worth: loss, sampling error, and the account of it that goes with every answer.
 * In: sequence numbers as datagrams arrive, counts per minute, what exporters said of their sampling, sums that a query
 * made. Out: counts for the ledger, `quality`, causes and remedies in words. Must not read clocks, sockets or files, and must not turn "not known" into zero.
 */

export { ExporterNames } from './exporter-names.ts';
export type { ExporterState, InterfaceState } from './exporter-state.ts';
export { assessGaps, type GapQuality, type ListedGap, sharesOf } from './gap-quality.ts';
export {
  ALL_MEASURED,
  GAP_CAUSES,
  type Gap,
  type GapCause,
  isMeasured,
  isOfExporter,
  type Measure,
  type MeasuredTime,
  measuredShare,
  measureOf,
  sameGap,
  type Weighed,
} from './gaps.ts';
export { type AskedInterfaces, type InterfaceNames, NO_INTERFACE_NAMES, nameInterfaces } from './interface-names.ts';
export {
  addCounts,
  LEDGER_COUNTERS,
  type LedgerCounter,
  type LedgerCounts,
  type LedgerEntry,
  ledgerKey,
  mergeLedger,
} from './ledger.ts';
export { foldLedger } from './ledger-fold.ts';
export { assessLoss, type LossQuality } from './loss.ts';
export { lowerLevels } from './lower-levels.ts';
export type {
  ClientsQuality,
  DuplicatesQuality,
  FlowsQuality,
  LowerLevel,
  NamesQuality,
  NetworkData,
  NetworkSource,
  NotAssessed,
  Quality,
  RemovedQuality,
  SamplingQuality,
  TotalError,
} from './quality.ts';
export { compact, percent, qualityLine } from './quality-line.ts';
export {
  bytesVariance,
  FLOWS,
  FLOWS_OF_RECORD_SQL,
  flowsVariance,
  formula as samplingErrorFormula,
  furtherFlows,
  HISTORY_FLOWS_ERROR_SQL,
  halfWidth95,
  packetsVariance,
  RECORD_VARIANCE_SQL,
  RECORDS,
  SAMPLING_ERROR_SQL,
  SHED,
  shedVariance,
  source as samplingErrorSource,
} from './sampling-error.ts';
export { samplingRemedy } from './sampling-remedy.ts';
export { SequenceTracker } from './sequence.ts';
