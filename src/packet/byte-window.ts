/** More than the largest block that has to be in memory as a whole. */
const WINDOW_BYTES = 1_048_576;

/** A piece of fixed size of a stream, moved forward over it: memory does not grow with what the stream claims. */
export class ByteWindow {
  readonly view: DataView;
  /** The bytes that are there and not yet used are from `at` to `end`. */
  at = 0;
  end = 0;
  /** Offset in the stream of byte 0 of the view. */
  offset = 0;
  private readonly bytes: Uint8Array;
  private readonly source: AsyncIterator<Uint8Array>;
  /** What the source gave and did not fit. */
  private pending: Uint8Array = new Uint8Array(0);
  private ended = false;

  constructor(source: AsyncIterable<Uint8Array>) {
    const memory = new ArrayBuffer(WINDOW_BYTES);
    this.bytes = new Uint8Array(memory);
    this.view = new DataView(memory);
    this.source = source[Symbol.asyncIterator]();
  }

  /** Moves the unused bytes to the front and adds at least one byte behind them; false at the end of the stream. */
  async fill(): Promise<boolean> {
    // A position beyond the end asks to skip bytes: what is read then may be used up at once.
    do {
      this.compact();
      while (this.pending.length === 0) {
        if (this.ended) return false;
        const { value, done } = await this.source.next();
        if (done) this.ended = true;
        else this.pending = value;
      }
      this.take();
    } while (this.at >= this.end);
    return true;
  }

  private compact(): void {
    const used = Math.min(this.at, this.end);
    this.bytes.copyWithin(0, used, this.end);
    this.offset += used;
    this.at -= used;
    this.end -= used;
  }

  private take(): void {
    const count = Math.min(this.pending.length, this.bytes.length - this.end);
    this.bytes.set(this.pending.subarray(0, count), this.end);
    this.pending = this.pending.subarray(count);
    this.end += count;
  }

  /** Lets go of the source, read to its end or not. */
  async close(): Promise<void> {
    this.ended = true;
    await this.source.return?.();
  }
}
