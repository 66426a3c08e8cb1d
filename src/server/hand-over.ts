import { chownSync, closeSync, constants, fstatSync, openSync, readdirSync } from 'node:fs';
import { firmPath } from '../system/index.ts';
import type { AgentUser } from './agent-user.ts';

/** fcntl.h, the same on all machines that Node's binaries are made for: a name is opened, not what is behind it. Links, pipes and devices are left as they are. */
const O_PATH = 0o10000000;
const NAME = O_PATH | constants.O_NOFOLLOW;

/**
 * Makes a directory and the files below it the user's. Whoever is this user already may have put anything there, and change it meanwhile: no link is followed,
 * owners are changed by descriptor, and a file with a second name is left alone, as it may be anybody's; so is what is mounted there. Where somebody else could put
 * another directory in its place nothing is done.
 */
export function handOver(directory: string, user: AgentUser): void {
  const { path, weak } = firmPath(directory);
  if (weak !== null) return;
  const top = openSync(path, NAME | constants.O_DIRECTORY);
  try {
    const { dev } = fstatSync(top);
    own(top, user);
    below(top, user, dev);
  } finally {
    closeSync(top);
  }
}

function below(directory: number, user: AgentUser, device: number): void {
  for (const name of readdirSync(byDescriptor(directory))) {
    const file = openedName(`${byDescriptor(directory)}/${name}`);
    if (file === null) continue;
    try {
      const found = fstatSync(file);
      if (found.dev !== device) continue;
      if (found.isDirectory() || (found.isFile() && found.nlink === 1)) own(file, user);
      if (found.isDirectory()) below(file, user, device);
    } finally {
      closeSync(file);
    }
  }
}

function own(file: number, { uid, gid }: AgentUser): void {
  if (fstatSync(file).uid !== uid) chownSync(byDescriptor(file), uid, gid);
}

/** Null where it has just gone. */
function openedName(path: string): number | null {
  try {
    return openSync(path, NAME);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

/** proc(5): leads to what is open, whatever has its name by now. */
function byDescriptor(file: number): string {
  return `/proc/self/fd/${file}`;
}
