import { IPFIX_HEADER, isIpfixMessage } from './import-formats.ts';

const LONGEST = 65_535;
const PIECE = 16_384;
const FIRST_BYTES = 4_096;

/** A whole message. The view is used again: what is wanted later must be copied. */
export type FramedSink = (view: DataView, at: number, length: number) => void;

/**
 * Cuts IPFIX messages out of a stream by their length (RFC 7011 section 10.4, RFC 5655 section 4). Unlike a live session, a capture may begin
 * amid a message or lack bytes, and a file may be damaged: it then looks for the next message that is whole in itself.
 */
export class MessageFramer {
  messages = 0;
  /** Bytes that belong to no message, and how often it lost its step. */
  skippedBytes = 0;
  faults = 0;
  /** Where in the stream the first of them stands. */
  firstFault = -1;
  private bytes = new Uint8Array(FIRST_BYTES);
  private view = new DataView(this.bytes.buffer);
  private have = 0;
  /** Bytes of the stream before `bytes`. */
  private before = 0;
  private inStep: boolean;
  private readonly sink: FramedSink;

  /** `inStep`: the first byte begins a message. */
  constructor(sink: FramedSink, inStep: boolean) {
    this.sink = sink;
    this.inStep = inStep;
  }

  take(view: DataView, at: number, length: number): void {
    for (let done = 0; done < length; done += PIECE) {
      const size = Math.min(PIECE, length - done);
      this.append(new Uint8Array(view.buffer, view.byteOffset + at + done, size));
      this.cut(false, 0);
    }
  }

  /** The stream is at its end; how many bytes of a message are there that is not whole, and behind whose beginning is no other. */
  finish(): number {
    this.cut(true, 0);
    while (this.inStep && this.have > 0) {
      const { have, before, messages, skippedBytes } = this;
      // A length that promises too much may be noise: what stands behind it is worth more than its word.
      this.inStep = false;
      this.skippedBytes += 1;
      this.cut(true, 1);
      if (this.messages === messages) {
        this.skippedBytes = skippedBytes;
        return have;
      }
      this.noteFault(before);
    }
    return 0;
  }

  private append(piece: Uint8Array): void {
    if (this.have + piece.length > this.bytes.length) {
      const larger = new Uint8Array(
        Math.min(LONGEST + PIECE, Math.max(this.bytes.length * 2, this.have + piece.length)),
      );
      larger.set(this.bytes.subarray(0, this.have));
      this.bytes = larger;
      this.view = new DataView(larger.buffer);
    }
    this.bytes.set(piece, this.have);
    this.have += piece.length;
  }

  private cut(ended: boolean, from: number): void {
    let at = from;
    for (;;) {
      const next = this.inStep ? this.step(at) : this.search(at, ended);
      if (next < 0) break;
      at = next;
    }
    this.bytes.copyWithin(0, at, this.have);
    this.have -= at;
    this.before += at;
  }

  /** Behind the message at `at`; -1 when it is not whole yet. */
  private step(at: number): number {
    const left = this.have - at;
    if (left < 4) return -1;
    const length = this.view.getUint16(at + 2);
    if (this.view.getUint16(at) !== 10 || length < IPFIX_HEADER) {
      this.inStep = false;
      this.noteFault(this.before + at);
      return at;
    }
    if (left < length) return -1;
    this.messages += 1;
    this.sink(this.view, at, length);
    return at + length;
  }

  private noteFault(place: number): void {
    this.faults += 1;
    if (this.firstFault < 0) this.firstFault = place;
  }

  /** The next position to look at, in step again or not; -1 when more bytes are needed to tell. */
  private search(at: number, ended: boolean): number {
    const left = this.have - at;
    if (left === 0 || (left < 4 && !ended)) return -1;
    if (left >= 4 && this.view.getUint16(at) === 10) {
      const length = this.view.getUint16(at + 2);
      if (length > left && length > IPFIX_HEADER && !ended) return -1;
      if (length <= left && isIpfixMessage(this.view, at, length)) {
        this.inStep = true;
        return at;
      }
    }
    this.skippedBytes += 1;
    return at + 1;
  }
}
