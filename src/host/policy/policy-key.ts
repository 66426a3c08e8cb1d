import { randomBytes } from 'node:crypto';
import { closeSync, constants, fstatSync, fsyncSync, openSync, readSync, writeSync } from 'node:fs';
import { WeirError } from '../../base/index.ts';
import { CRYPTO_PAN_KEY_BYTES, parseAnonymiseKey } from '../../flow/index.ts';

/** No key is longer; a wrong file may be endless. */
const MOST_BYTES = 1_024;
const OTHERS = 0o077;

/**
 * The key of pseudonyms; it is made where there is none, readable by its owner alone. Who has it can tell whether a pseudonym is that of a name that he
 * guesses: a file that others may read is refused.
 */
export function policyKey(path: string): Uint8Array {
  try {
    return readKey(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw told(path, error);
  }
  try {
    makeKey(path);
  } catch (error) {
    // Another process was faster: its key is the one.
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw told(path, error);
  }
  try {
    return readKey(path);
  } catch (error) {
    throw told(path, error);
  }
}

function readKey(path: string): Uint8Array {
  const file = openSync(path, constants.O_RDONLY);
  try {
    const { mode } = fstatSync(file);
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

function makeKey(path: string): void {
  const file = openSync(path, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, 0o600);
  try {
    writeSync(file, `${randomBytes(CRYPTO_PAN_KEY_BYTES).toString('hex')}\n`);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

function told(path: string, error: unknown): WeirError {
  if (error instanceof WeirError) return error;
  const { code } = error as NodeJS.ErrnoException;
  return new WeirError('config', `${path}: the key of pseudonyms cannot be read or made (${code})`, { cause: error });
}
