import { WeirError } from '../../base/index.ts';
import { sleptMs } from '../boot-clock.ts';
import { type Kernel, needKernel } from '../kernel.ts';
import { type NetlinkCounts, openNetlink } from './netlink-socket.ts';

/** The process events connector: include/uapi/linux/connector.h and cn_proc.h, drivers/connector/cn_proc.c. */
const NETLINK_CONNECTOR = 11;
const CN_IDX_PROC = 1;
const CN_VAL_PROC = 1;
const PROC_CN_MCAST_LISTEN = 1;
const PROC_EVENT_NONE = 0;
const PROC_EVENT_FORK = 1;
const NLMSG_DONE = 3;
const NLMSG_HDRLEN = 16;
/** struct cn_msg; behind it struct proc_event: what, CPU, time, then its data. */
const CN_MSG_BYTES = 20;
const EVENT_TIME = CN_MSG_BYTES + 8;
const EVENT_DATA = CN_MSG_BYTES + 16;
/** Announcements of some thirty thousand processes. */
const BUFFER_BYTES = 32 << 20;

/** `atMs`: when, in ms since the machine began. */
type ForkSink = (pid: number, parent: number, atMs: number) => void;

/** A process and who started it: known also when both have ended by now. */
export interface ForkedProcesses {
  readonly counts: NetlinkCounts;
  /** Processes that were started since the last call; does not wait. */
  drain(each: ForkSink): void;
  close(): void;
}

/** Throws a WeirError where the kernel does not tell: it needs CAP_NET_ADMIN, CONFIG_PROC_EVENTS, and the first namespaces of users and processes. */
export function openForkedProcesses(kernel: Kernel = needKernel()): ForkedProcesses {
  const netlink = openNetlink(kernel, NETLINK_CONNECTOR, 1 << (CN_IDX_PROC - 1), BUFFER_BYTES);
  try {
    let listening = false;
    const answer = (view: DataView, _type: number, from: number, to: number) => {
      if (to - from < EVENT_DATA + 4 || view.getUint32(from + CN_MSG_BYTES, true) !== PROC_EVENT_NONE) return;
      listening ||= view.getUint32(from + EVENT_DATA, true) === 0;
    };
    // The answer comes while the request is sent. Kernels before 6.6 give all kinds of events, and no answer to a request that names kinds.
    for (const request of [listenRequest(PROC_EVENT_FORK), listenRequest(null)]) {
      if (listening) break;
      netlink.send(request);
      netlink.drain(answer);
    }
    if (!listening) throw new WeirError('unsupported', 'the kernel does not tell which processes are started');
    return {
      counts: netlink.counts,
      drain: (each) => {
        // The kernel tells the monotonic clock's time.
        const slept = sleptMs();
        netlink.drain((view, _type, from, to) => readFork(view, from, to, slept, each));
      },
      close: () => netlink.close(),
    };
  } catch (error) {
    netlink.close();
    throw error;
  }
}

function readFork(view: DataView, from: number, to: number, slept: number, each: ForkSink): void {
  if (to - from < EVENT_DATA + 16 || view.getUint32(from + CN_MSG_BYTES, true) !== PROC_EVENT_FORK) return;
  // Parent's thread and process, child's thread and process: a thread is no process of its own.
  const parent = view.getUint32(from + EVENT_DATA + 4, true);
  const thread = view.getUint32(from + EVENT_DATA + 8, true);
  const child = view.getUint32(from + EVENT_DATA + 12, true);
  if (thread === child) each(child, parent, Number(view.getBigUint64(from + EVENT_TIME, true)) / 1e6 + slept);
}

function listenRequest(kinds: number | null): Uint8Array {
  const operation = kinds === null ? 4 : 8;
  const length = NLMSG_HDRLEN + CN_MSG_BYTES + operation;
  const bytes = new Uint8Array(new ArrayBuffer(128), 0, length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, length, true);
  view.setUint16(4, NLMSG_DONE, true);
  view.setUint32(NLMSG_HDRLEN, CN_IDX_PROC, true);
  view.setUint32(NLMSG_HDRLEN + 4, CN_VAL_PROC, true);
  view.setUint16(NLMSG_HDRLEN + 16, operation, true);
  view.setUint32(NLMSG_HDRLEN + CN_MSG_BYTES, PROC_CN_MCAST_LISTEN, true);
  if (kinds !== null) view.setUint32(NLMSG_HDRLEN + CN_MSG_BYTES + 4, kinds, true);
  return bytes;
}
