import { WeirError } from '../base/index.ts';
import { callError, ERRNO, type Kernel, needKernel, words } from './kernel.ts';
import { type InterfaceState, interfaceState } from './network-interface.ts';
import type { LeftOut } from './packet-filter.ts';
import { ARPHRD_LOOPBACK, openPacketSocket, type PacketSocket, readPacketStatistics } from './packet-socket.ts';

/** Packets that one `receive` gives, at most. */
const MOST_PACKETS = 4096;
const BLOCK_BYTES = 1 << 20;
/** The timer begins when a block is opened: a lone packet is given after one to two of these. */
const BLOCK_TIMEOUT_MS = 50;

/** struct tpacket_block_desc with tpacket_hdr_v1, as words. */
const BLOCK_STATUS = 8 / 4;
const BLOCK_PACKETS = 12 / 4;
const BLOCK_FIRST = 16 / 4;
const TP_STATUS_USER = 1;
/** struct tpacket3_hdr, and sockaddr_ll behind it. */
const NEXT = 0;
const SECONDS = 4;
const NANOSECONDS = 8;
const CAPTURED = 12;
const LENGTH = 16;
const STATUS = 20;
const LINK_AT = 24;
const VLAN_TCI = 32;
const VLAN_TPID = 36;
/** struct virtio_net_hdr, right before the frame (include/uapi/linux/virtio_net.h). */
const VNET_BYTES = 10;
const GSO_TYPE = 1;
const GSO_SIZE = 4;
const ETHER_TYPE = 48 + 2;
const PACKET_TYPE = 48 + 10;
const TP_STATUS_VLAN_VALID = 1 << 4;
const TP_STATUS_VLAN_TPID_VALID = 1 << 6;
const PACKET_OUTGOING = 4;
const ETHER_TYPE_VLAN = 0x8100;
const ETHER_TYPE_MPLS = 0x8847;

/** As in https://www.tcpdump.org/linktypes.html. */
const LINK_ETHERNET = 1;
const LINK_RAW_IP = 101;
const LINK_MPLS = 219;

const POLLIN = 1;
const SOL_SOCKET = 1;
const SO_ERROR = 4;
/** mmap(2) on the machines of MACHINES. */
const PROT_READ_WRITE = 3;
const MAP_SHARED = 0x01;
const MAP_PRIVATE_FIXED_ANONYMOUS = 0x02 | 0x10 | 0x20;
const MAP_NORESERVE = 0x4000;
const MAP_FAILED = 0xffff_ffff_ffff_ffffn;

export interface PacketRingOptions {
  readonly interface: string;
  /** Bytes that are kept of a packet. */
  readonly snapBytes: number;
  /** Of packets of ESP, where more is wanted: their trailer is at their end, and what they carry cannot be told without it. */
  readonly espSnapBytes?: number;
  /** Memory of the ring, in whole MiB. */
  readonly ringBytes: number;
  /** Also frames for other machines, as a mirror port brings them. */
  readonly promiscuous: boolean;
  /** What this process sends itself, by the sockets that it sends from: such datagrams are not given. */
  readonly leftOut?: readonly LeftOut[];
  /** Memory is given to us in pieces of this size, a power of two of pages: full ones, and others by time. Many small ones for who looks seldom. 1 MiB. */
  readonly blockBytes?: number;
  /** `segmentBytes` and `outgoing` are filled as well. */
  readonly offload?: boolean;
}

/** What the kernel counted since the ring was opened. */
export interface PacketRingCounts {
  /** Packets that came for the ring, those that it dropped among them. */
  packets: number;
  /** Dropped because the ring was full. */
  drops: number;
}

/**
 * Packets of one interface out of a ring that the kernel writes (AF_PACKET, TPACKET_V3), read in place: for a thread that can
 * wait in a call. The columns are those of a chunk of a capture, so that one loop reads files and interfaces.
 */
export class PacketRing {
  /** Packets of the last `receive`. */
  count = 0;
  readonly view: DataView;
  readonly at = new Uint32Array(MOST_PACKETS);
  readonly captured = new Uint32Array(MOST_PACKETS);
  /** Bytes that the packet had, the VLAN tag among them. What the host joined or will cut (GRO, TSO) is one packet, as the host saw it. */
  readonly original = new Uint32Array(MOST_PACKETS);
  readonly timeMs = new Float64Array(MOST_PACKETS);
  readonly linkType = new Uint32Array(MOST_PACKETS);
  /** With `offload`: payload bytes of each segment that a larger packet is cut into, or was joined from; 0 where it is one segment. */
  readonly segmentBytes = new Uint16Array(MOST_PACKETS);
  /** With `offload`: 1 where this host put the packet out by the interface, 0 where it came in. */
  readonly outgoing = new Uint8Array(MOST_PACKETS);
  /** All 0: there is one interface. */
  readonly interfaceId = new Uint32Array(MOST_PACKETS);
  readonly interfaceIndex: number;
  /** For `waitForPackets`. */
  readonly fd: number;
  private readonly kernel: Kernel;
  private readonly socket: PacketSocket;
  private readonly ringAt: bigint;
  private readonly ringBytes: number;
  private readonly bytes: Uint8Array;
  private readonly words: Int32Array;
  private readonly blocks: number;
  private readonly blockBytes: number;
  /** Loopback shows each packet twice, on its way out and in. */
  private readonly skipOutgoing: boolean;
  private readonly offload: boolean;
  private readonly waiting = words(2);
  private readonly statistics = words(3);
  private readonly number = words(1);
  private readonly counted: PacketRingCounts = { packets: 0, drops: 0 };
  private block = 0;
  /** Packets of the block that were not given yet, and where the next one is; `held` while the block is ours. */
  private left = 0;
  private next = 0;
  private held = false;
  private open = true;

  constructor(kernel: Kernel, socket: PacketSocket, ringBytes: number, blockBytes: number, offload = false) {
    this.kernel = kernel;
    this.socket = socket;
    this.fd = socket.fd;
    this.interfaceIndex = socket.interface.index;
    this.skipOutgoing = socket.interface.hardware === ARPHRD_LOOPBACK;
    this.offload = offload;
    this.blocks = ringBytes / blockBytes;
    this.blockBytes = blockBytes;
    this.ringBytes = ringBytes;
    this.ringAt = kernel.mmap(null, ringBytes, PROT_READ_WRITE, MAP_SHARED, socket.fd, 0);
    if (this.ringAt === MAP_FAILED) throw callError(kernel, 'mmap of the packet ring');
    const ring = kernel.view(this.ringAt, ringBytes);
    this.view = new DataView(ring);
    this.bytes = new Uint8Array(ring);
    this.words = new Int32Array(ring);
    this.waiting[0] = socket.fd;
    this.waiting[1] = POLLIN;
  }

  /**
   * Waits for packets, at most `timeoutMs`, and lays them into the columns; how many. 0 after the time, a signal, or when the
   * interface went down (see `state`). They stay where they are until the next call.
   */
  receive(timeoutMs: number): number {
    if (!this.open) throw new WeirError('internal', 'receive() on a closed packet ring');
    this.count = 0;
    if (this.left === 0) {
      if (this.held) this.giveBack();
      if (!this.ready() && (!this.wait(timeoutMs) || !this.ready())) return 0;
      const at = this.block * this.blockBytes;
      this.held = true;
      this.left = this.words[at / 4 + BLOCK_PACKETS]!;
      this.next = at + this.words[at / 4 + BLOCK_FIRST]!;
    }
    this.fill();
    return this.count;
  }

  /** What the kernel counted since the ring was opened. The same object is filled each time. */
  counts(): Readonly<PacketRingCounts> {
    readPacketStatistics(this.kernel, this.socket.fd, this.statistics, this.number);
    this.counted.packets += this.statistics[0]!;
    this.counted.drops += this.statistics[1]!;
    return this.counted;
  }

  /** Whether packets can come; an interface that was replaced needs another ring. */
  get state(): InterfaceState {
    return interfaceState(this.kernel, this.socket.fd, this.socket.interface);
  }

  /** Throws a WeirError where its memory cannot be given back; the socket is closed also then. */
  close(): void {
    if (!this.open) return;
    this.open = false;
    this.left = 0;
    // Views of the ring may live on and cannot be detached: empty pages take its place, which cost nothing and read as zeros.
    const flags = MAP_PRIVATE_FIXED_ANONYMOUS | MAP_NORESERVE;
    const { kernel } = this;
    const laid = kernel.mmap(this.ringAt, this.ringBytes, PROT_READ_WRITE, flags, -1, 0) !== MAP_FAILED;
    const error = laid ? null : callError(kernel, 'mmap in place of a packet ring');
    kernel.close(this.fd);
    if (error) throw error;
  }

  private ready(): boolean {
    const status = this.block * (this.blockBytes / 4) + BLOCK_STATUS;
    return (Atomics.load(this.words, status) & TP_STATUS_USER) !== 0;
  }

  private giveBack(): void {
    Atomics.store(this.words, this.block * (this.blockBytes / 4) + BLOCK_STATUS, 0);
    this.block = (this.block + 1) % this.blocks;
    this.held = false;
  }

  private wait(timeoutMs: number): boolean {
    const { kernel, waiting } = this;
    const ready = kernel.poll(waiting, 1, timeoutMs);
    if (ready < 0) {
      if (kernel.errno() === ERRNO.EINTR) return false;
      throw callError(kernel, 'poll on a packet ring');
    }
    if (ready === 0) return false;
    // An interface that went down stands as an error of the socket, and poll would not wait again before it is taken.
    if ((waiting[1]! >>> 16) & ~POLLIN) this.takeError();
    return true;
  }

  private takeError(): void {
    const { kernel, number, statistics } = this;
    number[0] = 4;
    kernel.getsockopt(this.socket.fd, SOL_SOCKET, SO_ERROR, statistics, number);
  }

  /** Lays packets of the block into the columns, as many as they hold. */
  private fill(): void {
    const { view } = this;
    const raw = this.socket.ethernet;
    let n = 0;
    let packet = this.next;
    let left = this.left;
    for (; left > 0 && n < MOST_PACKETS; left--) {
      const here = packet;
      packet += view.getUint32(here + NEXT, true);
      if (this.skipOutgoing && view.getUint8(here + PACKET_TYPE) === PACKET_OUTGOING) continue;
      if (this.offload) this.noteOffload(here, n);
      const tagged = raw && (view.getUint32(here + STATUS, true) & TP_STATUS_VLAN_VALID) !== 0;
      const tag = tagged ? this.restoreTag(here) : 0;
      this.at[n] = here + view.getUint16(here + LINK_AT, true) - tag;
      this.captured[n] = view.getUint32(here + CAPTURED, true) + tag;
      this.original[n] = view.getUint32(here + LENGTH, true) + tag;
      this.timeMs[n] = view.getUint32(here + SECONDS, true) * 1000 + view.getUint32(here + NANOSECONDS, true) / 1e6;
      this.linkType[n] = raw ? LINK_ETHERNET : cookedLinkType(view.getUint16(here + ETHER_TYPE));
      n += 1;
    }
    this.count = n;
    this.left = left;
    this.next = packet;
  }

  /** To be read before the tag is put back, which is written over it. */
  private noteOffload(here: number, n: number): void {
    const { view } = this;
    this.outgoing[n] = view.getUint8(here + PACKET_TYPE) === PACKET_OUTGOING ? 1 : 0;
    if (!this.socket.ethernet) return;
    const at = here + view.getUint16(here + LINK_AT, true) - VNET_BYTES;
    this.segmentBytes[n] = view.getUint8(at + GSO_TYPE) === 0 ? 0 : view.getUint16(at + GSO_SIZE, true);
  }

  /** Puts the tag that the kernel or the card took out back behind the addresses; the bytes that the frame grew by. */
  private restoreTag(here: number): number {
    const { view, bytes } = this;
    if (view.getUint32(here + CAPTURED, true) < 12) return 0;
    const at = here + view.getUint16(here + LINK_AT, true);
    const known = (view.getUint32(here + STATUS, true) & TP_STATUS_VLAN_TPID_VALID) !== 0;
    bytes.copyWithin(at - 4, at, at + 12);
    view.setUint16(at + 8, known ? view.getUint16(here + VLAN_TPID, true) : ETHER_TYPE_VLAN);
    view.setUint16(at + 10, view.getUint32(here + VLAN_TCI, true));
    return 4;
  }
}

/** What a packet begins with where the kernel took the link layer off. What is no IP fails at its version. */
function cookedLinkType(etherType: number): number {
  return etherType === ETHER_TYPE_MPLS ? LINK_MPLS : LINK_RAW_IP;
}

/** Opens a ring on an interface and begins to capture; WeirError with the remedy where that is not possible. */
export function openPacketRing(options: PacketRingOptions, kernel: Kernel = needKernel()): PacketRing {
  const blockBytes = options.blockBytes ?? BLOCK_BYTES;
  const blocks = Math.max(2, Math.ceil(options.ringBytes / blockBytes));
  const socket = openPacketSocket(kernel, {
    ...options,
    blockBytes,
    blocks,
    blockTimeoutMs: BLOCK_TIMEOUT_MS,
  });
  try {
    return new PacketRing(kernel, socket, blocks * blockBytes, blockBytes, options.offload);
  } catch (error) {
    kernel.close(socket.fd);
    throw error;
  }
}
