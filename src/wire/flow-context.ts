import { enumCode } from '../flow/index.ts';
import { DEFAULT_EXPORTER_SETTINGS, type ExporterSettings } from './exporter-settings.ts';
import type { FlowSieve } from './flow-sieve.ts';

/** What the bytes of a record do not say and its receiver knows. One object per receiving thread, filled again for each datagram. */
export interface FlowContext {
  receivedMs: number;
  /** The exporter's address: four words, most significant first. Copied in, so that the receiver's slots can be reused. */
  readonly exporter: Uint32Array;
  /** One packet in `sampling` was looked at, and where that is known from (a code of SAMPLING_ORIGIN). */
  sampling: number;
  samplingOrigin: number;
  /** How far the exporter's clock may be from ours before its times are moved to ours. */
  skewMs: number;
  /** What configuration says of the exporter. */
  settings: ExporterSettings;
  /** Code of the import in the column `source`; 0 for what is received live. */
  sourceCode: number;
  /** Times are believed as they are: what is imported is old. */
  importing: boolean;
  /** The records are those of this node's own meter: IPFIX brings them from one of its threads to another. */
  metered: boolean;
  /** Chooses the records that become rows; null where all do. The rows say nothing of it until they are marked. */
  sieve: FlowSieve | null;
}

/** An exporter whose clock is this far off is believed in its durations and ages, not in its times of day. */
const ALLOWED_SKEW_MS = 300_000;
/** A flow that ended longer before it was received than this is a fault of the exporter's arithmetic. */
export const MAX_AGE_MS = 86_400_000;

export function newFlowContext(): FlowContext {
  return {
    receivedMs: 0,
    exporter: new Uint32Array(4),
    sampling: 1,
    samplingOrigin: SAMPLING_ORIGIN.default,
    skewMs: ALLOWED_SKEW_MS,
    settings: DEFAULT_EXPORTER_SETTINGS,
    sourceCode: 0,
    importing: false,
    metered: false,
    sieve: null,
  };
}

/** Sets what configuration says of the sampling, where that goes before what the exporter said (`said`) or there is nothing else; whether it did. */
export function configuredSampling(context: FlowContext, said: boolean): boolean {
  const rule = context.settings.sampling;
  if (!rule || (rule.mode === 'default' && said)) return false;
  context.sampling = rule.rate;
  context.samplingOrigin = SAMPLING_ORIGIN.configured;
  return true;
}

/** Codes of the column `sampling_origin` by name. */
export const SAMPLING_ORIGIN = {
  unknown: enumCode('sampling_origin', 'unknown'),
  default: enumCode('sampling_origin', 'default'),
  configured: enumCode('sampling_origin', 'configured'),
  options: enumCode('sampling_origin', 'options'),
  record: enumCode('sampling_origin', 'record'),
  shed: enumCode('sampling_origin', 'shed'),
  flows: enumCode('sampling_origin', 'flows'),
  records: enumCode('sampling_origin', 'records'),
} as const;
