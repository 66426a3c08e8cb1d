import {
  type CaptureChunk,
  type CaptureDamageCause,
  type CaptureFacts,
  isFull,
  MAX_CAPTURED_BYTES,
  MAX_INTERFACES,
  type RecordReader,
} from './capture.ts';
import { addDropsBetween, readInterface, readStatistics, type SectionInterface } from './pcapng-interfaces.ts';

// https://www.ietf.org/archive/id/draft-ietf-opsawg-pcapng-03.html section 4
const BLOCK = {
  interface: 1,
  packet: 2, // obsolete, of before 2009
  simplePacket: 3,
  statistics: 5,
  enhancedPacket: 6,
  section: 0x0a0d0d0a,
} as const;

const BYTE_ORDER_MARK = 0x1a2b3c4d;

/** Type and length before, length behind. */
const LEAST_BLOCK_BYTES = 12;

/** Blocks that are read must be in memory as a whole; their options may take this much beside the packet. */
const MAX_BLOCK_BYTES = MAX_CAPTURED_BYTES + 131_072;

/** True when the bytes begin as a pcapng file does. The type of the first block reads the same in both byte orders. */
export function isPcapng(view: DataView, at: number): boolean {
  return view.getUint32(at) === BLOCK.section;
}

/** Reads pcapng files; see RecordReader. */
export class PcapngReader implements RecordReader {
  private readonly facts: CaptureFacts;
  private little = true;
  /** Those of this section, whose packets number them from 0. */
  private interfaces: SectionInterface[] = [];

  constructor(facts: CaptureFacts) {
    this.facts = facts;
    facts.format = 'pcapng';
  }

  read(view: DataView, at: number, end: number, fileOffset: number, chunk: CaptureChunk): number {
    let next = at;
    while (next + LEAST_BLOCK_BYTES <= end && !isFull(chunk)) {
      const type = view.getUint32(next, this.little);
      if (type === BLOCK.section && !this.readByteOrder(view, next)) {
        return this.stop('bad_byte_order', fileOffset + next, next);
      }
      const length = view.getUint32(next + 4, this.little);
      if (length < LEAST_BLOCK_BYTES || length % 4 !== 0) {
        return this.stop('bad_block_length', fileOffset + next, next);
      }
      if (length > MAX_BLOCK_BYTES) {
        if (isRead(type)) return this.stop('record_too_large', fileOffset + next, next);
        return next + length;
      }
      if (next + length > end) return next;
      const damage =
        view.getUint32(next + length - 4, this.little) === length
          ? this.readBlock(view, next, length, type, chunk)
          : 'bad_block_length';
      if (damage) return this.stop(damage, fileOffset + next, next);
      next += length;
    }
    return next;
  }

  private stop(cause: CaptureDamageCause, offset: number, at: number): number {
    this.facts.damage = { cause, offset };
    return at;
  }

  private readByteOrder(view: DataView, at: number): boolean {
    this.little = view.getUint32(at + 8, true) === BYTE_ORDER_MARK;
    return this.little || view.getUint32(at + 8) === BYTE_ORDER_MARK;
  }

  private readBlock(
    view: DataView,
    at: number,
    length: number,
    type: number,
    chunk: CaptureChunk,
  ): CaptureDamageCause | null {
    switch (type) {
      case BLOCK.section:
        return this.startSection(view, at, length);
      case BLOCK.interface:
        return this.addInterface(view, at, length);
      case BLOCK.enhancedPacket:
        return this.readPacket(view, at, length, chunk);
      case BLOCK.simplePacket:
        return this.readSimplePacket(view, at, length, chunk);
      case BLOCK.packet:
        return this.readObsoletePacket(view, at, length, chunk);
      case BLOCK.statistics:
        return this.readStatistics(view, at, length);
      default:
        return null;
    }
  }

  private startSection(view: DataView, at: number, length: number): CaptureDamageCause | null {
    if (length < 28) return 'bad_block_length';
    if (view.getUint16(at + 12, this.little) !== 1) return 'unsupported_version';
    this.interfaces = [];
    this.facts.sections++;
    this.facts.byteOrder = this.little ? 'little' : 'big';
    return null;
  }

  private addInterface(view: DataView, at: number, length: number): CaptureDamageCause | null {
    if (length < 20) return 'bad_block_length';
    if (this.facts.interfaces.length >= MAX_INTERFACES) return 'too_many_interfaces';
    const added = readInterface(view, at, length, this.little, this.facts.interfaces.length);
    this.interfaces.push(added);
    this.facts.interfaces.push(added.facts);
    return null;
  }

  private readPacket(view: DataView, at: number, length: number, chunk: CaptureChunk): CaptureDamageCause | null {
    if (length < 32) return 'bad_block_length';
    const { little } = this;
    const from = this.interfaces[view.getUint32(at + 8, little)];
    if (!from) return 'unknown_interface';
    const captured = view.getUint32(at + 20, little);
    if (captured > length - 32) return 'bad_block_length';
    const high = view.getUint32(at + 12, little);
    const low = view.getUint32(at + 16, little);
    push(chunk, from, at + 28, captured, view.getUint32(at + 24, little), from.timeMs(high, low));
    addDropsBetween(view, at + 28 + padded(captured), at + length - 4, little, from.facts);
    return null;
  }

  /** Section 4.4: of interface 0, without a time, and its captured length is what snap length and block leave of it. */
  private readSimplePacket(view: DataView, at: number, length: number, chunk: CaptureChunk): CaptureDamageCause | null {
    if (length < 16) return 'bad_block_length';
    const from = this.interfaces[0];
    if (!from) return 'unknown_interface';
    const original = view.getUint32(at + 8, this.little);
    const snap = from.facts.snapLength === 0 ? original : Math.min(original, from.facts.snapLength);
    push(chunk, from, at + 12, Math.min(snap, length - 16), original, Number.NaN);
    return null;
  }

  /** Appendix A: interface and drops are 16 bits each. */
  private readObsoletePacket(
    view: DataView,
    at: number,
    length: number,
    chunk: CaptureChunk,
  ): CaptureDamageCause | null {
    if (length < 32) return 'bad_block_length';
    const { little } = this;
    const from = this.interfaces[view.getUint16(at + 8, little)];
    if (!from) return 'unknown_interface';
    const captured = view.getUint32(at + 20, little);
    if (captured > length - 32) return 'bad_block_length';
    const drops = view.getUint16(at + 10, little);
    if (drops !== 0xffff) from.facts.droppedBetween += drops;
    const high = view.getUint32(at + 12, little);
    const low = view.getUint32(at + 16, little);
    push(chunk, from, at + 28, captured, view.getUint32(at + 24, little), from.timeMs(high, low));
    return null;
  }

  private readStatistics(view: DataView, at: number, length: number): CaptureDamageCause | null {
    if (length < 24) return 'bad_block_length';
    const of = this.interfaces[view.getUint32(at + 8, this.little)];
    if (!of) return 'unknown_interface';
    readStatistics(view, at, length, this.little, of.facts);
    return null;
  }
}

function isRead(type: number): boolean {
  return (
    type === BLOCK.section ||
    type === BLOCK.interface ||
    type === BLOCK.enhancedPacket ||
    type === BLOCK.simplePacket ||
    type === BLOCK.packet
  );
}

function padded(length: number): number {
  return (length + 3) & ~3;
}

function push(
  chunk: CaptureChunk,
  from: SectionInterface,
  at: number,
  captured: number,
  original: number,
  timeMs: number,
): void {
  const i = chunk.count++;
  chunk.at[i] = at;
  chunk.captured[i] = captured;
  chunk.original[i] = original;
  chunk.timeMs[i] = timeMs;
  chunk.linkType[i] = from.facts.linkType;
  chunk.interfaceId[i] = from.id;
}
