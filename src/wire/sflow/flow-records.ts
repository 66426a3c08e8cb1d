import type { Dictionary, TextColumns } from '../../flow/index.ts';
import { AsPathText } from './as-path-text.ts';
import {
  readMpls,
  readNat,
  readNatPorts,
  readRouter,
  readSwitch,
  readVlanOut,
  readVlanStack,
} from './forwarding-records.ts';
import { GROUP, type SampleFields } from './sample-fields.ts';
import { FLOW_RECORD, padded } from './sflow-format.ts';
import { readTunnelRecord } from './tunnel-records.ts';
import { readXdrAddress } from './xdr.ts';

const AS_SET = 1;

/** Reads the records of a flow sample into its fields: those beside the packet at once, those of the packet by where they are. */
export class FlowRecords {
  private readonly texts: TextColumns;
  private asPaths: Dictionary;
  private users: Dictionary;
  private serverNames: Dictionary;
  private readonly path = new AsPathText();
  private bytes: Uint8Array = new Uint8Array(0);

  constructor(texts: TextColumns) {
    this.texts = texts;
    this.asPaths = texts.of('as_path');
    this.users = texts.of('user');
    this.serverNames = texts.of('server_name');
  }

  /** The dictionaries may have been changed for new ones. */
  renew(): void {
    this.asPaths = this.texts.of('as_path');
    this.users = this.texts.of('user');
    this.serverNames = this.texts.of('server_name');
  }

  /** One record, whose data are at [at, end); false when they end before they should. Unknown formats are nothing to read. */
  read(view: DataView, format: number, at: number, end: number, f: SampleFields): boolean {
    const length = end - at;
    switch (format) {
      case FLOW_RECORD.rawHeader:
        f.rawAt = length < 16 ? f.rawAt : at;
        f.rawEnd = end;
        return length >= 16;
      case FLOW_RECORD.ethernet:
        f.ethernetAt = length < 20 ? f.ethernetAt : at;
        f.ethernetEnd = end;
        return length >= 20;
      case FLOW_RECORD.ipv4:
        if (length >= 32) f.ipv4At = at;
        return length >= 32;
      case FLOW_RECORD.ipv6:
        if (length >= 56) f.ipv6At = at;
        return length >= 56;
      case FLOW_RECORD.switch:
        return length >= 16 && readSwitch(view, at, f);
      case FLOW_RECORD.router:
        return readRouter(view, at, end, f);
      case FLOW_RECORD.gateway:
        return this.readGateway(view, at, end, f);
      case FLOW_RECORD.user:
        return this.readUser(view, at, end, f);
      case FLOW_RECORD.url:
        return this.readUrl(view, at, end, f);
      case FLOW_RECORD.mpls:
        return readMpls(view, at, end, f);
      case FLOW_RECORD.nat:
        return readNat(view, at, end, f);
      case FLOW_RECORD.natPorts:
        return length >= 8 && readNatPorts(view, at, f);
      case FLOW_RECORD.vlanTunnel:
      case FLOW_RECORD.vlanIn:
        return readVlanStack(view, at, end, f);
      case FLOW_RECORD.vlanOut:
        return readVlanOut(view, at, end, f);
      default:
        return readTunnelRecord(view, format, at, length, f);
    }
  }

  /** The path runs from the neighbour to the origin. An empty one leads to the exporter's own system. */
  private readGateway(view: DataView, at: number, end: number, f: SampleFields): boolean {
    const next = readXdrAddress(view, at, end, f.bgpNextHop);
    if (next < 0 || next + 16 > end) return false;
    f.groups |= GROUP.gateway;
    f.srcAs = view.getUint32(next + 4);
    f.srcPeerAs = view.getUint32(next + 8);
    const whole = this.readPath(view, next + 16, end, view.getUint32(next + 12), f);
    f.asPath = this.path.length === 0 ? 0 : this.asPaths.codeOf(this.path.bytes, 0, this.path.length);
    return whole;
  }

  private readPath(view: DataView, at: number, end: number, segments: number, f: SampleFields): boolean {
    this.path.clear();
    let next = at;
    for (let i = 0; i < segments; i++) {
      if (next + 8 > end) return false;
      const set = view.getUint32(next) === AS_SET;
      const count = view.getUint32(next + 4);
      next += 8;
      if (count > (end - next) / 4) return false;
      if (set) this.path.openSet();
      for (let n = 0; n < count; n++, next += 4) {
        const as = view.getUint32(next);
        if (f.dstPeerAs === 0) f.dstPeerAs = as;
        f.dstAs = as;
        this.path.add(as);
      }
      if (set) this.path.closeSet();
    }
    return true;
  }

  /** The user of the source, else that of the destination, each behind its character set. */
  private readUser(view: DataView, at: number, end: number, f: SampleFields): boolean {
    const source = stringEnd(view, at + 4, end);
    const destination = source < 0 ? -1 : stringEnd(view, source + 4, end);
    if (destination < 0) return false;
    f.groups |= GROUP.names;
    const from = view.getUint32(at + 4) > 0 ? at + 4 : source + 4;
    f.user = this.users.codeOf(this.bytesOf(view), view.byteOffset + from + 4, view.getUint32(from));
    return true;
  }

  /** Direction, URL, and the host of the request, with or without a port. */
  private readUrl(view: DataView, at: number, end: number, f: SampleFields): boolean {
    const host = stringEnd(view, at + 4, end);
    if (host < 0) return false;
    // Agents of before version 5 was final send no host.
    if (host === end) return true;
    if (stringEnd(view, host, end) < 0) return false;
    const length = view.getUint32(host);
    if (length === 0) return true;
    const bytes = this.bytesOf(view);
    const from = view.byteOffset + host + 4;
    f.groups |= GROUP.names;
    f.serverName = this.serverNames.codeOf(bytes, from, withoutPort(bytes, from, length));
    return true;
  }

  private bytesOf(view: DataView): Uint8Array {
    if (this.bytes.buffer !== view.buffer) this.bytes = new Uint8Array(view.buffer);
    return this.bytes;
  }
}

/** Where the string at `at` ends, with its padding; -1 when it is not whole. */
function stringEnd(view: DataView, at: number, end: number): number {
  if (at + 4 > end) return -1;
  const length = view.getUint32(at);
  return length > end - at - 4 ? -1 : Math.min(end, at + 4 + padded(length));
}

/** The length of a host without `:443` behind it; colons of an IPv6 address stand in brackets (RFC 3986 section 3.2.2). */
function withoutPort(bytes: Uint8Array, at: number, length: number): number {
  let n = length;
  while (n > 0 && bytes[at + n - 1]! >= 0x30 && bytes[at + n - 1]! <= 0x39) n--;
  return n > 1 && n < length && bytes[at + n - 1] === 0x3a ? n - 1 : length;
}
