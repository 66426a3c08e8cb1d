import { open, rename, rm } from 'node:fs/promises';
import type { Writable } from 'node:stream';
import { unwritable, WeirError } from '../base/index.ts';

export type Lines = AsyncIterable<{ readonly text: string; readonly rows: number }>;

/** Written beside its place and renamed: what has the name is whole. */
export async function throughPart<T>(path: string, write: (part: string) => Promise<T>): Promise<T> {
  const part = `${path}.part`;
  try {
    const result = await write(part);
    await rename(part, path);
    return result;
  } catch (error) {
    // Where writing failed, removing may fail as well: the first reason is the one that is told.
    await rm(part, { force: true }).catch(() => {});
    throw unwritable(path, error);
  }
}

/**
 * Piece by piece into a file, each one written before the next is made. No stream stands between: one that is destroyed while
 * it writes fails after everybody has stopped to listen, and an error that nobody hears ends the thread.
 */
export async function writeFile(
  path: string,
  lines: Lines,
  signal?: AbortSignal,
): Promise<{ rows: number; bytes: number }> {
  let rows = 0;
  let bytes = 0;
  const file = await open(path, 'w');
  try {
    for await (const piece of lines) {
      if (signal?.aborted) throw cancelled();
      rows = piece.rows;
      const text = Buffer.from(piece.text);
      await file.appendFile(text);
      bytes += text.length;
    }
    if (signal?.aborted) throw cancelled();
  } finally {
    await file.close();
  }
  return { rows, bytes };
}

/** Writes pieces one after the other; when the stream has enough the next one is not made. */
export async function writeAll(
  to: Writable,
  lines: Lines,
  signal?: AbortSignal,
): Promise<{ rows: number; bytes: number }> {
  let rows = 0;
  let bytes = 0;
  let failure: Error | null = null;
  const fail = (error: Error) => {
    failure ??= error;
  };
  to.on('error', fail);
  try {
    for await (const piece of lines) {
      if (signal?.aborted) throw cancelled();
      if (failure) throw failure;
      if (to.destroyed) throw readerGone();
      rows = piece.rows;
      bytes += Buffer.byteLength(piece.text);
      if (!to.write(piece.text)) await drained(to, signal);
    }
    if (signal?.aborted) throw cancelled();
    if (failure) throw failure;
    return { rows, bytes };
  } finally {
    to.off('error', fail);
  }
}

function cancelled(): WeirError {
  return new WeirError('cancelled', 'the export was cancelled');
}

function readerGone(): WeirError {
  return new WeirError('cancelled', 'the reader of the export has gone');
}

/** Waits until the stream takes more; ends too when it fails, closes or the caller gives up. */
function drained(to: Writable, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const settle = (error?: Error) => {
      to.off('drain', onDrain);
      to.off('close', onClose);
      to.off('error', settle);
      signal?.removeEventListener('abort', onAbort);
      if (error) reject(error);
      else resolve();
    };
    const onDrain = () => settle();
    const onClose = () => settle(readerGone());
    const onAbort = () => settle(cancelled());
    to.on('drain', onDrain);
    to.on('close', onClose);
    to.on('error', settle);
    signal?.addEventListener('abort', onAbort);
    if (to.destroyed) onClose();
  });
}
