import { GROUP, type SampleFields } from './sample-fields.ts';
import { readXdrAddress } from './xdr.ts';

/** The records of what bridge, router, label switch and translator did with the packet. Each is false when its data end too early. */

const VLAN_IDS = 4_094;
/** The next hop of a label switched path is that of the router record, or none. */
const unused = new Uint32Array(4);

export function readSwitch(view: DataView, at: number, f: SampleFields): boolean {
  f.inVlan = vlanOf(view.getUint32(at));
  f.outVlan = vlanOf(view.getUint32(at + 8));
  if (f.outVlan !== 0) f.groups |= GROUP.tags;
  return true;
}

/** 0, 4095 and above stand for no VLAN or one that is not known. */
function vlanOf(value: number): number {
  return value > VLAN_IDS ? 0 : value;
}

export function readRouter(view: DataView, at: number, end: number, f: SampleFields): boolean {
  const next = readXdrAddress(view, at, end, f.nextHop);
  if (next < 0 || next + 8 > end) return false;
  f.groups |= GROUP.router;
  f.srcMask = maskOf(view.getUint32(next));
  f.dstMask = maskOf(view.getUint32(next + 4));
  return true;
}

function maskOf(bits: number): number {
  return bits > 128 ? 0 : bits;
}

/** Next hop, then the labels that the packet came with and those that it leaves with. */
export function readMpls(view: DataView, at: number, end: number, f: SampleFields): boolean {
  const next = readXdrAddress(view, at, end, unused);
  if (next < 0 || next + 4 > end) return false;
  const came = view.getUint32(next);
  if (came > (end - next - 4) / 4) return false;
  const left = next + 4 + 4 * came;
  if (left + 4 > end || view.getUint32(left) > (end - left - 4) / 4) return false;
  const stack = came > 0 ? next : left;
  const count = Math.min(3, view.getUint32(stack));
  for (let i = 0; i < count; i++) f.labels[i] = view.getUint32(stack + 4 + 4 * i) >>> 12;
  if (count > 0) f.groups |= GROUP.mpls;
  return true;
}

export function readNat(view: DataView, at: number, end: number, f: SampleFields): boolean {
  f.groups |= GROUP.nat;
  const next = readXdrAddress(view, at, end, f.srcNat);
  return next >= 0 && readXdrAddress(view, next, end, f.dstNat) >= 0;
}

export function readNatPorts(view: DataView, at: number, f: SampleFields): boolean {
  f.groups |= GROUP.nat;
  f.srcNatPort = view.getUint32(at) & 0xffff;
  f.dstNatPort = view.getUint32(at + 4) & 0xffff;
  return true;
}

/** Tags that were taken off the frame, outermost first, each with its type in the upper half. */
export function readVlanStack(view: DataView, at: number, end: number, f: SampleFields): boolean {
  const count = at + 4 > end ? -1 : view.getUint32(at);
  if (count < 0 || count > (end - at - 4) / 4) return false;
  if (count === 0) return true;
  f.groups |= GROUP.tags;
  f.strippedVlan = view.getUint16(at + 6) & 0xfff;
  f.strippedInnerVlan = count > 1 ? view.getUint16(at + 10) & 0xfff : 0;
  return true;
}

export function readVlanOut(view: DataView, at: number, end: number, f: SampleFields): boolean {
  if (at + 4 > end) return false;
  if (view.getUint32(at) === 0) return true;
  if (at + 8 > end) return false;
  f.groups |= GROUP.tags;
  f.outVlan = view.getUint16(at + 6) & 0xfff;
  return true;
}
