import { forwardingOf } from './drop-reasons.ts';
import { GROUP, type SampleFields } from './sample-fields.ts';
import { SAMPLE } from './sflow-format.ts';

/** What stands in front of the records of a flow sample, or of a discarded packet. */
export interface SampleHead {
  sequence: number;
  /** Type (0: an interface) and index of the data source. */
  sourceClass: number;
  sourceIndex: number;
  drops: number;
  recordsAt: number;
  recordCount: number;
}

export function newSampleHead(): SampleHead {
  return { sequence: 0, sourceClass: 0, sourceIndex: 0, drops: 0, recordsAt: 0, recordCount: 0 };
}

/** How an output interface is told: by index, discarded with a reason, or several at once with their number. */
const OUTPUT = { single: 0, discarded: 1 } as const;
/** The device itself: in compact samples, of 30 bits, and in expanded ones. */
const INTERNAL = 0x3fff_ffff;
const INTERNAL_EXPANDED = 0xffff_ffff;

const INGRESS = 1;
const EGRESS = 2;
const IF_INDEX = 0;

/** False when the sample is shorter than its head. Fills `f` with what the head says of the packet. */
export function readSampleHead(
  view: DataView,
  format: number,
  at: number,
  end: number,
  head: SampleHead,
  f: SampleFields,
): boolean {
  if (format === SAMPLE.flow) return readCompact(view, at, end, head, f);
  if (format === SAMPLE.expandedFlow) return readExpanded(view, at, end, head, f);
  return readDiscarded(view, at, end, head, f);
}

function readCompact(view: DataView, at: number, end: number, head: SampleHead, f: SampleFields): boolean {
  if (at + 32 > end) return false;
  const source = view.getUint32(at + 4);
  readSource(view, at, source >>> 24, source & 0xff_ffff, head);
  f.samplingRate = view.getUint32(at + 8);
  head.drops = view.getUint32(at + 16);
  const output = view.getUint32(at + 24);
  // An input has no format: agents that set its upper bits have an index that needs them.
  f.inIf = ifIndexOf(view.getUint32(at + 20));
  setOutput(output >>> 30, output & INTERNAL, f);
  setDirection(head, f);
  return setRecords(view, at + 28, head);
}

function readExpanded(view: DataView, at: number, end: number, head: SampleHead, f: SampleFields): boolean {
  if (at + 44 > end) return false;
  readSource(view, at, view.getUint32(at + 4), view.getUint32(at + 8), head);
  f.samplingRate = view.getUint32(at + 12);
  head.drops = view.getUint32(at + 20);
  f.inIf = ifIndexOf(view.getUint32(at + 28));
  setOutput(view.getUint32(at + 32), view.getUint32(at + 36), f);
  setDirection(head, f);
  return setRecords(view, at + 40, head);
}

/** https://sflow.org/sflow_drops.txt: one packet that was dropped, and why. */
function readDiscarded(view: DataView, at: number, end: number, head: SampleHead, f: SampleFields): boolean {
  if (at + 32 > end) return false;
  readSource(view, at, view.getUint32(at + 4), view.getUint32(at + 8), head);
  f.samplingRate = 1;
  head.drops = view.getUint32(at + 12);
  f.inIf = ifIndexOf(view.getUint32(at + 16));
  f.outIf = ifIndexOf(view.getUint32(at + 20));
  f.forwarding = forwardingOf(view.getUint32(at + 24));
  f.groups |= GROUP.forwarding;
  setDirection(head, f);
  return setRecords(view, at + 28, head);
}

function readSource(view: DataView, at: number, sourceClass: number, index: number, head: SampleHead): void {
  head.sequence = view.getUint32(at);
  head.sourceClass = sourceClass;
  head.sourceIndex = index;
}

function setRecords(view: DataView, at: number, head: SampleHead): true {
  head.recordCount = view.getUint32(at);
  head.recordsAt = at + 4;
  return true;
}

function setOutput(format: number, value: number, f: SampleFields): void {
  f.outIf = format === OUTPUT.single ? ifIndexOf(value) : 0;
  if (format !== OUTPUT.discarded) return;
  f.forwarding = forwardingOf(value);
  f.groups |= GROUP.forwarding;
}

function ifIndexOf(value: number): number {
  return value === INTERNAL || value === INTERNAL_EXPANDED ? 0 : value;
}

/** A data source that is an interface sampled the packet where it came in, or where it left. */
function setDirection(head: SampleHead, f: SampleFields): void {
  const { sourceClass, sourceIndex } = head;
  if (sourceClass !== IF_INDEX || sourceIndex === 0 || f.inIf === f.outIf) return;
  if (sourceIndex === f.inIf) f.direction = INGRESS;
  else if (sourceIndex === f.outIf) f.direction = EGRESS;
}
