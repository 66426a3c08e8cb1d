import type { DatagramSlots } from './receive-loop-options.ts';

/** The longest UDP payload and the longest IPFIX message: their lengths have 16 bits. */
const SLOT_BYTES = 65_536;

/** One datagram at a time, for receivers that are handed each by itself. */
export class OneDatagram implements DatagramSlots {
  readonly bytes = new Uint8Array(SLOT_BYTES);
  readonly view = new DataView(this.bytes.buffer);
  readonly slotBytes = SLOT_BYTES;
  readonly lengths = new Uint32Array(1);
  readonly sourceWords = new Uint32Array(4);
  readonly sourcePorts = new Uint16Array(1);

  truncated(): boolean {
    return false;
  }

  set(from: Uint8Array, source: Uint32Array, sourcePort: number): void {
    this.bytes.set(from);
    this.lengths[0] = from.length;
    this.sourceWords.set(source);
    this.sourcePorts[0] = sourcePort;
  }
}
