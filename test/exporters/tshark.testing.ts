import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runProgram } from './program.testing.ts';

/** What tshark makes of one export datagram. */
export interface DatagramCount {
  /** Flow records: without options; for sFlow flow samples. */
  readonly records: number;
  /** Flow records, and the reverse directions that have packets (RFC 5103). */
  readonly directions: number;
  /** Deltas (v5: dOctets), or totals where a record has no deltas, of both directions of a biflow; for sFlow the lengths of the sampled IP packets. */
  readonly octets: number;
  readonly packets: number;
  /** tshark could not read it to its end. */
  readonly malformed: boolean;
}

type Json = string | Json[] | { readonly [name: string]: Json };
type Tree = { readonly [name: string]: Json };

const EXPORT_PORT = 2055;
const IPV6_HEADER_BYTES = 40;
const PCAP_HEADER_BYTES = 24;

/** tshark's view of each datagram, in order. All are of one exporter: templates of one serve the next. */
export async function tsharkCounts(
  datagrams: readonly Uint8Array[],
  protocol: 'cflow' | 'sflow',
): Promise<DatagramCount[]> {
  const folder = mkdtempSync(join(tmpdir(), 'tshark-'));
  try {
    const file = join(folder, 'export.pcap');
    writeFileSync(file, captureOf(datagrams));
    const text = await runProgram(
      'tshark',
      [
        ...['-r', file, '-d', `udp.port==${EXPORT_PORT},${protocol}`],
        ...['-T', 'json', '--no-duplicate-keys', '-J', `${protocol} ip ipv6`],
      ],
      60_000,
    );
    const frames = JSON.parse(text.slice(text.indexOf('['), text.lastIndexOf(']') + 1)) as {
      _source: { layers: Tree };
    }[];
    const optionsTemplates = new Set<string>();
    return frames.map(({ _source: { layers } }) => {
      const malformed = '_ws.malformed' in layers;
      if (protocol === 'sflow') return { ...sflowCount(layers), malformed };
      return { ...cflowCount(layers, optionsTemplates), malformed };
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

export type Sum = Omit<DatagramCount, 'malformed'>;
type Counted = { -readonly [name in keyof Sum]: number };

export function sumOf(counts: readonly Sum[]): Sum {
  const sum: Counted = { records: 0, directions: 0, octets: 0, packets: 0 };
  for (const { records, directions, octets, packets } of counts) {
    sum.records += records;
    sum.directions += directions;
    sum.octets += octets;
    sum.packets += packets;
  }
  return sum;
}

const isTree = (value: Json | undefined): value is Tree =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const listOf = (value: Json | undefined): Json[] => (value === undefined ? [] : Array.isArray(value) ? value : [value]);
const total = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0);

function cflowCount(layers: Tree, optionsTemplates: Set<string>): Sum {
  const flows: Tree[] = [];
  for (const message of listOf(layers.cflow).filter(isTree)) {
    for (const [name, set] of Object.entries(message)) {
      if (!isTree(set)) continue;
      for (const id of optionsTemplateIds(name, set)) optionsTemplates.add(id);
      flows.push(...(name.startsWith('pdu ') ? [set] : flowsOf(set, optionsTemplates)));
    }
  }
  return sumOf(flows.map(flowCount));
}

function flowCount(flow: Tree): Sum {
  const octets = listOf(flow['cflow.octets'] ?? flow['cflow.permanent_octets']).map(Number);
  const packets = listOf(flow['cflow.packets'] ?? flow['cflow.permanent_packets']).map(Number);
  const [, ...reverse] = packets;
  return {
    records: 1,
    directions: 1 + reverse.filter((count) => count > 0).length,
    octets: total(octets),
    packets: total(packets),
  };
}

function optionsTemplateIds(name: string, set: Tree): string[] {
  if (!name.includes('(Options Template')) return [];
  return [...JSON.stringify(set).matchAll(/"cflow\.template_id":"(\d+)"/g)].map((match) => match[1]!);
}

function flowsOf(set: Tree, optionsTemplates: ReadonlySet<string>): Tree[] {
  if (optionsTemplates.has(String(set['cflow.flowset_id']))) return [];
  return Object.entries(set).flatMap(([name, flow]) => (/^Flow \d+$/.test(name) && isTree(flow) ? [flow] : []));
}

function sflowCount(layers: Tree): Sum {
  let records = 0;
  let octets = 0;
  for (const message of listOf(layers.sflow).filter(isTree)) {
    for (const [name, samples] of Object.entries(message)) {
      if (!/flow sample/i.test(name)) continue;
      for (const sample of listOf(samples).filter(isTree)) {
        records++;
        for (const header of listOf(sample['Raw packet header']).filter(isTree)) octets += ipLength(header);
      }
    }
  }
  return { records, directions: records, octets, packets: records };
}

/** Length of the outermost IP packet in a sampled header, as that packet's header has it; 0 where there is none. */
function ipLength(tree: Tree): number {
  for (const [name, value] of Object.entries(tree)) {
    const layer = listOf(value).find(isTree);
    if (!layer) continue;
    if (name === 'ip') return Number(layer['ip.len']);
    if (name === 'ipv6') return IPV6_HEADER_BYTES + Number(layer['ipv6.plen']);
    const inside = ipLength(layer);
    if (inside > 0) return inside;
  }
  return 0;
}

/** A capture whose frames are UDP datagrams from 192.0.2.1 to the port that tshark is told of. */
export function captureOf(datagrams: readonly Uint8Array[]): Buffer {
  const head = Buffer.alloc(PCAP_HEADER_BYTES);
  head.writeUInt32LE(0xa1b2c3d4, 0);
  head.writeUInt16LE(2, 4);
  head.writeUInt16LE(4, 6);
  head.writeUInt32LE(262_144, 16);
  head.writeUInt32LE(101, 20); // LINKTYPE_RAW
  return Buffer.concat([head, ...datagrams.map(udpPacket)]);
}

function udpPacket(payload: Uint8Array, n: number): Buffer {
  const b = Buffer.alloc(16 + 28 + payload.length);
  b.writeUInt32LE(1_700_000_000 + Math.floor(n / 1000), 0);
  b.writeUInt32LE((n % 1000) * 1000, 4);
  b.writeUInt32LE(28 + payload.length, 8);
  b.writeUInt32LE(28 + payload.length, 12);
  b[16] = 0x45;
  b.writeUInt16BE(28 + payload.length, 18);
  b[24] = 64;
  b[25] = 17;
  b.writeUInt32BE(0xc0000201, 28);
  b.writeUInt32BE(0xc0000202, 32);
  b.writeUInt16BE(40_000, 36);
  b.writeUInt16BE(EXPORT_PORT, 38);
  b.writeUInt16BE(8 + payload.length, 40);
  b.set(payload, 44);
  return b;
}
