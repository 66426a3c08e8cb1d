import { WeirError } from '../base/index.ts';
import { callError, ERRNO, type Kernel, needKernel, words } from './kernel.ts';
import { MessageSlots } from './message-slots.ts';
import { portTaken } from './port-holder.ts';
import { isEveryAddress, type ReceiveBuffer, type ReceiverOptions, type SocketMemory } from './receiver-options.ts';
import { AF_INET, AF_INET6, portOf, SOCKADDR_BYTES, socketAddress, writeAddressWords } from './socket-address.ts';
import { readMemInfo, setDualStack, setReceiveBuffer, setReceiveTimeout, setReusePort } from './socket-options.ts';

const SOCK_DGRAM = 2;
const SOCK_CLOEXEC = 0o2000000;
/** Waits for the first message only and takes those that are already there with it (recvmmsg(2)). */
const MSG_WAITFORONE = 0x10000;
const DEFAULT_SLOTS = 256;
/**
 * No UDP payload is longer than 65,535 bytes less its headers, so nothing is ever cut. The 24 cache lines more than 64 KiB
 * keep the heads of all slots from falling into the same sets of the cache: decoding is an eighth cheaper for it.
 */
const DEFAULT_SLOT_BYTES = 65_536 + 1_536;
const DEFAULT_TIMEOUT_MS = 250;

export interface UdpReceiverOptions extends ReceiverOptions {
  /** Datagrams that one call may return; 256 unless told. */
  readonly slots?: number;
  /** Room for one datagram; 67,072 unless told. A longer one is cut, and `truncated` says so. */
  readonly slotBytes?: number;
  /** How long `receive` waits for the first datagram; 250 unless told. */
  readonly timeoutMs?: number;
}

/**
 * A UDP socket read with recvmmsg(2), synchronously, in place: for a thread that does nothing else. Message i of the last
 * `receive` lies at `i * slotBytes` of `bytes`, `lengths[i]` long, until the next call.
 */
export class UdpReceiver {
  readonly fd: number;
  readonly address: string;
  readonly port: number;
  readonly buffer: ReceiveBuffer;
  /** Datagrams that one call may return: fewer came, so the socket was empty. */
  readonly slotCount: number;
  readonly slotBytes: number;
  readonly bytes: Uint8Array;
  readonly view: DataView;
  readonly lengths: Uint32Array;
  /** Four words per message, host order; IPv4 as ::ffff:a.b.c.d. */
  readonly sourceWords: Uint32Array;
  readonly sourcePorts: Uint16Array;
  private readonly kernel: Kernel;
  private readonly slots: MessageSlots;
  private readonly memInfo = words(16);
  private readonly memInfoLength = words(1);
  private readonly memoryNow: SocketMemory = { queuedBytes: 0, limitBytes: 0, drops: 0 };
  private open = true;

  constructor(kernel: Kernel, fd: number, port: number, buffer: ReceiveBuffer, options: UdpReceiverOptions) {
    this.kernel = kernel;
    this.fd = fd;
    this.address = options.address;
    this.port = port;
    this.buffer = buffer;
    this.slots = new MessageSlots(kernel, options.slots ?? DEFAULT_SLOTS, options.slotBytes ?? DEFAULT_SLOT_BYTES);
    this.slotCount = this.slots.count;
    this.slotBytes = this.slots.slotBytes;
    this.bytes = this.slots.bytes;
    this.view = this.slots.view;
    this.lengths = this.slots.lengths;
    this.sourceWords = this.slots.sourceWords;
    this.sourcePorts = this.slots.sourcePorts;
  }

  /** Waits for datagrams, at most `timeoutMs`; how many came (0 also when a signal interrupted the wait). */
  receive(): number {
    if (!this.open) throw new WeirError('internal', 'receive() on a closed receiver');
    const { slots, kernel } = this;
    slots.rearm();
    const count = kernel.recvmmsg(this.fd, slots.headers, slots.count, MSG_WAITFORONE, null);
    if (count < 0) {
      const errno = kernel.errno();
      if (errno === ERRNO.EAGAIN || errno === ERRNO.EINTR) return 0;
      throw callError(kernel, `recvmmsg on UDP port ${this.port}`);
    }
    slots.take(count);
    return count;
  }

  /** Message i was longer than its slot; only its first `slotBytes` bytes are there. */
  truncated(i: number): boolean {
    return this.slots.truncated(i);
  }

  /** What waits in the socket and what the kernel dropped since it was opened. The same object is filled each time. */
  memory(): SocketMemory {
    readMemInfo(this.kernel, this.fd, this.memInfo, this.memInfoLength);
    this.memoryNow.queuedBytes = this.memInfo[0]!;
    this.memoryNow.limitBytes = this.memInfo[1]!;
    this.memoryNow.drops = this.memInfo[8]!;
    return this.memoryNow;
  }

  close(): void {
    if (!this.open) return;
    this.open = false;
    this.kernel.close(this.fd);
  }
}

/** Opens a receiver; WeirError('port_taken') names the holder, 'unsupported' where there is no recvmmsg (see receiverKind). */
export function openUdpReceiver(options: UdpReceiverOptions, kernel: Kernel = needKernel()): UdpReceiver {
  const address = new Uint32Array(4);
  if (!writeAddressWords(options.address, address, 0)) {
    throw new WeirError('config', `${options.address} is not an IP address to listen on`);
  }
  const every = isEveryAddress(address);
  const { fd, family } = openSocket(kernel, every || !isMapped(address) ? AF_INET6 : AF_INET, every);
  try {
    if (every && family === AF_INET6) setDualStack(kernel, fd);
    if (every) address.fill(0);
    if (options.reusePort) setReusePort(kernel, fd);
    const buffer = setReceiveBuffer(kernel, fd, options.receiveBufferBytes);
    setReceiveTimeout(kernel, fd, options.timeoutMs ?? DEFAULT_TIMEOUT_MS);
    bindSocket(kernel, fd, family, address, options);
    return new UdpReceiver(kernel, fd, boundPort(kernel, fd), buffer, options);
  } catch (error) {
    kernel.close(fd);
    throw error;
  }
}

function isMapped(w: Uint32Array): boolean {
  return (w[0]! | w[1]!) === 0 && w[2] === 0xffff;
}

/** A socket of the family; of IPv4 when every address is asked for and this kernel was booted without IPv6. */
function openSocket(kernel: Kernel, family: number, every: boolean): { fd: number; family: number } {
  const fd = kernel.socket(family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd >= 0) return { fd, family };
  if (family === AF_INET6 && every && kernel.errno() === ERRNO.EAFNOSUPPORT) return openSocket(kernel, AF_INET, false);
  throw callError(kernel, `socket for ${family === AF_INET6 ? 'IPv6' : 'IPv4'}`);
}

function bindSocket(
  kernel: Kernel,
  fd: number,
  family: number,
  address: Uint32Array,
  { address: text, port }: UdpReceiverOptions,
): void {
  const { memory, length } = socketAddress(family, address, port);
  if (kernel.bind(fd, memory, length) === 0) return;
  const errno = kernel.errno();
  if (errno === ERRNO.EADDRINUSE) throw portTaken('udp', text, port);
  if (errno === ERRNO.EADDRNOTAVAIL) throw new WeirError('config', `this machine has no address ${text} to listen on`);
  if (errno === ERRNO.EACCES) {
    throw new WeirError('system', `UDP port ${port} is refused: below 1024 the process needs CAP_NET_BIND_SERVICE`);
  }
  throw callError(kernel, `bind to ${text} UDP port ${port}`);
}

function boundPort(kernel: Kernel, fd: number): number {
  const memory = new Uint8Array(new ArrayBuffer(128));
  const length = words(1);
  length[0] = SOCKADDR_BYTES;
  if (kernel.getsockname(fd, memory, length) < 0) throw callError(kernel, 'getsockname');
  return portOf(memory);
}
