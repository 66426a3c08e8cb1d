import type { Log } from '../base/index.ts';
import { type Clocks, type KnownRows, type LocalStore, NodeRuns } from '../store/index.ts';
import { ExpectedExporters } from './expected-exporters.ts';
import type { Heard } from './producer-messages.ts';

/** What the node says of its ports: they listen; there are none; they are closed because it ends. */
export type Listens = 'open' | 'closed' | 'ended';

/** What a node writes down of when it measured and when not, and which of its exporters are silent. */
export class MeasuredTimes {
  private readonly store: LocalStore;
  private readonly runs: NodeRuns;
  private readonly log: Log;
  private readonly heardUntil: () => number;
  private expected: ExpectedExporters | null = null;
  private beatMs = 0;

  /** `heardUntil`: all datagrams from before were taken by a receive thread. */
  constructor(store: LocalStore, known: KnownRows, nowMs: number, heardUntil: () => number, log: Log) {
    this.store = store;
    this.log = log;
    this.heardUntil = heardUntil;
    this.runs = new NodeRuns(store.layout.heartbeat, store.gaps, known, nowMs, log);
    store.openGaps = () => {
      const { open } = this.runs;
      return [...(open ? [open] : []), ...(this.expected?.silent(this.heardUntil()) ?? [])];
    };
  }

  listens(what: Listens, clocks: Clocks): void {
    const { wall: nowMs } = clocks;
    if (what === 'ended') this.end(nowMs);
    else this.runs.listening(what === 'open', clocks);
    if (what === 'open') this.expected = new ExpectedExporters(this.store.layout.expected, nowMs, this.log);
  }

  heard(list: readonly Heard[]): void {
    this.store.gaps.add(this.expected?.heard(list) ?? []);
  }

  /** A meter of this node, which is an exporter, had ended, and another one goes on. */
  interrupted(exporter: string, fromMs: number, toMs: number): void {
    this.store.gaps.add(this.expected?.interrupted(exporter, fromMs, toMs) ?? []);
  }

  /** Call it about once a second. */
  beat(clocks: Clocks): void {
    const { wall: nowMs } = clocks;
    if (nowMs < this.beatMs) this.expected?.setBack(nowMs);
    this.beatMs = nowMs;
    this.store.gaps.add(this.expected?.forget(nowMs) ?? []);
    this.expected?.write(nowMs);
    this.runs.beat(clocks);
  }

  close(): void {
    this.runs.close();
  }

  private end(nowMs: number): void {
    this.runs.end(nowMs);
    this.expected?.write(nowMs, true);
  }
}
