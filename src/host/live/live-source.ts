import type { HostRecords } from '../table/host-record.ts';
import type { HostTable } from '../table/host-table.ts';

/** What a meter lets be seen of its flows. */
export interface LiveSource {
  readonly table: HostTable;
  readonly records: HostRecords;
  isLeftOut(slot: number): boolean;
  /** What the other end sends is left out. */
  peerLeftOut(slot: number): boolean;
}
