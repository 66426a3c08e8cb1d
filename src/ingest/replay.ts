import { FlowBatch } from '../flow/index.ts';
import {
  type JournalBlock,
  type JournalDatagram,
  JournalReader,
  type LocalStore,
  readDatagram,
} from '../store/index.ts';
import type { LedgerEntry } from '../truth/index.ts';
import { ingestCounters } from './ingest-counters.ts';
import { EXPORT_SHAPE, type JournalState, Pipeline } from './pipeline.ts';

const BATCH_ROWS = 32_768;
const HOUR_MS = 3_600_000;

export interface ReplayOptions {
  readonly maxExporters: number;
  /** Rows that wait before they are written to a segment. */
  readonly flushRows: number;
}

export interface ReplayResult {
  readonly rows: number;
  readonly datagrams: number;
}

/**
 * Decodes what a journal file has beyond a position into the store. The decoder begins with the state that the file was begun with and
 * reads all of it, so that sequence numbers are judged as they were the first time; only what lies beyond the position becomes rows and
 * ledger entries. Ends with the file marked as done, or put aside where it is damaged.
 */
export async function replayJournal(
  store: LocalStore,
  file: {
    readonly path: string;
    readonly name: string;
    readonly from: { readonly offset: number; readonly skip: number };
  },
  options: ReplayOptions,
): Promise<ReplayResult> {
  const reader = new JournalReader(file.path);
  const replay = new Replay(store, file.name, options);
  try {
    if (reader.header) replay.restore(reader.header.state as JournalState, file.from.offset === 0);
    for (let block = reader.next(); block; block = reader.next()) {
      const seen = block.offset < file.from.offset;
      const skip = block.offset === file.from.offset ? file.from.skip : 0;
      await replay.block(block, seen ? block.datagrams : skip, seen);
    }
    const damaged = reader.damaged.map((d) => `bytes ${d.from} to ${d.to}: ${d.reason}`);
    if (reader.end.kind === 'damaged') damaged.push(`from byte ${reader.end.offset} on: ${reader.end.reason}`);
    // Before the end: what is done is deleted.
    if (damaged.length > 0) store.journalDamaged(file.name, damaged.join('; '));
    await replay.end(reader.size);
    return { rows: replay.rows, datagrams: replay.datagrams };
  } finally {
    reader.close();
  }
}

class Replay {
  readonly pipeline: Pipeline;
  rows = 0;
  datagrams = 0;
  private readonly store: LocalStore;
  private readonly name: string;
  private readonly options: ReplayOptions;
  private readonly free: FlowBatch[] = [];
  private readonly source = new Uint32Array(4);
  private readonly datagram: JournalDatagram = { at: 0, length: 0, port: 0, next: 0 };
  private batch: { key: string; batch: FlowBatch; hour: number } | null = null;
  private ledger: LedgerEntry[] = [];
  private batches = 0;
  private waiting = 0;
  private began = false;

  constructor(store: LocalStore, name: string, options: ReplayOptions) {
    this.store = store;
    this.name = name;
    this.options = options;
    this.pipeline = new Pipeline(options.maxExporters, ingestCounters());
  }

  /** With `fresh`, nothing of the file is committed: what was counted before it is not either. */
  restore(state: JournalState, fresh: boolean): void {
    this.pipeline.restore(state);
    if (fresh) for (const e of state.ledger ?? []) this.ledger.push(e);
  }

  /** Reads the datagrams of a block; the first `skip` only for what they say of their exporter's sequence. */
  async block(block: JournalBlock, skip: number, seen: boolean): Promise<void> {
    const { pipeline, datagram, source } = this;
    const hour = Math.floor(block.receivedMs / HOUR_MS) * HOUR_MS;
    if (this.batch && this.batch.hour !== hour) await this.closeBatch(block.offset, 0, block.receivedMs);
    if (pipeline.exporters.minuteEnded(block.receivedMs)) this.takeLedger();
    let at = block.at;
    for (let i = 0; i < block.datagrams && readDatagram(block, at, source, datagram); i++, at = datagram.next) {
      const keep = i >= skip;
      if (keep && !this.began) {
        this.takeLedger();
        this.began = true;
      }
      if (keep) {
        if (this.batch && !pipeline.hasRoom()) await this.closeBatch(block.offset, i, block.receivedMs);
        this.openBatch(hour);
        this.datagrams += 1;
      }
      pipeline.accept(
        block.view,
        datagram.at,
        datagram.length,
        source,
        0,
        datagram.port,
        block.receivedMs,
        keep ? 'keep' : 'defer',
        false,
      );
    }
    if (block.kernelDrops > 0 && !seen && skip === 0) {
      this.ledger.push({
        minute: Math.floor(block.receivedMs / 60_000) * 60_000,
        exporter: '',
        domain: 0,
        counts: { kernel_drops: block.kernelDrops },
      });
    }
  }

  async end(size: number): Promise<void> {
    this.takeLedger();
    // Entries need a batch that carries them, if only an empty one.
    if (this.ledger.length > 0) this.openBatch(Math.floor(this.ledger[0]!.minute / HOUR_MS) * HOUR_MS);
    await this.closeBatch(size, 0, 0);
    this.store.journalClosed(this.name);
    await this.store.flush();
  }

  private openBatch(hour: number): void {
    if (this.batch) return;
    const batch = this.free.pop() ?? new FlowBatch(BATCH_ROWS, EXPORT_SHAPE);
    batch.rows = 0;
    const key = `replay-${this.name}-${++this.batches}`;
    this.batch = { key, batch, hour };
    this.pipeline.bind(batch);
    this.store.beginBatch({
      key,
      batch,
      hour,
      journal: this.name,
      rows: () => batch.rows,
      recycle: () => this.free.push(batch),
    });
  }

  private async closeBatch(offset: number, skip: number, receivedMs: number): Promise<void> {
    const { batch } = this;
    if (!batch) return;
    this.takeLedger();
    this.store.addLedger(batch.key, this.ledger);
    this.ledger = [];
    this.store.closeBatch(batch.key, { rows: batch.batch.rows, closedMs: receivedMs, position: { offset, skip } });
    this.batch = null;
    this.rows += batch.batch.rows;
    this.waiting += batch.batch.rows;
    if (this.waiting < this.options.flushRows) return;
    this.waiting = 0;
    await this.store.flush();
  }

  /** What was counted before the first datagram that is kept is in the ledger already: it was committed with the position. */
  private takeLedger(): void {
    const entries = this.pipeline.exporters.takeLedger();
    if (this.began) for (const e of entries) this.ledger.push(e);
  }
}
