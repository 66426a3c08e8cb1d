import { closeSync, constants, mkdtempSync, openSync, readFileSync, rmdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { callError, needKernel } from '../kernel.ts';
import { kernelMemory } from './bpf-call.ts';

const MNT_DETACH = 2;

/** Where the tree of cgroups (version 2) is mounted; null where it is not. proc_pid_mountinfo(5): fields 4 and 5, and the type behind ` - `. */
export function cgroupMount(mountinfo: string = readFileSync('/proc/self/mountinfo', 'utf8')): string | null {
  for (const line of mountinfo.split('\n')) {
    const [before = '', after = ''] = line.split(' - ');
    if (!after.startsWith('cgroup2 ')) continue;
    const [, , , root, point] = before.split(' ');
    if (root === '/' && point !== undefined)
      return point.replace(/\\([0-7]{3})/g, (_, octal) => String.fromCharCode(Number.parseInt(octal, 8)));
  }
  return null;
}

/** The folder of a cgroup, open: that of `path`, else the root of all. Mounted for a moment where it is nowhere (hosts with cgroup v1 alone). */
export function openCgroup(path?: string): number {
  const folder = path ?? cgroupMount();
  return folder === null ? openOwnMount() : openFolder(folder);
}

export function closeCgroup(fd: number): void {
  closeSync(fd);
}

function openFolder(path: string): number {
  return openSync(path, constants.O_RDONLY | constants.O_DIRECTORY);
}

function openOwnMount(): number {
  const kernel = needKernel();
  const folder = mkdtempSync(join(tmpdir(), 'weir-cgroup-'));
  const target = zeroEnded(folder);
  const type = zeroEnded('cgroup2');
  try {
    if (kernel.mount(type, target, type, 0, null) < 0) throw callError(kernel, 'mounting cgroup2');
    const fd = openFolder(folder);
    // Out of sight at once, and gone with the last that has it open.
    kernel.umount2(target, MNT_DETACH);
    return fd;
  } finally {
    rmdirSync(folder);
  }
}

function zeroEnded(text: string): Uint8Array {
  const bytes = Buffer.from(text);
  const memory = kernelMemory(bytes.length + 1);
  memory.set(bytes);
  return memory;
}
