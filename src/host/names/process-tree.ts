import type { ProcessFacts } from '../../system/index.ts';
import { type KnownProcesses, startedByMs, startTicksOf } from './known-processes.ts';
import { lastPart } from './process-name.ts';
import type { StartedProcesses } from './started-processes.ts';

/** Chains of processes that are gone are not followed further. */
const MAX_DEPTH = 64;
const COMM_CHARACTERS = 15;

/** Processes as /proc has them, and as the kernel announced those that ended before anyone could look at them. */
export class ProcessTree {
  private readonly processes: Pick<KnownProcesses, 'at'>;
  private readonly started: StartedProcesses;

  constructor(processes: Pick<KnownProcesses, 'at'>, started: StartedProcesses) {
    this.processes = processes;
    this.started = started;
  }

  /** The process that had the pid then, in ms since the machine began; null where nothing is known of it. */
  at(pid: number, whenMs: number, depth = 0): ProcessFacts | null {
    if (pid <= 0) return null;
    return this.processes.at(pid, whenMs)?.facts ?? this.announced(pid, whenMs, depth);
  }

  /** A parent is there when its child begins, and a process that takes over children of others is older than they are. */
  parentOf(facts: ProcessFacts): ProcessFacts | null {
    return this.at(facts.parent, startedByMs(facts));
  }

  leaderOf(facts: ProcessFacts): ProcessFacts | null {
    // Session 1 is that of init, which leads nobody; 0 are the kernel's own.
    if (facts.session <= 1) return null;
    const leader = facts.session === facts.pid ? facts : this.at(facts.session, startedByMs(facts));
    return leader?.session === facts.session ? leader : null;
  }

  /** One that nobody looked at, by its start: what it has not of its own it has from who started it. */
  announced(pid: number, whenMs: number, depth = 0): ProcessFacts | null {
    const { started } = this;
    const start = started.startOf(pid, whenMs);
    if (start === null || depth > MAX_DEPTH) return null;
    const parent = this.at(start.parent, start.atMs, depth + 1);
    const program = started.programOf(pid, whenMs);
    const copied = program === '' && started.tellsPrograms ? parent : null;
    return {
      pid,
      comm: copied?.comm ?? lastPart(program).slice(0, COMM_CHARACTERS),
      executable: copied?.executable ?? program,
      command: copied?.command ?? [],
      parent: start.parent,
      group: parent?.group ?? 0,
      session: parent?.session ?? 0,
      terminal: parent?.terminal ?? false,
      startTicks: startTicksOf(start.atMs),
      uid: parent?.uid ?? 0,
      cgroup: parent?.cgroup ?? '',
    };
  }
}
