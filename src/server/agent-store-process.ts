import type { Socket } from 'node:net';
import { setPriority } from 'node:os';
import { asWeirError, createLog, type Log } from '../base/index.ts';
import { JournalledStore } from '../ingest/index.ts';
import { AgentAnswers } from './agent-answers.ts';
import { askParent } from './agent-ask.ts';
import { catchUp } from './agent-catch-up.ts';
import type { AgentOrder, AgentReport, AgentStoreStart } from './agent-messages.ts';
import { refuseConnection } from './agent-refusal.ts';
import { agentSettings } from './agent-settings.ts';
import { PlacesAtRest } from './places/places-at-rest.ts';

/**
 * The part of an agent that has the database: it lives while something is asked, or segments are written, and ends. Its parent hands it the connections of
 * those who ask, and has the lock of the store.
 */
const NICE = 10;
/** Whoever asks once often asks again. */
const LINGER_MS = 5_000;
const LOOK_MS = 250;

const ask = askParent();
const tell = (report: AgentReport) => void process.send?.(report);

async function main(start: AgentStoreStart): Promise<void> {
  setPriority(NICE);
  const settings = agentSettings(start);
  const log = createLog({ style: settings.config.log, level: 'warn', name: 'store' });
  const { naming, networks } = settings.rows;
  const places = new PlacesAtRest({ root: start.data, ...settings.places, networks, log });
  const known = () => places.known();
  const store = await JournalledStore.open({ root: start.data, ...settings.store, naming, places: known }, log);
  const answers = new AgentAnswers(store, ask, { start, config: settings.config, naming, places, log });
  let connections = 0;
  let quietMs = performance.now();
  process.on('message', (order: AgentOrder, socket: unknown) => {
    if (order.type === 'connection') {
      connections += 1;
      void takeConnection(answers, socket as Socket);
    } else if (order.type === 'leave') void leave(store, answers, places, log);
  });
  // Who started us is gone, and the lock of the store with it: another may have it by now. What is not committed is in the journal.
  process.on('disconnect', () => process.exit(1));
  if (start.task === 'begin') {
    const nextJournal = await store.begin();
    const { meter, forward, rows } = settings;
    const { freeShare } = settings.store.retention;
    tell({ type: 'ready', begun: { nextJournal, freeShare, meter, forward, rows } });
  } else {
    tell({ type: 'ready', begun: null });
    if (start.task === 'settle') await catchUp(store, ask);
  }
  if (start.task !== 'answer') await store.settle();
  // Last: who publishes a list may be slow. The next of these processes has what comes.
  if (start.task === 'settle') await places.blocklists.look();
  const lingerMs = start.task === 'answer' ? LINGER_MS : 0;
  setInterval(() => {
    if (answers.open > 0) quietMs = performance.now();
    else if (performance.now() - quietMs >= (connections > 0 ? LINGER_MS : lingerMs))
      tell({ type: 'idle', connections });
  }, LOOK_MS);
}

async function takeConnection(answers: AgentAnswers, socket: Socket): Promise<void> {
  try {
    await answers.take(socket);
  } catch (error) {
    refuseConnection(socket, error);
  }
}

let leaving = false;
async function leave(store: JournalledStore, answers: AgentAnswers, places: PlacesAtRest, log: Log): Promise<void> {
  if (leaving) return;
  leaving = true;
  try {
    await answers.close();
    await places.blocklists.stop();
    await store.close();
  } catch (error) {
    log.error({ err: error }, 'the store was not closed in order: what is not in it is in the journal');
  }
  process.exit(0);
}

// The parent ends this process in order, also where all processes of a service get the signal.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => {});
process.once('message', (order: AgentOrder) => {
  if (order.type !== 'start') return;
  main(order.start).catch((error: unknown) => {
    const { code, message } = asWeirError(error);
    process.send?.({ type: 'failed', code, message } satisfies AgentReport, () => process.exit(1));
  });
});
