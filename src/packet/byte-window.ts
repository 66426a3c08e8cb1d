/** More than the largest block that has to be in memory as a whole. */
const WINDOW_BYTES = 1_048_576;
/** Bytes that are asked for at a time: few enough to be in the processor's cache still when they are looked at. */
const READ_BYTES = 262_144;

/** Where the bytes of a window come from. */
export interface ByteSource {
  /** Writes the next bytes to the front of `into`; how many, 0 at the end only. */
  read(into: Uint8Array): Promise<number>;
  /** Lets go of it, read to its end or not. */
  close(): Promise<void>;
}

/** A piece of fixed size of a stream, moved forward over it: memory does not grow with what the stream claims. */
export class ByteWindow {
  readonly view: DataView;
  /** The bytes that are there and not yet used are from `at` to `end`. */
  at = 0;
  end = 0;
  /** Offset in the stream of byte 0 of the view. */
  offset = 0;
  private readonly bytes: Uint8Array;
  private readonly source: ByteSource;

  constructor(source: ByteSource) {
    const memory = new ArrayBuffer(WINDOW_BYTES);
    this.bytes = new Uint8Array(memory);
    this.view = new DataView(memory);
    this.source = source;
  }

  /** Moves the unused bytes to the front and adds at least one byte behind them; false at the end of the stream. */
  async fill(): Promise<boolean> {
    // A position beyond the end asks to skip bytes: what is read then may be used up at once.
    do {
      this.compact();
      const count = await this.source.read(this.bytes.subarray(this.end, this.end + READ_BYTES));
      if (count === 0) return false;
      this.end += count;
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
}
