import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { DEFAULT_METER, type FlowSink, type Flows, Meter } from '../src/meter/index.ts';
import {
  BIG,
  block,
  interfaceBlock,
  LITTLE,
  packetBlock,
  pcapHeader,
  pcapRecord,
  section,
} from '../src/packet/captures.testing.ts';
import { bytes, DNS, ethernet, ipv4, ipv6, tcp, u16, u32, udp } from '../src/packet/frames.testing.ts';
import {
  CAPTURE_DAMAGES,
  dissectLink,
  Esp,
  FragmentPorts,
  newPacketFields,
  openCapture,
  PACKET_PROBLEMS,
  type PacketFields,
} from '../src/packet/index.ts';

/** An undamaged capture. */
export interface Sample {
  readonly name: string;
  readonly bytes: Uint8Array;
  /** Where its records or blocks end, from the file header on. */
  readonly ends: readonly number[];
  /** How many packets stand before each of these. */
  readonly packetsAt: readonly number[];
}

/** What was read of a capture. */
export interface Reading {
  /** A number for each packet, made of everything that is known of it. */
  readonly packets: readonly number[];
  readonly damage: { readonly cause: string; readonly offset: number } | null;
  /** Packets that the meter was given, without those that it took for copies of a mirror. */
  readonly packetsMetered: number;
  /** Packets in the flows that came out. */
  readonly packetsInFlows: number;
  /** A number made of all flows that came out, in their order. */
  readonly flows: number;
  readonly interfaces: number;
}

/** A hash of numbers that come one after the other. */
class Digest {
  value = 0x811c9dc5;
  private readonly double = new Float64Array(1);
  private readonly words = new Uint32Array(this.double.buffer);

  add(word: number): void {
    this.value = Math.imul(this.value ^ word, 0x01000193) ^ (this.value >>> 15);
  }

  addDouble(value: number): void {
    this.double[0] = value;
    this.add(this.words[0]!);
    this.add(this.words[1]!);
  }
}

function addPacket(digest: Digest, p: PacketFields): void {
  const { problem, vlan, protocol, srcPort, dstPort, ipBytes, tcpFlags, icmpType, icmpCode, tunnel, tunnelId } = p;
  for (const word of [problem, vlan, protocol, srcPort, dstPort, ipBytes, tcpFlags, icmpType, icmpCode])
    digest.add(word);
  for (const word of [tunnel, tunnelId, p.spi, p.ipsec, p.payloadLength, ...p.srcAddr, ...p.dstAddr]) digest.add(word);
}

class FlowDigest implements FlowSink {
  readonly digest = new Digest();
  packets = 0;

  flow(flows: Flows, slot: number, endReason: number): void {
    const { digest } = this;
    this.packets += flows.packets[slot]!;
    digest.add(endReason);
    digest.add(flows.protocol[slot]!);
    digest.add(flows.srcPort[slot]!);
    digest.add(flows.dstPort[slot]!);
    for (let word = 4 * slot; word < 4 * slot + 4; word++) {
      digest.add(flows.srcAddr[word]!);
      digest.add(flows.dstAddr[word]!);
    }
    for (const column of [flows.packets, flows.bytes, flows.start, flows.end]) digest.addDouble(column[slot]!);
  }
}

/** A capture through all that stands between a file and flows; `most` packets of it at most. */
export async function readCapture(
  source: AsyncIterable<Uint8Array>,
  most = Number.POSITIVE_INFINITY,
): Promise<Reading> {
  const sink = new FlowDigest();
  // With places of tables that are drawn at random, one reading in 300 of a capture with copies leaves out another one of two that are alike.
  const meter = new Meter({ ...DEFAULT_METER, maxFlows: 8_192, hashSeed: 1 }, sink);
  const ports = new FragmentPorts();
  const fields = newPacketFields();
  const options = { tunnels: 'inner', esp: new Esp({ maxAssociations: 1024 }) } as const;
  const packets: number[] = [];
  const capture = openCapture(source);
  read: for await (const chunk of capture) {
    for (let i = 0; i < chunk.count; i++) {
      if (packets.length === most) break read;
      dissectLink(chunk.view, chunk.at[i]!, chunk.captured[i]!, chunk.linkType[i]!, fields, options);
      const digest = new Digest();
      digest.addDouble(chunk.timeMs[i]!);
      digest.add(chunk.original[i]!);
      digest.add(chunk.captured[i]!);
      digest.add(chunk.linkType[i]!);
      addPacket(digest, fields);
      packets.push(digest.value);
      if (PACKET_PROBLEMS[fields.problem] === undefined) throw new Error(`a problem without a name: ${fields.problem}`);
      if (!fields.hasIp || !ports.apply(fields, chunk.timeMs[i]!)) continue;
      meter.packet(fields, chunk.original[i]!, chunk.timeMs[i]!, chunk.interfaceId[i]! + 1);
    }
  }
  meter.finish();
  const { damage, interfaces } = capture.facts;
  if (damage && !(CAPTURE_DAMAGES as readonly string[]).includes(damage.cause)) throw new Error(damage.cause);
  return {
    packets,
    damage,
    packetsMetered: meter.counts.packets - meter.counts.duplicates,
    packetsInFlows: sink.packets,
    flows: sink.digest.value,
    interfaces: interfaces.length,
  };
}

/** Every capture of the fixtures that is whole, or our own where this is a clone without them. */
export function samples(fixtures: string | null): Sample[] {
  const found = fixtures === null ? [] : filesIn(fixtures);
  return [...own(), ...found].flatMap(({ name, data }) => {
    const walked = walk(data);
    return walked ? [{ name, bytes: data, ...walked }] : [];
  });
}

function filesIn(folder: string): { name: string; data: Uint8Array }[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.(pcap|pcapng|cap)(\.gz)?$/.test(name))
    .sort()
    .map((name) => {
      const data = readFileSync(join(folder, name));
      return { name, data: name.endsWith('.gz') ? gunzipSync(data) : data };
    });
}

/** The records of a capture, by their lengths alone; null for one that is not whole. */
function walk(data: Uint8Array): Pick<Sample, 'ends' | 'packetsAt'> | null {
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  if (data.length < 24) return null;
  return view.getUint32(0) === 0x0a0d0d0a ? walkBlocks(view) : walkRecords(view);
}

function walkRecords(view: DataView): Pick<Sample, 'ends' | 'packetsAt'> | null {
  const little = view.getUint8(0) > 0xa1;
  const modified = view.getUint16(little ? 0 : 2, little) === 0xcd34;
  const ends = [24];
  const packetsAt = [0];
  for (let at = 24; at < view.byteLength; ) {
    if (at + 16 > view.byteLength) return null;
    const captured = view.getUint32(at + 8, little);
    if (captured === 0 && view.getUint32(at + 12) === 0) return null;
    at += (modified ? 24 : 16) + captured;
    if (at > view.byteLength) return null;
    ends.push(at);
    packetsAt.push(packetsAt.length);
  }
  return { ends, packetsAt };
}

function walkBlocks(view: DataView): Pick<Sample, 'ends' | 'packetsAt'> | null {
  const ends: number[] = [];
  const packetsAt: number[] = [];
  let little = true;
  let packets = 0;
  for (let at = 0; at < view.byteLength; ) {
    if (at + 12 > view.byteLength) return null;
    if (view.getUint32(at) === 0x0a0d0d0a) {
      little = view.getUint32(at + 8, true) === 0x1a2b3c4d;
      if (view.getUint16(at + 12, little) !== 1) return null;
    }
    const type = view.getUint32(at, little);
    if (type === 2 || type === 3 || type === 6) packets += 1;
    at += view.getUint32(at + 4, little);
    if (at > view.byteLength) return null;
    ends.push(at);
    packetsAt.push(packets);
  }
  return { ends, packetsAt };
}

/** Records before the byte at `offset` that it is not part of. */
export function packetsBefore({ ends, packetsAt }: Sample, offset: number): number {
  let low = 0;
  let high = ends.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (ends[middle]! <= offset) low = middle + 1;
    else high = middle;
  }
  return low === 0 ? 0 : packetsAt[low - 1]!;
}

const NOW_SECONDS = 1_700_000_000;

function own(): { name: string; data: Uint8Array }[] {
  const inner = ethernet(0x0800, ipv4(6, tcp(1000, 443, 0x12, [1, 2, 3])));
  const frames = [
    ethernet(0x0800, DNS),
    ethernet(0x0800, ipv4(6, tcp(1000, 443, 0x02))),
    ethernet(0x86dd, ipv6(17, udp(50_000, 4789, bytes([8, 0, 0, 0], u32(5000 << 8), inner)))),
    ethernet(0x0800, ipv4(17, udp(53, 53, new Uint8Array(40)), { id: 7, more: true })),
    ethernet(0x0800, ipv4(17, new Uint8Array(64), { id: 7, offset: 48 })),
    ethernet(0x0800, ipv4(47, bytes(u16(0), u16(0x0800), DNS))),
    ethernet(0x0800, ipv4(50, bytes(u32(0x1001), u32(1), new Uint8Array(40).fill(0xa5)))),
    ethernet(0x0806, new Uint8Array(28)),
  ];
  return [BIG, LITTLE].flatMap((order) => {
    const name = order === BIG ? 'big' : 'little';
    const records = frames.map((frame, i) => pcapRecord(order, NOW_SECONDS + i, 10 * i, frame, frame.length + 20));
    const blocks = frames.map((frame, i) => packetBlock(order, i % 2, 1_000_000 * (NOW_SECONDS + i), frame));
    const simple = block(order, 3, bytes(order.u32(inner.length), inner));
    const parts = [section(order), interfaceBlock(order, 1), interfaceBlock(order, 1, [], 96), ...blocks, simple];
    return [
      { name: `own pcap, ${name}`, data: bytes(pcapHeader(order, 0xa1b2c3d4), ...records) },
      { name: `own pcapng, ${name}`, data: bytes(...parts, ...parts) },
    ];
  });
}
