import type { FlowBatchHandle } from '../flow/index.ts';
import type { JournalPosition } from '../store/index.ts';
import type { ExporterState, LedgerEntry } from '../truth/index.ts';
import type { PipelineState } from './pipeline-options.ts';

/** How much a line of the log matters. */
export type LogLevel = 'info' | 'warn' | 'error';

/** Of an export stream: when its last datagram came, and how many records since it was last told, and bytes, scaled by sampling. */
export type Heard = readonly [exporter: string, domain: number, lastMs: number, records: number, bytes: number];

/** What a receive thread tells the store thread. Batches themselves are shared memory: only their handles travel. */
export type ProducerMessage =
  | {
      readonly type: 'begin';
      readonly key: string;
      readonly slot: number;
      readonly handle: FlowBatchHandle;
      readonly hour: number;
      readonly journal: string | null;
      /** Its rows were not received now. */
      readonly imported?: true;
    }
  /** What no batch carries yet; replaces what was said before. */
  | { readonly type: 'held'; readonly entries: readonly LedgerEntry[] }
  | { readonly type: 'ledger'; readonly key: string; readonly entries: readonly LedgerEntry[] }
  | {
      readonly type: 'close';
      readonly key: string;
      readonly rows: number;
      readonly closedMs: number;
      readonly position: JournalPosition;
    }
  /** `deferred`: from `sinceMs` on, what is received is in this file only and in no view. */
  | {
      readonly type: 'journal-opened';
      readonly file: string;
      readonly deferred: boolean;
      readonly sinceMs: number;
    }
  /** `deferred`: its datagrams were not decoded and must be read from the file. */
  | { readonly type: 'journal-closed'; readonly file: string; readonly deferred: boolean }
  /** A line for the log. */
  | { readonly type: 'log'; readonly level: LogLevel; readonly message: string }
  /** Asks for all that was closed to be in segments; answered with a FlushedReply. */
  | { readonly type: 'flush' }
  /** What the exporters that came since the last message say of themselves. */
  | { readonly type: 'exporters'; readonly states: readonly ExporterState[] }
  /** Export streams of which datagrams came since the last message. */
  | { readonly type: 'heard'; readonly list: readonly Heard[] }
  /** The meter that this exporter is had ended: from then on, up to now, nothing was metered. */
  | { readonly type: 'interrupted'; readonly exporter: string; readonly fromMs: number; readonly toMs: number }
  /** With where its streams stand. */
  | { readonly type: 'ended'; readonly state: PipelineState };

/** The store thread's answer to `flush`; not `done` where the disk refuses. */
export interface FlushedReply {
  readonly done: boolean;
}

/** Memory that one receive thread shares with the store thread and with the one that started it. */
export interface ProducerShared {
  /** 0 free, 1 in use, by slot of the batch pool. */
  readonly slots: SharedArrayBuffer;
  /** Whole rows of the batch in each slot. */
  readonly rows: SharedArrayBuffer;
  /** [0]: all that was received before this time (ms) is in batches, or in journal files that were told as deferred. */
  readonly heartbeat: SharedArrayBuffer;
  /** [0]: 1 when the thread shall end. */
  readonly stop: SharedArrayBuffer;
  /** [0]: one flow in so many is kept; 1: all. */
  readonly shed: SharedArrayBuffer;
}

export function newProducerShared(slots: number): ProducerShared {
  const shed = new SharedArrayBuffer(4);
  new Int32Array(shed)[0] = 1;
  return {
    shed,
    slots: new SharedArrayBuffer(slots * 4),
    rows: new SharedArrayBuffer(slots * 4),
    heartbeat: new SharedArrayBuffer(8),
    stop: new SharedArrayBuffer(4),
  };
}

/** The share of its batches that a producer has in use. */
export function usedShare(shared: ProducerShared): number {
  const slots = new Int32Array(shared.slots);
  let n = 0;
  for (let i = 0; i < slots.length; i++) if (Atomics.load(slots, i) !== 0) n += 1;
  return n / slots.length;
}
