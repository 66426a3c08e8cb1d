import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { WeirError } from '../base/index.ts';
import { portTaken } from './port-holder.ts';
import { isEveryAddress } from './receiver-options.ts';
import { writeAddressWords } from './socket-address.ts';

export interface TcpListenerOptions {
  /** An IPv4 or IPv6 address; '0.0.0.0' and '::' both mean every address of both families. */
  readonly address: string;
  /** 0: one that is free, told in `port` of the listener. */
  readonly port: number;
  /** Connections that are open at a time; one more is closed at once. */
  readonly maxConnections: number;
}

/** Who is at the other end. */
export interface TcpPeer {
  /** Four words, most significant first; IPv4 as ::ffff:a.b.c.d. */
  readonly words: Uint32Array;
  readonly address: string;
  readonly port: number;
}

export interface TcpListener {
  readonly address: string;
  readonly port: number;
  /** Takes no more connections; those that are open stay. */
  close(): void;
}

/** Opens a TCP port; WeirError('port_taken') names the holder. `refused` is called for each connection above the bound. */
export async function openTcpListener(
  options: TcpListenerOptions,
  accepted: (socket: Socket, peer: TcpPeer) => void,
  refused: () => void,
): Promise<TcpListener> {
  const { address, port, maxConnections } = options;
  const words = new Uint32Array(4);
  if (!writeAddressWords(address, words, 0))
    throw new WeirError('config', `${address} is not an IP address to listen on`);
  const server = createServer((socket) => {
    const peer = peerOf(socket);
    if (peer) accepted(socket, peer);
    else socket.destroy();
  });
  server.maxConnections = maxConnections;
  server.on('drop', refused);
  await listen(server, address, port, isEveryAddress(words));
  // Errors of accepting (no descriptor is free) concern one connection; without a listener they would end the thread.
  server.on('error', refused);
  const bound = server.address() as { port: number };
  return { address, port: bound.port, close: () => server.close() };
}

/** Null for one that has gone before it was looked at. */
function peerOf(socket: Socket): TcpPeer | null {
  const words = new Uint32Array(4);
  const { remoteAddress, remotePort } = socket;
  if (remoteAddress === undefined || remotePort === undefined || !writeAddressWords(remoteAddress, words, 0))
    return null;
  return { words, address: remoteAddress.replace(/^::ffff:(?=\d+\.)/i, ''), port: remotePort };
}

async function listen(server: Server, address: string, port: number, every: boolean): Promise<void> {
  for (const host of every ? ['::', '0.0.0.0'] : [address]) {
    try {
      const listening = once(server, 'listening');
      server.listen({ host, port, ipv6Only: false, exclusive: true });
      await listening;
      return;
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code;
      if (host === '::' && every && (code === 'EAFNOSUPPORT' || code === 'EADDRNOTAVAIL')) continue;
      if (code === 'EADDRINUSE') throw portTaken('tcp', address, port, error);
      if (code === 'EADDRNOTAVAIL')
        throw new WeirError('config', `this machine has no address ${address} to listen on`);
      throw new WeirError('system', `cannot listen on ${address} TCP port ${port}: ${code}`, { cause: error });
    }
  }
}
