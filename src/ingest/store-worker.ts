import { existsSync } from 'node:fs';
import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { asWeirError, createLog, RateLimit, systemClock } from '../base/index.ts';
import { ExporterStates, LocalStore, layoutOf, readClocks } from '../store/index.ts';
import { receiverKind, setThreadPriority, threadCpuSeconds } from '../system/index.ts';
import { DeferredFiles } from './deferred-files.ts';
import { JournalSync } from './journal-sync.ts';
import { type Listens, MeasuredTimes } from './measured-times.ts';
import type { ProducerShared } from './producer-messages.ts';
import { recoverJournals } from './recover-journals.ts';
import { type ReplayOptions, replayJournal } from './replay.ts';
import { FlowSeconds } from './seconds/flow-seconds.ts';
import type { SecondsQuestion } from './seconds/second-messages.ts';
import { serveSeconds } from './seconds/serve-seconds.ts';
import { Producers, type ProducerTargets } from './serve-producer.ts';
import { failureOf, serveReader } from './serve-reader.ts';
import { countHistory, storeCounters } from './store-counters.ts';
import type {
  StoreOrder,
  StoreReady,
  StoreReply,
  StoreRequest,
  StoreThreadOptions,
  StoreThreadStatus,
} from './store-messages.ts';
import type { StreamStates } from './stream-states.ts';
import { TroubleLog } from './trouble-log.ts';

/**
 * The store thread: it alone writes segments and the manifest. Receive threads tell it of their batches, reader threads ask it for
 * snapshots. Decodes journal files at start (what a crash left) and those that were deferred.
 */
const options = workerData as StoreThreadOptions;
const log = createLog({ ...options.log, name: 'store' });
const trouble = new TroubleLog(log);
let replayOptions: ReplayOptions = {
  maxExporters: options.maxExporters,
  flushRows: options.segmentRows,
  places: options.places,
};
const TICK_MS = 100;
const COUNT_MS = 1_000;
const BEAT_MS = 1_000;
const SECOND_MS = 1_000;
/** A batch pool this full is reason to write before a segment is full. */
const PRESSURE = 0.5;

/** A new peer and the port it speaks through. */
type Hello =
  | { type: 'producer'; port: MessagePort; shared: ProducerShared }
  | { type: 'reader'; port: MessagePort }
  | { type: 'seconds'; port: MessagePort; question: SecondsQuestion }
  | { type: 'listens'; what: Listens; atMs: number };

const counters = storeCounters();
const tickFailures = new RateLimit();
const producers = new Producers();
const deferred = new DeferredFiles();
const seconds = new FlowSeconds();
/** Runs while somebody watches. */
let watching: NodeJS.Timeout | null = null;
/** Where the export streams stood at the start and, of those who have ended, at the end. */
let states: StreamStates | null = null;
/** When nothing was measured. */
let measured: MeasuredTimes | null = null;
/** What exporters say of themselves. */
let exporters: ExporterStates | null = null;
let replaying: Promise<void> | null = null;
let countedAtMs = Number.NEGATIVE_INFINITY;
/** Whether the store could not write when it was last looked at. */
let failing = false;

async function main(): Promise<void> {
  const port = parentPort!;
  let store: LocalStore;
  let replayed = 0;
  try {
    const hadStreams = existsSync(layoutOf(options.root).streams);
    store = await LocalStore.open({ ...options, clock: systemClock, log });
    const found = await recoverJournals(store, replayOptions, log);
    replayed = found.rows;
    states = found.states;
    replayOptions = { ...replayOptions, lastOfCaptures: found.lastOfCaptures };
    exporters = new ExporterStates(store.layout.exporters);
    const { oldestReceived, newestReceived: newest } = store.status();
    // A store of imports alone has rows, and no node ever ran on it.
    const known = { oldest: hadStreams || replayed > 0 ? oldestReceived : null, newest, crashed: replayed > 0 };
    measured = new MeasuredTimes(store, known, systemClock.now(), () => heardUntil(), log);
    for (const { file, sinceMs } of found.postponed) {
      deferred.add(file, sinceMs, false);
      deferred.failed(file, systemClock.now());
    }
  } catch (error) {
    const { code, message } = asWeirError(error);
    port.postMessage({ type: 'failed', code, message });
    return;
  }
  setThreadPriority(1);
  counters.add('replayed', replayed);
  store.completeUntil = () => completeUntil();
  const sync = new JournalSync(store.layout.journal, options.journalSyncMs);
  sync.start();
  const timer = setInterval(() => tick(store, sync).catch(tickFailed), TICK_MS);
  const beats = setInterval(() => measured?.beat(readClocks()), BEAT_MS);

  const targets: ProducerTargets = {
    store,
    sync,
    deferred,
    trouble,
    log,
    seconds,
    now: () => systemClock.now(),
    written: (rows) => counters.add('written', rows),
    exporters: (told) => exporters?.add(told),
    heard: (list) => measured?.heard(list),
    interrupted: (exporter, fromMs, toMs) => measured?.interrupted(exporter, fromMs, toMs),
    ended: (state) => states?.add(state),
  };
  port.on('message', (message: Hello | StoreRequest | StoreOrder) => {
    if (message.type === 'producer') producers.serve(targets, message.port, message.shared);
    else if (message.type === 'reader') serveReader(store, message.port);
    else if (message.type === 'seconds') watch(store, message.port, message.question);
    else if (message.type === 'listens') measured?.listens(message.what, { ...readClocks(), wall: message.atMs });
    else if (message.type === 'extras') extras(store, message.on);
    else if (message.type === 'places') replayOptions = { ...replayOptions, places: message.places };
    else if (message.type === 'status')
      port.postMessage({ id: message.id, ok: true, value: status(store, sync) } satisfies StoreReply);
    else if (message.type === 'stop') {
      clearInterval(timer);
      clearInterval(beats);
      stop(store, sync)
        .then(() => port.postMessage({ id: message.id, ok: true, value: null } satisfies StoreReply))
        .catch((error: unknown) => port.postMessage(failureOf(message.id, error)))
        .finally(() => setImmediate(() => process.exit(0)));
    }
  });
  port.postMessage({
    type: 'ready',
    counters: counters.handle(),
    nextJournal: store.nextJournalSequence(),
    replayed,
    streams: states!.state,
  } satisfies StoreReady);
}

/** Begins to tell seconds to who listens at the other end of the port. */
function watch(store: LocalStore, port: MessagePort, question: SecondsQuestion): void {
  watching ??= setInterval(() => endSecond(store), SECOND_MS);
  serveSeconds(seconds, port, question, systemClock.now(), () => {
    if (seconds.isAsked || watching === null) return;
    clearInterval(watching);
    watching = null;
  });
}

function endSecond(store: LocalStore): void {
  try {
    const until = completeUntil();
    // Names that follow from other flows, as far as they are known by now.
    store.nameLate(false);
    seconds.look({ nowMs: systemClock.now(), completeUntil: until, deferred: deferred.all > 0 });
  } catch (error) {
    tickFailed(error);
  }
}

/** What costs much and can be missed: costly tables of history, and who watches seconds. */
function extras(store: LocalStore, on: boolean): void {
  store.extras(on);
  seconds.squeeze(!on);
}

/** All that was received before this is in batches, and no deferred file from before waits. */
function completeUntil(): number {
  return Math.min(heardUntil(), deferred.sinceMs());
}

function heardUntil(): number {
  const heard = producers.heardUntil();
  // After it was read: what was said before it was is known then.
  producers.catchUp();
  return Number.isFinite(heard) ? heard : systemClock.now();
}

async function tick(store: LocalStore, sync: JournalSync): Promise<void> {
  counters.set('deferred_files', deferred.all);
  counters.set('deferred_since', deferred.all > 0 ? deferred.sinceMs() / 1_000 : 0);
  await store.tick(producers.pressure() > PRESSURE);
  const nowMs = performance.now();
  // It looks at every segment: not for each tick.
  if (nowMs - countedAtMs >= COUNT_MS) {
    countedAtMs = nowMs;
    store.nameLate(false);
    count(store, sync);
    writeExporters();
  }
  const file = deferred.next(systemClock.now());
  if (file && !replaying && !failing) {
    replaying = replayDeferred(store, file).finally(() => {
      replaying = null;
    });
  }
}

/** The thread must not die of it: receive threads go on, and the next tick may succeed. */
function tickFailed(error: unknown): void {
  const { message } = asWeirError(error);
  const held = tickFailures.allow(message, performance.now());
  if (held !== null) log.error({ err: error, ...(held > 0 ? { repeated: held } : {}) }, 'the store stumbled');
}

/** A disk that refuses costs no flow: they are written when it does again. */
function writeExporters(): void {
  try {
    exporters?.write(systemClock.now());
  } catch (error) {
    tickFailed(error);
  }
}

function count(store: LocalStore, sync: JournalSync): void {
  const s = store.status();
  failing = s.failure !== null;
  counters.set('segments', s.segments);
  counters.set('rows', s.rowsAtRest);
  counters.set('bytes', s.bytesAtRest);
  counters.set('memory_rows', s.rowsInMemory);
  counters.set('lag', s.lagMs / 1000);
  counters.set('expired', s.expiredRows);
  counters.set('damaged', s.damaged.length);
  countHistory(counters, s);
  const { written, facts, dropped } = store.lateNames;
  counters.set('late_names', written);
  counters.set('late_facts', facts);
  counters.set('late_dropped', dropped);
  counters.set('failing', s.failure || sync.failure ? 1 : 0);
  counters.set('syncs', sync.syncs);
  counters.set('sync_slowest', sync.slowestMs / 1000);
  if (receiverKind().kind === 'recvmmsg') counters.set('cpu', threadCpuSeconds());
}

/** Decodes one file that came when there was no room in memory. */
async function replayDeferred(store: LocalStore, file: string): Promise<void> {
  try {
    const done = await replayJournal(store, file, replayOptions);
    counters.add('replayed', done.rows);
    if (done.unfinished) deferred.failed(file, systemClock.now());
    else deferred.done(file);
  } catch (error) {
    deferred.failed(file, systemClock.now());
    log.error({ err: error, file }, 'cannot decode a deferred journal file: it is tried again later');
  }
}

function status(store: LocalStore, sync: JournalSync): StoreThreadStatus {
  return {
    ...store.status(),
    journalSync: { failure: sync.failure?.message ?? null, slowestMs: sync.slowestMs, syncs: sync.syncs },
    deferredFiles: deferred.waiting,
    completeUntil: completeUntil(),
  };
}

async function stop(store: LocalStore, sync: JournalSync): Promise<void> {
  // Producers have ended before: what they said last may still be on its way through their ports.
  for (let i = 0; i < 50 && producers.running; i++) await new Promise((resolve) => setTimeout(resolve, 20));
  await sync.stop();
  await replaying;
  // One try each: what fails now is in the journal at the next start.
  for (let file = deferred.next(systemClock.now()); file; file = deferred.next(systemClock.now()))
    await replayDeferred(store, file);
  states?.write();
  writeExporters();
  measured?.close();
  await store.close();
}

void main();
