import { closeSync, ftruncateSync, openSync, readFileSync, unlinkSync, writeSync } from 'node:fs';
import { WeirError, whyUnwritable } from '../base/index.ts';
import { callError, ERRNO, type Kernel, kernelAccess } from './kernel.ts';

const LOCK_EX = 2;
const LOCK_NB = 4;

export interface FileLock {
  readonly path: string;
  release(): void;
}

/**
 * Takes an exclusive lock that ends with this process, however it ends, or throws WeirError('busy') with the holder's pid.
 * On Linux it is flock(2) on an open descriptor (Node opens with O_CLOEXEC, so no child inherits it); the file stays
 * behind unlocked. Elsewhere it is a file made with O_EXCL that holds the pid, taken over when that process is gone.
 */
export function lockFile(path: string, access = kernelAccess()): FileLock {
  return access.kernel ? lockByFlock(access.kernel, path) : lockByPid(path);
}

function lockByFlock(kernel: Kernel, path: string): FileLock {
  const fd = open(path, 'a+');
  try {
    if (kernel.flock(fd, LOCK_EX | LOCK_NB) < 0) {
      // EWOULDBLOCK is EAGAIN on Linux.
      throw kernel.errno() === ERRNO.EAGAIN ? held(path, readHolder(path)?.pid) : callError(kernel, `flock ${path}`);
    }
    // A node without koffi knows no flock: its file says so, and binds us while that process lives.
    const holder = readHolder(path);
    if (holder?.byPid && holder.pid !== process.pid && isAlive(holder.pid)) throw held(path, holder.pid);
    ftruncateSync(fd);
    writeSync(fd, `${process.pid}\n`);
  } catch (error) {
    closeSync(fd);
    throw error;
  }
  let locked = true;
  return {
    path,
    release: () => {
      if (!locked) return;
      locked = false;
      ftruncateSync(fd);
      closeSync(fd);
    },
  };
}

function lockByPid(path: string): FileLock {
  for (let attempt = 0; attempt < 3; attempt++) {
    const fd = openNew(path);
    if (fd !== null) {
      writeSync(fd, `${process.pid} by-pid\n`);
      closeSync(fd);
      return { path, release: () => removeOwn(path) };
    }
    const holder = readHolder(path);
    if (holder && isAlive(holder.pid)) throw held(path, holder.pid);
    removeQuietly(path);
  }
  throw held(path, readHolder(path)?.pid);
}

/** The file, made now, or null when it is there already. */
function openNew(path: string): number | null {
  try {
    return openSync(path, 'wx', 0o644);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return null;
    throw cannotOpen(path, error);
  }
}

function open(path: string, flags: string): number {
  try {
    return openSync(path, flags, 0o640);
  } catch (error) {
    throw cannotOpen(path, error);
  }
}

function cannotOpen(path: string, error: unknown): WeirError {
  const code = (error as NodeJS.ErrnoException).code;
  const message = `cannot open the lock ${path}: ${whyUnwritable(error)}`;
  return new WeirError('system', message, { cause: error, details: { errno: code } });
}

function held(path: string, pid: number | undefined): WeirError {
  const who = pid === undefined ? 'another process' : `process ${pid}`;
  return new WeirError('busy', `${path} is locked by ${who}: stop it first, or use another data directory`, {
    details: { path, ...(pid === undefined ? {} : { pid }) },
  });
}

function readHolder(path: string): { pid: number; byPid: boolean } | null {
  try {
    const match = /^(\d+)( by-pid)?\n/.exec(readFileSync(path, 'utf8'));
    return match ? { pid: Number(match[1]), byPid: match[2] !== undefined } : null;
  } catch {
    return null;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function removeOwn(path: string): void {
  if (readHolder(path)?.pid === process.pid) removeQuietly(path);
}

function removeQuietly(path: string): void {
  try {
    unlinkSync(path);
  } catch {
    // Another process was faster.
  }
}
