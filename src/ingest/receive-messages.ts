import type { MessagePort } from 'node:worker_threads';
import type { CounterSheetHandle } from '../base/index.ts';
import type { ExporterInfo } from './exporters.ts';
import type { PipelineState } from './pipeline.ts';
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
  readonly journalDirectory: string;
  readonly firstJournal: number;
  /** Where the streams stood when the node ended last. */
  readonly streams: PipelineState;
  readonly poolBatches: number;
  readonly batchRows: number;
  readonly batchAgeMs: number;
  readonly shared: ProducerShared;
  /** To the store thread. */
  readonly store: MessagePort;
}

export interface Listening extends ListenerOptions {
  readonly buffer: { readonly askedBytes: number; readonly grantedBytes: number; readonly forced: boolean };
  readonly kind: 'recvmmsg' | 'dgram';
}

export type ReceiveReady =
  | { readonly type: 'ready'; readonly listening: readonly Listening[]; readonly counters: CounterSheetHandle }
  | { readonly type: 'failed'; readonly code: string; readonly message: string };

export type ReceiveRequest = { readonly type: 'exporters'; readonly id: number };
export type ReceiveReply = { readonly type: 'exporters'; readonly id: number; readonly list: readonly ExporterInfo[] };
