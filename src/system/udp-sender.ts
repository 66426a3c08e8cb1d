import { WeirError } from '../base/index.ts';
import { callError, ERRNO, type Kernel, needKernel, words } from './kernel.ts';
import { AF_INET, AF_INET6, portOf, SOCKADDR_BYTES, socketAddress, writeAddressWords } from './socket-address.ts';

const SOCK_DGRAM = 2;
const SOCK_CLOEXEC = 0o2000000;
const MSG_DONTWAIT = 0x40;
const POLLOUT = 4;
const SOL_SOCKET = 1;
const SO_ERROR = 4;
/** A full socket buffer is waited for so long. */
const WAIT_MS = 20;

/** A UDP socket to one place. Sending is a call and not an event: what it says of a datagram is true when it returns. */
export class UdpSender {
  readonly family: number;
  /** Four words, the most significant first; IPv4 as ::ffff:a.b.c.d. */
  readonly address: Uint32Array;
  readonly port: number;
  readonly fromPort: number;
  /** Datagrams that the kernel took, and those that it did not; why the last one was not. */
  sent = 0;
  failed = 0;
  failure: WeirError | null = null;
  /** How often the other side has answered that nobody listens there. */
  refused = 0;
  private readonly kernel: Kernel;
  private readonly fd: number;
  private readonly waiting = words(2);
  private open = true;

  constructor(kernel: Kernel, fd: number, family: number, address: Uint32Array, port: number) {
    this.kernel = kernel;
    this.fd = fd;
    this.family = family;
    this.address = address;
    this.port = port;
    this.waiting[0] = fd;
    this.waiting[1] = POLLOUT;
    const memory = new Uint8Array(new ArrayBuffer(128));
    const length = words(1);
    length[0] = SOCKADDR_BYTES;
    if (kernel.getsockname(fd, memory, length) < 0) throw callError(kernel, 'getsockname');
    this.fromPort = portOf(memory);
  }

  /** False where the kernel did not take it; `failure` says why. `datagram` must be over an ArrayBuffer of its own. */
  send(datagram: Uint8Array): boolean {
    if (this.try(datagram) || this.tryAgain(datagram)) {
      this.sent += 1;
      return true;
    }
    this.failed += 1;
    this.failure = callError(this.kernel, `sending to port ${this.port}`);
    return false;
  }

  /** Waits, so long at most, for the answer that nobody listens: that to the last datagram comes after it was sent. */
  settle(waitMs: number): void {
    if (!this.open || this.sent === 0) return;
    const errors = words(2);
    errors[0] = this.fd;
    if (this.kernel.poll(errors, 1, waitMs) <= 0) return;
    const errno = words(1);
    const length = words(1);
    length[0] = 4;
    const asked = this.kernel.getsockopt(this.fd, SOL_SOCKET, SO_ERROR, errno, length);
    if (asked === 0 && errno[0] === ERRNO.ECONNREFUSED) this.refused += 1;
  }

  close(): void {
    if (!this.open) return;
    this.open = false;
    this.kernel.close(this.fd);
  }

  private try(datagram: Uint8Array): boolean {
    return this.kernel.send(this.fd, datagram, datagram.length, MSG_DONTWAIT) === datagram.length;
  }

  /** A full buffer empties; and what stands as an error of the socket may be an answer to the datagram before. */
  private tryAgain(datagram: Uint8Array): boolean {
    const errno = this.kernel.errno();
    if (errno === ERRNO.EAGAIN) this.kernel.poll(this.waiting, 1, WAIT_MS);
    else if (errno !== ERRNO.ECONNREFUSED) return false;
    else this.refused += 1;
    return this.try(datagram);
  }
}

/** A socket that sends to an address in text; WeirError where there is no way to it. */
export function openUdpSender(address: string, port: number, kernel: Kernel = needKernel()): UdpSender {
  const target = new Uint32Array(4);
  if (!writeAddressWords(address, target, 0)) throw new WeirError('config', `${address} is not an IP address`);
  const family = target[0] === 0 && target[1] === 0 && target[2] === 0xffff ? AF_INET : AF_INET6;
  const fd = kernel.socket(family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0) throw callError(kernel, 'socket for UDP');
  try {
    const { memory, length } = socketAddress(family, target, port);
    if (kernel.connect(fd, memory, length) < 0) throw callError(kernel, `no way to ${address} port ${port}`);
    return new UdpSender(kernel, fd, family, target, port);
  } catch (error) {
    kernel.close(fd);
    throw error;
  }
}
