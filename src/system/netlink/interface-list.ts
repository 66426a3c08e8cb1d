import { type Kernel, needKernel } from '../kernel.ts';
import { openNetlink } from './netlink-socket.ts';

/** rtnetlink(7), include/uapi/linux/rtnetlink.h and if_link.h. */
const NETLINK_ROUTE = 0;
const RTM_NEWLINK = 16;
const RTM_GETLINK = 18;
const NLM_F_REQUEST_DUMP = 0x301;
const HEADER_BYTES = 16;
/** struct ifinfomsg */
const INTERFACE_BYTES = 16;
const IFLA_MTU = 4;
const IFLA_LINK = 5;
const IFLA_EXT_MASK = 29;
const RTEXT_FILTER_SKIP_STATS = 8;
const NLA_TYPE_MASK = 0x3fff;

/** An interface of this network namespace. One object is filled again for each. */
export interface ListedInterface {
  index: number;
  /** Bytes that a packet has at most; 0 unknown. */
  mtu: number;
  /** Number of the interface below, or of the other end of a pair, which may be in another namespace; 0 none. */
  peer: number;
}

/** Every interface of the network namespace that the calling thread is in. WeirError where the kernel refuses. */
export function listInterfaces(each: (found: ListedInterface) => void, kernel: Kernel = needKernel()): void {
  const netlink = openNetlink(kernel, NETLINK_ROUTE);
  const found: ListedInterface = { index: 0, mtu: 0, peer: 0 };
  try {
    netlink.ask(listRequest(), (view, type, from, to) => {
      if (type === RTM_NEWLINK && readInterface(view, from, to, found)) each(found);
    });
  } finally {
    netlink.close();
  }
}

function readInterface(view: DataView, from: number, to: number, out: ListedInterface): boolean {
  if (to - from < INTERFACE_BYTES) return false;
  out.index = view.getUint32(from + 4, true);
  out.mtu = 0;
  out.peer = 0;
  for (let at = from + INTERFACE_BYTES; at + 4 <= to; ) {
    const length = view.getUint16(at, true);
    if (length < 4 || at + length > to) return false;
    const type = view.getUint16(at + 2, true) & NLA_TYPE_MASK;
    if (length >= 8 && type === IFLA_MTU) out.mtu = view.getUint32(at + 4, true);
    else if (length >= 8 && type === IFLA_LINK) out.peer = view.getUint32(at + 4, true);
    at += (length + 3) & ~3;
  }
  return true;
}

function listRequest(): Uint8Array {
  const bytes = HEADER_BYTES + INTERFACE_BYTES + 8;
  const request = new Uint8Array(new ArrayBuffer(128), 0, bytes);
  const view = new DataView(request.buffer);
  view.setUint32(0, bytes, true);
  view.setUint16(4, RTM_GETLINK, true);
  view.setUint16(6, NLM_F_REQUEST_DUMP, true);
  view.setUint16(32, 8, true);
  view.setUint16(34, IFLA_EXT_MASK, true);
  view.setUint32(36, RTEXT_FILTER_SKIP_STATS, true);
  return request;
}
