import { asWeirError } from '../../base/index.ts';
import { BpfObject, type BpfRingBuffer } from '../../system/index.ts';
import { PROGRAM_FILES, readPrograms } from '../backend/bpf-programs.ts';
import { attachEvent } from '../backend/kernel-events.ts';

/** `struct program_start` of bpf/kernel-events.bpf.h: the path ends with a zero. */
const AT_NS = 0;
const PID = 8;
const PATH = 12;
/** Processes whose program is remembered; those that began theirs first are forgotten first. */
const MAX_PROCESSES = 8_192;
/** Different paths that are kept once for all processes. */
const MAX_PATHS = 1_024;

/** When is in ms since the machine began. */
interface BegunProgram {
  readonly path: string;
  readonly atMs: number;
}

/** Which programs processes began, as the kernel tells it: what is known of processes that end before anyone can look at them. */
export class StartedPrograms {
  private readonly ring: Pick<BpfRingBuffer, 'view' | 'read'> | null;
  private readonly object: BpfObject | null;
  private readonly programs = new Map<number, BegunProgram>();
  private readonly paths = new Map<string, string>();

  constructor(ring: Pick<BpfRingBuffer, 'view' | 'read'> | null, object: BpfObject | null = null) {
    this.ring = ring;
    this.object = object;
  }

  /** Whether a program that is not known was not begun. */
  get tells(): boolean {
    return this.ring !== null;
  }

  /** Takes what was told since the last time. */
  follow(): void {
    const { ring, programs } = this;
    ring?.read((at, bytes) => {
      const { view } = ring;
      const pid = view.getUint32(at + PID, true);
      const atMs = Number(view.getBigUint64(at + AT_NS, true)) / 1e6;
      const path = Buffer.from(view.buffer, view.byteOffset + at + PATH, bytes - PATH - 1).toString();
      programs.delete(pid);
      programs.set(pid, { path: this.once(path), atMs });
      if (programs.size > MAX_PROCESSES) programs.delete(programs.keys().next().value!);
    });
  }

  /** The last one that a process with this pid began, as it was called: a script by its own name, a relative path as it is. */
  of(pid: number): BegunProgram | null {
    return this.programs.get(pid) ?? null;
  }

  clear(): void {
    this.programs.clear();
  }

  close(): void {
    this.object?.close();
  }

  private once(path: string): string {
    const known = this.paths.get(path);
    if (known !== undefined) return known;
    if (this.paths.size === MAX_PATHS) this.paths.clear();
    this.paths.set(path, path);
    return path;
  }
}

/** What the kernel tells, or why it does not. */
export function startedPrograms(): { programs: StartedPrograms; notes: readonly string[] } {
  const { object, why } = load();
  if (object !== null) return { programs: new StartedPrograms(object.ring('programs'), object), notes: [] };
  return {
    programs: new StartedPrograms(null),
    notes: [
      `without announcements of programs (${why}): of processes that end within a second the executable is not known`,
    ],
  };
}

function load(): { object: BpfObject | null; why: string | null } {
  let object: BpfObject;
  try {
    object = new BpfObject(readPrograms(PROGRAM_FILES[0]), { maps: new Map([['programs', null]]) });
  } catch (error) {
    return { object: null, why: asWeirError(error).message };
  }
  const why = attachEvent(object, 'on_program_start');
  if (why === null) return { object, why };
  object.close();
  return { object: null, why };
}
