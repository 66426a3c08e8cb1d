// Captures that the benchmark of meters makes: many copies of one capture at the same time, and many small flows. Every header is whole; payload is cut.
import { closeSync, openSync, readFileSync, writeSync } from 'node:fs';
import { random } from './generated.mjs';

const SNAP = 96;
const FILE_HEADER = 24;
const PACKET_HEADER = 16;
const ETHERNET = 14;

/** Writes a pcap file of Ethernet frames in pieces. */
class PcapFile {
  constructor(path) {
    this.fd = openSync(path, 'w');
    this.buffer = Buffer.alloc(1 << 20);
    this.at = FILE_HEADER;
    this.packets = 0;
    // Magic, version 2.4, snap length, Ethernet.
    this.buffer.writeUInt32LE(0xa1b2c3d4, 0);
    this.buffer.writeUInt16LE(2, 4);
    this.buffer.writeUInt16LE(4, 6);
    this.buffer.writeUInt32LE(SNAP, 16);
    this.buffer.writeUInt32LE(1, 20);
  }

  /** Room for a packet of which `captured` bytes follow; where they begin in `buffer`. */
  begin(timeMs, captured, original) {
    if (this.at + PACKET_HEADER + captured > this.buffer.length) this.flush();
    const { buffer, at } = this;
    const seconds = Math.floor(timeMs / 1000);
    buffer.writeUInt32LE(seconds, at);
    buffer.writeUInt32LE(Math.floor((timeMs - seconds * 1000) * 1000), at + 4);
    buffer.writeUInt32LE(captured, at + 8);
    buffer.writeUInt32LE(original, at + 12);
    this.at += PACKET_HEADER + captured;
    this.packets += 1;
    return at + PACKET_HEADER;
  }

  flush() {
    writeSync(this.fd, this.buffer, 0, this.at);
    this.at = 0;
  }

  close() {
    this.flush();
    closeSync(this.fd);
  }
}

/** The packets of a pcap file of Ethernet and IPv4 in the byte order of this machine, and what pads their frames. */
function readPackets(file) {
  const bytes = readFileSync(file);
  if (bytes.readUInt32LE(0) !== 0xa1b2c3d4 || bytes.readUInt32LE(20) !== 1)
    throw new Error(`${file}: no pcap file of Ethernet`);
  const packets = [];
  for (let at = FILE_HEADER; at < bytes.length; ) {
    const timeMs = bytes.readUInt32LE(at) * 1000 + bytes.readUInt32LE(at + 4) / 1000;
    const [captured, original] = [bytes.readUInt32LE(at + 8), bytes.readUInt32LE(at + 12)];
    const frame = bytes.subarray(at + PACKET_HEADER, at + PACKET_HEADER + captured);
    if (frame.readUInt16BE(12) !== 0x0800) throw new Error(`${file}: a frame without IPv4`);
    packets.push({
      timeMs,
      original,
      frame: frame.subarray(0, SNAP),
      padding: original - ETHERNET - frame.readUInt16BE(16),
    });
    at += PACKET_HEADER + captured;
  }
  return packets;
}

/**
 * `copies` of a capture, each a second after the one before and with addresses of its own, so that no two share a flow. Returns packets and bytes of padding: softflowd
 * counts bytes of frames.
 */
export function copiesOf(file, copies, path) {
  const packets = readPackets(file);
  const order = new Float64Array(packets.length * copies);
  // Time and packet in one number, so that they are sorted together: microseconds since the first, and the position.
  const origin = packets[0].timeMs;
  for (let copy = 0, i = 0; copy < copies; copy++)
    for (let p = 0; p < packets.length; p++, i++)
      order[i] = Math.round((packets[p].timeMs - origin + copy * 1000) * 10) * 4_194_304 * 2 + i;
  order.sort();
  const out = new PcapFile(path);
  let padding = 0;
  for (const packed of order) {
    const i = packed % 8_388_608;
    const copy = Math.floor(i / packets.length);
    const { timeMs, original, frame, padding: pad } = packets[i % packets.length];
    const at = out.begin(timeMs + copy * 1000, frame.length, original);
    frame.copy(out.buffer, at);
    // 16 bits of each address: where the originals differ their copies do, too.
    for (const address of [at + ETHERNET + 12, at + ETHERNET + 16])
      out.buffer.writeUInt16BE(out.buffer.readUInt16BE(address) ^ copy, address);
    padding += pad;
  }
  out.close();
  return { packets: out.packets, padding };
}

/** UDP flows of one to three packets each, all of one direction, spread over the time in which they begin. */
export function smallFlows(flows, path) {
  const out = new PcapFile(path);
  const spreadMs = 300_000;
  const length = ETHERNET + 28 + 18;
  const frame = Buffer.alloc(length);
  frame.writeUInt16BE(0x0800, 12);
  frame[ETHERNET] = 0x45;
  frame.writeUInt16BE(length - ETHERNET, ETHERNET + 2);
  frame[ETHERNET + 8] = 64;
  frame[ETHERNET + 9] = 17;
  frame.writeUInt16BE(length - ETHERNET - 20, ETHERNET + 24);
  let id = 0;
  for (let flow = 0; flow < flows; flow++) {
    // No two flows have the same addresses; a flow is over before most others began.
    frame.writeUInt32BE(0x0a000000 + Math.floor(flow / 250), ETHERNET + 12);
    frame.writeUInt32BE(0xc0a80000 + (flow % 250), ETHERNET + 16);
    frame.writeUInt16BE(1024 + Math.floor(random() * 60_000), ETHERNET + 20);
    // No port of a service: nfpcapd makes a flow of every packet of DNS.
    frame.writeUInt16BE(50_000, ETHERNET + 22);
    for (let packet = Math.floor(random() * 3); packet >= 0; packet--) {
      frame.writeUInt16BE(id++ & 0xffff, ETHERNET + 4);
      const at = out.begin(1_700_000_000_000 + (flow * spreadMs) / flows, length, length);
      frame.copy(out.buffer, at);
    }
  }
  out.close();
  return { packets: out.packets, padding: 0 };
}
