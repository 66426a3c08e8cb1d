import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** More cgroups than this are not looked through: a machine has hundreds. */
const MAX_CGROUPS = 20_000;

/**
 * The path that says what a process belongs to, from /proc/PID/cgroup (cgroups(7)): lines `hierarchy:controllers:path`. Version 2 is
 * hierarchy 0; where both versions are mounted, services may stand in that of systemd or of a controller only.
 */
export function parseCgroup(lines: string): string {
  let best = '';
  let bestRank = -1;
  for (const line of lines.split('\n')) {
    const parts = /^(\d+):([^:]*):(.*)$/.exec(line);
    if (parts === null) continue;
    const [, hierarchy, controllers, path] = parts as unknown as [string, string, string, string];
    const rank = path === '/' ? 0 : hierarchy === '0' ? 3 : controllers === 'name=systemd' ? 2 : 1;
    if (rank > bestRank) {
      best = path;
      bestRank = rank;
    }
  }
  return best;
}

/** Paths of all cgroups below a mount by their inode, which is the number that the kernel calls their id (of 64-bit kernels). */
export function listCgroups(mount: string): Map<number, string> {
  const found = new Map<number, string>();
  const waiting = ['/'];
  for (let path = waiting.pop(); path !== undefined && found.size < MAX_CGROUPS; path = waiting.pop()) {
    try {
      found.set(statSync(join(mount, path)).ino, path);
      for (const entry of readdirSync(join(mount, path), { withFileTypes: true }))
        if (entry.isDirectory()) waiting.push(join(path, entry.name));
    } catch {
      // It was removed while we looked.
    }
  }
  return found;
}
