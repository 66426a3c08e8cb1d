/** Captures of the datagrams that came to a collector: pcap (draft-ietf-opsawg-pcap), Ethernet, IPv4, UDP. */

const FILE_HEADER_BYTES = 24;
const RECORD_BYTES = 16;
const FRAME_BYTES = 14 + 20 + 8;
const ETHERNET = 1;
/** How much is handed on at once. */
const CHUNK_BYTES = 1 << 18;

export class DatagramCapture {
  private chunk = new Uint8Array(CHUNK_BYTES);
  private view = new DataView(this.chunk.buffer);
  private at = 0;
  private whole: Uint8Array[] = [];

  constructor() {
    const { view } = this;
    // Times in microseconds, big-endian.
    view.setUint32(0, 0xa1_b2_c3_d4);
    view.setUint16(4, 2);
    view.setUint16(6, 4);
    view.setUint32(16, 65_535);
    view.setUint32(20, ETHERNET);
    this.at = FILE_HEADER_BYTES;
  }

  add(from: number, to: number, port: number, datagram: Uint8Array, timeMs: number): void {
    const length = FRAME_BYTES + datagram.length;
    if (this.at + RECORD_BYTES + length > CHUNK_BYTES) this.next();
    const { view, at } = this;
    view.setUint32(at, Math.floor(timeMs / 1_000));
    view.setUint32(at + 4, (timeMs % 1_000) * 1_000);
    view.setUint32(at + 8, length);
    view.setUint32(at + 12, length);
    this.frame(at + RECORD_BYTES, from, to, port, datagram.length);
    this.chunk.set(datagram, at + RECORD_BYTES + FRAME_BYTES);
    this.at += RECORD_BYTES + length;
  }

  /** What is whole since the last call. */
  take(): Uint8Array[] {
    const { whole } = this;
    this.whole = [];
    return whole;
  }

  /** The rest. */
  end(): Uint8Array[] {
    this.next();
    return this.take();
  }

  private frame(at: number, from: number, to: number, port: number, payload: number): void {
    const { view } = this;
    view.setUint16(at + 12, 0x0800);
    const ip = at + 14;
    view.setUint8(ip, 0x45);
    view.setUint16(ip + 2, 28 + payload);
    view.setUint8(ip + 8, 64);
    view.setUint8(ip + 9, 17);
    view.setUint32(ip + 12, from);
    view.setUint32(ip + 16, to);
    view.setUint16(ip + 20, 50_000);
    view.setUint16(ip + 22, port);
    view.setUint16(ip + 24, 8 + payload);
  }

  private next(): void {
    this.whole.push(this.chunk.subarray(0, this.at));
    this.chunk = new Uint8Array(CHUNK_BYTES);
    this.view = new DataView(this.chunk.buffer);
    this.at = 0;
  }
}
