import { type ColumnArray, enumCode, type FlowBatch } from '../../flow/index.ts';
import {
  bytesVariance,
  FLOWS,
  flowsVariance,
  furtherFlows,
  packetsVariance,
  RECORDS,
  SHED,
  shedVariance,
} from '../../truth/index.ts';

const TWICE = enumCode('duplicate', 'yes');
const CONTINUES = enumCode('continued', 'yes');
/** Fills of the columns where no row has them. */
const NOT_SAMPLED = 1;
const KNOWN_ORIGIN = enumCode('sampling_origin', 'default');

/** What a row adds to sums: one object, read row by row, as questions have it (src/query/sums.ts). */
export class RowFigures {
  bytes = 0;
  packets = 0;
  flows = 0;
  sampling = NOT_SAMPLED;
  origin = KNOWN_ORIGIN;
  isDuplicate = false;
  private rawBytes: ColumnArray | undefined;
  private rawPackets: ColumnArray | undefined;
  private samplings: ColumnArray | undefined;
  private origins: ColumnArray | undefined;
  private duplicates: ColumnArray | undefined;
  private continues: ColumnArray | undefined;

  bind(batch: FlowBatch): void {
    this.rawBytes = batch.array('raw_bytes');
    this.rawPackets = batch.array('raw_packets');
    this.samplings = batch.array('sampling');
    this.origins = batch.array('sampling_origin');
    this.duplicates = batch.array('duplicate');
    this.continues = batch.array('continued');
  }

  read(row: number): void {
    const { rawBytes, rawPackets } = this;
    const sampling = this.samplings ? this.samplings[row]! : NOT_SAMPLED;
    const origin = this.origins ? this.origins[row]! : KNOWN_ORIGIN;
    this.sampling = sampling;
    this.origin = origin;
    this.bytes = rawBytes ? wide(rawBytes, row) * sampling : 0;
    this.packets = rawPackets ? wide(rawPackets, row) * sampling : 0;
    this.flows = this.continues?.[row] === CONTINUES ? 0 : 1 + furtherFlows(origin, sampling);
    this.isDuplicate = this.duplicates?.[row] === TWICE;
  }

  /** What sampling leaves uncertain of the bytes of the row that was read (sampling-error.ts). */
  get bytesVariance(): number {
    const { sampling } = this;
    const bytes = this.bytes / sampling;
    if (isOfRecords(this.origin)) return shedVariance(bytes, sampling);
    if (this.origin === FLOWS) return flowsVariance(bytes, sampling);
    return bytesVariance(bytes, this.packets / sampling, sampling);
  }

  get packetsVariance(): number {
    const { sampling } = this;
    const packets = this.packets / sampling;
    if (isOfRecords(this.origin)) return shedVariance(packets, sampling);
    return this.origin === FLOWS ? flowsVariance(packets, sampling) : packetsVariance(packets, sampling);
  }
}

function isOfRecords(origin: number): boolean {
  return origin === SHED || origin === RECORDS;
}

function wide(words: ColumnArray, row: number): number {
  return words[2 * row + 1]! * 4_294_967_296 + words[2 * row]!;
}
