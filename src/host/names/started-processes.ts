import { asWeirError } from '../../base/index.ts';
import { type ForkedProcesses, openForkedProcesses } from '../../system/index.ts';

/** Processes whose parent is remembered; those that were started first are forgotten first. */
const MAX_PROCESSES = 32_768;

/** Who started whom, as the kernel announces it: what is known of processes that end before anyone can look at them. */
export class StartedProcesses {
  private readonly source: ForkedProcesses | null;
  private readonly parents = new Map<number, number>();

  constructor(source: ForkedProcesses | null) {
    this.source = source;
  }

  /** Takes what was announced since the last time. */
  follow(): void {
    this.source?.drain((pid, parent) => {
      this.parents.delete(pid);
      this.parents.set(pid, parent);
      if (this.parents.size > MAX_PROCESSES) this.parents.delete(this.parents.keys().next().value!);
    });
  }

  /** 0 where it is not known. */
  parentOf(pid: number): number {
    return this.parents.get(pid) ?? 0;
  }

  close(): void {
    this.source?.close();
  }
}

/** The announcements, or why there are none. */
export function startedProcesses(): { started: StartedProcesses; notes: readonly string[] } {
  try {
    return { started: new StartedProcesses(openForkedProcesses()), notes: [] };
  } catch (error) {
    const why = asWeirError(error).message;
    return {
      started: new StartedProcesses(null),
      notes: [`without announcements of processes (${why}): of those that end within a second the parent is not known`],
    };
  }
}
