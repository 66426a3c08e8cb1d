import type { FilterSets } from '../filter/index.ts';
import type { MeterSettings } from './meter-settings.ts';

/** What the capture thread is to do. */
export interface CaptureOptions {
  /** Their positions, counted from 1, are the observation domains of their flows: an index of the kernel would change with a new card. */
  readonly interfaces: readonly string[];
  readonly ringBytes: number;
  readonly meter: MeterSettings;
}

/** What open flows are ordered by. */
export const ACTIVE_ORDERS = ['bytes', 'packets', 'rate', 'age', 'idle'] as const;
export type ActiveOrder = (typeof ACTIVE_ORDERS)[number];

/** Asks for the open flows that come first. */
export interface ActiveQuery {
  /** Of the filter language; empty for all. */
  readonly filter: string;
  readonly sets: FilterSets;
  /** A filter that must hold as well: what the asker may see; null or absent: everything. */
  readonly within?: string | null;
  readonly order: ActiveOrder;
  /** The smallest first. */
  readonly reverse: boolean;
  readonly limit: number;
  /** Whether what one end received is there of which the other end, on this host as well, has what it sent. */
  readonly duplicates: 'counted' | 'all';
}

/** One open flow by the names of its columns; unknown values are absent. */
export type ActiveFlow = Readonly<Record<string, string | number>>;

/** An interface and what became of its packets since the node started. */
export interface CapturedInterface {
  readonly interface: string;
  readonly up: boolean;
  readonly packets: number;
  /** Packets that the kernel dropped because the ring was full. */
  readonly dropped_packets: number;
}

/** The open flows at one moment. Bytes and packets are those of all that match, scaled by the sampling rate. */
export interface ActiveFlows {
  readonly as_of: number;
  readonly open: number;
  readonly matched: number;
  readonly bytes: number;
  readonly packets: number;
  /** Left out, of those that match. */
  readonly duplicates?: number;
  readonly flows: readonly ActiveFlow[];
  readonly captures: readonly CapturedInterface[];
}

/** What a thread that meters is asked. */
export type ActiveRequest = { readonly type: 'active'; readonly id: number; readonly query: ActiveQuery };
export type ActiveReply = { readonly type: 'active'; readonly id: number; readonly answer: ActiveFlows | null };
