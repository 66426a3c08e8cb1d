import { createSocket, type Socket as UdpSocket } from 'node:dgram';
import { lookup } from 'node:dns/promises';
import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { unwritable, WeirError } from '../base/index.ts';

/** Takes datagrams, or messages, in their order. */
export interface Sender {
  /** Resolves when the next one may be given. */
  send(message: Uint8Array): Promise<void>;
  /** All was given: what is on its way leaves, or the file gets its name. */
  finish(): Promise<void>;
  /** Gives up; nothing half-made stays. Does nothing after `finish`. */
  abandon(): Promise<void>;
}

/** UDP to a collector. Nobody there is an error where the kernel tells it (ICMP unreachable), else nobody can know. */
export async function udpSender(host: string, port: number): Promise<Sender> {
  const { address, family } = await resolved(host);
  const socket = createSocket(family === 6 ? 'udp6' : 'udp4');
  let failure: Error | null = null;
  socket.on('error', (error) => {
    failure ??= error;
  });
  await connected(socket, port, address);
  const check = () => {
    if (failure) throw unreachable(failure, host, port);
  };
  let open = true;
  const close = () => {
    if (open) socket.close();
    open = false;
  };
  return {
    send: (message) =>
      new Promise((resolve, reject) => {
        socket.send(message, (error) => {
          try {
            if (error) throw unreachable(error, host, port);
            check();
            resolve();
          } catch (refused) {
            reject(refused);
          }
        });
      }),
    finish: async () => {
      // An answer that nobody listens comes a moment after the last datagram.
      await new Promise((resolve) => setTimeout(resolve, 20));
      check();
      close();
    },
    abandon: async () => close(),
  };
}

function connected(socket: UdpSocket, port: number, address: string): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once('error', reject);
    socket.connect(port, address, () => {
      socket.off('error', reject);
      resolve();
    });
  });
}

async function resolved(host: string): Promise<{ address: string; family: number }> {
  try {
    return await lookup(host);
  } catch (error) {
    throw new WeirError('not_found', `--to: there is no host ${host}`, { cause: error });
  }
}

const BROKEN_OFF = 'the collector broke off the connection; how much of it it took is not known';
const WORDS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nobody listens there',
  ECONNRESET: BROKEN_OFF,
  EPIPE: BROKEN_OFF,
};

function unreachable(error: Error, host: string, port: number): WeirError {
  const { code } = error as NodeJS.ErrnoException;
  const what = WORDS[code ?? ''] ?? code ?? error.message;
  return new WeirError('system', `cannot send to ${host} port ${port}: ${what}`, { cause: error });
}

/** A collector that takes nothing for so long is given up. */
const STALL_MS = 60_000;

/** IPFIX over TCP: messages one after the other (RFC 7011, section 10.4). */
export async function tcpSender(host: string, port: number, stallMs = STALL_MS): Promise<Sender> {
  const socket = await connectedTcp(host, port, stallMs).catch((error: Error) => {
    throw unreachable(error, host, port);
  });
  let failure: Error | null = null;
  let ending = false;
  let closed = false;
  let wake: (() => void) | null = null;
  const moved = () => {
    wake?.();
    wake = null;
  };
  socket.on('error', (error) => {
    failure ??= error;
    moved();
  });
  socket.on('close', () => {
    closed = true;
    if (!ending) failure ??= new Error('the collector has closed the connection');
    moved();
  });
  socket.on('timeout', () => {
    if (ending) socket.destroy(new Error('it has not closed the connection: whether it took everything is not known'));
    // With nothing to send, silence is ours: a slow query.
    else if (socket.writableLength > 0) socket.destroy(new Error('the connection takes nothing'));
  });
  socket.on('drain', moved);
  // What a collector says is not for us, but unread it would keep the connection open.
  socket.resume();
  const check = () => {
    if (failure) throw unreachable(failure, host, port);
  };
  return {
    send: async (message) => {
      check();
      if (!socket.write(message)) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
      check();
    },
    finish: async () => {
      check();
      ending = true;
      socket.end();
      // Written is not taken: only a collector that closes after our end has read what was before it.
      while (!closed) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
      check();
    },
    abandon: async () => void socket.destroy(),
  };
}

function connectedTcp(host: string, port: number, stallMs: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, timeout: stallMs });
    const late = () => socket.destroy(new Error('it does not answer'));
    socket.once('error', reject);
    socket.once('timeout', late);
    socket.once('connect', () => {
      socket.off('error', reject);
      socket.off('timeout', late);
      resolve(socket);
    });
  });
}

/** A file of IPFIX messages (RFC 5655), written beside its place and renamed when it is whole. */
export async function fileSender(path: string): Promise<Sender> {
  const part = `${path}.part`;
  const opening: Promise<FileHandle> = open(part, 'w');
  let file: FileHandle | null = await opening.catch((error: unknown) => {
    throw unwritable(path, error);
  });
  const closed = async () => {
    await file?.close();
    file = null;
  };
  return {
    send: async (message) => {
      try {
        await file!.appendFile(message);
      } catch (error) {
        throw unwritable(path, error);
      }
    },
    finish: async () => {
      await closed();
      await rename(part, path).catch((error: unknown) => {
        throw unwritable(path, error);
      });
    },
    abandon: async () => {
      if (!file) return;
      await closed();
      await rm(part, { force: true });
    },
  };
}
