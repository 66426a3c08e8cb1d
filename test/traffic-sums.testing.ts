import { type AddressWords, formatAddress } from '../src/flow/index.ts';
import { dissectLink, Esp, newPacketFields, openCapture, type PacketFields } from '../src/packet/index.ts';
import type { Golden } from './traffic-goldens.testing.ts';

/** What went in one direction. */
export interface Sums {
  packets: number;
  bytes: number;
}

/** By direction: `protocol address port > address port`. Ports are 0 where a packet has none. */
export type Directions = Map<string, Sums>;

function direction(protocol: number, src: string, srcPort: number, dst: string, dstPort: number): string {
  return `${protocol} ${src} ${srcPort} > ${dst} ${dstPort}`;
}

export function add(to: Directions, key: string, packets: number, bytes: number): void {
  if (packets === 0) return;
  const sums = to.get(key) ?? { packets: 0, bytes: 0 };
  sums.packets += packets;
  sums.bytes += bytes;
  to.set(key, sums);
}

export function directionsOf(flows: readonly Golden[]): Directions {
  const sums: Directions = new Map();
  for (const f of flows) {
    add(sums, direction(f.protocol, f.src, f.srcPort, f.dst, f.dstPort), f.packets, f.bytes);
    add(sums, direction(f.protocol, f.dst, f.dstPort, f.src, f.srcPort), f.revPackets, f.revBytes);
  }
  return sums;
}

/** Sorted lines, so that a difference shows as a line. */
export function linesOf(directions: Directions): string[] {
  return [...directions].map(([key, { packets, bytes }]) => `${key}: ${packets} packets, ${bytes} bytes`).sort();
}

/** Flows as sorted lines, each with both of its directions; equal ones are as many lines. */
export function recordsOf(flows: readonly Golden[]): string[] {
  return flows
    .map((f) => {
      const key = direction(f.protocol, f.src, f.srcPort, f.dst, f.dstPort);
      return `${key}: ${f.packets} packets, ${f.bytes} bytes, back ${f.revPackets} packets, ${f.revBytes} bytes`;
    })
    .sort();
}

export function addressText(words: Uint32Array, at = 0): string {
  return formatAddress([words[at]!, words[at + 1]!, words[at + 2]!, words[at + 3]!] satisfies AddressWords);
}

type OnPacket = (fields: PacketFields, originalBytes: number, timeMs: number, inIf: number) => void;

/** Each packet of a capture, whether it holds IP or not. ESP is seen into where it is not encrypted. */
export async function eachPacket(
  source: string | AsyncIterable<Uint8Array>,
  tunnels: 'outer' | 'inner',
  onPacket: OnPacket,
): Promise<void> {
  const fields = newPacketFields();
  const options = { tunnels, esp: new Esp() };
  for await (const chunk of openCapture(source)) {
    for (let i = 0; i < chunk.count; i++) {
      dissectLink(chunk.view, chunk.at[i]!, chunk.captured[i]!, chunk.linkType[i]!, fields, options);
      onPacket(fields, chunk.original[i]!, chunk.timeMs[i]!, chunk.interfaceId[i]! + 1);
    }
  }
}

/** Packets and octets of IP added up by direction, as simply as can be. */
export async function addedUp(source: string, tunnels: 'outer' | 'inner'): Promise<Directions> {
  const sums: Directions = new Map();
  await eachPacket(source, tunnels, (p) => {
    const key = direction(p.protocol, addressText(p.srcAddr), p.srcPort, addressText(p.dstAddr), p.dstPort);
    if (p.hasIp) add(sums, key, 1, p.ipBytes);
  });
  return sums;
}
