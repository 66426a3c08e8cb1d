import { type ErrorCode, type Log, WeirError } from '../base/index.ts';
import {
  type ActiveQuery,
  type HostMeterOptions,
  type HostMeterStatus,
  type MessageSink,
  type MeterReport,
  type OpenFlows,
  RunningMeter,
} from '../ingest/index.ts';

type Status = Extract<MeterReport, { type: 'status' }>;

const ANSWER_MS = 10_000;
/** After the order to stop it hands on what it has: this long at most. */
const STOP_MS = 15_000;

/**
 * The meter of an agent: a process with the rights that the agent itself gives up, so that it cannot be started a second time. What it says before
 * `begin` waits in its pipe.
 */
export class AgentMeter {
  private last: Status | null = null;
  /** Resolves when it has ended and nobody asked it to. */
  readonly failed: Promise<Error>;
  private readonly running: RunningMeter;
  private readonly log: Log;
  private readonly waiting = new Map<number, (answer: OpenFlows | null) => void>();
  private sink: MessageSink = () => {};
  private nextId = 1;
  private stopped = false;
  private told = '';

  constructor(program: string, log: Log) {
    this.log = log;
    let fail: (error: Error) => void = () => {};
    this.failed = new Promise((resolve) => {
      fail = resolve;
    });
    this.running = new RunningMeter(program, {
      message: (bytes, at, length) => this.sink(bytes, at, length),
      said: (line) => log.warn(line),
      report: (report) => {
        if (report.type === 'status') this.heard(report);
        else if (report.type === 'active') this.answer(report.id, report.answer);
        else fail(new WeirError(report.code as ErrorCode, report.message));
      },
      ended: (_, why) => {
        for (const id of [...this.waiting.keys()]) this.answer(id, null);
        if (!this.stopped) fail(new WeirError('internal', `the meter ended: ${why}`));
      },
    });
  }

  get status(): HostMeterStatus {
    const { level, notes, counters } = this.last ?? { level: 'none' as const, notes: [], counters: {} };
    return { level, notes, pid: this.running.pid, givenUp: false, restarts: 0, trouble: '', counters };
  }

  /** It meters from now on, and its messages go to `sink`. */
  begin(options: HostMeterOptions, sink: MessageSink): void {
    this.sink = sink;
    this.running.send({ type: 'configure', options });
  }

  /** Flows that are open now; null where it does not answer. */
  ask(query: ActiveQuery): Promise<OpenFlows | null> {
    if (this.last === null) return Promise.resolve(null);
    const id = this.nextId++;
    return new Promise((resolve) => {
      this.waiting.set(id, resolve);
      setTimeout(() => this.answer(id, null), ANSWER_MS).unref();
      this.running.send({ type: 'active', id, query });
    });
  }

  async stop(): Promise<void> {
    this.stopped = true;
    this.running.stop();
    const deadline = setTimeout(() => this.running.kill(null), STOP_MS);
    await this.running.closed;
    clearTimeout(deadline);
  }

  private answer(id: number, answer: OpenFlows | null): void {
    this.waiting.get(id)?.(answer);
    this.waiting.delete(id);
  }

  private heard(status: Status): void {
    this.last = status;
    const notes = status.notes.length > 0 ? ` (${status.notes.join('; ')})` : '';
    const text = `metering this host: level ${status.level}${notes}`;
    if (text === this.told) return;
    this.told = text;
    if (status.level === 'ebpf') this.log.info(text);
    else this.log.warn(text);
  }
}
