import type { DecodeError } from '../decode-errors.ts';

/** What became of one datagram. */
export interface SflowResult {
  /** Flow samples and discarded packets whose head could be read: what sequences count. */
  records: number;
  /** Rows that were written; of these, those that stand for more than one packet. */
  rows: number;
  sampledRows: number;
  /** Samples that the sieve did not keep. */
  shed: number;
  counterSamples: number;
  /** Flow samples that describe no packet: what applications report. */
  withoutPacket: number;
  /** Samples that could not be read, or that were announced and are not there. */
  unreadable: number;
  /** Samples that found no row: the batch was full, or the datagram held more than any does. */
  unwritten: number;
  /** Samples that the agent says it dropped since it was last heard. */
  exporterDrops: number;
  /** The first thing that was wrong; null nothing. */
  problem: DecodeError | null;
  /**
   * The sequence numbers of `records`, `sources` of them, each with class (below 2^12, with 2^12 added for discarded packets, which are
   * numbered by themselves) and index of its data source.
   */
  sources: number;
  readonly sampleClasses: Uint32Array;
  readonly sampleSources: Uint32Array;
  readonly sampleSequences: Uint32Array;
}

export function newSflowResult(mostSamples: number): SflowResult {
  return {
    records: 0,
    rows: 0,
    sampledRows: 0,
    shed: 0,
    counterSamples: 0,
    withoutPacket: 0,
    unreadable: 0,
    unwritten: 0,
    exporterDrops: 0,
    problem: null,
    sources: 0,
    sampleClasses: new Uint32Array(mostSamples),
    sampleSources: new Uint32Array(mostSamples),
    sampleSequences: new Uint32Array(mostSamples),
  };
}

export function resetSflowResult(r: SflowResult): void {
  r.records = 0;
  r.rows = 0;
  r.sampledRows = 0;
  r.shed = 0;
  r.counterSamples = 0;
  r.withoutPacket = 0;
  r.unreadable = 0;
  r.unwritten = 0;
  r.exporterDrops = 0;
  r.problem = null;
  r.sources = 0;
}
