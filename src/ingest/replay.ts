import { allColumnNames, FlowBatch, TextColumns } from '../flow/index.ts';
import { NO_HOME } from '../label/index.ts';
import {
  hourOf,
  type JournalBlock,
  type JournalDatagram,
  type JournalPosition,
  JournalReader,
  type LocalStore,
  readDatagram,
} from '../store/index.ts';
import type { LedgerEntry } from '../truth/index.ts';
import { ingestCounters } from './ingest-counters.ts';
import { minuteOf } from './periods.ts';
import { Pipeline } from './pipeline.ts';
import type { JournalState, PipelineState } from './pipeline-options.ts';
import type { KnownPlaces } from './store-messages.ts';

const BATCH_ROWS = 32_768;

export interface ReplayOptions {
  readonly maxExporters: number;
  /** Rows that wait before they are written to a segment. */
  readonly flushRows: number;
  /** What is known of addresses. What is inside is what it was when rows were received: the head of their file tells. */
  readonly places?: KnownPlaces | null;
  /** Files with which a capture ended: nobody was told of the flows that are open there. */
  readonly lastOfCaptures?: ReadonlySet<string>;
}

export interface ReplayResult {
  readonly rows: number;
  readonly datagrams: number;
  /** Packets of flows that were open when the node was killed: they are in no record. */
  readonly openPackets: number;
  /** The disk refuses: what was read waits in memory, the rest is for a later call. */
  readonly unfinished: boolean;
  /** Where the streams stand after the file. */
  readonly state: PipelineState;
}

const NOTHING: ReplayResult = { rows: 0, datagrams: 0, openPackets: 0, unfinished: false, state: { streams: [] } };

/**
 * Decodes what a journal file has beyond what is committed of it into the store. The decoder begins with the state that the file was begun
 * with and reads all of it, so that sequence numbers are judged as they were the first time; only what lies beyond the position becomes rows
 * and ledger entries. Ends with the file marked as done, or put aside where it is damaged; or `unfinished`, with the rows of one segment in
 * memory, when the disk does not take them: memory would be the only bound otherwise.
 */
export async function replayJournal(store: LocalStore, name: string, options: ReplayOptions): Promise<ReplayResult> {
  // What an earlier call read must be committed with its position, or it would be read twice.
  if (!(await store.flush())) return { ...NOTHING, unfinished: true };
  const file = store.unfinishedJournals().find((j) => j.name === name);
  if (!file) return NOTHING;
  const reader = new JournalReader(file.path);
  const state = (reader.header?.state ?? null) as JournalState | null;
  const replay = new Replay(store, name, options, state, file.from.offset === 0);
  try {
    const whole = await readBlocks(reader, replay, file.from);
    if (whole) {
      const damaged = reader.damaged.map((d) => `bytes ${d.from} to ${d.to}: ${d.reason}`);
      if (reader.end.kind === 'damaged') damaged.push(`from byte ${reader.end.offset} on: ${reader.end.reason}`);
      // Before the end: what is done is deleted.
      if (damaged.length > 0) store.journalDamaged(name, damaged.join('; '));
      await replay.end(reader.size);
    }
    const state = replay.pipeline.save();
    const { rows, datagrams, openPackets } = replay;
    return { rows, datagrams, openPackets, unfinished: !whole, state };
  } finally {
    await replay.leave();
    reader.close();
  }
}

/** False when the disk refused and the rest of the file was left. */
async function readBlocks(reader: JournalReader, replay: Replay, from: JournalPosition): Promise<boolean> {
  for (let block = reader.next(); block; block = reader.next()) {
    const seen = block.offset < from.offset;
    const skip = block.offset === from.offset ? from.skip : 0;
    if (!(await replay.block(block, seen ? block.datagrams : skip, seen))) return false;
  }
  return true;
}

class Replay {
  readonly pipeline: Pipeline;
  rows = 0;
  datagrams = 0;
  /** Packets of flows that a capture had open when it ended, and that are lost with it. */
  openPackets = 0;
  private readonly store: LocalStore;
  private readonly name: string;
  private readonly options: ReplayOptions;
  private readonly free: FlowBatch[] = [];
  private readonly source = new Uint32Array(4);
  private readonly datagram: JournalDatagram = { at: 0, length: 0, port: 0, next: 0 };
  /** How far the file was read: datagrams before it are rows, or were committed before. */
  private position = { offset: 0, skip: 0 };
  private batch: { key: string; batch: FlowBatch; hour: number } | null = null;
  private ledger: LedgerEntry[] = [];
  private waiting = 0;
  private readonly texts = new TextColumns();
  private began = false;

  /** With `fresh`, nothing of the file is committed: what was counted before it is not either. */
  constructor(store: LocalStore, name: string, options: ReplayOptions, state: JournalState | null, fresh: boolean) {
    this.store = store;
    this.name = name;
    this.options = options;
    const networks = state?.networks ?? NO_HOME;
    this.pipeline = new Pipeline({
      maxExporters: options.maxExporters,
      counters: ingestCounters(),
      texts: this.texts,
      rules: state?.rules ?? [],
      elements: state?.elements ?? [],
      networks,
      naming: state?.naming,
      connections: state?.connections === true,
      metered: state?.metered === true,
    });
    const { places } = options;
    if (places) this.pipeline.use(places.handle, places.networks);
    this.pipeline.restore(state);
    if (fresh && Array.isArray(state?.ledger)) for (const e of state.ledger) this.ledger.push(e);
  }

  /**
   * Reads the datagrams of a block; the first `skip` only for what they say of their exporter's sequence. False when the disk refused what
   * was read before, and nothing more shall be read.
   */
  async block(block: JournalBlock, skip: number, seen: boolean): Promise<boolean> {
    const { pipeline, datagram, source } = this;
    const hour = hourOf(block.receivedMs);
    this.position = { offset: block.offset, skip: 0 };
    if (this.batch && this.batch.hour !== hour && !(await this.closeBatch(block.receivedMs))) return false;
    if (pipeline.exporters.minuteEnded(block.receivedMs)) this.takeLedger();
    // Before the datagrams: the batch that is closed amid them carries it, and a later reading of the rest does not count it again.
    if (block.kernelDrops > 0 && !seen && skip === 0) {
      this.ledger.push({
        minute: minuteOf(block.receivedMs),
        exporter: '',
        domain: 0,
        counts: { kernel_drops: block.kernelDrops },
      });
    }
    let at = block.at;
    for (let i = 0; i < block.datagrams && readDatagram(block, at, source, datagram); i++, at = datagram.next) {
      const keep = i >= skip;
      if (keep && !this.began) {
        this.takeLedger();
        this.began = true;
      }
      if (keep) {
        if (this.batch && !pipeline.hasRoom(datagram.length) && !(await this.closeBatch(block.receivedMs)))
          return false;
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
      this.position.skip = i + 1;
    }
    pipeline.settle();
    this.position = { offset: block.end, skip: 0 };
    return true;
  }

  async end(size: number): Promise<void> {
    this.takeLedger();
    if (this.options.lastOfCaptures?.has(this.name)) this.takeOpen();
    // Entries need a batch that carries them, if only an empty one.
    if (this.ledger.length > 0) this.openBatch(hourOf(this.ledger[0]!.minute));
    this.position = { offset: size, skip: 0 };
    // Before the batch is closed: one commit has what is counted at the end and says that the file is done, or the next reading would count it again.
    this.store.journalClosed(this.name);
    await this.closeBatch(0);
    await this.store.flush();
  }

  /** Closes what a failure left open, as far as it was read: the next reading goes on from there. */
  async leave(): Promise<void> {
    await this.closeBatch(0);
  }

  private openBatch(hour: number): void {
    if (this.batch) return;
    const batch = this.free.pop() ?? new FlowBatch(BATCH_ROWS, allColumnNames, undefined, true);
    batch.clear();
    this.texts.begin(batch);
    const key = `replay-${this.name}-${this.position.offset}-${this.position.skip}`;
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

  /** Hands the batch on as what the file has up to `position`. False when the disk refuses what waits. */
  private async closeBatch(receivedMs: number): Promise<boolean> {
    const { batch } = this;
    if (!batch) return true;
    this.pipeline.settle();
    this.takeLedger();
    this.store.addLedger(batch.key, this.ledger);
    this.ledger = [];
    const position = { ...this.position };
    this.store.closeBatch(batch.key, { rows: batch.batch.rows, closedMs: receivedMs, position });
    this.batch = null;
    this.rows += batch.batch.rows;
    this.waiting += batch.batch.rows;
    if (this.waiting < this.options.flushRows) return true;
    this.waiting = 0;
    return this.store.flush();
  }

  /** The packets of flows that were open are missing where they were, not where that was found out. */
  private takeOpen(): void {
    for (const { exporter, domain, templates } of this.pipeline.exporters.table.all())
      for (const [minute, packets] of templates?.facts.open.list() ?? []) {
        this.ledger.push({ minute, exporter, domain, counts: { unmetered_packets: packets } });
        this.openPackets += packets;
      }
  }

  /** What was counted before the first datagram that is kept is in the ledger already: it was committed with the position. */
  private takeLedger(): void {
    const entries = this.pipeline.exporters.takeLedger();
    if (this.began) for (const e of entries) this.ledger.push(e);
  }
}
