import { MessageChannel } from 'node:worker_threads';
import type { Clock, Log } from '../base/index.ts';
import { FlowBatch, type FlowBatchHandle, TextColumns } from '../flow/index.ts';
import { JournalWriter, type LocalStore } from '../store/index.ts';
import { BatchPool } from './batch-pool.ts';
import { DeferredFiles } from './deferred-files.ts';
import { ingestCounters } from './ingest-counters.ts';
import { JournalSync } from './journal-sync.ts';
import { Pipeline } from './pipeline.ts';
import { newProducerShared } from './producer-messages.ts';
import { ReceiveLoop } from './receive-loop.ts';
import type { DatagramSlots } from './receive-loop-options.ts';
import { SAMPLE_HOME, type SampleDatagram } from './sample-flows.ts';
import { FlowSeconds } from './seconds/flow-seconds.ts';
import { Producers } from './serve-producer.ts';
import { TroubleLog } from './trouble-log.ts';

/** Datagrams of one read. */
const SLOTS = 16;
const SLOT_BYTES = 2_048;
/** Rows of one batch, as in a node. */
const BATCH_ROWS = 32_768;
const BATCH_AGE_MS = 60_000;
/** Reads between two looks at the clock. */
const READS_A_TICK = 4;

/** A receive thread's loop and the store thread's side of it in this thread, without sockets: what they do with datagrams can be measured apart. */
export class LoadFeed {
  readonly journal: JournalWriter;
  private readonly loop: ReceiveLoop;
  private readonly sync: JournalSync;
  private readonly channel = new MessageChannel();
  private readonly slots = newSlots();
  private readonly counters = ingestCounters();
  private handle: FlowBatchHandle | null = null;

  constructor(store: LocalStore, memoryRows: number, clock: Clock, log: Log) {
    const poolBatches = Math.max(4, Math.ceil(memoryRows / BATCH_ROWS));
    const shared = newProducerShared(poolBatches);
    const texts = new TextColumns();
    const { counters, channel } = this;
    this.journal = new JournalWriter(store.layout.journal, 0);
    this.sync = new JournalSync(store.layout.journal, 0);
    this.loop = new ReceiveLoop({
      thread: 0,
      firstJournal: store.nextJournalSequence(),
      pipeline: new Pipeline({
        maxExporters: 1_000,
        counters,
        texts,
        rules: [],
        elements: [],
        networks: { home: SAMPLE_HOME, sites: {} },
      }),
      journal: this.journal,
      pool: new BatchPool(poolBatches, BATCH_ROWS, texts, shared),
      shared,
      counters,
      batchAgeMs: BATCH_AGE_MS,
      post: (message) => {
        if (message.type === 'begin') this.handle = message.handle;
        channel.port1.postMessage(message);
      },
    });
    const targets = {
      store,
      sync: this.sync,
      deferred: new DeferredFiles(),
      trouble: new TroubleLog(log),
      log,
      seconds: new FlowSeconds(),
      now: () => clock.now(),
      written: () => {},
      exporters: () => {},
      heard: () => {},
      interrupted: () => {},
      ended: () => {},
    };
    new Producers().serve(targets, channel.port2, shared);
    this.loop.start(clock.now());
  }

  /** Records decoded so far. */
  get records(): number {
    return this.counters.values[this.counters.slot('records')]!;
  }

  /** What a row takes in memory. */
  get rowBytes(): number {
    return this.handle ? FlowBatch.fromHandle(this.handle).liveBytes / this.handle.capacity : 0;
  }

  /** As a receive thread takes what its socket has. */
  receive(datagrams: readonly SampleDatagram[]): void {
    const { slots, loop } = this;
    for (let at = 0, reads = 1; at < datagrams.length; at += SLOTS, reads++) {
      const read = datagrams.slice(at, at + SLOTS);
      for (const [i, { bytes, router }] of read.entries()) {
        slots.bytes.set(bytes, i * SLOT_BYTES);
        slots.lengths[i] = bytes.length;
        // 192.0.2.1 and so on.
        slots.sourceWords.set([0, 0, 0xffff, 0xc000_0201 + router], i * 4);
        slots.sourcePorts[i] = 2_055;
      }
      const nowMs = read.at(-1)!.receivedMs;
      loop.block(slots, read.length, nowMs, 0);
      if (reads % READS_A_TICK === 0) loop.tick(nowMs);
    }
  }

  /** Closes a batch that is due at this time. */
  tick(nowMs: number): void {
    this.loop.tick(nowMs);
  }

  /** Resolves when all closed batches are in segments and their rows in the tables of history. */
  async handOver(): Promise<void> {
    const { port1 } = this.channel;
    const done = new Promise((resolve) => port1.once('message', resolve));
    port1.postMessage({ type: 'flush' });
    await done;
  }

  async end(nowMs: number): Promise<void> {
    this.loop.finish(nowMs);
    await this.handOver();
    this.channel.port1.close();
    await this.sync.stop();
  }
}

function newSlots(): DatagramSlots {
  const bytes = new Uint8Array(SLOTS * SLOT_BYTES);
  return {
    bytes,
    view: new DataView(bytes.buffer),
    slotBytes: SLOT_BYTES,
    lengths: new Uint32Array(SLOTS),
    sourceWords: new Uint32Array(SLOTS * 4),
    sourcePorts: new Uint16Array(SLOTS),
    truncated: () => false,
  };
}
