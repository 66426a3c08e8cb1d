import { setTimeout as sleep } from 'node:timers/promises';
import type { MessagePort } from 'node:worker_threads';
import { systemClock, WeirError } from '../base/index.ts';
import type { TextColumns } from '../flow/index.ts';
import { hourOf } from '../store/index.ts';
import type { LedgerEntry } from '../truth/index.ts';
import { BatchPool, type PooledBatch } from './batch-pool.ts';
import { IMPORT_BATCH_ROWS, IMPORT_BATCHES, type ImportBatches, type OpenBatch } from './import-batches.ts';
import type { FlushedReply, ProducerMessage, ProducerShared } from './producer-messages.ts';

const LOOK_MS = 20;
const RETRY_MS = 1_000;
/** A disk that takes nothing for so long ends the import. */
const GIVE_UP_MS = 300_000;

interface Pooled extends OpenBatch {
  readonly pooled: PooledBatch;
}

/** Batches of an import into the store of another thread: one more producer, without a journal, that waits where others would defer. */
export class BatchesThere implements ImportBatches {
  private readonly id: string;
  private readonly port: MessagePort;
  private readonly shared: ProducerShared;
  private readonly heartbeat: Float64Array;
  private readonly flushes: ((done: boolean) => void)[] = [];
  private pool: BatchPool | null = null;
  private count = 0;

  constructor(id: string, shared: ProducerShared, port: MessagePort) {
    this.id = id;
    this.shared = shared;
    this.port = port;
    this.heartbeat = new Float64Array(shared.heartbeat);
    port.on('message', ({ done }: FlushedReply) => this.flushes.shift()?.(done));
    this.beat();
  }

  /** An import has no datagram that is still on its way: answers are as complete as the receivers say. */
  beat(): void {
    this.heartbeat[0] = systemClock.now();
  }

  async open(texts: TextColumns): Promise<Pooled> {
    this.pool ??= new BatchPool(IMPORT_BATCHES, IMPORT_BATCH_ROWS, texts, this.shared);
    const until = performance.now() + GIVE_UP_MS;
    let pooled = this.pool.take();
    while (!pooled) {
      if (performance.now() > until) throw new WeirError('disk_full', 'the store took no rows for 5 minutes');
      await sleep(LOOK_MS);
      pooled = this.pool.take();
    }
    const receivedMs = systemClock.now();
    const key = `${this.id}-${++this.count}`;
    const { slot, batch } = pooled;
    const hour = hourOf(receivedMs);
    this.post({ type: 'begin', key, slot, handle: batch.handle(), hour, journal: null, imported: true });
    return { key, batch, receivedMs, pooled };
  }

  publish(open: OpenBatch): void {
    this.pool!.publish((open as Pooled).pooled);
    this.beat();
  }

  close({ key, batch }: OpenBatch, entries: readonly LedgerEntry[]): void {
    if (entries.length > 0) this.post({ type: 'ledger', key, entries });
    this.post({ type: 'close', key, rows: batch.rows, closedMs: systemClock.now(), position: { offset: 0, skip: 0 } });
  }

  async flush(): Promise<void> {
    const until = performance.now() + GIVE_UP_MS;
    for (;;) {
      const done = await new Promise<boolean>((resolve) => {
        this.flushes.push(resolve);
        this.post({ type: 'flush' });
      });
      if (done) return;
      if (performance.now() > until) throw new WeirError('disk_full', 'the store could not be written for 5 minutes');
      await sleep(RETRY_MS);
    }
  }

  /** The streams of a capture are none that go on. */
  end(): void {
    this.post({ type: 'ended', state: { streams: [] } });
    this.port.close();
  }

  private post(message: ProducerMessage): void {
    this.port.postMessage(message);
  }
}
