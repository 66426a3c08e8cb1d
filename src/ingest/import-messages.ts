import type { MessagePort } from 'node:worker_threads';
import type { SourceFacts } from '../store/index.ts';
import type { ImportOptions } from './import.ts';
import type { ProducerShared } from './producer-messages.ts';

/** What an import thread is started with. */
export interface ImportThreadOptions {
  /** Unique among all imports of the process. */
  readonly id: string;
  readonly options: ImportOptions;
  readonly shared: ProducerShared;
  /** To the store thread. */
  readonly store: MessagePort;
}

/** The bytes of the file, as they come. `broken`: no more will come, and the file is not whole. */
export type ImportInput =
  | { readonly type: 'bytes'; readonly bytes: Uint8Array }
  | { readonly type: 'end' }
  | { readonly type: 'broken'; readonly code: string; readonly message: string };

export type ImportReport =
  /** So many bytes were read: as many more may be sent. */
  | { readonly type: 'taken'; readonly bytes: number }
  | { readonly type: 'progress'; readonly facts: SourceFacts }
  | {
      readonly type: 'done';
      readonly facts: SourceFacts;
      readonly error: { readonly code: string; readonly message: string } | null;
    };
