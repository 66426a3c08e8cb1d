import type { Kernel } from './kernel.ts';
import { AF_INET, SOCKADDR_BYTES } from './socket-address.ts';

/** struct mmsghdr, 64-bit (include/linux/socket.h): msghdr of 56 bytes, msg_len, padding. Offsets in 32-bit words. */
const MMSGHDR_BYTES = 64;
const MMSGHDR_WORDS = MMSGHDR_BYTES / 4;
const NAMELEN = 8 / 4;
const FLAGS = 48 / 4;
const LEN = 56 / 4;
const IOVEC_BYTES = 16;
const NAME_STRIDE = 32;
const MSG_TRUNC = 0x20;

/**
 * The memory that recvmmsg(2) fills: for each message a slot for its bytes, its source address, an iovec and a mmsghdr
 * that point at them. Laid out once; between calls only the fields that the kernel has overwritten are set back. The
 * object must live as long as the kernel may write: the pointers are bare numbers that keep nothing alive.
 */
export class MessageSlots {
  readonly count: number;
  readonly slotBytes: number;
  readonly bytes: Uint8Array;
  readonly view: DataView;
  readonly headers: Uint32Array;
  readonly lengths: Uint32Array;
  readonly sourceWords: Uint32Array;
  readonly sourcePorts: Uint16Array;
  private readonly iovecs: Uint8Array;
  private readonly names: Uint8Array;
  private readonly nameView: DataView;
  private used = 0;

  constructor(kernel: Kernel, count: number, slotBytes: number) {
    this.count = count;
    this.slotBytes = slotBytes;
    // The allocator maps zero pages for this size: a slot that no datagram ever filled costs address space only.
    this.bytes = new Uint8Array(new ArrayBuffer(count * slotBytes));
    this.view = new DataView(this.bytes.buffer);
    this.headers = new Uint32Array(new ArrayBuffer(Math.max(128, count * MMSGHDR_BYTES)));
    this.iovecs = new Uint8Array(new ArrayBuffer(Math.max(128, count * IOVEC_BYTES)));
    this.names = new Uint8Array(new ArrayBuffer(Math.max(128, count * NAME_STRIDE)));
    this.nameView = new DataView(this.names.buffer);
    this.lengths = new Uint32Array(count);
    this.sourceWords = new Uint32Array(count * 4);
    this.sourcePorts = new Uint16Array(count);
    this.layOut(kernel);
  }

  private layOut(kernel: Kernel): void {
    const bytesAt = kernel.addressOf(this.bytes);
    const iovecsAt = kernel.addressOf(this.iovecs);
    const namesAt = kernel.addressOf(this.names);
    const header = new DataView(this.headers.buffer);
    const iovec = new DataView(this.iovecs.buffer);
    for (let i = 0; i < this.count; i++) {
      iovec.setBigUint64(i * IOVEC_BYTES, bytesAt + BigInt(i * this.slotBytes), true);
      iovec.setBigUint64(i * IOVEC_BYTES + 8, BigInt(this.slotBytes), true);
      const at = i * MMSGHDR_BYTES;
      header.setBigUint64(at, namesAt + BigInt(i * NAME_STRIDE), true);
      header.setUint32(at + 8, SOCKADDR_BYTES, true);
      header.setBigUint64(at + 16, iovecsAt + BigInt(i * IOVEC_BYTES), true);
      header.setBigUint64(at + 24, 1n, true);
    }
  }

  /** Sets back what the kernel overwrote in the last call: the room for the source address. */
  rearm(): void {
    for (let i = 0; i < this.used; i++) this.headers[i * MMSGHDR_WORDS + NAMELEN] = SOCKADDR_BYTES;
    this.used = 0;
  }

  /** Reads length and source of the first `count` messages, which the kernel has just filled. */
  take(count: number): void {
    const { headers, lengths, sourceWords, sourcePorts, nameView } = this;
    for (let i = 0; i < count; i++) {
      lengths[i] = headers[i * MMSGHDR_WORDS + LEN]!;
      const name = i * NAME_STRIDE;
      sourcePorts[i] = nameView.getUint16(name + 2);
      const at = 4 * i;
      if (nameView.getUint16(name, true) === AF_INET) {
        sourceWords[at] = 0;
        sourceWords[at + 1] = 0;
        sourceWords[at + 2] = 0xffff;
        sourceWords[at + 3] = nameView.getUint32(name + 4);
      } else {
        sourceWords[at] = nameView.getUint32(name + 8);
        sourceWords[at + 1] = nameView.getUint32(name + 12);
        sourceWords[at + 2] = nameView.getUint32(name + 16);
        sourceWords[at + 3] = nameView.getUint32(name + 20);
      }
    }
    this.used = count;
  }

  truncated(i: number): boolean {
    return (this.headers[i * MMSGHDR_WORDS + FLAGS]! & MSG_TRUNC) !== 0;
  }
}
