import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { WeirError } from '../base/index.ts';
import { portTaken } from './port-holder.ts';
import { isEveryAddress, type ReceiveBuffer, type ReceiverOptions } from './receiver-options.ts';
import { writeAddressWords } from './socket-address.ts';

/** Called for each datagram. `bytes` are the callee's to keep; `sourceWords` are four words that the next call overwrites. */
export type DatagramSink = (bytes: Uint8Array, sourceWords: Uint32Array, sourcePort: number) => void;

/** The portable receiver over node:dgram: any platform, far slower than recvmmsg, and it cannot tell what the kernel dropped. */
export interface DatagramReceiver {
  readonly address: string;
  readonly port: number;
  readonly buffer: ReceiveBuffer;
  close(): Promise<void>;
}

/** Opens the portable receiver; the promise is fulfilled when the port is bound. */
export async function openDatagramReceiver(options: ReceiverOptions, sink: DatagramSink): Promise<DatagramReceiver> {
  const { address, port, receiveBufferBytes } = options;
  const words = new Uint32Array(4);
  if (!writeAddressWords(address, words, 0)) {
    throw new WeirError('config', `${address} is not an IP address to listen on`);
  }
  if (options.reusePort) {
    throw new WeirError('unsupported', 'several sockets on one port need recvmmsg: run one receive thread');
  }
  const socket = await bindSocket(address, port, isEveryAddress(words), !address.includes(':'));
  const bound = socket.address();
  const source = new Uint32Array(4);
  let sourceText = '';
  socket.on('message', (bytes, from) => {
    if (from.address !== sourceText && writeAddressWords(from.address, source, 0)) sourceText = from.address;
    sink(bytes, source, from.port);
  });
  // An error after binding (ECONNREFUSED of a stray ICMP message) concerns no datagram; without a listener it would end the process.
  socket.on('error', () => {});
  return {
    address,
    port: bound.port,
    buffer: { askedBytes: receiveBufferBytes, grantedBytes: grant(socket, receiveBufferBytes), forced: false },
    close: async () => {
      const closed = once(socket, 'close');
      socket.close();
      await closed;
    },
  };
}

async function bindSocket(address: string, port: number, every: boolean, isIPv4Text: boolean): Promise<Socket> {
  const six = every || !isIPv4Text;
  const socket = six ? createSocket({ type: 'udp6', ipv6Only: !every }) : createSocket('udp4');
  try {
    const listening = once(socket, 'listening');
    socket.bind({ address: every ? '::' : address, port, exclusive: true });
    await listening;
    return socket;
  } catch (error) {
    socket.close();
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'EADDRINUSE') throw portTaken('udp', address, port, error);
    if (every && six && (code === 'EAFNOSUPPORT' || code === 'EINVAL')) return bindFour(port);
    throw new WeirError('system', `bind to ${address} UDP port ${port}: ${code}`, {
      cause: error,
      details: { errno: code },
    });
  }
}

/** Every address of a machine without IPv6. */
function bindFour(port: number): Promise<Socket> {
  return bindSocket('0.0.0.0', port, false, true);
}

/** Asks for the buffer; a kernel that refuses the size (macOS) keeps its own. Linux tells twice what it granted (socket(7)). */
function grant(socket: Socket, askedBytes: number): number {
  try {
    socket.setRecvBufferSize(askedBytes);
  } catch {
    // The size in force is read below.
  }
  return socket.getRecvBufferSize() / (process.platform === 'linux' ? 2 : 1);
}
