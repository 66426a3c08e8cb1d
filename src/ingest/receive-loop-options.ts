import type { CounterSheet } from '../base/index.ts';
import type { JournalWriter } from '../store/index.ts';
import type { BatchPool } from './batch-pool.ts';
import type { IngestCounter } from './ingest-counters.ts';
import type { Pipeline } from './pipeline.ts';
import type { ProducerMessage, ProducerShared } from './producer-messages.ts';

/** Datagrams in the memory of a socket reader; `slotBytes` apart. */
export interface DatagramSlots {
  readonly view: DataView;
  readonly bytes: Uint8Array;
  readonly slotBytes: number;
  readonly lengths: Uint32Array;
  readonly sourceWords: Uint32Array;
  readonly sourcePorts: Uint16Array;
  truncated(i: number): boolean;
}

export interface ReceiveLoopOptions {
  readonly thread: number;
  readonly firstJournal: number;
  readonly pipeline: Pipeline;
  readonly journal: JournalWriter;
  readonly pool: BatchPool;
  readonly shared: ProducerShared;
  readonly counters: CounterSheet<IngestCounter>;
  readonly post: (message: ProducerMessage) => void;
  /** A batch is handed on at this age even when it is not full. */
  readonly batchAgeMs: number;
}
