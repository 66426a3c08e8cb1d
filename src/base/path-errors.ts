import { asWeirError, WeirError } from './errors.ts';

/** Of reading and of writing alike. */
const ALIKE: Readonly<Record<string, string>> = {
  ELOOP: 'symbolic links lead in a circle',
  ENAMETOOLONG: 'the name is too long',
  EIO: 'the device failed (EIO)',
};

const UNREADABLE: Readonly<Record<string, string>> = {
  ...ALIKE,
  ENOENT: 'no such file',
  ENOTDIR: 'no such file',
  EISDIR: 'a directory, not a file',
  EACCES: 'may not be read (EACCES)',
  EPERM: 'may not be read (EPERM)',
};

const UNWRITABLE: Readonly<Record<string, string>> = {
  ...ALIKE,
  ENOENT: 'the directory it should be in does not exist: make it first, or name another',
  ENOTDIR: 'what should be a directory of this path is a file: name another',
  EEXIST: 'a file, not a directory, has that name: name another',
  EISDIR: 'a directory has that name: name a file',
  EACCES: 'this user may not write there (EACCES): be the one who owns it, or name another place',
  EPERM: 'this user may not write there (EPERM): be the one who owns it, or name another place',
  EROFS: 'the file system is read-only (EROFS): name another place',
  ENOSPC: 'the file system is full (ENOSPC): make room, or name another place',
  EDQUOT: 'the quota of this user is used up (EDQUOT): make room, or name another place',
};

/** Why a file could not be opened or read, in plain words. */
export function whyUnreadable(error: unknown): string {
  return inWords(error, UNREADABLE);
}

/** Why a file or a directory could not be made or written, and what to do, in plain words. */
export function whyUnwritable(error: unknown): string {
  return inWords(error, UNWRITABLE);
}

/** The error of reading a file that a person named. What is not of the operating system stays as it is. */
export function unreadable(path: string, error: unknown): WeirError {
  const errno = errnoOf(error);
  if (errno === undefined) return asWeirError(error);
  const code = errno === 'ENOENT' || errno === 'ENOTDIR' ? 'not_found' : 'system';
  return new WeirError(code, `${path}: ${whyUnreadable(error)}`, { cause: error });
}

/** The same for a file or directory that should be written. */
export function unwritable(path: string, error: unknown): WeirError {
  if (errnoOf(error) === undefined) return asWeirError(error);
  return new WeirError(asWeirError(error).code, `${path}: ${whyUnwritable(error)}`, { cause: error });
}

function inWords(error: unknown, words: Readonly<Record<string, string>>): string {
  const errno = errnoOf(error);
  return (errno === undefined ? undefined : words[errno]) ?? (error as Error).message;
}

function errnoOf(error: unknown): string | undefined {
  if (error instanceof WeirError) return undefined;
  const code = (error as NodeJS.ErrnoException | undefined)?.code;
  // Node's own codes, ERR_INVALID_ARG_VALUE for one, are none of the operating system.
  return code !== undefined && /^E[A-Z0-9]+$/.test(code) ? code : undefined;
}
