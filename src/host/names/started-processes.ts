import { asWeirError } from '../../base/index.ts';
import { type ForkedProcesses, openForkedProcesses } from '../../system/index.ts';
import { StartedPrograms, startedPrograms } from './started-programs.ts';

/** Processes whose parent is remembered; those that were started first are forgotten first. */
const MAX_PROCESSES = 32_768;

/** Who started whom, and which programs they began, as the kernel announces it: what is known of processes that end before anyone can look at them. */
export class StartedProcesses {
  private readonly source: ForkedProcesses | null;
  private readonly programs: StartedPrograms;
  private readonly parents = new Map<number, number>();

  constructor(source: ForkedProcesses | null, programs = new StartedPrograms(null)) {
    this.source = source;
    this.programs = programs;
  }

  /** Takes what was announced since the last time. */
  follow(): void {
    this.source?.drain((pid, parent) => {
      this.parents.delete(pid);
      this.parents.set(pid, parent);
      if (this.parents.size > MAX_PROCESSES) this.parents.delete(this.parents.keys().next().value!);
      this.programs.forget(pid);
    });
    // A process is started before it begins a program, and numbers do not come round within a sweep.
    this.programs.follow();
  }

  /** The path of the program that it began; empty where it is not known. */
  programOf(pid: number): string {
    return this.programs.pathOf(pid);
  }

  /** It was started and has begun no program since: it runs that of who started it. */
  isCopy(pid: number): boolean {
    return this.programs.tells && this.parents.has(pid) && this.programs.pathOf(pid) === '';
  }

  /** 0 where it is not known. */
  parentOf(pid: number): number {
    return this.parents.get(pid) ?? 0;
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
