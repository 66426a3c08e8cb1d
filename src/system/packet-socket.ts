import { WeirError } from '../base/index.ts';
import { callError, ERRNO, type Kernel, type Memory, words } from './kernel.ts';
import { type NetworkInterface, networkInterface } from './network-interface.ts';
import { captureProgram, type LeftOut } from './packet-filter.ts';

/** include/uapi/linux/if_packet.h, if_ether.h, if_arp.h; packet(7) and Documentation/networking/packet_mmap.rst. */
const AF_PACKET = 17;
const SOCK_DGRAM = 2;
const SOCK_RAW = 3;
const SOCK_CLOEXEC = 0o2000000;
const SOL_PACKET = 263;
const PACKET_ADD_MEMBERSHIP = 1;
const PACKET_RX_RING = 5;
const PACKET_STATISTICS = 6;
const PACKET_VERSION = 10;
const PACKET_RESERVE = 12;
const PACKET_VNET_HDR = 15;
const TPACKET_V3 = 2;
const PACKET_MR_PROMISC = 1;
const ETH_P_ALL = 0x0003;
const ARPHRD_ETHER = 1;
export const ARPHRD_LOOPBACK = 772;
const SOL_SOCKET = 1;
const SO_ATTACH_FILTER = 26;
const SOCK_FILTER_BYTES = 8;
const SOCKADDR_LL_BYTES = 20;

/** Room before each frame for the VLAN tag that the kernel took out of it. */
const RESERVED_BYTES = 4;
/** Ring memory is cut into frames of this size for the kernel's arithmetic only: version 3 lays packets one after the other. */
const FRAME_BYTES = 2048;

export interface PacketSocketOptions {
  readonly interface: string;
  /** Bytes that are kept of a packet, from its link layer on. */
  readonly snapBytes: number;
  /** Of packets of ESP, where more is wanted. */
  readonly espSnapBytes?: number;
  readonly blockBytes: number;
  readonly blocks: number;
  /** A block with packets is given to us after so long even when it is not full. */
  readonly blockTimeoutMs: number;
  /** Also frames for other machines, which is what a mirror port brings. */
  readonly promiscuous: boolean;
  /** What this process sends itself. */
  readonly leftOut?: readonly LeftOut[];
  /** The kernel writes before each frame how it is to be cut into segments; of interfaces with Ethernet headers only. */
  readonly offload?: boolean;
}

export interface PacketSocket {
  readonly fd: number;
  readonly interface: NetworkInterface;
  /** Packets begin with their Ethernet header; else with what the link layer carries, which the kernel has taken off. */
  readonly ethernet: boolean;
}

/**
 * A socket of AF_PACKET with a ring of version 3 on one interface. WeirError('not_found') for an interface that is not there,
 * 'system' with the remedy where the process may not do it.
 */
export function openPacketSocket(kernel: Kernel, options: PacketSocketOptions): PacketSocket {
  // Protocol 0: nothing comes before the socket is bound to its interface.
  const any = openSocket(kernel, SOCK_RAW);
  let fd = any;
  try {
    const found = networkInterface(kernel, fd, options.interface);
    const ethernet = found.hardware === ARPHRD_ETHER || found.hardware === ARPHRD_LOOPBACK;
    if (!ethernet) {
      fd = openSocket(kernel, SOCK_DGRAM);
      kernel.close(any);
    }
    const snap = { bytes: options.snapBytes, espBytes: options.espSnapBytes ?? options.snapBytes };
    attachFilter(kernel, fd, captureProgram(ethernet, snap, options.leftOut ?? []));
    setOption(kernel, fd, PACKET_VERSION, 'PACKET_VERSION', numbers(TPACKET_V3), 4);
    setOption(kernel, fd, PACKET_RESERVE, 'PACKET_RESERVE', numbers(RESERVED_BYTES), 4);
    if (options.offload && ethernet) setOption(kernel, fd, PACKET_VNET_HDR, 'PACKET_VNET_HDR', numbers(1), 4);
    const { blockBytes, blocks, blockTimeoutMs } = options;
    const frames = (blockBytes / FRAME_BYTES) * blocks;
    const ring = numbers(blockBytes, blocks, FRAME_BYTES, frames, blockTimeoutMs, 0, 0);
    setOption(kernel, fd, PACKET_RX_RING, `a ring of ${(blockBytes * blocks) >> 20} MiB`, ring, 28);
    bindTo(kernel, fd, found);
    if (options.promiscuous) {
      const request = numbers(found.index, PACKET_MR_PROMISC, 0, 0);
      setOption(kernel, fd, PACKET_ADD_MEMBERSHIP, 'PACKET_MR_PROMISC', request, 16);
    }
    return { fd, interface: found, ethernet };
  } catch (error) {
    kernel.close(fd);
    throw error;
  }
}

function openSocket(kernel: Kernel, type: number): number {
  const fd = kernel.socket(AF_PACKET, type | SOCK_CLOEXEC, 0);
  if (fd >= 0) return fd;
  const errno = kernel.errno();
  if (errno === ERRNO.EPERM || errno === ERRNO.EACCES) {
    throw new WeirError(
      'system',
      'capturing is not permitted: the process needs CAP_NET_RAW (run it as root, or with systemd: AmbientCapabilities=CAP_NET_RAW)',
    );
  }
  if (errno === ERRNO.EAFNOSUPPORT) throw new WeirError('unsupported', 'this kernel has no AF_PACKET sockets');
  throw callError(kernel, 'socket for AF_PACKET');
}

/** A classic BPF program in the kernel, which copies no more than that of each packet. */
function attachFilter(kernel: Kernel, fd: number, instructions: Uint32Array): void {
  const memory = words(instructions.length);
  memory.set(instructions);
  const program = new BigInt64Array(new ArrayBuffer(128), 0, 2);
  program[0] = BigInt(memory.byteLength / SOCK_FILTER_BYTES);
  program[1] = kernel.addressOf(memory);
  const refused = kernel.setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, program, 16) < 0;
  // Looking at it here keeps it alive during the call.
  if (refused || memory.length === 0) throw callError(kernel, 'setsockopt(SO_ATTACH_FILTER)');
}

function bindTo(kernel: Kernel, fd: number, { name, index }: NetworkInterface): void {
  const address = new Uint8Array(new ArrayBuffer(128), 0, SOCKADDR_LL_BYTES);
  const view = new DataView(address.buffer);
  view.setUint16(0, AF_PACKET, true);
  view.setUint16(2, ETH_P_ALL);
  view.setInt32(4, index, true);
  if (kernel.bind(fd, address, SOCKADDR_LL_BYTES) < 0) throw callError(kernel, `bind to interface ${name}`);
}

function setOption(kernel: Kernel, fd: number, option: number, what: string, value: Memory, length: number): void {
  if (kernel.setsockopt(fd, SOL_PACKET, option, value, length) < 0) throw callError(kernel, what);
}

function numbers(...values: number[]): Uint32Array {
  const memory = words(values.length);
  memory.set(values);
  return memory;
}

/** Three words: packets that came (those dropped among them), dropped because the ring was full, stalls; each since it was last asked. */
export function readPacketStatistics(kernel: Kernel, fd: number, out: Memory, length: Memory): void {
  length[0] = 12;
  if (kernel.getsockopt(fd, SOL_PACKET, PACKET_STATISTICS, out, length) < 0)
    throw callError(kernel, 'getsockopt(PACKET_STATISTICS)');
}
