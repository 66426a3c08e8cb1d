import { type CaptureInterface, newCaptureInterface } from './capture.ts';

const TWO_32 = 4_294_967_296;

// Option codes: https://www.ietf.org/archive/id/draft-ietf-opsawg-pcapng-03.html sections 3.5, 4.2, 4.3 and 4.6
const END_OF_OPTIONS = 0;
const IF_NAME = 2;
const IF_TSRESOL = 9;
const IF_TSOFFSET = 14;
const EPB_DROPCOUNT = 4;
const ISB_IFRECV = 4;
const ISB_IFDROP = 5;
const ISB_OSDROP = 7;

/** A name is for people to read; a longer one is cut. */
const MAX_NAME_BYTES = 255;

const text = new TextDecoder();

/** An interface as the packets of its section need it. */
export class SectionInterface {
  /** Position among the interfaces of all sections. */
  readonly id: number;
  readonly facts: CaptureInterface;
  private readonly lowToMs: number;
  private readonly highToMs: number;
  private readonly offsetMs: number;

  constructor(id: number, facts: CaptureInterface, resolution: number, offsetSeconds: number) {
    this.id = id;
    this.facts = facts;
    // The first bit chooses between powers of 2 and of 10; the others are the exponent, negated.
    const exponent = resolution & 0x7f;
    const unitsPerMs = (resolution & 0x80 ? 2 ** exponent : 10 ** exponent) / 1000;
    this.lowToMs = 1 / unitsPerMs;
    this.highToMs = TWO_32 / unitsPerMs;
    this.offsetMs = offsetSeconds * 1000;
  }

  /** Good to a quarter of a microsecond, which is what a double leaves of today's milliseconds. */
  timeMs(high: number, low: number): number {
    return this.offsetMs + high * this.highToMs + low * this.lowToMs;
  }
}

/** Called with the code, place and length of an option. */
type OnOption = (code: number, at: number, length: number) => void;

/** Walks the options between `at` and `end`; one that does not fit ends it. */
function walkOptions(view: DataView, at: number, end: number, little: boolean, onOption: OnOption): void {
  let next = at;
  while (next + 4 <= end) {
    const code = view.getUint16(next, little);
    const length = view.getUint16(next + 2, little);
    if (code === END_OF_OPTIONS || next + 4 + length > end) return;
    onOption(code, next + 4, length);
    next += 4 + ((length + 3) & ~3);
  }
}

/** Interface description block; at least 20 bytes long. */
export function readInterface(
  view: DataView,
  at: number,
  length: number,
  little: boolean,
  id: number,
): SectionInterface {
  let name = '';
  let resolution = 6;
  let offsetSeconds = 0;
  walkOptions(view, at + 16, at + length - 4, little, (code, value, size) => {
    if (code === IF_NAME) name = readText(view, value, size);
    else if (code === IF_TSRESOL && size >= 1) resolution = view.getUint8(value);
    else if (code === IF_TSOFFSET && size >= 8) offsetSeconds = readInt64(view, value, little);
  });
  const facts = newCaptureInterface(view.getUint16(at + 8, little), view.getUint32(at + 12, little), name);
  return new SectionInterface(id, facts, resolution, offsetSeconds);
}

function readText(view: DataView, at: number, size: number): string {
  const bytes = new Uint8Array(view.buffer, view.byteOffset + at, Math.min(size, MAX_NAME_BYTES));
  return text.decode(bytes).replace(/\0+$/, '');
}

function readInt64(view: DataView, at: number, little: boolean): number {
  const low = view.getUint32(little ? at : at + 4, little);
  return view.getInt32(little ? at + 4 : at, little) * TWO_32 + low;
}

function readUint64(view: DataView, at: number, little: boolean): number {
  const low = view.getUint32(little ? at : at + 4, little);
  return view.getUint32(little ? at + 4 : at, little) * TWO_32 + low;
}

/** Interface statistics block; its numbers count from the start of the capture, so the last block is right. */
export function readStatistics(
  view: DataView,
  at: number,
  length: number,
  little: boolean,
  facts: CaptureInterface,
): void {
  walkOptions(view, at + 20, at + length - 4, little, (code, value, size) => {
    if (size !== 8) return;
    if (code === ISB_IFRECV) facts.received = readUint64(view, value, little);
    else if (code === ISB_IFDROP) facts.droppedByInterface = readUint64(view, value, little);
    else if (code === ISB_OSDROP) facts.droppedBySystem = readUint64(view, value, little);
  });
}

/** The option of a packet that counts those lost since the packet before it. Most packets have no options at all. */
export function addDropsBetween(
  view: DataView,
  at: number,
  end: number,
  little: boolean,
  facts: CaptureInterface,
): void {
  if (at + 4 > end) return;
  walkOptions(view, at, end, little, (code, value, size) => {
    if (code === EPB_DROPCOUNT && size === 8) facts.droppedBetween += readUint64(view, value, little);
  });
}
