/** Bytes of a set's header: its id and its length. */
const SET_HEADER = 4;

/** One datagram being filled: sets of records, each padded to 32 bits (RFC 3954, section 5; RFC 7011, section 3.3.1). */
export class Message {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  private readonly headerBytes: number;
  private at: number;
  private setId = -1;
  private setAt = 0;

  constructor(maxBytes: number, headerBytes: number) {
    this.bytes = new Uint8Array(maxBytes);
    this.view = new DataView(this.bytes.buffer);
    this.headerBytes = headerBytes;
    this.at = headerBytes;
  }

  get isEmpty(): boolean {
    return this.at === this.headerBytes;
  }

  /** Whether a record of `length` bytes fits into a set of this id, that which is open or a new one. */
  fits(setId: number, length: number): boolean {
    const header = setId === this.setId ? 0 : SET_HEADER + 3;
    return this.at + header + length + 3 <= this.bytes.length;
  }

  /** Appends a record; the caller knows that it fits. */
  append(setId: number, record: Uint8Array): void {
    if (setId !== this.setId) {
      this.closeSet();
      this.setId = setId;
      this.setAt = this.at;
      this.view.setUint16(this.at, setId);
      this.at += SET_HEADER;
    }
    this.bytes.set(record, this.at);
    this.at += record.length;
  }

  /** The datagram so far, as a copy, with room for its header; the message is then empty. */
  take(): Uint8Array {
    this.closeSet();
    const datagram = this.bytes.slice(0, this.at);
    this.at = this.headerBytes;
    return datagram;
  }

  private closeSet(): void {
    if (this.setId < 0) return;
    while ((this.at - this.setAt) % 4 !== 0) this.bytes[this.at++] = 0;
    this.view.setUint16(this.setAt + 2, this.at - this.setAt);
    this.setId = -1;
  }
}
