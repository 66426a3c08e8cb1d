import { parseAddress, TextColumns } from '../flow/index.ts';
import { JournalWriter } from '../store/index.ts';
import type { ExporterState, LedgerEntry } from '../truth/index.ts';
import { HeldLedger } from './held-ledger.ts';
import { ingestCounters } from './ingest-counters.ts';
import { JournalSync } from './journal-sync.ts';
import { OWN_PORT } from './own-port.ts';
import { isDue, minuteOf } from './periods.ts';
import { Pipeline } from './pipeline.ts';
import type { PipelineOptions } from './pipeline-options.ts';

/** Written at least this often, so that `kill -9` loses less than a second. */
const WRITE_MS = 200;
const SYNC_MS = 1_000;
const FILE_BYTES = 16 << 20;
const RETRY_MS = 1_000;

export interface MessageJournalOptions {
  readonly directory: string;
  /** The part of its file system that stays free, 0 to 1. */
  readonly freeShare: number;
  /** Number of the first file, larger than any before. */
  readonly firstSequence: number;
  /** The address by which rows know the meter. */
  readonly exporter: string;
  /** What its rows are made with when the files are decoded. */
  readonly rows: Pick<PipelineOptions, 'rules' | 'elements' | 'networks' | 'naming'>;
  readonly onTrouble: (text: string) => void;
  readonly nowMs: number;
}

/**
 * What a meter of this node sends, into journal files and nowhere else: rows are made of them by whoever opens the store next. Messages are decoded as far
 * as the next file must know it (templates, sequences, what the meter says of itself), by the pipeline that makes the rows later.
 */
export class MessageJournal {
  private readonly o: MessageJournalOptions;
  private readonly journal: JournalWriter;
  private readonly sync: JournalSync;
  private readonly pipeline: Pipeline;
  private readonly held = new HeldLedger(() => {});
  private readonly source: Uint32Array;
  private readonly startedMs: number;
  private sequence: number;
  private messages = 0;
  /** What the head of the open file says was lost. */
  private toldByOpen: readonly LedgerEntry[] = [];
  /** Messages that were decoded and kept nowhere, since the ledger was taken last. */
  private unkept = 0;
  private triedMs = 0;
  private failedBefore = 0;
  private reported: string | null = null;
  readonly counters = ingestCounters();

  constructor(options: MessageJournalOptions) {
    const { directory, exporter, rows, firstSequence, nowMs } = options;
    this.o = options;
    this.source = Uint32Array.from(parseAddress(exporter)!);
    this.journal = new JournalWriter(directory, 0, options.freeShare);
    this.sync = new JournalSync(directory, SYNC_MS);
    const { counters } = this;
    this.pipeline = new Pipeline({ ...rows, maxExporters: 1_000, counters, texts: new TextColumns(), metered: true });
    this.sequence = firstSequence;
    this.startedMs = nowMs;
    this.sync.start();
    this.open(nowMs);
  }

  /** The file that is written to. */
  get file(): string {
    return this.journal.file;
  }

  /** What was lost, and is in no head of a closed file yet. */
  get lost(): readonly LedgerEntry[] {
    return [...this.toldByOpen, ...this.held.entries];
  }

  /** Why the disk refuses; null while it does not. */
  get failure(): string | null {
    return this.journal.failure?.message ?? this.sync.failure?.message ?? null;
  }

  get syncs(): { readonly failure: string | null; readonly slowestMs: number; readonly syncs: number } {
    const { failure, slowestMs, syncs } = this.sync;
    return { failure: failure?.message ?? null, slowestMs, syncs };
  }

  /** A whole message; the bytes are the caller's. */
  take(bytes: Uint8Array, at: number, length: number, nowMs: number): void {
    const { journal, pipeline, source } = this;
    if (pipeline.exporters.minuteEnded(nowMs)) this.settleLedger(nowMs);
    if (journal.offset >= FILE_BYTES) this.rotate(nowMs);
    const kept = journal.healthy;
    if (kept) {
      journal.beginBlock(nowMs);
      journal.add(source, 0, OWN_PORT, bytes, at, length);
      journal.endBlock(0);
      this.messages += 1;
    } else this.unkept += 1;
    const view = new DataView(bytes.buffer, bytes.byteOffset + at, length);
    pipeline.accept(view, 0, length, source, 0, OWN_PORT, nowMs, kept ? 'defer' : 'drop', false);
  }

  /** Call it a few times a second. */
  tick(nowMs: number): void {
    const { journal, counters } = this;
    journal.tick(nowMs, WRITE_MS);
    this.settleLedger(nowMs);
    counters.set('journal_bytes', journal.bytes);
    counters.set('journal_failed', journal.failed);
    if (journal.healthy) return;
    const reason = journal.failure?.message ?? 'unknown';
    if (this.reported !== reason) this.o.onTrouble(`the journal cannot be written, and flows are lost: ${reason}`);
    this.reported = reason;
    if (isDue(this.triedMs, RETRY_MS, nowMs)) this.next(nowMs);
  }

  /** All that came before is in closed files from now on. */
  rotate(nowMs: number): void {
    if (this.messages > 0 || !this.journal.healthy) this.next(nowMs);
  }

  /** What the meter says of itself that is new. */
  states(nowMs: number): ExporterState[] {
    return this.pipeline.exporters.states(nowMs);
  }

  list(): ReturnType<Pipeline['exporters']['list']> {
    return this.pipeline.exporters.list();
  }

  async close(nowMs: number): Promise<void> {
    this.settleLedger(nowMs);
    this.journal.close();
    await this.sync.stop();
  }

  private next(nowMs: number): void {
    const { file } = this.journal;
    this.journal.close();
    this.settleLedger(nowMs);
    if (file !== '') void this.sync.closed(file);
    this.open(nowMs);
  }

  private open(nowMs: number): void {
    const { journal, pipeline, startedMs, held } = this;
    this.triedMs = nowMs;
    journal.rotate(this.sequence++, nowMs, { ...pipeline.save(), startedMs, ledger: held.entries });
    this.toldByOpen = journal.healthy ? [...held.entries] : [];
    if (!journal.healthy) return;
    this.messages = 0;
    this.reported = null;
    held.clear();
    this.sync.opened(journal.file);
  }

  /** What is counted of messages that are in a file is counted again when it is decoded; what no file has is told by the head of the next. */
  private settleLedger(nowMs: number): void {
    const { journal, pipeline, held } = this;
    const entries = pipeline.exporters.takeLedger();
    const lost = journal.failed - this.failedBefore;
    this.failedBefore = journal.failed;
    // They were received as well: what is kept is the difference, and a message holds so many of them.
    const dropped: LedgerEntry[] = entries.flatMap(({ counts: { store_drops }, ...rest }) =>
      store_drops ? [{ ...rest, counts: { records: store_drops, store_drops } }] : [],
    );
    if (dropped.length > 0) {
      dropped[0]!.counts.datagrams = this.unkept;
      this.unkept = 0;
    }
    if (lost > 0) dropped.push({ minute: minuteOf(nowMs), exporter: '', domain: 0, counts: { queue_drops: lost } });
    if (dropped.length === 0) return;
    held.add(dropped);
    held.show();
  }
}
