import type { MessagePort } from 'node:worker_threads';
import type { CounterSheetHandle } from '../base/index.ts';
import type { HomeNetworks, NamingSettings, PlaceTableHandle } from '../label/index.ts';
import type { ElementMapping } from '../wire/index.ts';
import type { ActiveReply, ActiveRequest, CaptureOptions } from './capture-messages.ts';
import type { ExporterRule } from './exporter-rules.ts';
import type { ExporterInfo } from './exporters.ts';
import type { LiveReply, LiveRequest } from './live-messages.ts';
import type { HostMeterProgram, HostMeterStatus } from './piped-messages.ts';
import type { PipelineState } from './pipeline-options.ts';
import type { ProducerShared } from './producer-messages.ts';

export interface ListenerOptions {
  readonly name: string;
  readonly address: string;
  readonly port: number;
}

export interface ReceiveThreadOptions {
  readonly thread: number;
  readonly listeners: readonly ListenerOptions[];
  readonly receiveBufferBytes: number;
  readonly reusePort: boolean;
  readonly maxExporters: number;
  readonly rules: readonly ExporterRule[];
  readonly elements: readonly ElementMapping[];
  readonly networks: HomeNetworks;
  /** What is known of addresses; null where no table is finished yet. */
  readonly places: PlaceTableHandle | null;
  /** What configuration adds to the names that come with Weir. */
  readonly naming?: NamingSettings | undefined;
  readonly journalDirectory: string;
  /** The part of its file system that stays free, 0 to 1. */
  readonly freeShare: number;
  readonly firstJournal: number;
  /** Where the streams stood when the node ended last. */
  readonly streams: PipelineState;
  readonly poolBatches: number;
  readonly batchRows: number;
  readonly batchAgeMs: number;
  /** Of the capture thread, which has no listeners. */
  readonly capture?: CaptureOptions;
  /** Of the thread of the host's own meter, which has none either. */
  readonly host?: HostMeterProgram;
  readonly shared: ProducerShared;
  /** To the store thread. */
  readonly store: MessagePort;
}

export interface Listening extends ListenerOptions {
  /** Null for TCP, whose flow control makes the sender wait. */
  readonly buffer: { readonly askedBytes: number; readonly grantedBytes: number; readonly forced: boolean } | null;
  readonly kind: 'recvmmsg' | 'dgram' | 'tcp';
}

export type ReceiveReady =
  | {
      readonly type: 'ready';
      readonly listening: readonly Listening[];
      readonly counters: readonly CounterSheetHandle[];
      /** Of SocketLoads, in the order of `listening`. */
      readonly loads: SharedArrayBuffer;
    }
  | { readonly type: 'failed'; readonly code: string; readonly message: string };

/** What is known of addresses from now on. Told, not asked: there is no answer. */
export interface PlacesOrder {
  readonly type: 'places';
  readonly id: number;
  readonly places: PlaceTableHandle;
}

/** Active flows are asked of the threads that meter, and the state of the host's meter of its own. */
export type ReceiveRequest =
  | PlacesOrder
  | { readonly type: 'exporters'; readonly id: number }
  | { readonly type: 'host'; readonly id: number }
  | ActiveRequest
  | LiveRequest;
export type ReceiveReply =
  | { readonly type: 'exporters'; readonly id: number; readonly list: readonly ExporterInfo[] }
  | { readonly type: 'host'; readonly id: number; readonly status: HostMeterStatus }
  | ActiveReply
  | LiveReply;
