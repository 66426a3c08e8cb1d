import { readdirSync, readlinkSync } from 'node:fs';

/** Who holds sockets open, by their inode. */
export interface SocketHolders {
  readonly pids: Map<number, number>;
  /** Processes whose descriptors may not be read: of other users, without CAP_SYS_PTRACE. */
  readonly unreadable: number;
}

/**
 * Looks through the descriptors of processes for sockets: of `only`, or of all; ends early when every wanted inode is found. Of a
 * socket that several processes hold the first one is named, which began first in most cases; init, which holds the sockets of services that
 * it starts on demand, comes last.
 */
export function findSocketHolders(
  wanted?: ReadonlySet<number>,
  only?: Iterable<number>,
  proc = '/proc',
): SocketHolders {
  const pids = new Map<number, number>();
  let unreadable = 0;
  for (const pid of only ?? listProcesses(proc)) {
    if (wanted !== undefined && pids.size === wanted.size) break;
    const directory = `${proc}/${pid}/fd`;
    let descriptors: string[];
    try {
      descriptors = readdirSync(directory);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EACCES') unreadable += 1;
      continue;
    }
    for (const descriptor of descriptors) {
      const inode = socketInode(`${directory}/${descriptor}`);
      if (inode === 0 || (wanted !== undefined && !wanted.has(inode))) continue;
      if (!pids.has(inode)) pids.set(inode, pid);
    }
  }
  return { pids, unreadable };
}

function socketInode(path: string): number {
  try {
    const target = readlinkSync(path);
    return target.startsWith('socket:[') ? Number(target.slice(8, -1)) : 0;
  } catch {
    return 0;
  }
}

/** All that there are, in the order of their numbers, init last. */
export function listProcesses(proc = '/proc'): number[] {
  return readdirSync(proc)
    .map(Number)
    .filter((pid) => pid > 0)
    .sort((a, b) => (a === 1 ? 1 : b === 1 ? -1 : a - b));
}
