import { type MessagePort, receiveMessageOnPort } from 'node:worker_threads';
import type { Log } from '../base/index.ts';
import { FlowBatch } from '../flow/index.ts';
import type { LocalStore, ProducedBatch } from '../store/index.ts';
import type { ExporterState } from '../truth/index.ts';
import type { DeferredFiles } from './deferred-files.ts';
import type { JournalSync } from './journal-sync.ts';
import type { PipelineState } from './pipeline-options.ts';
import {
  type FlushedReply,
  type Heard,
  type ProducerMessage,
  type ProducerShared,
  usedShare,
} from './producer-messages.ts';
import type { FlowSeconds } from './seconds/flow-seconds.ts';
import type { TroubleLog } from './trouble-log.ts';

interface Producer {
  readonly heartbeat: Float64Array;
  readonly shared: ProducerShared;
  ended: boolean;
}

/** What producers speak to. */
export interface ProducerTargets {
  readonly store: LocalStore;
  readonly sync: JournalSync;
  readonly deferred: DeferredFiles;
  readonly trouble: TroubleLog;
  readonly log: Log;
  readonly seconds: FlowSeconds;
  readonly now: () => number;
  /** Rows of a receiver went to segments, and their batch is free again. */
  written(rows: number): void;
  exporters(states: readonly ExporterState[]): void;
  heard(list: readonly Heard[]): void;
  interrupted(exporter: string, fromMs: number, toMs: number): void;
  ended(state: PipelineState): void;
}

/** The threads that give the store rows: receivers, which live as long as the node, and imports, which come and go. */
export class Producers {
  private readonly all = new Set<Producer>();
  private readonly catchUps = new Set<() => void>();
  private count = 0;

  get size(): number {
    return this.all.size;
  }

  /** Whether one may still have something to say. */
  get running(): boolean {
    return [...this.all].some((p) => !p.ended);
  }

  /** All that was received before this is in batches; infinite where nobody receives. */
  heardUntil(): number {
    return Math.min(...[...this.all].filter((p) => !p.ended).map((p) => p.heartbeat[0]!));
  }

  /** Takes what producers have said so far: of a batch that was begun before they were `heardUntil` nobody may know nothing. */
  catchUp(): void {
    for (const catchUp of this.catchUps) catchUp();
  }

  /** The share of its batches that the fullest has in use. */
  pressure(): number {
    return Math.max(0, ...[...this.all].map((p) => usedShare(p.shared)));
  }

  serve(targets: ProducerTargets, port: MessagePort, shared: ProducerShared): void {
    const { store, sync, deferred, trouble, log, seconds, now } = targets;
    const slots = new Int32Array(shared.slots);
    const rows = new Int32Array(shared.rows);
    const producer: Producer = { heartbeat: new Float64Array(shared.heartbeat), shared, ended: false };
    this.all.add(producer);
    const number = ++this.count;
    /** Batches without a journal that are being filled, with their slot. */
    const open = new Map<string, number>();
    let journalled = false;
    const take = (m: ProducerMessage) => {
      switch (m.type) {
        case 'begin': {
          const produced: ProducedBatch = {
            key: m.key,
            batch: FlowBatch.fromHandle(m.handle),
            hour: m.hour,
            journal: m.journal,
            rows: () => Atomics.load(rows, m.slot),
            recycle: () => {
              seconds.close(produced);
              // An import waits where a receiver cannot: what is written of it says nothing of what a receiver may send.
              if (m.journal !== null) targets.written(Atomics.load(rows, m.slot));
              Atomics.store(slots, m.slot, 0);
            },
          };
          store.beginBatch(produced);
          if (!m.imported) seconds.open(produced);
          if (m.journal === null) open.set(m.key, m.slot);
          else journalled = true;
          break;
        }
        case 'ledger':
          trouble.see(number, m.entries, now());
          seconds.see(m.entries);
          store.addLedger(m.key, m.entries);
          break;
        case 'held':
          trouble.hold(number, m.entries, now());
          seconds.hold(number, m.entries);
          store.holdLedger(number, m.entries);
          break;
        case 'close':
          open.delete(m.key);
          store.closeBatch(m.key, m);
          break;
        case 'journal-opened':
          journalled = true;
          if (m.deferred) deferred.add(m.file, m.sinceMs, true);
          sync.opened(m.file);
          break;
        case 'journal-closed':
          if (m.deferred) deferred.closed(m.file);
          else store.journalClosed(m.file);
          void sync.closed(m.file);
          break;
        case 'log':
          log[m.level](m.message);
          break;
        case 'flush':
          void store.flush().then((done) => port.postMessage({ done } satisfies FlushedReply));
          break;
        case 'exporters':
          targets.exporters(m.states);
          break;
        case 'heard':
          targets.heard(m.list);
          break;
        case 'interrupted':
          targets.interrupted(m.exporter, m.fromMs, m.toMs);
          break;
        case 'ended':
          producer.ended = true;
          targets.ended(m.state);
          break;
      }
    };
    port.on('message', take);
    const catchUp = () => {
      for (let mail = receiveMessageOnPort(port); mail; mail = receiveMessageOnPort(port)) take(mail.message);
    };
    this.catchUps.add(catchUp);
    port.on('close', () => {
      this.catchUps.delete(catchUp);
      // Of a receiver that died the journal knows where its rows end; it must not be forgotten that nobody receives.
      if (journalled && !producer.ended) return;
      const position = { offset: 0, skip: 0 };
      for (const [key, slot] of open)
        store.closeBatch(key, { rows: Atomics.load(rows, slot), closedMs: now(), position });
      open.clear();
      trouble.hold(number, [], now());
      seconds.hold(number, []);
      this.all.delete(producer);
    });
  }
}
