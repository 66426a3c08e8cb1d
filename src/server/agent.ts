import { fileURLToPath } from 'node:url';
import { type ErrorCode, type Log, systemClock, WeirError } from '../base/index.ts';
import { HOST_EXPORTER, MessageJournal, MeteredHost } from '../ingest/index.ts';
import { layoutOf, readClocks } from '../store/index.ts';
import { lockFile } from '../system/index.ts';
import { openAgentDoor } from './agent-door.ts';
import { AgentLife } from './agent-life.ts';
import type { AgentBegun } from './agent-messages.ts';
import { AgentStore } from './agent-store.ts';
import { agentUser, becomeUser, mayWrite, meterDirectory, prepareDirectory } from './agent-user.ts';
import { registerNode } from './runtime-directory.ts';

interface AgentOptions {
  /** The data directory, as an absolute path. */
  readonly data: string;
  /** Who the agent is once the meter has started; null: the user weir. */
  readonly user: string | null;
  readonly configFile: string | null;
  /** Settings as flags gave them, by name. */
  readonly flags: Readonly<Record<string, unknown>>;
  /** The program that meters, if not the one of room host. */
  readonly meter?: string;
}

export interface RunningAgent {
  readonly socket: string;
  /** Resolves when the agent cannot go on. */
  readonly failed: Promise<Error>;
  stop(): Promise<void>;
}

const TICK_MS = 200;
const LOOK_MS = 1_000;
const SETTLE_MS = 600_000;
/** What clocks did is known in this process alone until it is stored. */
const TELL_MS = 10_000;
/** The journal of so much is made segments sooner. */
const SETTLE_BYTES = 16 << 20;

/**
 * Starts an agent: the meter with the rights, then this process gives them up, keeps the journal, and starts the process of the store when something is asked or
 * segments are due. Neither the database nor the API is loaded here.
 */
export async function startAgent(options: AgentOptions, log: Log): Promise<RunningAgent> {
  const { data, configFile, flags } = options;
  const layout = layoutOf(data);
  const user = agentUser(options.user);
  const stateDirectory = meterDirectory(data);
  prepareDirectory(data, user);
  const unregister = register(data, layout.socket, log);
  let journal: MessageJournal | null = null;
  let fail: (error: Error) => void = () => {};
  const failed = new Promise<Error>((resolve) => {
    fail = resolve;
  });
  const meter = new MeteredHost(
    options.meter ?? fileURLToPath(new URL('../host/meter-process.js', import.meta.url)),
    {
      message: (bytes, at, length) => journal?.take(bytes, at, length, systemClock.now()),
      ended() {},
      resumed() {},
      log: (level, text) => log[level](text),
      gone: (why) => fail(new WeirError('internal', `the meter of this host ended: ${why}`)),
    },
    { wall: () => systemClock.now(), steady: () => performance.now() },
  );
  meter.prepare();
  const started: (() => Promise<void> | void)[] = [unregister, () => meter.stop()];
  try {
    becomeUser(user);
    mayWrite(data, user);
    const lock = lockFile(layout.lock);
    started.push(() => lock.release());
    const startedMs = systemClock.now();
    const life = new AgentLife(layout.heartbeat, (text) => log.warn(text));
    const store = new AgentStore({
      start: { data, configFile, flags, startedMs },
      onTrouble: (text) => log.error(text),
      answer: {
        upTo: () => {
          const nowMs = systemClock.now();
          const open = journal!;
          open.rotate(nowMs);
          const [states, lost, gaps] = [open.states(nowMs), open.lost, life.untold];
          return { open: open.file, nowMs, states, lost, gaps, sync: open.syncs };
        },
        gapsStored: (gaps) => {
          life.stored(gaps);
          return null;
        },
        facts: () => ({
          meter: meter.status,
          counters: [...(journal?.counters.values ?? [])],
          meterCounters: [...meter.counters.values],
          exporters: journal?.list() ?? [],
        }),
        active: (query) => meter.ask(query),
        live: (query) => meter.live(query),
      },
    });
    started.push(() => store.stop());
    const begun = await store.begin();
    const { nextJournal, freeShare, rows } = begun;
    const { journal: directory } = layout;
    const opened = new MessageJournal({
      directory,
      freeShare,
      firstSequence: nextJournal,
      exporter: HOST_EXPORTER,
      rows,
      onTrouble: (text) => log.error(text),
      nowMs: systemClock.now(),
    });
    journal = opened;
    started.push(() => opened.close(systemClock.now()));
    life.begin(readClocks());
    started.push(() => life.end(systemClock.now()));
    const clocks = keepTime(opened, life, store, meter);
    started.push(() => clocks.stop());
    await begin(meter, { ...begun, meter: { ...begun.meter, stateDirectory } }, failed);
    const closeDoor = await openAgentDoor(layout.socket, (socket) => store.connect(socket));
    const stop = async () => {
      clocks.stop();
      const closed = closeDoor();
      await meter.stop();
      life.end(systemClock.now());
      if (life.untold.length > 0) await store.settle().catch(() => {});
      await store.stop();
      await opened.close(systemClock.now());
      await closed;
      lock.release();
      unregister();
    };
    let stopping: Promise<void> | undefined;
    return {
      socket: layout.socket,
      failed,
      stop: () => {
        stopping ??= stop();
        return stopping;
      },
    };
  } catch (error) {
    for (const undo of started.reverse()) await undo();
    throw error;
  }
}

/** Lets the meter meter: an agent is ready once it does, or has said why it cannot. */
async function begin(meter: MeteredHost, { meter: how, forward }: AgentBegun, failed: Promise<Error>): Promise<void> {
  const gone = failed.then((error) => {
    throw error;
  });
  const refused = await Promise.race([meter.begin({ ...how, ownPids: [process.pid] }, forward), gone]);
  if (refused) throw new WeirError(refused.code as ErrorCode, refused.message);
}

/** What is done by the clock: the journal is written, the sign of life given, and what is in the journal made segments. */
function keepTime(journal: MessageJournal, life: AgentLife, store: AgentStore, meter: MeteredHost): { stop(): void } {
  let settledMs = performance.now();
  let settledBytes = 0;
  let tickMs = Number.NEGATIVE_INFINITY;
  const look = () => {
    life.beat(readClocks());
    const waiting = journal.counters.get('journal_bytes') - settledBytes;
    const sinceMs = performance.now() - settledMs;
    const isDue = waiting >= SETTLE_BYTES || (waiting > 0 && sinceMs >= SETTLE_MS);
    if (!isDue && (life.untold.length === 0 || sinceMs < TELL_MS)) return;
    settledMs = performance.now();
    settledBytes += waiting;
    store.settle().catch(() => {});
  };
  const timer = setInterval(() => {
    journal.tick(systemClock.now());
    meter.tick();
    if (performance.now() - tickMs < LOOK_MS) return;
    tickMs = performance.now();
    look();
  }, TICK_MS);
  return { stop: () => clearInterval(timer) };
}

/** While this process may still write there. */
function register(data: string, socket: string, log: Log): () => void {
  try {
    const unregister = registerNode({ pid: process.pid, data, socket, http: null });
    return () => {
      try {
        unregister();
      } catch {
        // The directory is root's. Who reads the note sees that the process is gone.
      }
    };
  } catch (error) {
    log.warn({ err: error }, 'this agent could not be noted in the runtime directory: name it with --data');
    return () => {};
  }
}

/** For the command: an agent that cannot go on ends, and whoever supervises it starts it again with the rights that it gave up. */
export function agentFailure(error: Error): WeirError {
  return error instanceof WeirError ? error : new WeirError('internal', error.message, { cause: error });
}
