import { type Kernel, needKernel } from '../kernel.ts';
import { AF_INET, AF_INET6 } from '../socket-address.ts';
import { type DiagSocket, newDiagSocket, readDiagSocket, SOCKET_STATE } from './diag-socket.ts';
import { type NetlinkCounts, type NetlinkSocket, openNetlink } from './netlink-socket.ts';

/** sock_diag(7), include/uapi/linux/sock_diag.h and inet_diag.h. */
const NETLINK_SOCK_DIAG = 4;
const SOCK_DIAG_BY_FAMILY = 20;
const NLM_F_REQUEST_DUMP = 0x301;
const INET_DIAG_INFO_BIT = 1 << 1;
/** struct nlmsghdr and struct inet_diag_req_v2. */
const REQUEST_BYTES = 16 + 56;
/** Groups 1 to 4: TCP and UDP of IPv4, TCP and UDP of IPv6, each when a socket is destroyed. */
const DESTROY_GROUPS = 0b1111;
export const IPPROTO_TCP = 6;
export const IPPROTO_UDP = 17;
/** What is left of a connection in TIME_WAIT, and what is none yet in SYN_RECV (3, 12), is no socket of a process. */
const STATES = ~((1 << SOCKET_STATE.timeWait) | (1 << SOCKET_STATE.synReceived) | (1 << 12)) >>> 0;

/** Called for each socket; the object is filled again for the next. */
type DiagSink = (socket: DiagSocket) => void;

/** The sockets of one network namespace as the kernel lists them. */
export interface SockDiag {
  readonly counts: NetlinkCounts;
  /** Every TCP or UDP socket, IPv4 and IPv6. WeirError where the kernel refuses. */
  list(protocol: number, each: DiagSink): void;
  close(): void;
}

/** Sockets as they are destroyed, each with its last counters: of TCP only, and without inode. */
export interface ClosedSockets {
  readonly counts: NetlinkCounts;
  /** Those since the last call; does not wait. */
  drain(each: DiagSink): void;
  close(): void;
}

export function openSockDiag(kernel: Kernel = needKernel()): SockDiag {
  const netlink = openNetlink(kernel, NETLINK_SOCK_DIAG);
  const socket = newDiagSocket();
  const requests = new Map<number, Uint8Array>();
  return {
    counts: netlink.counts,
    list: (protocol, each) => {
      for (const family of [AF_INET, AF_INET6]) {
        const key = family * 256 + protocol;
        const request = requests.get(key) ?? listRequest(family, protocol);
        requests.set(key, request);
        netlink.ask(request, sinkOf(netlink, protocol, socket, each));
      }
    },
    close: () => netlink.close(),
  };
}

/** The groups need no right since Linux 4.2 where the process is in the namespace of its user; WeirError where they are refused. */
export function openClosedSockets(kernel: Kernel = needKernel()): ClosedSockets {
  const netlink = openNetlink(kernel, NETLINK_SOCK_DIAG, DESTROY_GROUPS);
  const socket = newDiagSocket();
  return {
    counts: netlink.counts,
    drain: (each) => netlink.drain(sinkOf(netlink, 0, socket, each)),
    close: () => netlink.close(),
  };
}

function sinkOf(netlink: NetlinkSocket, protocol: number, socket: DiagSocket, each: DiagSink) {
  return (view: DataView, type: number, from: number, to: number): void => {
    if (type !== SOCK_DIAG_BY_FAMILY || !readDiagSocket(view, from, to, protocol, socket))
      netlink.counts.malformed += 1;
    else each(socket);
  };
}

function listRequest(family: number, protocol: number): Uint8Array {
  const bytes = new Uint8Array(new ArrayBuffer(Math.max(128, REQUEST_BYTES)), 0, REQUEST_BYTES);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, REQUEST_BYTES, true);
  view.setUint16(4, SOCK_DIAG_BY_FAMILY, true);
  view.setUint16(6, NLM_F_REQUEST_DUMP, true);
  view.setUint8(16, family);
  view.setUint8(17, protocol);
  view.setUint8(18, INET_DIAG_INFO_BIT);
  view.setUint32(20, STATES, true);
  return bytes;
}
