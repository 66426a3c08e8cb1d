import { existsSync, readFileSync } from 'node:fs';
import { procText } from '../proc-file.ts';
import { listProcesses } from './socket-holders.ts';

/** From here systemd takes users that live as long as a service (https://systemd.io/UIDS-GIDS, "61184-65519"). It takes them by a hash, and steps over those in use. */
const LAST = 65_519;
const FIRST = 61_184;

export interface SparePlaces {
  readonly passwd: string;
  readonly group: string;
  readonly proc: string;
  readonly dynamic: string;
}
const PLACES = {
  passwd: '/etc/passwd',
  group: '/etc/group',
  proc: '/proc',
  dynamic: '/run/systemd/dynamic-uid',
} as const;

/** A number for a user and a group of that number, whom nobody else is: without a name, and no process runs as it. Null where there is none. */
export function spareUser({ passwd, group, proc, dynamic }: SparePlaces = PLACES): number | null {
  const taken = new Set([...numbersOf(passwd), ...numbersOf(group), ...usersOfProcesses(proc)]);
  for (let uid = LAST; uid >= FIRST; uid--) if (!taken.has(uid) && !existsSync(`${dynamic}/${uid}`)) return uid;
  return null;
}

/** The saved one of a process is whom it may become, and who may send it signals. Null where the process is gone. */
export function usersOf(pid: number, proc = '/proc'): { readonly real: number; readonly saved: number } | null {
  const found = /^Uid:\t(\d+)\t\d+\t(\d+)\t/m.exec(procText(`${proc}/${pid}/status`));
  return found && { real: Number(found[1]), saved: Number(found[2]) };
}

/** passwd(5) and group(5) have the number in the third place. */
function numbersOf(file: string): number[] {
  if (!existsSync(file)) return [];
  return readFileSync(file, 'utf8')
    .split('\n')
    .map((line) => Number(line.split(':')[2] || Number.NaN));
}

function usersOfProcesses(proc: string): number[] {
  return listProcesses(proc).flatMap((pid) => {
    const users = usersOf(pid, proc);
    return users === null ? [] : [users.real, users.saved];
  });
}
