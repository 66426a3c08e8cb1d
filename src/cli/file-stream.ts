import { constants, createReadStream, openSync, statSync } from 'node:fs';
import { Socket } from 'node:net';
import type { Readable } from 'node:stream';

/** The bytes of a file. A named pipe is read as a socket is: whoever waits for its writer, or for more from it, can be told to stop. */
export function fileStream(path: string, chunkBytes: number): Readable {
  // What is not there is told by the stream, as all that hinders reading.
  if (!statSync(path, { throwIfNoEntry: false })?.isFIFO())
    return createReadStream(path, { highWaterMark: chunkBytes });
  return new Socket({
    fd: openSync(path, constants.O_RDONLY | constants.O_NONBLOCK),
    readable: true,
    writable: false,
  });
}
