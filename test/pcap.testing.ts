/** A UDP datagram of an export, as a capture has it. */
export interface SentDatagram {
  readonly payload: Uint8Array;
  readonly timeMs: number;
  /** IPv4. */
  readonly source?: string;
  readonly sourcePort?: number;
  readonly port?: number;
}

const COLLECTOR = '198.51.100.7';
const ETHERNET = Buffer.from('0200000000020200000000010800', 'hex');

/** A pcap file of Ethernet frames that carry the datagrams; what is longer than 1,480 bytes goes in fragments, as a network sends it. */
export function pcapOf(datagrams: readonly SentDatagram[]): Buffer {
  return Buffer.concat([fileHeader(), ...datagrams.flatMap((d, i) => packetsOf(d, i))]);
}

function fileHeader(): Buffer {
  const header = Buffer.alloc(24);
  header.writeUInt32LE(0xa1b2c3d4, 0);
  header.writeUInt16LE(2, 4);
  header.writeUInt16LE(4, 6);
  header.writeUInt32LE(65_535, 16);
  header.writeUInt32LE(1, 20);
  return header;
}

/** A pcap file of one TCP connection that carries the bytes, in segments of `size`; every fifth comes after the one behind it. */
export function tcpPcapOf(bytes: Uint8Array, port: number, size = 1_400): Buffer {
  const segments = [tcp(port, 1_000, 0x02, new Uint8Array(0))];
  for (let at = 0; at < bytes.length; at += size)
    segments.push(tcp(port, 1_001 + at, 0x18, bytes.subarray(at, at + size)));
  segments.push(tcp(port, 1_001 + bytes.length, 0x11, new Uint8Array(0)));
  for (let i = 5; i + 2 < segments.length; i += 5) segments.splice(i, 2, segments[i + 1]!, segments[i]!);
  return Buffer.concat([
    fileHeader(),
    ...segments.map((payload, i) =>
      record(
        Buffer.concat([ETHERNET, ipv4('192.0.2.3', payload.length, i, 0, false, 6), payload]),
        1_700_000_000_000 + i,
      ),
    ),
  ]);
}

/** A pcap file of one TCP connection from 192.0.2.3 to port 443, with a packet a second in each direction, from its SYN to its FIN. */
export function connectionPcap(startMs: number, seconds: number): Buffer {
  const client = '192.0.2.3';
  const packets: Buffer[] = [];
  for (let second = 0; second <= seconds; second++) {
    const flags = second === 0 ? 0x02 : second === seconds ? 0x11 : 0x10;
    const there = tcp(443, second, flags, new Uint8Array(100));
    const back = tcp(41_000, second, second === 0 ? 0x12 : flags, new Uint8Array(100), 443);
    const timeMs = startMs + second * 1_000;
    packets.push(
      record(Buffer.concat([ETHERNET, ipv4(client, there.length, second, 0, false, 6), there]), timeMs),
      record(Buffer.concat([ETHERNET, ipv4(COLLECTOR, back.length, second, 0, false, 6, client), back]), timeMs + 20),
    );
  }
  return Buffer.concat([fileHeader(), ...packets]);
}

function tcp(port: number, sequence: number, flags: number, payload: Uint8Array, sourcePort = 41_000): Buffer {
  const header = Buffer.alloc(20);
  header.writeUInt16BE(sourcePort, 0);
  header.writeUInt16BE(port, 2);
  header.writeUInt32BE(sequence, 4);
  header[12] = 0x50;
  header[13] = flags;
  return Buffer.concat([header, payload]);
}

const FRAGMENT = 1_480;

function packetsOf(d: SentDatagram, id: number): Buffer[] {
  const udp = Buffer.alloc(8);
  udp.writeUInt16BE(d.sourcePort ?? 50_000, 0);
  udp.writeUInt16BE(d.port ?? 2055, 2);
  udp.writeUInt16BE(8 + d.payload.length, 4);
  const whole = Buffer.concat([udp, d.payload]);
  const packets: Buffer[] = [];
  for (let at = 0; at < whole.length; at += FRAGMENT) {
    const piece = whole.subarray(at, at + FRAGMENT);
    const more = at + FRAGMENT < whole.length;
    packets.push(
      record(Buffer.concat([ETHERNET, ipv4(d.source ?? '192.0.2.1', piece.length, id, at, more), piece]), d.timeMs),
    );
  }
  return packets;
}

function ipv4(
  source: string,
  payload: number,
  id: number,
  offset: number,
  more: boolean,
  protocol = 17,
  destination = COLLECTOR,
): Buffer {
  const ip = Buffer.alloc(20);
  ip[0] = 0x45;
  ip.writeUInt16BE(20 + payload, 2);
  ip.writeUInt16BE(id & 0xffff, 4);
  ip.writeUInt16BE((more ? 0x2000 : 0) | (offset / 8), 6);
  ip[8] = 64;
  ip[9] = protocol;
  Buffer.from(source.split('.').map(Number)).copy(ip, 12);
  Buffer.from(destination.split('.').map(Number)).copy(ip, 16);
  return ip;
}

function record(frame: Buffer, timeMs: number): Buffer {
  const head = Buffer.alloc(16);
  head.writeUInt32LE(Math.floor(timeMs / 1000), 0);
  head.writeUInt32LE(Math.floor((timeMs % 1000) * 1000), 4);
  head.writeUInt32LE(frame.length, 8);
  head.writeUInt32LE(frame.length, 12);
  return Buffer.concat([head, frame]);
}
