import { chmodSync, rmSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { asWeirError, WeirError } from '../base/index.ts';
import { shortSocketPath } from './socket-path.ts';

/** Takes the connections of those who ask through the Unix socket, and reads nothing of them. The store's lock is held, so a socket that is there is a dead one's. */
export async function openAgentDoor(
  path: string,
  onConnection: (socket: Socket) => void,
): Promise<() => Promise<void>> {
  const server = createServer({ pauseOnConnect: true }, onConnection);
  rmSync(path, { force: true });
  const short = shortSocketPath(path);
  // Made with the mode it keeps: between bind and chmod nobody else gets in.
  const umask = process.umask(0o177);
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(short.path, resolve);
    });
    chmodSync(path, 0o600);
  } catch (error) {
    throw new WeirError('system', `cannot open the socket ${path}: ${asWeirError(error).message}`, { cause: error });
  } finally {
    process.umask(umask);
    short.done();
  }
  return async () => {
    await new Promise<void>((resolve) => server.close(() => resolve()));
    rmSync(path, { force: true });
  };
}
