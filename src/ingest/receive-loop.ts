import { hourOf } from '../store/index.ts';
import type { PooledBatch } from './batch-pool.ts';
import { HeldLedger } from './held-ledger.ts';
import type { IngestCounter } from './ingest-counters.ts';
import { isDue, minuteOf } from './periods.ts';
import type { AcceptMode } from './pipeline-options.ts';
import type { DatagramSlots, ReceiveLoopOptions } from './receive-loop-options.ts';

/** Written at least this often, so that `kill -9` loses less than a second. */
const JOURNAL_WRITE_MS = 200;
const JOURNAL_BYTES = 64 << 20;
const HEADER_SHARE = 16;
const JOURNAL_AGE_MS = 60_000;
const JOURNAL_RETRY_MS = 1_000;
/** Ledger entries follow their rows within this time; with very many streams it is the longer one. */
const LEDGER_MS = 200;
const LEDGER_MANY_MS = 1_000;
const MANY_STREAMS = 1_000;
/** What exporters say of themselves is told this often; with very many streams it is the longer one. */
const STATES_MS = 1_000;
const STATES_MANY_MS = 10_000;

/**
 * What a receive thread does with each block of datagrams: journal, decode, count. Three modes, from best to worst:
 *
 * - normal: rows go to batches, datagrams to the journal;
 * - deferred: all batches are in use (the disk or a slow query holds them), so datagrams are only journalled; the store decodes the file later;
 * - dropping: no batch is free and the journal cannot be written (full disk): the records are gone and are counted as `store_drops`.
 */
export class ReceiveLoop {
  private readonly o: ReceiveLoopOptions;
  private readonly heartbeat: Float64Array;
  private readonly shed: Int32Array;
  private current: (PooledBatch & { key: string; hour: number; openedMs: number }) | null = null;
  private deferring = false;
  private sequence: number;
  private startedMs = 0;
  private batches = 0;
  private readonly held: HeldLedger;
  private kernelDrops = 0;
  private lastLedgerMs = 0;
  private lastTickMs = 0;
  private lastStatesMs = 0;
  private lastRotateMs = 0;
  private reported: string | null = null;

  constructor(options: ReceiveLoopOptions) {
    this.o = options;
    this.sequence = options.firstJournal;
    this.heartbeat = new Float64Array(options.shared.heartbeat);
    this.shed = new Int32Array(options.shared.shed);
    this.held = new HeldLedger(options.post);
  }

  start(nowMs: number): void {
    this.startedMs = nowMs;
    this.rotate(nowMs);
    this.heartbeat[0] = nowMs;
  }

  /** Takes `count` datagrams of one read of the socket. `kernelDrops`: what the kernel dropped since the last read. */
  block(slots: DatagramSlots, count: number, nowMs: number, kernelDrops: number): void {
    const { journal, pipeline } = this.o;
    if (pipeline.exporters.minuteEnded(nowMs)) this.postLedger(nowMs);
    this.raise('kernel_drops', kernelDrops);
    pipeline.shed(Atomics.load(this.shed, 0));
    let mode = this.prepare(nowMs);
    // In the ledger and in the journal before a batch is closed that commits both: a replay must not count them again.
    this.kernelDrops += kernelDrops;
    let drops = kernelDrops;
    journal.beginBlock(nowMs);
    pipeline.readMs = performance.now();
    for (let i = 0; i < count; i++) {
      const at = i * slots.slotBytes;
      const length = slots.lengths[i]!;
      if (mode === 'keep' && !pipeline.hasRoom(length)) {
        journal.endBlock(drops);
        drops = 0;
        this.closeBatch(nowMs);
        mode = this.prepare(nowMs);
        journal.beginBlock(nowMs);
      }
      if (mode !== 'drop' && !journal.add(slots.sourceWords, i * 4, slots.sourcePorts[i]!, slots.bytes, at, length)) {
        journal.endBlock(drops);
        drops = 0;
        journal.beginBlock(nowMs);
        journal.add(slots.sourceWords, i * 4, slots.sourcePorts[i]!, slots.bytes, at, length);
      }
      pipeline.accept(
        slots.view,
        at,
        length,
        slots.sourceWords,
        i * 4,
        slots.sourcePorts[i]!,
        nowMs,
        mode,
        slots.truncated(i),
      );
    }
    journal.endBlock(drops);
    if (mode === 'defer') this.raise('deferred', count);
    if (this.current) this.publish(this.current);
  }

  /** Shows readers the rows that are whole. */
  private publish(pooled: PooledBatch): void {
    this.o.pipeline.settle();
    this.o.pool.publish(pooled);
  }

  /** Called at least a few times a second, also when nothing arrives. `waitingMs`: how long the datagram that is read next has waited in the kernel. */
  tick(nowMs: number, waitingMs = 0): void {
    const { journal, counters, pipeline } = this.o;
    // The clock was set back: what would be due by it may be an hour away.
    if (nowMs < this.lastTickMs) journal.flush(nowMs);
    else journal.tick(nowMs, JOURNAL_WRITE_MS);
    this.lastTickMs = nowMs;
    this.noteLost(nowMs);
    counters.set('journal_bytes', journal.bytes);
    counters.set('journal_failed', journal.failed);
    if (journal.failure && this.reported !== journal.failure.message) {
      this.reported = journal.failure.message;
      this.o.post({
        type: 'log',
        level: 'error',
        message: `the journal cannot be written: ${journal.failure.message}; records are kept in memory while there is room`,
      });
    }
    if (!journal.healthy && isDue(this.lastRotateMs, JOURNAL_RETRY_MS, nowMs)) this.nextFile(nowMs);
    else if (
      this.current &&
      (isDue(this.current.openedMs, this.o.batchAgeMs, nowMs) || hourOf(nowMs) !== this.current.hour)
    )
      this.closeBatch(nowMs);
    if (this.deferring) this.resume(nowMs);
    const many = pipeline.exporters.size > MANY_STREAMS;
    if (isDue(this.lastLedgerMs, many ? LEDGER_MANY_MS : LEDGER_MS, nowMs)) {
      this.postLedger(nowMs);
      counters.set('exporters', pipeline.exporters.size);
      counters.set('exporters_overflow', pipeline.exporters.table.overflowed);
      counters.set('continued_overflow', pipeline.continuity.overflowed);
    }
    if (isDue(this.lastStatesMs, many ? STATES_MANY_MS : STATES_MS, nowMs)) this.postStates(nowMs);
    // What is only journalled, or not even that, is in no view: an answer must not call itself complete up to now.
    if (!this.deferring) this.heartbeat[0] = nowMs - waitingMs;
  }

  /** Hands on all that is in memory. */
  finish(nowMs: number): void {
    this.postLedger(nowMs);
    if (this.held.entries.length > 0 && !this.current) this.prepare(nowMs);
    this.postLedger(nowMs);
    this.closeBatch(nowMs);
    this.closeFile(nowMs);
    this.o.counters.set('journal_bytes', this.o.journal.bytes);
    this.postStates(Number.POSITIVE_INFINITY);
    this.o.post({ type: 'ended', state: this.o.pipeline.save() });
  }

  /**
   * Datagrams that were only in the journal's buffer when the disk refused it: nobody decoded them. What was counted of them and of those
   * that are in the file is let go: the file is counted when it is decoded, and these are counted here.
   */
  private noteLost(nowMs: number): void {
    const { journal, pipeline } = this.o;
    if (!journal.healthy) journal.flush(nowMs);
    const datagrams = journal.failed - this.failedBefore;
    this.failedBefore = journal.failed;
    if (datagrams === 0 || !this.fileDeferred) return;
    pipeline.exporters.takeLedger();
    this.held.add([{ minute: minuteOf(nowMs), exporter: '', domain: 0, counts: { queue_drops: datagrams } }]);
    this.held.show();
  }
  private failedBefore = 0;

  /** Makes sure that there is a batch for this hour, and says what becomes of the next datagrams. */
  private prepare(nowMs: number): AcceptMode {
    const hour = hourOf(nowMs);
    if (this.deferring) {
      this.noteLost(nowMs);
      return this.o.journal.healthy ? 'defer' : 'drop';
    }
    if (this.current && this.current.hour !== hour) this.closeBatch(nowMs);
    if (this.current) return 'keep';
    const pooled = this.o.pool.take(nowMs);
    if (!pooled) {
      this.deferring = true;
      this.nextFile(nowMs);
      return this.o.journal.healthy ? 'defer' : 'drop';
    }
    const key = `t${this.o.thread}-${++this.batches}`;
    this.current = { ...pooled, key, hour, openedMs: nowMs };
    this.o.pipeline.bind(pooled.batch);
    const journal = this.o.journal.healthy ? this.o.journal.file : null;
    this.o.post({ type: 'begin', key, slot: pooled.slot, handle: pooled.batch.handle(), hour, journal });
    return 'keep';
  }

  private closeBatch(nowMs: number): void {
    const { current } = this;
    const { journal, post } = this.o;
    if (!current) return;
    this.publish(current);
    this.postLedger(nowMs);
    post({
      type: 'close',
      key: current.key,
      rows: current.batch.rows,
      closedMs: nowMs,
      position: { offset: journal.offset, skip: 0 },
    });
    this.current = null;
    if (journal.offset >= this.fileBytes() || isDue(journal.createdMs, JOURNAL_AGE_MS, nowMs)) this.rotate(nowMs);
  }

  /** Where the state of thousands of exporters stands at the head of each file, files are longer: it must not be written all the time. */
  private fileBytes(): number {
    return Math.max(JOURNAL_BYTES, HEADER_SHARE * this.o.journal.headerBytes);
  }

  /** Ends the batch and the file together: what follows is in another file. */
  private nextFile(nowMs: number): void {
    if (this.current) this.closeBatch(nowMs);
    this.rotate(nowMs);
  }

  private rotate(nowMs: number): void {
    const { journal, pipeline, post } = this.o;
    this.closeFile(nowMs);
    this.lastRotateMs = nowMs;
    // What could not be kept is in no datagram: the file says it, for the case that this process dies before a batch did.
    const { startedMs, held } = this;
    journal.rotate(this.sequence++, nowMs, { ...pipeline.save(), startedMs, ledger: held.entries });
    if (journal.healthy) {
      this.reported = null;
      // A deferred file is decoded in any case, and its entries with it.
      if (this.deferring) this.held.clear();
      post({ type: 'journal-opened', file: journal.file, deferred: this.deferring, sinceMs: nowMs });
    }
    this.fileDeferred = this.deferring;
  }
  private fileDeferred = false;

  private closeFile(nowMs: number): void {
    const { journal, post } = this.o;
    const { file } = journal;
    journal.close();
    this.noteLost(nowMs);
    if (file !== '') post({ type: 'journal-closed', file, deferred: this.fileDeferred });
  }

  /** Leaves the deferred mode once a quarter of the pool is free again. */
  private resume(nowMs: number): void {
    if (this.o.pool.free() * 4 < this.o.pool.size) {
      if (this.o.journal.offset >= this.fileBytes()) this.rotate(nowMs);
      return;
    }
    // What was counted while deferring is counted again when the file is decoded.
    this.postLedger(nowMs);
    this.deferring = false;
    this.rotate(nowMs);
  }

  /** Ledger entries go with the batch whose rows they are about; deferred ones are made again when the file is decoded. */
  private postLedger(nowMs: number): void {
    this.lastLedgerMs = nowMs;
    const entries = this.o.pipeline.exporters.takeLedger();
    if (this.kernelDrops > 0) {
      entries.push({ minute: minuteOf(nowMs), exporter: '', domain: 0, counts: { kernel_drops: this.kernelDrops } });
      this.kernelDrops = 0;
    }
    if (this.deferring && this.o.journal.healthy) return;
    this.held.add(entries);
    if (this.current && this.held.entries.length > 0) {
      this.o.post({ type: 'ledger', key: this.current.key, entries: this.held.entries });
      this.held.clear();
    } else this.held.show();
  }

  private postStates(nowMs: number): void {
    const states = this.o.pipeline.exporters.states(nowMs);
    this.lastStatesMs = nowMs;
    if (states.length > 0) this.o.post({ type: 'exporters', states });
    const list = this.o.pipeline.exporters.heard();
    if (list.length > 0) this.o.post({ type: 'heard', list });
  }

  private raise(counter: IngestCounter, n: number): void {
    if (n > 0) this.o.counters.add(counter, n);
  }
}
