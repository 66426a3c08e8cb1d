import { closeSync, openSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

/** A path of a Unix socket that fits into sockaddr_un, and what to call when it is bound or connected. */
export interface SocketPath {
  readonly path: string;
  /** May be called more than once. */
  done(): void;
}

/** sockaddr_un has 108 bytes with the final zero (unix(7)). */
const LONGEST = 107;

/** The socket of a node's data directory. */
export function nodeSocket(dataDirectory: string): string {
  return join(dataDirectory, 'weir.sock');
}

/** A deep data directory has a longer path than the kernel takes: then it is reached through an open descriptor of the directory. */
export function shortSocketPath(path: string): SocketPath {
  if (Buffer.byteLength(path) <= LONGEST || process.platform !== 'linux') return { path, done() {} };
  const fd = openSync(dirname(path), 'r');
  let open = true;
  const done = () => {
    if (open) closeSync(fd);
    open = false;
  };
  return { path: `/proc/self/fd/${fd}/${basename(path)}`, done };
}
