import { asWeirError } from '../../base/index.ts';
import { bootMs, type ForkedProcesses, openForkedProcesses } from '../../system/index.ts';
import { StartedPrograms, startedPrograms } from './started-programs.ts';

/** Processes whose parent is remembered; those that were started first are forgotten first. */
const MAX_PROCESSES = 32_768;
/** No machine starts so many processes within this time that their numbers come round. */
const ROUND_MS = 2_000;

/** All times are in ms since the machine began. */
interface ProcessStart {
  readonly parent: number;
  readonly atMs: number;
}

/** Who started whom, and which programs they began, as the kernel announces it: what is known of processes that end before anyone can look at them. */
export class StartedProcesses {
  /** All starts until then were announced; -Infinity where none are. */
  toldMs = Number.NEGATIVE_INFINITY;
  /** Announcements were lost before: who had a pid then may have been followed by another one. */
  blindMs = Number.NEGATIVE_INFINITY;
  private readonly source: ForkedProcesses | null;
  private readonly programs: StartedPrograms;
  private readonly starts = new Map<number, ProcessStart>();
  private readonly now: () => number;
  /** How often announcements were lost. */
  overruns = 0;

  constructor(source: ForkedProcesses | null, programs = new StartedPrograms(null), now = bootMs) {
    this.source = source;
    this.programs = programs;
    this.now = now;
  }

  /** Takes what was announced since the last time, and says of each process when it was started. */
  follow(each: (pid: number, atMs: number) => void = () => {}): void {
    const { source, starts, programs } = this;
    const nowMs = this.now();
    source?.drain((pid, parent, atMs) => {
      starts.delete(pid);
      starts.set(pid, { parent, atMs });
      if (starts.size > MAX_PROCESSES) starts.delete(starts.keys().next().value!);
      each(pid, atMs);
    });
    programs.follow();
    if (source === null) return;
    this.toldMs = nowMs;
    if (source.counts.overruns === this.overruns) return;
    // What is remembered may be of a process that has another successor.
    this.overruns = source.counts.overruns;
    this.blindMs = this.now();
    starts.clear();
    programs.clear();
  }

  /** The start of the process that had the pid then; null where it is not known. */
  startOf(pid: number, whenMs: number): ProcessStart | null {
    const start = this.starts.get(pid);
    return start !== undefined && start.atMs <= whenMs ? start : null;
  }

  /** The path of the last program that this process began; empty where it began none, or none is known. */
  programOf(pid: number, whenMs: number): string {
    const begun = this.programs.of(pid);
    if (begun === null) return '';
    const start = this.starts.get(pid);
    if (start === undefined) {
      // It may be that of another process, after it, or before it where nobody tells that there was one.
      const since = this.source !== null ? Number.NEGATIVE_INFINITY : whenMs - ROUND_MS;
      return begun.atMs <= whenMs && begun.atMs >= since ? begun.path : '';
    }
    return start.atMs <= whenMs && begun.atMs >= start.atMs ? begun.path : '';
  }

  /** Whether what began no program is known to be a copy of who started it. */
  get tellsPrograms(): boolean {
    return this.programs.tells;
  }

  close(): void {
    this.source?.close();
    this.programs.close();
  }
}

/** The announcements, or why there are none. */
export function startedProcesses(): { started: StartedProcesses; notes: readonly string[] } {
  const { programs, notes } = startedPrograms();
  try {
    return { started: new StartedProcesses(openForkedProcesses(), programs), notes };
  } catch (error) {
    const why = asWeirError(error).message;
    return {
      started: new StartedProcesses(null, programs),
      notes: [
        ...notes,
        `without announcements of processes (${why}): of those that end within a second the parent is not known`,
      ],
    };
  }
}
