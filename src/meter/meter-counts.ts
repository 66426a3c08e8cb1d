import type { RecognitionCounts } from './recognition/recognition-counts.ts';

/** What a meter did since it was made. */
export interface MeterCounts extends RecognitionCounts {
  /** Packets that were given, and their IP octets; those that were left out are among them. */
  packets: number;
  bytes: number;
  /** Records that were given to the sink. */
  records: number;
  /** Records that continue no other: flows that were begun. */
  flows: number;
  /** Copies that a mirror made, left out; where they are to count, nobody looks for them. */
  duplicates: number;
  duplicateBytes: number;
  /** Packets that may be such copies, or were sent twice: nobody can tell, and they are in flows. */
  duplicatesUnsure: number;
  duplicateUnsureBytes: number;
  /** Packets that sampling on purpose passed over. */
  sampledOut: number;
  /** Flows that gave way to others, because `maxFlows` were open. */
  emergencyExpired: number;
  /** Packets whose time was not known: they were given that of the packet before. */
  timeless: number;
  /** Packets whose time was far from that of those before. */
  timeJumps: number;
}

/** All 0. */
export function newMeterCounts(): MeterCounts {
  return {
    packets: 0,
    bytes: 0,
    records: 0,
    flows: 0,
    duplicates: 0,
    duplicateBytes: 0,
    duplicatesUnsure: 0,
    duplicateUnsureBytes: 0,
    sampledOut: 0,
    emergencyExpired: 0,
    timeless: 0,
    timeJumps: 0,
    recognitionsCut: 0,
    joinsCut: 0,
    namesLeftOut: 0,
    givenNamesCut: 0,
    announcementsCut: 0,
    initialsCut: 0,
  };
}
