import { type AddressWords, formatAddress, parseAddress } from '../flow/index.ts';
import { newPacketFields, type PacketFields } from '../packet/index.ts';
import { END_REASON, type FlowSink, type Flows } from './index.ts';

export const TCP = { fin: 1, syn: 2, rst: 4, push: 8, ack: 16 } as const;

export interface Packet {
  src?: string;
  dst?: string;
  srcPort?: number;
  dstPort?: number;
  protocol?: number;
  icmpType?: number;
  icmpCode?: number;
  tcpFlags?: number;
  sequence?: number;
  acknowledged?: number;
  bytes?: number;
  ttl?: number;
  tos?: number;
  tunnel?: { kind: number; src: string; dst: string; id: number };
  spi?: number;
  ipsec?: number;
}

/** What the dissection gives for a packet like this; TCP's numbers are in its bytes. */
export function packet(p: Packet): PacketFields {
  const fields = newPacketFields();
  const data = new DataView(new ArrayBuffer(64));
  fields.data = data;
  fields.hasIp = true;
  fields.ipVersion = 4;
  fields.ipAt = 0;
  fields.transportAt = 20;
  fields.transportLength = 20;
  fields.payloadAt = 40;
  setAddress(fields.srcAddr, p.src ?? '192.0.2.1');
  setAddress(fields.dstAddr, p.dst ?? '198.51.100.2');
  fields.protocol = p.protocol ?? 6;
  fields.srcPort = p.srcPort ?? 0;
  fields.dstPort = p.dstPort ?? 0;
  fields.icmpType = p.icmpType ?? 255;
  fields.icmpCode = p.icmpCode ?? (p.icmpType === undefined ? 255 : 0);
  fields.tcpFlags = p.tcpFlags ?? 0;
  fields.ipBytes = p.bytes ?? 40;
  fields.ttl = p.ttl ?? 64;
  fields.tos = p.tos ?? 0;
  fields.spi = p.spi ?? 0;
  fields.ipsec = p.ipsec ?? 0;
  data.setUint32(24, p.sequence ?? 0);
  data.setUint32(28, p.acknowledged ?? 0);
  if (p.tunnel) {
    fields.tunnel = p.tunnel.kind;
    fields.tunnelId = p.tunnel.id;
    setAddress(fields.outerSrc, p.tunnel.src);
    setAddress(fields.outerDst, p.tunnel.dst);
  }
  return fields;
}

function setAddress(words: Uint32Array, text: string): void {
  words.set(parseAddress(text)!);
}

export interface Seen {
  src: string;
  dst: string;
  srcPort: number;
  dstPort: number;
  protocol: number;
  packets: number;
  bytes: number;
  start: number;
  end: number;
  tcpFlags: number;
  revPackets: number;
  revBytes: number;
  revStart: number;
  revEnd: number;
  revTcpFlags: number;
  icmpType: number;
  ttl: number;
  tunnel: string;
  continued: number;
  reason: string;
}

/** Keeps what it is given. */
export class Kept implements FlowSink {
  readonly flows: Seen[] = [];

  flow(flows: Flows, slot: number, endReason: number): void {
    const reason = Object.entries(END_REASON).find(([, code]) => code === endReason)![0];
    this.flows.push(seen(flows, slot, reason));
  }
}

export function seen(flows: Flows, slot: number, reason: string): Seen {
  return {
    src: text(flows.srcAddr, slot),
    dst: text(flows.dstAddr, slot),
    srcPort: flows.srcPort[slot]!,
    dstPort: flows.dstPort[slot]!,
    protocol: flows.protocol[slot]!,
    packets: flows.packets[slot]!,
    bytes: flows.bytes[slot]!,
    start: flows.start[slot]!,
    end: flows.end[slot]!,
    tcpFlags: flows.tcpFlags[slot]!,
    revPackets: flows.revPackets[slot]!,
    revBytes: flows.revBytes[slot]!,
    revStart: flows.revStart[slot]!,
    revEnd: flows.revEnd[slot]!,
    revTcpFlags: flows.revTcpFlags[slot]!,
    icmpType: flows.icmpType[slot]!,
    ttl: flows.ttl[slot]!,
    tunnel: flows.tunnels[flows.tunnel[slot]!]!,
    continued: flows.continued[slot]!,
    reason,
  };
}

function text(words: Uint32Array, slot: number): string {
  return formatAddress([...words.subarray(4 * slot, 4 * slot + 4)] as unknown as AddressWords);
}
