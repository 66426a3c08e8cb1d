import { AF_INET, AF_INET6 } from '../socket-address.ts';

/** include/uapi/linux/inet_diag.h: struct inet_diag_msg, then attributes. */
const MESSAGE_BYTES = 72;
const INET_DIAG_INFO = 2;
const INET_DIAG_PROTOCOL = 10;
const INET_DIAG_CGROUP_ID = 21;
const INET_DIAG_NOCOOKIE = 0xffff_ffff;
/** Type and length of an attribute have flags in the upper bits of the type (include/uapi/linux/netlink.h, NLA_TYPE_MASK). */
const NLA_TYPE_MASK = 0x3fff;
/** Of struct tcp_info (include/uapi/linux/tcp.h), which grew from kernel to kernel: what lies past its end is unknown. */
const TCP_INFO = {
  lastDataSent: 44,
  lastDataReceived: 52,
  lastAckReceived: 56,
  rtt: 68,
  totalRetransmits: 100,
  bytesAcked: 120,
  bytesReceived: 128,
  segmentsOut: 136,
  segmentsIn: 140,
  bytesSent: 200,
  bytesRetransmitted: 208,
} as const;

/** CLOSE_WAIT, LAST_ACK, CLOSING: the other side has sent FIN, which the kernel counts as a byte received (tcp_rcv_nxt_update). */
const FIN_CAME: readonly number[] = [8, 9, 11];
/** States of a socket (include/net/tcp_states.h). */
export const SOCKET_STATE = { established: 1, synSent: 2, synReceived: 3, timeWait: 6, close: 7, listen: 10 } as const;

/** What sock_diag tells of one socket. One object is filled again for each. */
export interface DiagSocket {
  protocol: number;
  state: number;
  /** Four words, the most significant first; IPv4 as ::ffff:a.b.c.d. */
  readonly local: Uint32Array;
  readonly remote: Uint32Array;
  localPort: number;
  remotePort: number;
  ifIndex: number;
  /** The same number that bpf_get_socket_cookie gives; 0 where it has none. */
  cookie: number;
  uid: number;
  /** Of the descriptor, as in /proc/PID/fd; 0 once the socket is closed. */
  inode: number;
  /** Inode of the cgroup; 0 unknown. */
  cgroup: number;
  /** The kernel gave a struct tcp_info: what follows is known. */
  hasInfo: boolean;
  rttUs: number;
  retransmits: number;
  /** Payload, each byte once. `acked` has one more when the SYN, and one more when the FIN was acknowledged. */
  payloadSent: number;
  acked: number;
  /** Payload, each byte once; of a socket that is closed one more where the other side sent FIN, which nothing else tells then. */
  payloadReceived: number;
  segmentsSent: number;
  segmentsReceived: number;
  /** Since data went, data came, or an acknowledgement came. */
  silentMs: number;
}

export function newDiagSocket(): DiagSocket {
  return {
    protocol: 0,
    state: 0,
    local: new Uint32Array(4),
    remote: new Uint32Array(4),
    localPort: 0,
    remotePort: 0,
    ifIndex: 0,
    cookie: 0,
    uid: 0,
    inode: 0,
    cgroup: 0,
    hasInfo: false,
    rttUs: 0,
    retransmits: 0,
    payloadSent: 0,
    acked: 0,
    payloadReceived: 0,
    segmentsSent: 0,
    segmentsReceived: 0,
    silentMs: 0,
  };
}

/** Fills `out` from the payload of one message, of `protocol` unless it says another; false where the bytes are no such message. */
export function readDiagSocket(view: DataView, from: number, to: number, protocol: number, out: DiagSocket): boolean {
  if (to - from < MESSAGE_BYTES) return false;
  const family = view.getUint8(from);
  if (family !== AF_INET && family !== AF_INET6) return false;
  out.protocol = protocol;
  out.state = view.getUint8(from + 1);
  out.localPort = view.getUint16(from + 4);
  out.remotePort = view.getUint16(from + 6);
  readAddress(view, from + 8, family, out.local);
  readAddress(view, from + 24, family, out.remote);
  out.ifIndex = view.getUint32(from + 40, true);
  out.cookie = readCookie(view, from + 44);
  out.uid = view.getUint32(from + 64, true);
  out.inode = view.getUint32(from + 68, true);
  out.cgroup = 0;
  forgetInfo(out);
  for (let at = from + MESSAGE_BYTES; at + 4 <= to; ) {
    const length = view.getUint16(at, true);
    if (length < 4 || at + length > to) return false;
    const bytes = length - 4;
    const type = view.getUint16(at + 2, true) & NLA_TYPE_MASK;
    if (type === INET_DIAG_INFO) readInfo(view, at + 4, bytes, out);
    else if (type === INET_DIAG_CGROUP_ID && bytes >= 8) out.cgroup = readU64(view, at + 4);
    else if (type === INET_DIAG_PROTOCOL && bytes >= 1) out.protocol = view.getUint8(at + 4);
    at += (length + 3) & ~3;
  }
  return true;
}

function readAddress(view: DataView, at: number, family: number, out: Uint32Array): void {
  if (family === AF_INET) {
    out[0] = 0;
    out[1] = 0;
    out[2] = 0xffff;
    out[3] = view.getUint32(at);
    return;
  }
  for (let i = 0; i < 4; i++) out[i] = view.getUint32(at + 4 * i);
}

function readCookie(view: DataView, at: number): number {
  const low = view.getUint32(at, true);
  const high = view.getUint32(at + 4, true);
  return low === INET_DIAG_NOCOOKIE && high === INET_DIAG_NOCOOKIE ? 0 : high * 2 ** 32 + low;
}

/** Exact below 2^53: cookies and inodes are counted up from 1, bytes of a connection stay below. */
function readU64(view: DataView, at: number): number {
  return view.getUint32(at + 4, true) * 2 ** 32 + view.getUint32(at, true);
}

function forgetInfo(out: DiagSocket): void {
  out.hasInfo = false;
  out.rttUs = 0;
  out.retransmits = 0;
  out.payloadSent = 0;
  out.acked = 0;
  out.payloadReceived = 0;
  out.segmentsSent = 0;
  out.segmentsReceived = 0;
  out.silentMs = 0;
}

/** Kernels before 4.2 have no counters in it. */
function readInfo(view: DataView, at: number, bytes: number, out: DiagSocket): void {
  if (bytes < TCP_INFO.segmentsIn + 4) return;
  out.hasInfo = true;
  out.rttUs = view.getUint32(at + TCP_INFO.rtt, true);
  out.retransmits = view.getUint32(at + TCP_INFO.totalRetransmits, true);
  out.acked = readU64(view, at + TCP_INFO.bytesAcked);
  const received = readU64(view, at + TCP_INFO.bytesReceived);
  out.payloadReceived = FIN_CAME.includes(out.state) ? Math.max(0, received - 1) : received;
  out.segmentsSent = view.getUint32(at + TCP_INFO.segmentsOut, true);
  out.segmentsReceived = view.getUint32(at + TCP_INFO.segmentsIn, true);
  // bytes_sent and bytes_retrans came with Linux 4.19.
  out.payloadSent =
    bytes >= TCP_INFO.bytesRetransmitted + 8
      ? Math.max(0, readU64(view, at + TCP_INFO.bytesSent) - readU64(view, at + TCP_INFO.bytesRetransmitted))
      : out.acked;
  out.silentMs = Math.min(
    view.getUint32(at + TCP_INFO.lastDataSent, true),
    view.getUint32(at + TCP_INFO.lastDataReceived, true),
    view.getUint32(at + TCP_INFO.lastAckReceived, true),
  );
}
