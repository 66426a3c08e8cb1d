import {
  type CaptureChunk,
  type CaptureDamageCause,
  type CaptureFacts,
  isFull,
  MAX_CAPTURED_BYTES,
  MAX_INTERFACES,
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

/** True for a file header: as a record it would be one of no bytes, in the year 2055. */
function isJoined(view: DataView, at: number): boolean {
  return isPcap(view, at) && view.getUint32(at + 12) === 0;
}

function isZero(view: DataView, at: number): boolean {
  return view.getUint32(at) === 0 && view.getUint32(at + 4) === 0 && view.getUint32(at + 12) === 0;
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
    for (;;) {
      if (!this.started) {
        if (next + FILE_HEADER_BYTES > end) return next;
        if (this.facts.interfaces.length >= MAX_INTERFACES) return this.stop('too_many_interfaces', fileOffset, next);
        this.readFileHeader(view, next);
        next += FILE_HEADER_BYTES;
      }
      next = this.readRecords(view, next, end, fileOffset, chunk);
      if (this.started) return next;
    }
  }

  /** Until a file header stands where a record should be: `started` is false then. */
  private readRecords(view: DataView, at: number, end: number, fileOffset: number, chunk: CaptureChunk): number {
    const { little, headerBytes } = this;
    let next = at;
    while (next + headerBytes <= end && !isFull(chunk)) {
      const captured = view.getUint32(next + 8, little);
      if (captured > MAX_CAPTURED_BYTES) return this.stop('record_too_large', fileOffset, next);
      if (captured === 0) {
        // Captures that were put one behind the other, as cat does it.
        this.started = !isJoined(view, next);
        if (!this.started) return next;
        if (isZero(view, next)) return this.stop('never_written', fileOffset, next);
      }
      if (next + headerBytes + captured > end) return next;
      this.push(view, next, captured, chunk);
      next += headerBytes + captured;
    }
    return next;
  }

  private stop(cause: CaptureDamageCause, fileOffset: number, at: number): number {
    this.facts.damage = { cause, offset: fileOffset + at };
    return at;
  }

  private readFileHeader(view: DataView, at: number): void {
    this.started = true;
    this.little = isMagic(view.getUint32(at, true));
    const magic = view.getUint32(at, this.little);
    this.headerBytes = magic === MODIFIED ? MODIFIED_RECORD_HEADER_BYTES : RECORD_HEADER_BYTES;
    this.fractionToMs = magic === NANOSECONDS ? 1e-6 : 1e-3;
    // The bits above tell whether frames end with a checksum, and how long it is: the length of IP keeps that out.
    this.linkType = view.getUint32(at + 20, this.little) & 0x03ff_ffff;
    this.facts.byteOrder = this.little ? 'little' : 'big';
    this.facts.sections++;
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
    chunk.interfaceId[i] = this.facts.interfaces.length - 1;
  }
}
