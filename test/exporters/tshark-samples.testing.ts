import type { ExpectedRecord } from './telegraf.testing.ts';
import { isTree, listOf, type Tree } from './tshark.testing.ts';

const TCP = 6;
const UDP = 17;
const OWN_INTERFACE = 0x3fff_ffff;

/** What tshark reads in the flow samples (sFlow v5) of each datagram, in Weir's words. */
export const tsharkSamples = (frames: readonly Tree[]): ExpectedRecord[][] =>
  frames.map(({ sflow }) => listOf(sflow).filter(isTree).flatMap(samplesOf));

function samplesOf(message: Tree): ExpectedRecord[] {
  return Object.entries(message)
    .filter(([name]) => /flow sample/i.test(name))
    .flatMap(([, samples]) => listOf(samples).filter(isTree))
    .map((sample) => sampleOf(sample, message));
}

function sampleOf(sample: Tree, message: Tree): ExpectedRecord {
  const text = (...names: string[]) => names.map((name) => find(sample, name)).find((value) => value !== undefined);
  const number = (...names: string[]) => {
    const value = text(...names);
    return value === undefined ? undefined : Number(value);
  };
  const unlessZero = (...names: string[]) => number(...names) || undefined;
  const prefix = 'sflow.flow_sample';
  const format = number(`${prefix}.output_interface_format`, `${prefix}.output_interface.format`);
  return {
    format: 'sflow',
    agent_address: find(message, 'sflow_245.agent') ?? find(message, 'sflow_245.agent.v6'),
    raw_packets: 1,
    sampling: number(`${prefix}.sampling_rate`),
    in_if: known(number(`${prefix}.input_interface`, `${prefix}.input_interface_value`)),
    // Another format is a reason of discarding, or the number of interfaces that the packet left by.
    out_if: format === 0 ? known(number(`${prefix}.output_interface_value`)) : undefined,
    src_mac: text('eth.src'),
    dst_mac: text('eth.dst'),
    vlan: unlessZero('sflow_245.vlan.in', 'vlan.id'),
    ...packetOf(text, number),
  };
}

/** 0: unknown; the largest index: the device itself (sFlow v5, section 5.3 "interface"). */
const known = (index: number | undefined) => (index === 0 || index === OWN_INTERFACE ? undefined : index);

function packetOf(
  text: (...names: string[]) => string | undefined,
  number: (...names: string[]) => number | undefined,
): ExpectedRecord {
  const protocol = number('ip.proto', 'ipv6.nxt');
  if (protocol === undefined) return {};
  const hasPorts = protocol === TCP || protocol === UDP;
  return {
    src_addr: text('ip.src', 'ipv6.src'),
    dst_addr: text('ip.dst', 'ipv6.dst'),
    protocol,
    tos: number('ip.dsfield', 'ipv6.tclass'),
    ttl: number('ip.ttl', 'ipv6.hlim'),
    ...(hasPorts ? { src_port: number('tcp.srcport', 'udp.srcport') } : {}),
    ...(hasPorts ? { dst_port: number('tcp.dstport', 'udp.dstport') } : {}),
    ...(protocol === TCP ? { tcp_flags: number('tcp.flags') } : {}),
  };
}

/** The first value of that name, outermost layer first. */
function find(tree: Tree, name: string): string | undefined {
  for (const [key, value] of Object.entries(tree)) {
    const [first] = listOf(value);
    if (key === name && typeof first === 'string') return first;
    const inside = isTree(first) ? find(first, name) : undefined;
    if (inside !== undefined) return inside;
  }
  return undefined;
}
