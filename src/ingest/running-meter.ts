import { type ChildProcess, fork } from 'node:child_process';
import type { Readable } from 'node:stream';
import type { MeterEnd } from './piped-counters.ts';
import type { MeterOrder, MeterReport } from './piped-messages.ts';
import { MessageCutter, type MessageSink } from './tcp-messages.ts';

export interface RunningMeterEvents {
  /** A whole IPFIX message. */
  readonly message: MessageSink;
  report(report: MeterReport): void;
  /** A line that it wrote for people. */
  said(line: string): void;
  /** It is gone, and all that it wrote was taken. `why` in words; null after `stop`. */
  ended(cause: MeterEnd | null, why: string): void;
}

/**
 * It sweeps once a second and throws little away: a nursery of 1 MB, no threads for V8, code that is small before it is fast; and what its tables outgrow goes back
 * to the kernel at once (mallopt(3): a threshold that is set does not grow). A fifth of its memory, at no cost that was seen.
 */
const SMALL = ['--max-semi-space-size=1', '--v8-pool-size=0', '--optimize-for-size'];
const SMALL_HEAP = { MALLOC_MMAP_THRESHOLD_: '131072', MALLOC_TRIM_THRESHOLD_: '131072', MALLOC_ARENA_MAX: '2' };
/** A line of its standard error is cut here. */
const LINE_CHARACTERS = 500;

/**
 * One process that meters: IPFIX messages on its standard output, orders and reports over its channel, lines for people on its standard error. Whatever it
 * writes, no more than one message is held (65,535 bytes); what is no message ends it.
 */
export class RunningMeter {
  private readonly child: ChildProcess;
  private readonly events: RunningMeterEvents;
  private cause: MeterEnd | null = 'died';
  private why = '';
  private over = false;
  readonly closed: Promise<void>;

  constructor(program: string, events: RunningMeterEvents) {
    this.events = events;
    const env = { ...process.env, ...SMALL_HEAP };
    this.child = fork(program, [], { stdio: ['ignore', 'pipe', 'pipe', 'ipc'], execArgv: SMALL, env });
    const { child } = this;
    this.closed = new Promise((resolve) => {
      // After 'exit', once its output was read to its end.
      child.once('close', (code, signal) => {
        this.end(signal === null ? `exit code ${code}` : `signal ${signal}`);
        resolve();
      });
      child.on('error', (error) => {
        if (child.pid !== undefined) return;
        this.cause = 'not_started';
        this.end(error.message);
        resolve();
      });
    });
    child.on('message', (report) => {
      if (!this.over && isReport(report)) events.report(report);
    });
    // Without a descriptor for them it is not started either, and 'error' tells it.
    if (child.stdout) this.read(child.stdout);
    if (child.stderr) linesOf(child.stderr, events.said);
  }

  /** Null where it could not be started. */
  get pid(): number | null {
    return this.child.pid ?? null;
  }

  send(order: MeterOrder): void {
    // One that is just ending tells it by 'close'.
    if (this.child.connected) this.child.send(order, () => {});
  }

  /** Asks it to hand on what it has and to end. */
  stop(): void {
    this.cause = null;
    this.send({ type: 'stop' });
  }

  /** Ends it at once. */
  kill(cause: MeterEnd | null): void {
    if (this.over) return;
    this.cause = cause;
    this.child.kill('SIGKILL');
  }

  private read(output: Readable): void {
    const cutter = new MessageCutter(this.events.message);
    output.on('data', (chunk: Buffer) => {
      const fault = cutter.take(chunk);
      if (fault === null) return;
      // Nothing tells where the next message would begin.
      output.removeAllListeners('data');
      output.resume();
      this.kill(fault);
    });
  }

  private end(why: string): void {
    if (this.over) return;
    this.over = true;
    this.why = why;
    this.events.ended(this.cause, this.why);
  }
}

/** Enough that nothing throws which reads it: it is a process of ours, and the one with the rights. */
function isReport(value: unknown): value is MeterReport {
  const report = value as { type?: unknown; notes?: unknown; counters?: unknown } | null;
  switch (report?.type) {
    case 'status':
      return Array.isArray(report.notes) && typeof report.counters === 'object' && report.counters !== null;
    case 'active':
    case 'live':
    case 'failed':
      return true;
    default:
      return false;
  }
}

function linesOf(input: Readable, line: (text: string) => void): void {
  let rest = '';
  input.setEncoding('utf8').on('data', (text: string) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop()!.slice(-LINE_CHARACTERS);
    for (const l of lines) if (l.trim() !== '') line(l.slice(0, LINE_CHARACTERS));
  });
}
