import {
  type CaptureChunk,
  type CaptureFacts,
  isFull,
  MAX_CAPTURED_BYTES,
  newCaptureInterface,
  type RecordReader,
} from './capture.ts';

// https://www.ietf.org/archive/id/draft-ietf-opsawg-pcap-05.html
const MICROSECONDS = 0xa1b2c3d4;
const NANOSECONDS = 0xa1b23c4d;
/** Of a libpcap with patches that kept interface, protocol and direction behind the four usual words. */
const MODIFIED = 0xa1b2cd34;

const FILE_HEADER_BYTES = 24;
const RECORD_HEADER_BYTES = 16;
const MODIFIED_RECORD_HEADER_BYTES = 24;

/** True when the bytes begin as a pcap file does, in either byte order. */
export function isPcap(view: DataView, at: number): boolean {
  return isMagic(view.getUint32(at)) || isMagic(view.getUint32(at, true));
}

function isMagic(word: number): boolean {
  return word === MICROSECONDS || word === NANOSECONDS || word === MODIFIED;
}

/** Reads pcap files; see RecordReader. */
export class PcapReader implements RecordReader {
  private readonly facts: CaptureFacts;
  private started = false;
  private little = true;
  private headerBytes = RECORD_HEADER_BYTES;
  private fractionToMs = 1e-3;
  private linkType = 0;

  constructor(facts: CaptureFacts) {
    this.facts = facts;
    facts.format = 'pcap';
  }

  read(view: DataView, at: number, end: number, fileOffset: number, chunk: CaptureChunk): number {
    let next = at;
    if (!this.started) {
      if (next + FILE_HEADER_BYTES > end) return next;
      this.readFileHeader(view, next);
      next += FILE_HEADER_BYTES;
    }
    const { little, headerBytes } = this;
    while (next + headerBytes <= end && !isFull(chunk)) {
      const captured = view.getUint32(next + 8, little);
      if (captured > MAX_CAPTURED_BYTES) {
        this.facts.damage = { cause: 'record_too_large', offset: fileOffset + next };
        return next;
      }
      if (next + headerBytes + captured > end) return next;
      this.push(view, next, captured, chunk);
      next += headerBytes + captured;
    }
    return next;
  }

  private readFileHeader(view: DataView, at: number): void {
    this.started = true;
    this.little = isMagic(view.getUint32(at, true));
    const magic = view.getUint32(at, this.little);
    if (magic === MODIFIED) this.headerBytes = MODIFIED_RECORD_HEADER_BYTES;
    if (magic === NANOSECONDS) this.fractionToMs = 1e-6;
    // The bits above tell whether frames end with a checksum, and how long it is: the length of IP keeps that out.
    this.linkType = view.getUint32(at + 20, this.little) & 0x03ff_ffff;
    this.facts.byteOrder = this.little ? 'little' : 'big';
    this.facts.sections = 1;
    this.facts.interfaces.push(newCaptureInterface(this.linkType, view.getUint32(at + 16, this.little), ''));
  }

  private push(view: DataView, at: number, captured: number, chunk: CaptureChunk): void {
    const { little } = this;
    const i = chunk.count++;
    chunk.at[i] = at + this.headerBytes;
    chunk.captured[i] = captured;
    chunk.original[i] = view.getUint32(at + 12, little);
    chunk.timeMs[i] = view.getUint32(at, little) * 1000 + view.getUint32(at + 4, little) * this.fractionToMs;
    chunk.linkType[i] = this.linkType;
    chunk.interfaceId[i] = 0;
  }
}
