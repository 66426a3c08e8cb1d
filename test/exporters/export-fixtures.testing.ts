import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { runProgram } from './program.testing.ts';

/** Datagrams of one exporter among the third-party fixtures, in their order. */
export interface ExportFixture {
  readonly name: string;
  readonly protocol: 'cflow' | 'sflow';
  readonly datagrams: () => Promise<Buffer[]>;
}

const files = (folder: string, names: readonly string[]) => async () =>
  names.map((name) => readFileSync(join(folder, name)));

/** Cases of telegraf: each has an expected.out beside the datagrams. */
export function telegrafCases(fixtures: string): (ExportFixture & { readonly expected: string })[] {
  const root = join(fixtures, 'telegraf-netflow');
  return readdirSync(root, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => {
      const folder = join(root, name);
      const names = readdirSync(folder).filter((file) => file.endsWith('.bin'));
      return {
        name: `telegraf/${name}`,
        protocol: name.startsWith('sflow') ? ('sflow' as const) : ('cflow' as const),
        datagrams: files(folder, names.sort()),
        expected: readFileSync(join(folder, 'expected.out'), 'utf8'),
      };
    });
}

type Vectors = Readonly<Record<string, readonly string[]>>;

const CFLOW_VECTORS: Vectors = {
  'bitkeks/v5': ['PACKET_V5'],
  'bitkeks/v9': ['PACKET_V9_TEMPLATE', 'PACKETS_V9_0', 'PACKETS_V9_1', 'PACKETS_V9_2'],
  'bitkeks/v9 with its data before its templates': ['PACKET_V9_TEMPLATE_MIXED'],
  'bitkeks/v9 without templates': ['PACKET_V9_WITH_ZEROS'],
  'bitkeks/ipfix': ['PACKET_IPFIX_TEMPLATE', 'PACKET_IPFIX'],
  'bitkeks/ipfix with MAC addresses': ['PACKET_IPFIX_TEMPLATE_ETHER', 'PACKET_IPFIX_ETHER'],
  'bitkeks/ipfix with padding': ['PACKET_IPFIX_PADDING'],
  'goflow2/v5': ['netflowlegacy-TestDecodeNetFlowV5-data'],
  'goflow2/v9': ['netflow-TestDecodeNetFlowV9-template', 'netflow-TestDecodeNetFlowV9-data'],
  'vflow/v5': ['v5-top-TestV5FlowPacket'],
  'vflow/ipfix': ['ipfix-TestDecodeDataTpl-tpl', 'ipfix-TestDecodeDataTpl-payload'],
  'vflow/ipfix, several sets': ['ipfix-top-multiMessage'],
  'vflow/ipfix without templates': ['ipfix-top-unknownDatasetMessage'],
};

const SFLOW_VECTORS: Vectors = {
  'goflow2/sflow': ['sflow-TestSFlowDecode-data'],
  'goflow2/sflow, expanded samples': ['sflow-TestExpandedSFlowDecode-data'],
  'vflow/sflow': ['sflow-top-TestsFlowRawPacket'],
};

/** Notifications of discarded packets (sflow.org/sflow_drops.txt), which tshark 4.0 does not know. */
const DROP_VECTORS: Vectors = {
  'goflow2/sflow drop, egress queue': ['sflow-TestSFlowDecodeDropEgressQueue-data'],
  'goflow2/sflow drop, extended ACL': ['sflow-TestSFlowDecodeDropExtendedACL-data'],
  'goflow2/sflow drop, extended function': ['sflow-TestSFlowDecodeDropExtendedFunction-data'],
};

const SFLOW_CAPTURES = [
  'tcpdump/sflow-print-v6.pcap',
  'tcpdump/sflow_multiple_counter_30_pdus.pcap',
  'pcapplusplus/ExamplesTest/pcap_examples/tcp-reassembly.pcap',
];

function vectors(fixtures: string, protocol: ExportFixture['protocol'], table: Vectors): ExportFixture[] {
  return Object.entries(table).map(([name, names]) => {
    const folder = join(fixtures, 'hex-vectors', name.slice(0, name.indexOf('/')));
    const binaries = names.map((file) => `${file}.bin`);
    return { name, protocol, datagrams: files(folder, binaries) };
  });
}

export const dropCases = (fixtures: string) => vectors(fixtures, 'sflow', DROP_VECTORS);

/** Cases without golden output of their own. */
export function otherCases(fixtures: string): ExportFixture[] {
  return [
    ...vectors(fixtures, 'cflow', CFLOW_VECTORS),
    ...vectors(fixtures, 'sflow', SFLOW_VECTORS),
    ...SFLOW_CAPTURES.map((name) => ({
      name,
      protocol: 'sflow' as const,
      datagrams: () => udpPayloads(join(fixtures, name), 'sflow'),
    })),
    {
      name: 'ipfixcol2/example_flows.ipfix',
      protocol: 'cflow',
      datagrams: async () => ipfixMessages(readFileSync(join(fixtures, 'ipfixcol2/example_flows.ipfix'))),
    },
  ];
}

async function udpPayloads(capture: string, filter: string): Promise<Buffer[]> {
  const text = await runProgram('tshark', ['-r', capture, '-Y', filter, '-T', 'fields', '-e', 'udp.payload']);
  return text
    .trim()
    .split('\n')
    .map((line) => Buffer.from(line, 'hex'));
}

/** The messages of a file of RFC 5655, each of which could have come in a datagram. */
function ipfixMessages(file: Buffer): Buffer[] {
  const messages: Buffer[] = [];
  for (let at = 0; at + 16 <= file.length; ) {
    const length = file.readUInt16BE(at + 2);
    messages.push(file.subarray(at, at + length));
    at += length;
  }
  return messages;
}
