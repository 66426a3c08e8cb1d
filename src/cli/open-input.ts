import { accessSync, constants, type Stats, statSync } from 'node:fs';
import { addAbortSignal, type Readable } from 'node:stream';
import { unreadable, WeirError } from '../base/index.ts';
import { fileStream } from './file-stream.ts';
import type { Session } from './interrupt.ts';

export const READ_BYTES = 262_144;

/** A file that a command was given, as bytes to be read once. */
export interface Input {
  readonly bytes: AsyncGenerator<Buffer>;
  /** Whether no byte came. */
  isEmpty(): boolean;
  /** For who stops before the end. */
  close(): void;
}

/** Opens a file; `-` is standard input. Ctrl-C breaks the bytes off with `cancelled`, also while none come; progress is shown where the size is known. */
export function openInput(file: string, session: Session): Input {
  const stdin = file === '-';
  const size = stdin ? 0 : statOf(file).size;
  const name = stdin ? 'standard input' : file;
  const stream = stdin ? process.stdin : fileStream(file, READ_BYTES);
  let read = 0;
  const count = (bytes: number) => {
    read += bytes;
  };
  return {
    bytes: watched(stream, name, size, session, count),
    isEmpty: () => read === 0,
    close: () => void (stdin || stream.destroy()),
  };
}

/** The bytes, with a share of progress where the size is known. */
async function* watched(
  bytes: Readable,
  name: string,
  size: number,
  { signal, onProgress }: Session,
  count: (bytes: number) => void,
): AsyncGenerator<Buffer> {
  let sent = 0;
  addAbortSignal(signal, bytes);
  try {
    for await (const piece of bytes as AsyncIterable<Buffer>) {
      count(piece.length);
      yield piece;
      sent += piece.length;
      if (size > 0) onProgress?.(Math.min(1, sent / size));
    }
  } catch (error) {
    if (!signal.aborted) throw unreadable(name, error);
  }
  // Ctrl-C may have ended the program that writes to our standard input as well.
  if (signal.aborted) throw new WeirError('cancelled', 'interrupted');
}

/** What there is of a file; a plain error where there is none, or it may not be read. */
export function statOf(file: string): Stats {
  let stats: Stats;
  try {
    stats = statSync(file);
    accessSync(file, constants.R_OK);
  } catch (error) {
    throw unreadable(file, error);
  }
  if (stats.isDirectory()) throw new WeirError('usage', `${file} is a directory: name the files in it`);
  return stats;
}
