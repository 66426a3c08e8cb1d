import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runProgram } from './program.testing.ts';

type Json = string | Json[] | { readonly [name: string]: Json };
export type Tree = { readonly [name: string]: Json };

const EXPORT_PORT = 2055;
const PCAP_HEADER_BYTES = 24;

export const isTree = (value: Json | undefined): value is Tree =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
export const listOf = (value: Json | undefined): Json[] =>
  value === undefined ? [] : Array.isArray(value) ? value : [value];

/** tshark's layers of each datagram, in order. All are of one exporter: templates of one serve the next. */
export async function tsharkLayers(datagrams: readonly Uint8Array[], protocol: 'cflow' | 'sflow'): Promise<Tree[]> {
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
    const frames = JSON.parse(text) as { _source: { layers: Tree } }[];
    return frames.map((frame) => frame._source.layers);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Flow records of NetFlow and IPFIX, by datagram; records of options are left out. */
export function cflowRecords(frames: readonly Tree[]): Tree[][] {
  const optionsTemplates = new Set<string>();
  return frames.map((layers) => {
    const flows: Tree[] = [];
    for (const message of listOf(layers.cflow).filter(isTree)) {
      for (const [name, set] of Object.entries(message)) {
        if (!isTree(set)) continue;
        for (const id of optionsTemplateIds(name, set)) optionsTemplates.add(id);
        flows.push(...(name.startsWith('pdu ') ? [set] : flowsOf(set, optionsTemplates)));
      }
    }
    return flows;
  });
}

function optionsTemplateIds(name: string, set: Tree): string[] {
  if (!name.includes('(Options Template')) return [];
  return [...JSON.stringify(set).matchAll(/"cflow\.template_id":"(\d+)"/g)].map((match) => match[1]!);
}

function flowsOf(set: Tree, optionsTemplates: ReadonlySet<string>): Tree[] {
  if (optionsTemplates.has(String(set['cflow.flowset_id']))) return [];
  return Object.entries(set).flatMap(([name, flow]) => (/^Flow \d+$/.test(name) && isTree(flow) ? [flow] : []));
}

/** A capture whose frames are UDP datagrams from 192.0.2.1 to the port that tshark is told of. */
function captureOf(datagrams: readonly Uint8Array[]): Buffer {
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
