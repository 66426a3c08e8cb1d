/** Traffic whose totals are known to the octet: input for exporters that we did not write. Deterministic but for its clock. */

export interface Traffic {
  /** A pcap file of Ethernet frames. */
  readonly capture: Buffer;
  readonly packets: number;
  /** Octets from the IP header on (IPv6 with its fixed header). */
  readonly ipBytes: number;
  /** Octets of the frames, without their checksum. */
  readonly frameBytes: number;
  /** Distinct (addresses, ports, protocol), each direction for itself. */
  readonly uniflows: number;
}

export interface TrafficShape {
  readonly packets: number;
  /** Conversations; most have packets in both directions. */
  readonly conversations: number;
  /** Every fifth conversation is IPv6. */
  readonly ipv6?: boolean;
  /** Of the first packet; the packets are spread evenly over `seconds`. */
  readonly startMs?: number;
  readonly seconds?: number;
}

const ETHERNET_BYTES = 14;
const PCAP_RECORD_BYTES = 16;
const MAC_A = 0x02_00_00_00_0a_01;
const MAC_B = 0x02_00_00_00_0a_02;

export function makeTraffic(shape: TrafficShape): Traffic {
  const { packets, conversations, ipv6 = false, seconds = 20 } = shape;
  const startMs = shape.startMs ?? Date.now() - (seconds + 5) * 1000;
  const random = mulberry(7);
  const parts: Buffer[] = [fileHeader()];
  const seen = new Set<number>();
  let ipBytes = 0;
  for (let i = 0; i < packets; i++) {
    const conversation = i < conversations ? i : Math.floor(random() * conversations);
    const back = i >= conversations && random() < 0.4;
    const opens = !seen.has(conversation * 2 + Number(back));
    seen.add(conversation * 2 + Number(back));
    const payload = 8 + Math.floor(random() * 1_300);
    const ip = ipPacket({ conversation, back, opens, payload, v6: ipv6 && conversation % 5 === 3 });
    const micros = startMs * 1000 + Math.floor((i / packets) * seconds * 1e6);
    parts.push(frame(ip, micros, back));
    ipBytes += ip.length;
  }
  return {
    capture: Buffer.concat(parts),
    packets,
    ipBytes,
    frameBytes: ipBytes + packets * ETHERNET_BYTES,
    uniflows: seen.size,
  };
}

function fileHeader(): Buffer {
  const b = Buffer.alloc(24);
  b.writeUInt32LE(0xa1b2c3d4, 0);
  b.writeUInt16LE(2, 4);
  b.writeUInt16LE(4, 6);
  b.writeUInt32LE(65_535, 16);
  b.writeUInt32LE(1, 20);
  return b;
}

function frame(ip: Buffer, micros: number, back: boolean): Buffer {
  const length = ETHERNET_BYTES + ip.length;
  const b = Buffer.alloc(PCAP_RECORD_BYTES + length);
  b.writeUInt32LE(Math.floor(micros / 1e6), 0);
  b.writeUInt32LE(micros % 1e6, 4);
  b.writeUInt32LE(length, 8);
  b.writeUInt32LE(length, 12);
  b.writeUIntBE(back ? MAC_A : MAC_B, PCAP_RECORD_BYTES, 6);
  b.writeUIntBE(back ? MAC_B : MAC_A, PCAP_RECORD_BYTES + 6, 6);
  b.writeUInt16BE((ip[0]! & 0xf0) === 0x60 ? 0x86dd : 0x0800, PCAP_RECORD_BYTES + 12);
  ip.copy(b, PCAP_RECORD_BYTES + ETHERNET_BYTES);
  return b;
}

interface PacketShape {
  readonly conversation: number;
  readonly back: boolean;
  readonly opens: boolean;
  readonly payload: number;
  readonly v6: boolean;
}

type Transport = 'tcp' | 'udp' | 'icmp';
const PROTOCOL = { tcp: 6, udp: 17, icmp: 1 } as const;
const HEADER_BYTES = { tcp: 20, udp: 8, icmp: 8 } as const;

/** Of ten conversations six are TCP, three UDP and one a ping (over IPv6 none, so that ICMPv6 of the machine stands out). */
function transportOf(conversation: number): Transport {
  const n = conversation % 10;
  if (n === 0) return 'icmp';
  return n <= 3 ? 'udp' : 'tcp';
}

function ipPacket({ conversation, back, opens, payload, v6 }: PacketShape): Buffer {
  const transport = transportOf(conversation);
  const header = v6 ? 40 : 20;
  const b = Buffer.alloc(header + HEADER_BYTES[transport] + payload);
  const client = 0x0a_01_00_00 + (conversation >>> 4);
  const server = 0xc0_a8_07_00 + (conversation & 15);
  const [from, to] = back ? [server, client] : [client, server];
  if (v6) ipv6Header(b, PROTOCOL[transport], from, to);
  else ipv4Header(b, PROTOCOL[transport], from, to);
  const clientPort = 10_000 + (conversation % 50_000);
  const serverPort = transport === 'udp' ? 53 : 443;
  if (transport === 'icmp') {
    b[header] = back ? 0 : 8;
    b.writeUInt16BE(conversation & 0xffff, header + 4);
    b.writeUInt16BE(internetChecksum(b, header, b.length), header + 2);
    return b;
  }
  b.writeUInt16BE(back ? serverPort : clientPort, header);
  b.writeUInt16BE(back ? clientPort : serverPort, header + 2);
  if (transport === 'udp') b.writeUInt16BE(8 + payload, header + 4);
  else b.writeUInt16BE((5 << 12) | tcpFlags(back, opens), header + 12);
  return b;
}

const tcpFlags = (back: boolean, opens: boolean) => (opens ? (back ? 0x12 : 0x02) : 0x18);

function ipv4Header(b: Buffer, protocol: number, from: number, to: number): void {
  b[0] = 0x45;
  b.writeUInt16BE(b.length, 2);
  b[8] = 64;
  b[9] = protocol;
  b.writeUInt32BE(from >>> 0, 12);
  b.writeUInt32BE(to >>> 0, 16);
  b.writeUInt16BE(internetChecksum(b, 0, 20), 10);
}

function ipv6Header(b: Buffer, protocol: number, from: number, to: number): void {
  b[0] = 0x60;
  b.writeUInt16BE(b.length - 40, 4);
  b[6] = protocol;
  b[7] = 64;
  for (const [at, address] of [
    [8, from],
    [24, to],
  ] as const) {
    b.writeUInt32BE(0x2001_0db8, at);
    b.writeUInt32BE(address >>> 0, at + 12);
  }
}

/** RFC 1071. */
function internetChecksum(b: Buffer, from: number, to: number): number {
  let sum = 0;
  for (let i = from; i < to; i += 2) sum += i + 1 < to ? b.readUInt16BE(i) : b[i]! << 8;
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return ~sum & 0xffff;
}

function mulberry(seed: number): () => number {
  let a = seed;
  return () => {
    a = (a + 0x6d2b79f5) | 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}
