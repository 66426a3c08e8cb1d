import { callError } from '../kernel.ts';
import type { BpfCall } from './bpf-call.ts';
import type { BpfMap } from './bpf-map.ts';

/** mmap(2) */
const PROT_READ = 1;
const PROT_READ_WRITE = 3;
const MAP_SHARED = 0x01;
const MAP_PRIVATE_FIXED_ANONYMOUS = 0x02 | 0x10 | 0x20;
const MAP_NORESERVE = 0x4000;
const MAP_FAILED = 0xffff_ffff_ffff_ffffn;

/** kernel/bpf/ringbuf.c: a header of two words before each record, its length with two flags first; records begin at multiples of 8. */
const HEADER_BYTES = 8;
const BUSY = 0x8000_0000;
const DISCARDED = 0x4000_0000;

/**
 * Records that programs wrote into a map of type BPF_MAP_TYPE_RINGBUF, read in place without a call. The kernel lays the data twice
 * one after the other, so that a record that goes over the end is in one piece.
 */
export class BpfRingBuffer {
  /** What records are in. */
  readonly view: DataView;
  private readonly call: BpfCall;
  private readonly mask: number;
  private readonly consumed: BigUint64Array;
  private readonly produced: BigUint64Array;
  private readonly words: Uint32Array;
  private readonly parts: readonly { readonly at: bigint; readonly bytes: number }[];

  constructor(call: BpfCall, map: BpfMap) {
    this.call = call;
    const page = call.kernel.getpagesize();
    const bytes = map.definition.entries;
    this.mask = bytes - 1;
    const consumer = this.lay(page, PROT_READ_WRITE, map.fd, 0);
    const producer = this.lay(page + 2 * bytes, PROT_READ, map.fd, page);
    this.parts = [
      { at: consumer, bytes: page },
      { at: producer, bytes: page + 2 * bytes },
    ];
    this.consumed = new BigUint64Array(call.kernel.view(consumer, page));
    const memory = call.kernel.view(producer, page + 2 * bytes);
    this.produced = new BigUint64Array(memory, 0, 1);
    this.view = new DataView(memory, page);
    this.words = new Uint32Array(memory, page);
  }

  /**
   * Calls `each` with where in `view` a record begins and how long it is, for all that are there; it is gone after the call. What comes meanwhile waits
   * for the next time: who writes as fast as it is read cannot keep the reader.
   */
  read(each: (at: number, bytes: number) => void): void {
    let next = Atomics.load(this.consumed, 0);
    const end = Atomics.load(this.produced, 0);
    while (next < end) {
      const at = Number(next & BigInt(this.mask));
      const header = Atomics.load(this.words, at / 4);
      // Reserved, and not yet written: the rest waits with it.
      if ((header & BUSY) !== 0) break;
      const bytes = header & ~DISCARDED;
      if ((header & DISCARDED) === 0) each(at + HEADER_BYTES, bytes);
      next += BigInt(HEADER_BYTES + Math.ceil(bytes / 8) * 8);
      Atomics.store(this.consumed, 0, next);
    }
  }

  /** Views may live on and cannot be detached: empty pages take the place of the ring. */
  close(): void {
    for (const { at, bytes } of this.parts)
      this.call.kernel.mmap(at, bytes, PROT_READ_WRITE, MAP_PRIVATE_FIXED_ANONYMOUS | MAP_NORESERVE, -1, 0);
  }

  private lay(bytes: number, protection: number, fd: number, offset: number): bigint {
    const at = this.call.kernel.mmap(null, bytes, protection, MAP_SHARED, fd, offset);
    if (at === MAP_FAILED) throw callError(this.call.kernel, 'mmap of a BPF ring buffer');
    return at;
  }
}
