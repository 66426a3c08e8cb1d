import { closeSync, constants, openSync, readFileSync } from 'node:fs';
import { withOwnMount } from './own-mount.ts';

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
  return folder === null ? withOwnMount('cgroup2', openFolder) : openFolder(folder);
}

export function closeCgroup(fd: number): void {
  closeSync(fd);
}

function openFolder(path: string): number {
  return openSync(path, constants.O_RDONLY | constants.O_DIRECTORY);
}
