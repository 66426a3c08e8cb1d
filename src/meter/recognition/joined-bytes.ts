/** So many bytes of one side are joined at most: a ClientHello with the key shares of today has 2,000. */
export const JOINED_BYTES = 4096;
/** Buffers: those of flows whose first bytes have come in part. */
const BUFFERS = 1024;
const WORDS = JOINED_BYTES / 32;

/**
 * A bounded pool of buffers in which pieces of a stream are put together, whatever their order. Number 0 is none. When all are in use the one that was taken
 * the longest ago is taken away from its owner: nobody can keep others from being recognised by beginning and going no further.
 */
export class JoinedBytes {
  /** The bytes of all buffers. */
  readonly view: DataView;
  /** Buffers that were taken away from their owners. */
  takenAway = 0;
  /** A bit for each byte that has come. */
  private readonly come = new Uint32Array((BUFFERS + 1) * WORDS);
  /** So many bytes have come without a gap, from the first on. */
  private readonly whole = new Uint16Array(BUFFERS + 1);
  private readonly owners = new Int32Array(BUFFERS + 1);
  private readonly free: number[] = [];
  private used = 0;
  private next = 0;

  constructor() {
    this.view = new DataView(new ArrayBuffer((BUFFERS + 1) * JOINED_BYTES));
  }

  /** A buffer without bytes, for `owner`, a number above 0. */
  take(owner: number): number {
    const buffer = this.free.pop() ?? (this.used < BUFFERS ? ++this.used : this.rob());
    this.owners[buffer] = owner;
    this.whole[buffer] = 0;
    this.come.fill(0, buffer * WORDS, (buffer + 1) * WORDS);
    return buffer;
  }

  /** Whether it was not taken away. */
  isOf(buffer: number, owner: number): boolean {
    return this.owners[buffer] === owner;
  }

  give(buffer: number): void {
    this.owners[buffer] = 0;
    this.free.push(buffer);
  }

  /** Where the bytes of a buffer begin in `view`. */
  at(buffer: number): number {
    return buffer * JOINED_BYTES;
  }

  /** Bytes that have come without a gap. */
  length(buffer: number): number {
    return this.whole[buffer]!;
  }

  /** Puts bytes at `offset` of the buffer, as many as fit; true when there are now more without a gap. */
  put(buffer: number, offset: number, data: DataView, at: number, length: number): boolean {
    const end = Math.min(JOINED_BYTES, offset + length);
    if (offset >= end) return false;
    const target = this.at(buffer);
    const bits = buffer * WORDS;
    for (let i = offset; i < end; i++) {
      this.view.setUint8(target + i, data.getUint8(at + i - offset));
      this.come[bits + (i >>> 5)]! |= 1 << (i & 31);
    }
    const before = this.whole[buffer]!;
    let whole = before;
    while (whole < JOINED_BYTES && this.has(buffer, whole)) whole += 1;
    this.whole[buffer] = whole;
    return whole > before;
  }

  private has(buffer: number, i: number): boolean {
    return (this.come[buffer * WORDS + (i >>> 5)]! & (1 << (i & 31))) !== 0;
  }

  private rob(): number {
    this.next = (this.next % BUFFERS) + 1;
    this.takenAway += 1;
    return this.next;
  }
}
