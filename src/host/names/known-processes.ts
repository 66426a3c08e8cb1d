import { type ProcessFacts, readProcess } from '../../system/index.ts';

/** A process is looked at again after this time: it may have ended, or become another program (execve). */
const RECHECK_MS = 1_000;
/** Processes that are remembered; those that were looked at longest ago are forgotten first. */
const MAX_PROCESSES = 8_192;

interface Known {
  readonly facts: ProcessFacts;
  readonly checkedMs: number;
}

/** Facts of processes by their pid, remembered after they have ended until another process has the pid. */
export class KnownProcesses {
  private readonly known = new Map<number, Known>();
  private readonly proc: string;

  constructor(proc = '/proc') {
    this.proc = proc;
  }

  /** The process that has the pid now, else the one that had it when it was last looked at; null when there was none. */
  get(pid: number, nowMs: number): ProcessFacts | null {
    const known = this.known.get(pid);
    if (known !== undefined && Math.abs(nowMs - known.checkedMs) < RECHECK_MS) return known.facts;
    const facts = readProcess(pid, this.proc) ?? known?.facts ?? null;
    if (facts === null) return null;
    this.known.delete(pid);
    this.known.set(pid, { facts, checkedMs: nowMs });
    if (this.known.size > MAX_PROCESSES) this.known.delete(this.known.keys().next().value!);
    return facts;
  }
}
