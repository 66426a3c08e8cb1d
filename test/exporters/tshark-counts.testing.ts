import { cflowRecords, isTree, listOf, type Tree } from './tshark.testing.ts';

/** What tshark makes of one export datagram. */
export interface Count {
  /** Flow records: without options; for sFlow flow samples. */
  readonly records: number;
  /** Flow records, and the reverse directions that have packets (RFC 5103). */
  readonly directions: number;
  /** Deltas (v5: dOctets), or totals where a record has no deltas, of both directions of a biflow; for sFlow the lengths of the sampled IP packets. */
  readonly octets: number;
  readonly packets: number;
}

const IPV6_HEADER_BYTES = 40;

/** The count of each datagram, from its layers. */
export function tsharkCounts(frames: readonly Tree[], protocol: 'cflow' | 'sflow'): Count[] {
  if (protocol === 'sflow') return frames.map(sflowCount);
  return cflowRecords(frames).map((flows) => sumOf(flows.map(flowCount)));
}

export function sumOf(counts: readonly Count[]): Count {
  const sum: { -readonly [name in keyof Count]: number } = { records: 0, directions: 0, octets: 0, packets: 0 };
  for (const { records, directions, octets, packets } of counts) {
    sum.records += records;
    sum.directions += directions;
    sum.octets += octets;
    sum.packets += packets;
  }
  return sum;
}

const total = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0);

function flowCount(flow: Tree): Count {
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

function sflowCount(layers: Tree): Count {
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
