import { type ChildProcess, fork } from 'node:child_process';
import type { Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import { type ErrorCode, WeirError } from '../base/index.ts';
import type { AgentBegun, AgentOrder, AgentQuestions, AgentReport, AgentStoreStart } from './agent-messages.ts';
import { refuseConnection } from './agent-refusal.ts';

/** Who answers what the store process asks. */
type AgentAnswerers = {
  readonly [What in keyof AgentQuestions]: (
    argument: AgentQuestions[What]['argument'],
  ) => AgentQuestions[What]['value'] | Promise<AgentQuestions[What]['value']>;
};

export interface AgentStoreOptions {
  readonly start: Omit<AgentStoreStart, 'task'>;
  readonly answer: AgentAnswerers;
  readonly onTrouble: (text: string) => void;
}

/** What is asked while one ends waits for the next; of more, whoever asks is told to come again. */
const MOST_WAITING = 64;

interface Running {
  readonly process: ChildProcess;
  readonly ready: Promise<AgentBegun | null>;
  readonly ended: Promise<void>;
  isReady: boolean;
  leaving: boolean;
  /** Connections that it was given. */
  connections: number;
}

/** Starts the process that has the database when it is wanted, one at a time, and ends it when it is not. */
export class AgentStore {
  private readonly o: AgentStoreOptions;
  private running: Running | null = null;
  private waiting: Socket[] = [];
  private stopped = false;

  constructor(options: AgentStoreOptions) {
    this.o = options;
  }

  get pid(): number | null {
    return this.running?.process.pid ?? null;
  }

  /** What the last run left is taken in. */
  async begin(): Promise<AgentBegun> {
    const running = this.spawn('begin');
    return (await running.ready)!;
  }

  /** Makes segments of what is in the journal, if nobody is at it. */
  async settle(): Promise<void> {
    if (this.running || this.stopped) return;
    const { ready, ended } = this.spawn('settle');
    await ready;
    await ended;
  }

  /** Someone who asks. */
  connect(socket: Socket): void {
    // One that goes away while it waits is nobody's trouble.
    socket.on('error', () => {});
    if (this.stopped || this.waiting.length >= MOST_WAITING) {
      refuseConnection(socket, new WeirError('busy', 'the agent is stopping, or too many ask at once: ask again'));
      return;
    }
    this.waiting.push(socket);
    this.serve();
  }

  async stop(): Promise<void> {
    this.stopped = true;
    const { running } = this;
    if (!running) return;
    await running.ready.catch(() => {});
    this.leave(running);
    await running.ended;
  }

  /** Hands on those who wait, if there is one who can answer; one that leaves is followed by the next. */
  private serve(): void {
    if (this.waiting.length === 0 || this.stopped) return;
    const running = this.running ?? this.spawn('answer');
    if (!running.isReady || running.leaving) return;
    for (const socket of this.waiting.splice(0)) {
      running.connections += 1;
      running.process.send({ type: 'connection' } satisfies AgentOrder, socket, () => {});
    }
  }

  private spawn(task: AgentStoreStart['task']): Running {
    const program = fileURLToPath(new URL('../server/agent-store-process.js', import.meta.url));
    const child = fork(program, [], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'], execArgv: [] });
    let settle: { resolve(begun: AgentBegun | null): void; reject(error: Error): void };
    const ready = new Promise<AgentBegun | null>((resolve, reject) => {
      settle = { resolve, reject };
    });
    const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
    const running: Running = { process: child, ready, ended, isReady: false, leaving: false, connections: 0 };
    this.running = running;
    child.on('message', (report: AgentReport) => {
      if (report.type === 'ready') {
        running.isReady = true;
        settle.resolve(report.begun);
        this.serve();
      } else if (report.type === 'failed') settle.reject(new WeirError(report.code as ErrorCode, report.message));
      else if (report.type === 'ask') void this.answer(running, report);
      else if (report.connections === running.connections) this.leave(running);
    });
    child.once('error', (error) => settle.reject(error));
    void ended.then(() => {
      settle.reject(new WeirError('internal', `the process of the store ended with code ${child.exitCode}`));
      if (this.running === running) this.running = null;
      this.serve();
    });
    ready.catch((error: Error) => {
      this.o.onTrouble(`the store cannot be opened: ${error.message}`);
      for (const socket of this.waiting.splice(0)) refuseConnection(socket, error);
    });
    this.tell(running, { type: 'start', start: { ...this.o.start, task } });
    return running;
  }

  private async answer(running: Running, { id, what, argument }: AgentReport & { type: 'ask' }): Promise<void> {
    const value = await this.o.answer[what](argument as never);
    this.tell(running, { type: 'answer', id, value });
  }

  private leave(running: Running): void {
    if (running.leaving) return;
    running.leaving = true;
    this.tell(running, { type: 'leave' });
  }

  private tell(running: Running, order: AgentOrder): void {
    // One that is just ending tells it by 'close'.
    if (running.process.connected) running.process.send(order, () => {});
  }
}
