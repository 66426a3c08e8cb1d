import { readdirSync } from 'node:fs';
import { procLink, procText } from '../proc-file.ts';

const DEVICE = '/dev/net/tun';

/**
 * Processes that hold the other side of tun and tap devices, by the name of the interface (fdinfo of drivers/net/tun.c), in the order of their pids. Those of other users
 * take CAP_SYS_PTRACE. Each descriptor of each process is looked at: for when an interface is new.
 */
export function findTapHolders(proc = '/proc'): ReadonlyMap<string, readonly number[]> {
  const holders = new Map<string, number[]>();
  for (const pid of processes(proc)) {
    for (const descriptor of list(`${proc}/${pid}/fd`)) {
      if (procLink(`${proc}/${pid}/fd/${descriptor}`) !== DEVICE) continue;
      const name = /^iff:\s*(\S+)$/m.exec(procText(`${proc}/${pid}/fdinfo/${descriptor}`))?.[1];
      if (name === undefined) continue;
      const pids = holders.get(name) ?? [];
      if (!pids.includes(pid)) pids.push(pid);
      holders.set(name, pids);
    }
  }
  return holders;
}

function processes(proc: string): number[] {
  return list(proc)
    .map(Number)
    .filter((pid) => pid > 0)
    .sort((a, b) => a - b);
}

/** Empty where it may not be read, or is gone. */
function list(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}
