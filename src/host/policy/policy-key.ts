import { randomBytes } from 'node:crypto';
import { closeSync, constants, fstatSync, fsyncSync, linkSync, openSync, readSync, rmSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { WeirError } from '../../base/index.ts';
import { CRYPTO_PAN_KEY_BYTES, parseAnonymiseKey } from '../../flow/index.ts';
import { firmPath } from '../../system/index.ts';

/** No key is longer; a wrong file may be endless. */
const MOST_BYTES = 1_024;
const OTHERS = 0o077;

/**
 * The key of pseudonyms; it is made where there is none, readable by its owner alone. Who has it, or has put another one in its place, can tell whether a pseudonym is
 * that of a name that he guesses: a file is refused that others may read, that is neither root's nor ours, or that another user could replace.
 */
export function policyKey(path: string): Uint8Array {
  try {
    const firm = firmPath(path);
    if (firm.weak !== null)
      throw new WeirError('config', `${path}: another user could replace the key of pseudonyms: ${firm.weak}`);
    return readKey(firm.path) ?? makeKey(firm.path);
  } catch (error) {
    throw told(path, error);
  }
}

/** Null where there is none. */
function readKey(path: string): Uint8Array | null {
  let file: number;
  try {
    file = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
  try {
    const { mode, uid } = fstatSync(file);
    if (uid !== 0 && uid !== process.geteuid!())
      throw new WeirError(
        'config',
        `${path}: the key of pseudonyms belongs to user ${uid}, who knows it: chown 0 ${path}`,
      );
    if ((mode & OTHERS) !== 0) {
      throw new WeirError(
        'config',
        `${path}: other users may read or change the key of pseudonyms (mode ${(mode & 0o777).toString(8)}): chmod 600 ${path}`,
      );
    }
    const bytes = Buffer.alloc(MOST_BYTES);
    return parseAnonymiseKey(bytes.subarray(0, readSync(file, bytes)), path);
  } finally {
    closeSync(file);
  }
}

/** A crash leaves a whole key or none. Of two who make one at once the first is followed. */
function makeKey(path: string): Uint8Array {
  const aside = `${path}.${randomBytes(8).toString('hex')}`;
  const file = openSync(aside, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, 0o600);
  try {
    writeSync(file, `${randomBytes(CRYPTO_PAN_KEY_BYTES).toString('hex')}\n`);
    fsyncSync(file);
    linkSync(aside, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    closeSync(file);
    rmSync(aside);
  }
  syncDirectory(dirname(path));
  return readKey(path)!;
}

/** Pseudonyms that are stored must not outlive the name of their key. */
function syncDirectory(path: string): void {
  const directory = openSync(path, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    fsyncSync(directory);
  } finally {
    closeSync(directory);
  }
}

function told(path: string, error: unknown): WeirError {
  if (error instanceof WeirError) return error;
  const { code } = error as NodeJS.ErrnoException;
  return new WeirError('config', `${path}: the key of pseudonyms cannot be read or made (${code})`, { cause: error });
}
