import { WeirError } from '../../base/index.ts';
import { callError, ERRNO, type Kernel, words } from '../kernel.ts';
import { setReceiveBuffer } from '../socket-options.ts';

/** netlink(7), include/uapi/linux/netlink.h. */
const AF_NETLINK = 16;
const SOCK_RAW = 3;
const SOCK_NONBLOCK = 0o4000;
const SOCK_CLOEXEC = 0o2000000;
const MSG_DONTWAIT = 0x40;
/** The length of a message that was longer than the memory given for it is told whole. */
const MSG_TRUNC = 0x20;
const POLLIN = 0x001;
const NLMSG_HDRLEN = 16;
const NLMSG_ERROR = 2;
const NLMSG_DONE = 3;
/** The table changed while it was listed: the list may miss entries or have them twice. */
const NLM_F_DUMP_INTR = 0x10;
/** The kernel sends lists in parts of at most 32 KiB (net/netlink/af_netlink.c, netlink_dump). */
const BUFFER_BYTES = 64 << 10;
const ANSWER_MS = 2_000;
/** More than a queue of 4 MiB holds: what comes while it is read waits for the next time. */
const MOST_DRAINED = 16_384;

/** One message: its type, and where its payload lies. The bytes are valid during the call only. */
export type NetlinkSink = (view: DataView, type: number, from: number, to: number) => void;

/** What is counted of a socket since it was opened. */
export interface NetlinkCounts {
  /** Times that the kernel had to throw messages away because its queue for us was full. */
  overruns: number;
  /** Messages and parts that end before their length says. */
  malformed: number;
  /** Lists that changed while they were given. */
  interrupted: number;
}

/** A socket of AF_NETLINK: it asks and takes lists, or listens to groups. */
export class NetlinkSocket {
  readonly counts: NetlinkCounts = { overruns: 0, malformed: 0, interrupted: 0 };
  private readonly kernel: Kernel;
  private readonly fd: number;
  private readonly memory = new Uint8Array(new ArrayBuffer(BUFFER_BYTES));
  private readonly view = new DataView(this.memory.buffer);
  private readonly waiting = words(2);
  private sequence = 0;
  private open = true;

  constructor(kernel: Kernel, fd: number) {
    this.kernel = kernel;
    this.fd = fd;
    this.waiting[0] = fd;
    this.waiting[1] = POLLIN;
  }

  /** Sends a request, a whole message with its header, and gives each message of the answer; WeirError where it is refused or nothing comes. */
  ask(request: Uint8Array, sink: NetlinkSink): void {
    this.sequence = (this.sequence + 1) >>> 0;
    new DataView(request.buffer, request.byteOffset).setUint32(8, this.sequence, true);
    this.send(request);
    for (;;) {
      const bytes = this.next();
      if (bytes === 0) this.wait();
      else if (this.messages(bytes, sink, this.sequence)) return;
    }
  }

  /** Sends without waiting for an answer; WeirError where the kernel does not take it. */
  send(request: Uint8Array): void {
    if (this.kernel.send(this.fd, request, request.length, 0) !== request.length)
      throw callError(this.kernel, 'netlink request');
  }

  /** Gives what came for the groups that this socket listens to, whatever its type; does not wait. */
  drain(sink: NetlinkSink): void {
    for (let taken = 0; taken < MOST_DRAINED; taken++) {
      const bytes = this.next();
      if (bytes === 0) return;
      this.messages(bytes, sink, null);
    }
  }

  close(): void {
    if (!this.open) return;
    this.open = false;
    this.kernel.close(this.fd);
  }

  /** Bytes of the next datagram of messages; 0 when there is none. */
  private next(): number {
    for (;;) {
      const bytes = this.kernel.recv(this.fd, this.memory, BUFFER_BYTES, MSG_DONTWAIT | MSG_TRUNC);
      if (bytes > BUFFER_BYTES) this.counts.malformed += 1;
      if (bytes >= 0) return Math.min(bytes, BUFFER_BYTES);
      const errno = this.kernel.errno();
      if (errno === ERRNO.EAGAIN) return 0;
      if (errno === ERRNO.ENOBUFS) this.counts.overruns += 1;
      else if (errno !== ERRNO.EINTR) throw callError(this.kernel, 'netlink answer');
    }
  }

  private wait(): void {
    const ready = this.kernel.poll(this.waiting, 1, ANSWER_MS);
    if (ready > 0 || (ready < 0 && this.kernel.errno() === ERRNO.EINTR)) return;
    throw new WeirError('system', `the kernel did not answer a netlink request within ${ANSWER_MS / 1000} s`);
  }

  /** True when the list is complete. What answers an earlier question is passed over. */
  private messages(bytes: number, sink: NetlinkSink, sequence: number | null): boolean {
    const { view } = this;
    let complete = false;
    for (let at = 0; at + NLMSG_HDRLEN <= bytes; ) {
      const length = view.getUint32(at, true);
      if (length < NLMSG_HDRLEN || at + length > bytes) {
        this.counts.malformed += 1;
        return complete;
      }
      const type = view.getUint16(at + 4, true);
      if (sequence === null) sink(view, type, at + NLMSG_HDRLEN, at + length);
      else if (view.getUint32(at + 8, true) === sequence) {
        if ((view.getUint16(at + 6, true) & NLM_F_DUMP_INTR) !== 0) this.counts.interrupted += 1;
        if (type === NLMSG_DONE) complete = true;
        else if (type === NLMSG_ERROR) refuse(view, at + NLMSG_HDRLEN, at + length);
        else sink(view, type, at + NLMSG_HDRLEN, at + length);
      }
      at += (length + 3) & ~3;
    }
    return complete;
  }
}

function refuse(view: DataView, from: number, to: number): void {
  const errno = from + 4 <= to ? -view.getInt32(from, true) : 0;
  throw new WeirError('system', `the kernel refused a netlink request: errno ${errno}`, { details: { errno } });
}

/** Opens a socket for one netlink protocol that listens to the groups of a bit mask (bit 0 is group 1). */
export function openNetlink(kernel: Kernel, protocol: number, groups = 0, bufferBytes = 4 << 20): NetlinkSocket {
  const fd = kernel.socket(AF_NETLINK, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, protocol);
  if (fd < 0) throw callError(kernel, `netlink socket of protocol ${protocol}`);
  try {
    // struct sockaddr_nl: family, port (0: the kernel chooses), groups.
    const address = words(3);
    address[0] = AF_NETLINK;
    address[2] = groups;
    if (kernel.bind(fd, address, 12) < 0) throw callError(kernel, `netlink groups ${groups} of protocol ${protocol}`);
    setReceiveBuffer(kernel, fd, bufferBytes);
    return new NetlinkSocket(kernel, fd);
  } catch (error) {
    kernel.close(fd);
    throw error;
  }
}
