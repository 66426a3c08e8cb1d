/**
 * A capture of `packets` packets in `flows` TCP and UDP connections over two minutes, as a pcap file with Ethernet frames: input for
 * meters that we did not write. Deterministic.
 */
export function syntheticCapture(packets: number, flows: number): Buffer {
  const random = mulberry(42);
  const parts: Buffer[] = [fileHeader()];
  const startSeconds = Math.floor(Date.now() / 1000) - 300;
  for (let i = 0; i < packets; i++) {
    const flow = i < flows ? i : Math.floor(random() * flows);
    const udp = flow % 3 === 0;
    const payload = Math.floor(random() * 1_400);
    const micros = Math.floor((i / packets) * 120e6);
    parts.push(packet(startSeconds * 1e6 + micros, flow, udp, payload));
  }
  return Buffer.concat(parts);
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

function packet(micros: number, flow: number, udp: boolean, payload: number): Buffer {
  const transport = udp ? 8 : 20;
  const ip = 20 + transport + payload;
  const b = Buffer.alloc(16 + 14 + ip);
  b.writeUInt32LE(Math.floor(micros / 1e6), 0);
  b.writeUInt32LE(micros % 1e6, 4);
  b.writeUInt32LE(14 + ip, 8);
  b.writeUInt32LE(14 + ip, 12);
  b.writeUInt16BE(0x0800, 16 + 12);
  const at = 16 + 14;
  b[at] = 0x45;
  b.writeUInt16BE(ip, at + 2);
  b[at + 8] = 64;
  b[at + 9] = udp ? 17 : 6;
  b.writeUInt32BE(0x0a000000 + (flow >>> 4), at + 12);
  b.writeUInt32BE(0xc0a80000 + (flow & 15), at + 16);
  const l4 = at + 20;
  b.writeUInt16BE(10_000 + (flow % 50_000), l4);
  b.writeUInt16BE(udp ? 53 : 443, l4 + 2);
  if (udp) b.writeUInt16BE(8 + payload, l4 + 4);
  else b.writeUInt16BE((5 << 12) | 0x10, l4 + 12);
  return b;
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
