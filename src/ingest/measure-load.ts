import { createLog, ManualClock } from '../base/index.ts';
import { LocalStore, type StoreStatus } from '../store/index.ts';
import { LoadFeed } from './load-feed.ts';
import { SampleFlows } from './sample-flows.ts';
import { type Spent, Stopwatch } from './stopwatch.ts';

export interface LoadOptions {
  /** An empty directory on the disk that is meant. */
  readonly directory: string;
  readonly flowsPerSecond: number;
  /** About how long it may take. */
  readonly budgetMs: number;
  readonly segmentRows: number;
  readonly writerMemoryBytes: number;
  /** Ends it early, with what the signal's `throwIfAborted` throws. */
  readonly signal?: AbortSignal;
}

/** A level of history as it came out for the flows of some minutes. */
interface MeasuredLevel {
  readonly level: string;
  readonly rows: number;
  readonly bytes: number;
  /** Buckets of its width that had flows. */
  readonly buckets: number;
}

/** What flows cost on this machine. CPU and elapsed seconds are of this process. */
export interface MeasuredLoad {
  /** Those that the figures up to `rowBytes` are about. */
  readonly flows: number;
  readonly flowsPerDatagram: number;
  /** Decoded, labelled and journalled. */
  readonly receive: Spent;
  /** To Parquet, and added up in the tables of history. */
  readonly store: Spent;
  readonly journalBytes: number;
  readonly segmentBytes: number;
  /** In memory, of one row. */
  readonly rowBytes: number;
  readonly peakMemoryBytes: number;
  /** Of all cores, what other processes had meanwhile: 0 to 1. */
  readonly othersShare: number;
  readonly history: {
    readonly minutes: number;
    readonly flowsPerMinute: number;
    /** Writing what has come together in a minute, all `minutes`. */
    readonly write: Spent;
    /** Settling the hour that the minutes are in; a day that has had two such hours. */
    readonly settleHour: Spent;
    readonly settleDay: Spent;
    readonly levels: readonly MeasuredLevel[];
  };
}

type Load = Omit<MeasuredLoad, 'history' | 'peakMemoryBytes' | 'othersShare'>;

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;
const CHUNK_FLOWS = 15_360;
/** Flows of the first round; each further one has twice as many, and the last one counts: by then code is compiled and memory is there. */
const FIRST_FLOWS = 30_720;
const LEAST_ROUNDS = 3;
/** Flows a second. */
const LEAST_DENSITY = 2_000;
/** More rows make no other figures. */
const MOST_SEGMENT_ROWS = 1_000_000;
/** Of a minute of history: bounded tables are full with them. */
const MINUTE_FLOWS = 10_000;
const MOST_MINUTES = 30;
/** Shares of the budget within which a further round must end, and after which minutes of history end. */
const ROUNDS_UNTIL = 0.65;
const HISTORY_UNTIL = 0.85;

/**
 * Puts flows through the code that a node runs, from the bytes of datagrams to journal, segments and history, as fast as this machine does it, in a time
 * that is made up: flows come at `flowsPerSecond` of it. Sockets are not measured.
 */
export async function measureLoad(options: LoadOptions): Promise<MeasuredLoad> {
  const measuring = await Measuring.begin(options);
  try {
    const load = await measuring.load();
    const history = await measuring.history();
    return { ...load, ...measuring.machine(), history };
  } finally {
    await measuring.end();
  }
}

class Measuring {
  private readonly options: LoadOptions;
  private readonly store: LocalStore;
  private readonly clock: ManualClock;
  private readonly feed: LoadFeed;
  private readonly sample = new SampleFlows();
  private readonly watch = new Stopwatch();
  private readonly segmentRows: number;

  private constructor(options: LoadOptions, store: LocalStore, clock: ManualClock, segmentRows: number) {
    this.options = options;
    this.store = store;
    this.clock = clock;
    this.segmentRows = segmentRows;
    this.feed = new LoadFeed(store, 2 * segmentRows, clock, SILENT);
  }

  static async begin(options: LoadOptions): Promise<Measuring> {
    // Ten o'clock of a day that is over.
    const clock = new ManualClock(Math.floor(Date.now() / DAY_MS - 2) * DAY_MS + 10 * HOUR_MS);
    const segmentRows = Math.min(options.segmentRows, MOST_SEGMENT_ROWS);
    const store = await LocalStore.open({
      root: options.directory,
      clock,
      log: SILENT,
      retention: { ageMs: null, bytes: null },
      segmentRows,
      segmentAgeMs: 5 * MINUTE_MS,
      writerMemoryBytes: options.writerMemoryBytes,
    });
    return new Measuring(options, store, clock, segmentRows);
  }

  /** Flows as dense as they would come: ever more, while there is time. */
  async load(): Promise<Load> {
    let load = await this.round(FIRST_FLOWS);
    for (let rounds = 1, longest = 0; ; rounds++) {
      const flows = Math.min(2 * load.flows, this.segmentRows);
      if (rounds >= LEAST_ROUNDS && !this.isBefore(ROUNDS_UNTIL, longest * (flows / load.flows))) return load;
      const began = this.watch.elapsedMs;
      load = await this.round(flows);
      longest = this.watch.elapsedMs - began;
    }
  }

  private async round(wanted: number): Promise<Load> {
    const { store, feed } = this;
    const before = { segments: store.status().bytesAtRest, journal: feed.journal.bytes, records: feed.records };
    const receive = { cpu: 0, elapsed: 0 };
    const stored = { cpu: 0, elapsed: 0 };
    // A node that gets less writes before flows of so many minutes wait.
    const density = Math.max(this.options.flowsPerSecond, LEAST_DENSITY);
    let datagrams = 0;
    for (let flows = 0; flows < wanted; flows += CHUNK_FLOWS)
      datagrams += await this.receive(Math.min(CHUNK_FLOWS, wanted - flows), density, receive);
    this.at(this.clock.now() + MINUTE_MS);
    await this.watch.time(stored, () => feed.handOver());
    feed.journal.flush(this.clock.now());
    const flows = feed.records - before.records;
    return {
      flows,
      flowsPerDatagram: flows / datagrams,
      receive,
      store: stored,
      journalBytes: feed.journal.bytes - before.journal,
      segmentBytes: store.status().bytesAtRest - before.segments,
      rowBytes: feed.rowBytes,
    };
  }

  /** Flows of some minutes of an hour, and what becomes of them when the hour and the day are over. */
  async history(): Promise<MeasuredLoad['history']> {
    const { store, clock } = this;
    const hour = Math.floor(clock.now() / HOUR_MS) * HOUR_MS + 2 * HOUR_MS;
    // Settles what was before: in two steps, as rows came to it last a minute ago.
    this.at(hour + 3 * MINUTE_MS);
    await this.feed.handOver();
    await store.makeHistory();
    this.at(hour + 5 * MINUTE_MS + MINUTE_MS / 4);
    await store.makeHistory();
    const before = levels(store.status());
    const flowsPerMinute = Math.round(Math.min(this.options.flowsPerSecond * 60, MINUTE_FLOWS));
    const write = { cpu: 0, elapsed: 0 };
    let minutes = 0;
    // Whole buckets of 5 min.
    while (minutes < 5 || minutes % 5 > 0 || (minutes < MOST_MINUTES && this.isBefore(HISTORY_UNTIL))) {
      const begin = clock.now();
      await this.receive(flowsPerMinute, this.options.flowsPerSecond);
      this.at(begin + MINUTE_MS);
      await this.feed.handOver();
      await this.watch.time(write, () => store.makeHistory());
      minutes += 1;
    }
    const settleHour = { cpu: 0, elapsed: 0 };
    this.at(hour + HOUR_MS + 20 * MINUTE_MS);
    await this.watch.time(settleHour, () => store.makeHistory());
    const settled = levels(store.status());
    const settleDay = { cpu: 0, elapsed: 0 };
    this.at(Math.floor(hour / DAY_MS + 1) * DAY_MS + 20 * MINUTE_MS);
    await this.watch.time(settleDay, () => store.makeHistory());
    const days = levels(store.status());
    const buckets = { '1m': minutes, '5m': minutes / 5, '1h': 1, '1d': 1 };
    const found = Object.entries(buckets).map(([level, n]) => {
      const [from, to] = level === '1d' ? [{ rows: 0, bytes: 0 }, days[level]!] : [before[level]!, settled[level]!];
      return { level, buckets: n, rows: to.rows - from.rows, bytes: to.bytes - from.bytes };
    });
    return { minutes, flowsPerMinute, write, settleHour, settleDay, levels: found };
  }

  machine(): Pick<MeasuredLoad, 'peakMemoryBytes' | 'othersShare'> {
    return { peakMemoryBytes: process.resourceUsage().maxRSS * 1_024, othersShare: this.watch.othersShare() };
  }

  async end(): Promise<void> {
    await this.feed.end(this.clock.now());
    await this.store.close();
  }

  /** Whether what takes so long ends within this share of the budget. */
  private isBefore(share: number, takesMs = 0): boolean {
    return this.watch.elapsedMs + takesMs < share * this.options.budgetMs;
  }

  /** Datagrams received; time moves on by that of their flows. */
  private async receive(flows: number, perSecond: number, spent: Spent = { cpu: 0, elapsed: 0 }): Promise<number> {
    this.options.signal?.throwIfAborted();
    const { clock } = this;
    const datagrams = this.sample.next(flows, clock.now(), perSecond);
    await this.watch.time(spent, () => this.feed.receive(datagrams));
    clock.advance(Math.max(0, (datagrams.at(-1)?.receivedMs ?? 0) - clock.now()));
    // The channel to the store and the signal have their turn.
    await new Promise((resolve) => setImmediate(resolve));
    return datagrams.length;
  }

  /** Sets the time, and closes a batch that is due then. */
  private at(ms: number): void {
    this.clock.advance(Math.max(0, ms - this.clock.now()));
    this.feed.tick(this.clock.now());
  }
}

const SILENT = createLog({ style: 'pretty', level: 'silent' });

function levels(status: StoreStatus): Record<string, { rows: number; bytes: number }> {
  return Object.fromEntries(status.levels.map(({ level, rows, bytes }) => [level, { rows: rows ?? 0, bytes }]));
}
