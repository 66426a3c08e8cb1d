/** Why a connection cannot go on: nothing tells where the next message would begin. */
export type MessageFault = 'not_ipfix' | 'bad_length';

/** A whole message; `bytes` are the caller's and hold only until the call returns. */
export type MessageSink = (bytes: Uint8Array, at: number, length: number) => void;

/** RFC 7011 section 3.1: version and length come first; the header is 16 octets long and the length is that of the whole message. */
const VERSION = 10;
const LENGTH_END = 4;
const HEADER_BYTES = 16;

/**
 * Cuts IPFIX messages out of a byte stream by their length (RFC 7011 section 10.4). Holds at most one message that is not whole yet, so at
 * most 65,535 bytes, whatever comes.
 */
export class MessageCutter {
  private readonly sink: MessageSink;
  private readonly head = new Uint8Array(LENGTH_END);
  private body: Uint8Array | null = null;
  private have = 0;

  constructor(sink: MessageSink) {
    this.sink = sink;
  }

  /** Whether a message has begun and is not whole. */
  get amid(): boolean {
    return this.have > 0;
  }

  /** Takes what the connection brought; after a fault nothing more may be given. */
  take(chunk: Uint8Array): MessageFault | null {
    let at = 0;
    while (at < chunk.length) {
      const whole = this.have === 0 && chunk.length - at >= LENGTH_END;
      const length = whole ? lengthOf(chunk, at) : 0;
      if (typeof length === 'string') return length;
      if (whole && length <= chunk.length - at) {
        this.sink(chunk, at, length);
        at += length;
        continue;
      }
      const fault = this.hold(chunk, at);
      if (fault) return fault;
      at += this.used;
    }
    return null;
  }
  private used = 0;

  /** Keeps what is missing of the message from `at` on, `used` bytes of it, and hands the message on when that makes it whole. */
  private hold(chunk: Uint8Array, at: number): MessageFault | null {
    const into = this.body ?? this.head;
    this.used = Math.min(into.length - this.have, chunk.length - at);
    into.set(chunk.subarray(at, at + this.used), this.have);
    this.have += this.used;
    if (this.have < into.length) return null;
    if (this.body) {
      const { body } = this;
      this.body = null;
      this.have = 0;
      this.sink(body, 0, body.length);
      return null;
    }
    const length = lengthOf(this.head, 0);
    if (typeof length === 'string') return length;
    this.body = new Uint8Array(length);
    this.body.set(this.head);
    return null;
  }
}

function lengthOf(bytes: Uint8Array, at: number): number | MessageFault {
  if (((bytes[at]! << 8) | bytes[at + 1]!) !== VERSION) return 'not_ipfix';
  const length = (bytes[at + 2]! << 8) | bytes[at + 3]!;
  return length < HEADER_BYTES ? 'bad_length' : length;
}
