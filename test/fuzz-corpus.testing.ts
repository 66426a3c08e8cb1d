import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatagramReader, openCapture } from '../src/packet/index.ts';
import * as sflow from '../src/wire/sflow/sflow.testing.ts';
import {
  ascii,
  type FieldSpec,
  ip4,
  message9,
  message10,
  NOW,
  options9,
  options10,
  set,
  template9,
  template10,
  u,
  V,
  variable,
} from '../src/wire/template.testing.ts';
import { otherCases, telegrafCases } from './exporters/export-fixtures.testing.ts';
import { fixtures } from './node.testing.ts';
import { numberedDatagram } from './numbered.testing.ts';

/** Datagrams of one exporter in their order. */
export interface Corpus {
  readonly name: string;
  readonly datagrams: readonly Uint8Array[];
}

/** Captures of other projects in which exporters send. */
const CAPTURES = [
  'tcpdump/sflow-print-v6.pcap',
  'tcpdump/sflow_multiple_counter_30_pdus.pcap',
  'pcapplusplus/ExamplesTest/pcap_examples/tcp-reassembly.pcap',
];
/** Of one exporter: what follows is more of the same. */
const MOST = 40;

/** Our own datagrams, and those of other projects where they are at hand. */
export async function corpora(): Promise<readonly Corpus[]> {
  if (fixtures === null) return own();
  const others = [...telegrafCases(fixtures), ...otherCases(fixtures)].filter(({ name }) => !CAPTURES.includes(name));
  const read = others.map(async ({ name, datagrams }) => ({ name, datagrams: (await datagrams()).slice(0, MOST) }));
  const captures = CAPTURES.filter((name) => existsSync(join(fixtures!, name))).map(capture);
  return [...own(), ...(await Promise.all([...read, ...captures]))].filter(({ datagrams }) => datagrams.length > 0);
}

async function capture(name: string): Promise<Corpus> {
  const datagrams: Uint8Array[] = [];
  const reader = new DatagramReader(
    {
      onDatagram: (view, at, length) => {
        if (datagrams.length >= MOST || length < 4) return;
        const version = view.getUint16(at);
        if (version === 5 || version === 9 || version === 10 || view.getUint32(at) === 5)
          datagrams.push(Uint8Array.from(new Uint8Array(view.buffer, view.byteOffset + at, length)));
      },
      onStreamData: () => undefined,
      onStreamEnd: () => undefined,
    },
    new Set(),
  );
  for await (const chunk of openCapture(once(readFileSync(join(fixtures!, name))))) reader.addChunk(chunk);
  reader.finish();
  return { name, datagrams };
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

function own(): Corpus[] {
  return [
    { name: 'own v5', datagrams: [1, 3, 30].map((records) => numberedDatagram(1, NOW - 3_600_000, 0, records)) },
    { name: 'own v9', datagrams: netflow9().map((m) => Uint8Array.from(m)) },
    { name: 'own IPFIX', datagrams: ipfix().map((m) => Uint8Array.from(m)) },
    { name: 'own sFlow', datagrams: samples() },
  ];
}

/** Counters, times, text, a biflow, a sampler, an application, and part of a frame. */
const IPFIX_FIELDS: readonly FieldSpec[] = [
  [8, 4],
  [12, 4],
  [7, 2],
  [11, 2],
  [4, 1],
  [1, 8],
  [2, 4],
  [1, 8, 29305],
  [2, 4, 29305],
  [152, 8],
  [153, 8],
  [302, 8],
  [95, 4],
  [371, V],
  [315, V],
];

function ipfix(): number[][] {
  const frame = sflow.ethernet(0x0800, sflow.ipv4(6, sflow.tcp(1_000, 443)));
  const record = (name: string) => [
    ...ip4('192.0.2.1'),
    ...ip4('192.0.2.2'),
    ...u(1_000, 2),
    ...u(443, 2),
    6,
    ...u(5_000, 8),
    ...u(6, 4),
    ...u(7_000, 8),
    ...u(8, 4),
    ...u(NOW - 500, 8),
    ...u(NOW, 8),
    ...u(9, 8),
    ...u(0x0300_0050, 4),
    ...variable(ascii(name)),
    ...variable([...frame], true),
  ];
  const selector = options10(
    300,
    [[302, 8]],
    [
      [305, 4],
      [306, 4],
    ],
  );
  const names = options10(
    301,
    [[10, 4]],
    [
      [82, V],
      [83, V],
    ],
  );
  const applications = options10(
    302,
    [[95, 4]],
    [
      [96, V],
      [94, V],
    ],
  );
  const told = [
    set(300, [...u(9, 8), ...u(1, 4), ...u(99, 4)]),
    set(301, [...u(3, 4), ...variable(ascii('eth3')), ...variable(ascii('to the core'))]),
    set(302, [...u(0x0300_0050, 4), ...variable(ascii('http')), ...variable(ascii('the web'))]),
  ];
  return [
    message10([set(256, record('early'))]),
    message10([template10(256, IPFIX_FIELDS), selector, names, applications, ...told]),
    message10([set(256, [...record('ann'), ...record('bob')], 3), set(2, [...u(257, 2), 0, 0])]),
  ];
}

const V9_FIELDS: readonly FieldSpec[] = [
  [8, 4],
  [12, 4],
  [22, 4],
  [21, 4],
  [1, 4],
  [2, 4],
  [7, 2],
  [11, 2],
  [4, 1],
  [48, 1],
  [10, 2],
  [70, 3],
  [56, 6],
  [32, 2],
];

function netflow9(): number[][] {
  const record = [
    ...ip4('192.0.2.1'),
    ...ip4('192.0.2.2'),
    ...u(863_999_000, 4),
    ...u(864_000_000, 4),
    ...u(5, 4),
    ...u(6, 4),
    ...u(7, 2),
    ...u(8, 2),
    ...[17, 1],
    ...u(3, 2),
    ...u(99, 3),
    ...u(77, 6),
    ...u(0x0800, 2),
  ];
  const sampler = options9(
    261,
    [[1, 4]],
    [
      [48, 1],
      [50, 4],
      [49, 1],
      [84, 8],
    ],
  );
  return [
    message9([
      template9(260, V9_FIELDS),
      sampler,
      set(261, [...u(1, 4), 1, ...u(64, 4), 2, ...ascii('sampler1')], 2),
      set(260, record, 1),
    ]),
    message9([set(260, [...record, ...record], 2)]),
  ];
}

/** Each kind of sample and the records of packets, routes and counters. */
function samples(): Uint8Array[] {
  const frame = sflow.ethernet(0x8100, [0, 7, 8, 0, ...sflow.ipv4(17, sflow.udp(53, 53, [1, 2, 3]))]);
  const gateway = sflow.structure(1003, [
    ...sflow.address('192.0.2.9'),
    ...sflow.words(65_000, 65_001, 65_002, 1, 2, 2, 65_002, 65_003, 0, 100),
  ]);
  const router = sflow.structure(1002, [...sflow.address('192.0.2.9'), ...sflow.words(24, 16)]);
  const switched = sflow.structure(1001, sflow.words(7, 0, 8, 0));
  const user = sflow.structure(1004, [
    ...sflow.words(106),
    ...sflow.string('ann'),
    ...sflow.words(106),
    ...sflow.string('bob'),
  ]);
  const raw = sflow.rawHeader(frame);
  return [
    sflow.datagram([
      sflow.flowSample([raw, switched, router, gateway, user]),
      sflow.counterSample([sflow.interfaceCounters(), sflow.structure(1005, sflow.string('eth3'))]),
    ]),
    sflow.datagram(
      [
        sflow.expandedSample([raw], { sequence: 2 }),
        sflow.discarded([raw], 1, { sequence: 1 }),
        sflow.counterSample([sflow.interfaceCounters({ inOctets: [0, 9_000] })], 2),
      ],
      { sequence: 2 },
    ),
  ];
}
