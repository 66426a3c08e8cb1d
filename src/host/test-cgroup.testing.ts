import { type ChildProcess, type StdioOptions, spawn } from 'node:child_process';
import { mkdirSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cgroupMount } from '../system/index.ts';
import { startEbpf } from './backend/ebpf-backend.ts';

/** A cgroup of a test: programs on it see the processes that the test puts there, and no others of this machine. */
export interface TestCgroup {
  /** Whose file `cgroup.procs` takes processes; whoever asked for it removes it. */
  readonly folder: string;
  /** Why there is none, or no program may be attached to it; null where all is well. */
  readonly refused: string | null;
}

export function makeTestCgroup(name: string): TestCgroup {
  const mount = cgroupMount();
  if (mount === null) return { folder: '', refused: 'cgroup version 2 is not mounted' };
  if (process.getuid?.() !== 0) return { folder: '', refused: 'not root' };
  const folder = join(mount, `weir-${name}-${process.pid}`);
  try {
    mkdirSync(folder);
  } catch (error) {
    return { folder, refused: (error as Error).message };
  }
  try {
    startEbpf({ cgroup: folder, entries: 128 }).close();
    return { folder, refused: null };
  } catch (error) {
    rmdirSync(folder);
    return { folder, refused: (error as Error).message };
  }
}

/** A process in the cgroup, which does nothing before it is there. */
export function startInCgroup(folder: string, stdio: StdioOptions, command: readonly string[]): ChildProcess {
  const child = spawn('sh', ['-c', 'read go; exec "$@"', 'sh', ...command], { stdio });
  writeFileSync(join(folder, 'cgroup.procs'), `${child.pid}`);
  child.stdin!.end('go\n');
  return child;
}
