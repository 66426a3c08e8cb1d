import { describe, expect, test } from 'vitest';
import {
  ascii,
  Bench,
  type FieldSpec,
  ip4,
  message9,
  message10,
  NOW,
  set,
  template9,
  template10,
  UPTIME,
  u,
  V,
  variable,
} from './template.testing.ts';

type Given = readonly (readonly [field: FieldSpec, bytes: readonly number[]])[];
const ADDRESSES: Given = [
  [[8, 4], ip4('192.0.2.1')],
  [[12, 4], ip4('198.51.100.2')],
];

/** The rows of one record with these fields. */
function rows10(given: Given, bench = new Bench()) {
  const fields = given.map(([field]) => field);
  const bytes = given.flatMap(([, b]) => b);
  return bench.take(message10([template10(256, fields), set(256, bytes)]));
}
function rows9(given: Given, bench = new Bench(), uptimeMs = UPTIME) {
  const fields = given.map(([field]) => field);
  const bytes = given.flatMap(([, b]) => b);
  return bench.take(message9([template9(256, fields), set(256, bytes)], NOW, uptimeMs));
}
const row10 = (given: Given, bench?: Bench) => rows10([...ADDRESSES, ...given], bench)[0];
const row9 = (given: Given, bench?: Bench) => rows9([...ADDRESSES, ...given], bench)[0];

const v6 = (last: number) => [0x20, 0x01, 0x0d, 0xb8, ...new Array<number>(11).fill(0), last];
const ntp = (ms: number) => [
  ...u(Math.floor(ms / 1000) + 2_208_988_800, 4),
  ...u(Math.round(((ms % 1000) / 1000) * 2 ** 32), 4),
];

describe('times', () => {
  const START = NOW - 9_000;
  const END = NOW - 4_500;
  const sec = (ms: number) => u(Math.floor(ms / 1000), 4);
  test.each<[string, Given, number, number]>([
    [
      'milliseconds',
      [
        [[152, 8], u(START, 8)],
        [[153, 8], u(END, 8)],
      ],
      START,
      END,
    ],
    [
      'seconds',
      [
        [[150, 4], sec(START)],
        [[151, 4], sec(NOW - 4_000)],
      ],
      START,
      NOW - 4_000,
    ],
    [
      'microseconds as NTP',
      [
        [[154, 8], ntp(START)],
        [[155, 8], ntp(END)],
      ],
      START,
      END,
    ],
    [
      'nanoseconds as NTP',
      [
        [[156, 8], ntp(START)],
        [[157, 8], ntp(END)],
      ],
      START,
      END,
    ],
    [
      'plain microseconds',
      [
        [[154, 8], u(START * 1000, 8)],
        [[155, 8], u(END * 1000, 8)],
      ],
      START,
      END,
    ],
    [
      'plain nanoseconds',
      [
        [[156, 8], u(BigInt(START) * 1_000_000n, 8)],
        [[157, 8], u(BigInt(END) * 1_000_000n, 8)],
      ],
      START,
      END,
    ],
    [
      'deltas before the export',
      [
        [[158, 4], u(9_000_000, 4)],
        [[159, 4], u(4_500_000, 4)],
      ],
      START,
      END,
    ],
    [
      'a start and a duration',
      [
        [[152, 8], u(START, 8)],
        [[161, 4], u(4_500, 4)],
      ],
      START,
      END,
    ],
    [
      'an end and a duration in microseconds',
      [
        [[153, 8], u(END, 8)],
        [[162, 4], u(4_500_000, 4)],
      ],
      START,
      END,
    ],
    [
      'the finest of several',
      [
        [[151, 4], sec(1e12)],
        [[153, 8], u(END, 8)],
        [[22, 4], u(5, 4)],
        [[152, 8], u(START, 8)],
      ],
      START,
      END,
    ],
    ['an event of the millisecond', [[[323, 8], u(END, 8)]], END, END],
    ['an event of the second', [[[322, 4], sec(NOW - 4_000)]], NOW - 4_000, NOW - 4_000],
    ['an event as NTP', [[[324, 8], ntp(END)]], END, END],
    [
      'uptimes and their zero in the record',
      [
        [[160, 8], u(NOW - 60_000, 8)],
        [[22, 4], u(51_000, 4)],
        [[21, 4], u(55_500, 4)],
      ],
      START,
      END,
    ],
    ['none', [[[1, 4], u(1, 4)]], NOW, NOW],
    [
      'zeros',
      [
        [[152, 8], u(0, 8)],
        [[153, 8], u(0, 8)],
      ],
      NOW,
      NOW,
    ],
    [
      'a start after the end',
      [
        [[152, 8], u(NOW, 8)],
        [[153, 8], u(END, 8)],
      ],
      END,
      END,
    ],
  ])('%s', (_name, given, start, end) => {
    expect(row10(given)).toMatchObject({ start, end, time: end });
  });

  test('uptimes across the wrap', () => {
    const row = rows9([...ADDRESSES, [[22, 4], u(2 ** 32 - 3_000, 4)], [[21, 4], u(500, 4)]], new Bench(), 2_000)[0];
    expect(row).toMatchObject({ start: NOW - 5_000, end: NOW - 1_500 });
  });

  test('a clock that is off moves time and not the times of the exporter', () => {
    const bench = new Bench();
    bench.context.receivedMs = NOW + 3_600_000;
    const row = row9(
      [
        [[22, 4], u(UPTIME - 9_000, 4)],
        [[21, 4], u(UPTIME - 4_000, 4)],
      ],
      bench,
    );
    expect(row).toMatchObject({ end: NOW - 4_000, time: NOW + 3_600_000 - 4_000 });
    expect(bench.decoder.result.clockCorrected).toBe(1);
  });

  test('impossible times become the time of receipt, counted; what is imported is believed', () => {
    const bench = new Bench();
    expect(row10([[[153, 8], u(NOW - 5 * 86_400_000, 8)]], bench)).toMatchObject({ time: NOW });
    expect(bench.decoder.result.clockCorrected).toBe(1);
    expect(row10([[[153, 8], u(2n ** 63n, 8)]], bench)).toMatchObject({ end: NOW, time: NOW });
    expect(bench.decoder.result.clockCorrected).toBe(1);
    bench.context.importing = true;
    expect(row10([[[153, 8], u(NOW - 5 * 86_400_000, 8)]], bench)).toMatchObject({ time: NOW - 5 * 86_400_000 });
    expect(bench.decoder.result.clockCorrected).toBe(0);
  });
});

describe('columns', () => {
  test.each<[string, Given, object]>([
    [
      'delta before total before layer 2',
      [
        [[352, 4], u(3, 4)],
        [[85, 4], u(2, 4)],
        [[1, 4], u(1, 4)],
      ],
      { raw_bytes: 1, byte_layer: 'ip' },
    ],
    ['layer 2 alone counts frames', [[[352, 4], u(3, 4)]], { raw_bytes: 3, byte_layer: 'frame' }],
    [
      'counters of what left are taken where there are no others',
      [
        [[23, 4], u(3, 4)],
        [[24, 4], u(2, 4)],
      ],
      { raw_bytes: 3, raw_packets: 2 },
    ],
    [
      'and never added',
      [
        [[23, 4], u(3, 4)],
        [[1, 4], u(4, 4)],
      ],
      { raw_bytes: 4 },
    ],
    [
      'MAC addresses and VLANs',
      [
        [[56, 6], u(0x0a0b0c0d0e0f, 6)],
        [[80, 6], u(1, 6)],
        [[58, 2], u(10, 2)],
        [[59, 2], u(20, 2)],
        [[245, 2], u(30, 2)],
      ],
      { src_mac: '0a:0b:0c:0d:0e:0f', dst_mac: '00:00:00:00:00:01', vlan: 10, out_vlan: 20, inner_vlan: 30 },
    ],
    [
      '802.1Q by its own number',
      [
        [[243, 2], u(10, 2)],
        [[254, 2], u(11, 2)],
      ],
      { vlan: 10, out_vlan: 11 },
    ],
    [
      'labels',
      [
        [[70, 3], u(16 * 1001 + 1, 3)],
        [[71, 3], u(16 * 3, 3)],
        [[72, 3], u(0, 3)],
      ],
      { mpls_label: 1001, mpls_label2: 3 },
    ],
    ['explicit null is a label', [[[70, 3], u(1, 3)]], { mpls_label: 0 }],
    [
      'ICMP in one field',
      [
        [[4, 1], [1]],
        [[32, 2], u(0x0301, 2)],
      ],
      { icmp_type: 3, icmp_code: 1 },
    ],
    [
      'ICMPv6 in one field',
      [
        [[4, 1], [58]],
        [[139, 2], u(0x8000, 2)],
        [[7, 2], u(5, 2)],
      ],
      { icmp_type: 128, icmp_code: 0, src_port: 0 },
    ],
    [
      'ICMP in two fields',
      [
        [[4, 1], [1]],
        [[176, 1], [11]],
        [[177, 1], [1]],
      ],
      { icmp_type: 11, icmp_code: 1 },
    ],
    [
      'ICMPv6 in two fields',
      [
        [[4, 1], [58]],
        [[178, 1], [135]],
        [[179, 1], [0]],
      ],
      { icmp_type: 135, icmp_code: 0 },
    ],
    [
      'a zero form of ICMP beside the port',
      [
        [[4, 1], [1]],
        [[32, 2], u(0, 2)],
        [[11, 2], u(0x0800, 2)],
      ],
      { icmp_type: 8, icmp_code: 0, dst_port: 0 },
    ],
    [
      'translation',
      [
        [[225, 4], ip4('203.0.113.1')],
        [[226, 4], ip4('203.0.113.2')],
        [[227, 2], u(1024, 2)],
        [[228, 2], u(80, 2)],
        [[230, 1], [1]],
      ],
      { src_nat_addr: '203.0.113.1', dst_nat_addr: '203.0.113.2', src_nat_port: 1024, dst_nat_port: 80, nat_event: 1 },
    ],
    ['a firewall that denied', [[[233, 1], [3]]], { fw_event: 'denied', raw_bytes: 0 }],
    [
      'why it ended, and where it was seen',
      [
        [[136, 1], [2]],
        [[61, 1], [1]],
        [[89, 4], u(66, 4)],
      ],
      { end_reason: 'active', flow_direction: 'egress', forwarding: 66 },
    ],
    [
      'codes that are not known',
      [
        [[136, 1], [9]],
        [[61, 1], [255]],
        [[233, 1], [200]],
      ],
      { raw_bytes: 0 },
    ],
    [
      'routing',
      [
        [[15, 4], ip4('192.0.2.9')],
        [[18, 4], ip4('192.0.2.8')],
        [[128, 4], u(65_550, 4)],
        [[129, 4], u(65_551, 4)],
        [[16, 4], u(65_552, 4)],
      ],
      { next_hop: '192.0.2.9', bgp_next_hop: '192.0.2.8', dst_peer_as: 65_550, src_peer_as: 65_551, src_as: 65_552 },
    ],
    [
      'the smallest of several times to live',
      [
        [[53, 1], [64]],
        [[192, 1], [60]],
        [[52, 1], [50]],
      ],
      { ttl: 50 },
    ],
    ['DSCP where the whole octet is not told', [[[195, 1], [46]]], { tos: 184 }],
    [
      'VRF by name',
      [
        [[236, V], variable(ascii('red'))],
        [[234, 4], u(4, 4)],
      ],
      { vrf: 'red' },
    ],
    [
      'VRF by number where the name is empty',
      [
        [[236, V], variable([])],
        [[234, 4], u(4, 4)],
      ],
      { vrf: '4' },
    ],
    ['a rate in the record', [[[34, 4], u(100, 4)]], { sampling: 100, sampling_origin: 'record' }],
    [
      'a rate as interval and space',
      [
        [[305, 4], u(1, 4)],
        [[306, 4], u(9, 4)],
      ],
      { sampling: 10, sampling_origin: 'record' },
    ],
    [
      'a rate as size and population',
      [
        [[309, 4], u(1, 4)],
        [[310, 4], u(500, 4)],
      ],
      { sampling: 500, sampling_origin: 'record' },
    ],
    [
      'an algorithm without a rate',
      [
        [[34, 4], u(0, 4)],
        [[35, 1], [2]],
      ],
      { sampling: 1, sampling_origin: 'unknown' },
    ],
    [
      'no sampling, said twice',
      [
        [[34, 4], u(0, 4)],
        [[35, 1], [0]],
      ],
      { sampling: 1, sampling_origin: 'default' },
    ],
    [
      'nvzFlow',
      [
        [[12340, V, 9], variable(ascii('svchost.exe'))],
        [[12342, V, 9], variable(ascii('services.exe'))],
        [[12338, V, 9], variable(ascii('NT\\SYSTEM'))],
        [[12345, V, 9], variable(ascii('example.com'))],
        [[12347, 8, 9], u(100, 8)],
      ],
      {
        process: 'svchost.exe',
        parent: 'services.exe',
        user: 'NT\\SYSTEM',
        server_name: 'example.com',
        raw_bytes: 100,
        byte_layer: 'payload',
      },
    ],
    [
      'ntop',
      [
        [
          [119, 8, 35632],
          [...ascii('TLS'), 0, 0, 0, 0, 0],
        ],
        [[188, V, 35632], variable(ascii('www.example.org'))],
        [[168, 4, 35632], u(321, 4)],
        [[169, V, 35632], variable(ascii('curl'))],
      ],
      { exporter_application: 'TLS', server_name: 'www.example.org', pid: 321, process: 'curl' },
    ],
  ])('%s', (_name, given, expected) => {
    expect(row10(given)).toMatchObject(expected);
  });

  test('IPv6, and both families in one template', () => {
    const ipv6 = rows10([
      [[27, 16], v6(1)],
      [[28, 16], v6(2)],
      [[31, 4], u(0x12345, 4)],
      [[29, 1], [64]],
      [[62, 16], v6(3)],
    ])[0];
    expect(ipv6).toMatchObject({
      src_addr: '2001:db8::1',
      dst_addr: '2001:db8::2',
      flow_label: 0x12345,
      src_mask: 64,
      next_hop: '2001:db8::3',
    });
    const none = new Array<number>(16).fill(0);
    const both = (four: number[], six: number[]) =>
      rows10([
        [[8, 4], four],
        [[27, 16], six],
        [[9, 1], [four[0] === 0 ? 0 : 24]],
        [[29, 1], [64]],
      ])[0];
    expect(both(ip4('192.0.2.1'), none)).toMatchObject({ src_addr: '192.0.2.1', src_mask: 24 });
    expect(both([0, 0, 0, 0], v6(9))).toMatchObject({ src_addr: '2001:db8::9', src_mask: 64 });
  });

  test('0.0.0.0 is an address of an end and no next hop', () => {
    const row = rows10([
      [
        [8, 4],
        [0, 0, 0, 0],
      ],
      [[12, 4], ip4('255.255.255.255')],
      [
        [15, 4],
        [0, 0, 0, 0],
      ],
    ])[0];
    expect(row).toMatchObject({ src_addr: '0.0.0.0' });
    expect(row).not.toHaveProperty('next_hop');
  });

  test('AS fields of neighbours, where configuration says so', () => {
    const row = row9(
      [
        [[16, 4], u(65_550, 4)],
        [[17, 4], u(65_551, 4)],
      ],
      new Bench([], { asType: 'peer' }),
    );
    expect(row).toMatchObject({ src_peer_as: 65_550, dst_peer_as: 65_551 });
    expect(row).not.toHaveProperty('src_as');
  });

  test('configuration overrides rates, or gives them where nobody does', () => {
    const given: Given = [[[34, 4], u(100, 4)]];
    const override = new Bench([], { sampling: { rate: 7, mode: 'override' } });
    expect(row10(given, override)).toMatchObject({ sampling: 7, sampling_origin: 'configured' });
    const fallback = () => new Bench([], { sampling: { rate: 7, mode: 'default' } });
    expect(row10(given, fallback())).toMatchObject({ sampling: 100, sampling_origin: 'record' });
    expect(row10([], fallback())).toMatchObject({ sampling: 7, sampling_origin: 'configured' });
  });

  test('elements that configuration maps', () => {
    const bench = new Bench([
      { pen: 0, id: 1030, column: 'custom_1' },
      { pen: 0, id: 311, column: 'custom_2' },
      { pen: 35632, id: 183, column: 'custom_text_1' },
      { pen: 0, id: 95, column: 'custom_text_2' },
      { pen: 0, id: 96, column: 'start' },
    ]);
    const row = row10(
      [
        [[1030, 5], u(2 ** 39, 5)],
        [[183, V, 35632], variable(ascii('Mozilla'))],
        [[95, 4], ascii('abcd')],
      ],
      bench,
    );
    expect(row).toMatchObject({ custom_1: 2 ** 39, custom_text_1: 'Mozilla', custom_text_2: 'abcd' });
  });

  test('the numbers that Cisco and ntop use in NetFlow v9', () => {
    const row = row9([
      [
        [40_000, 8],
        [...ascii('alice'), 0, 0, 0],
      ],
      [[40_001, 4], ip4('203.0.113.9')],
      [[40_005, 1], [2]],
      [
        [57_591, 8],
        [...ascii('DNS'), 0, 0, 0, 0, 0],
      ],
    ]);
    expect(row).toMatchObject({
      user: 'alice',
      src_nat_addr: '203.0.113.9',
      fw_event: 'deleted',
      exporter_application: 'DNS',
    });
  });

  test('rows of an import name it', () => {
    const bench = new Bench();
    bench.context.sourceCode = bench.texts.of('source').code('old.pcap');
    expect(row10([], bench)).toMatchObject({ source: 'old.pcap' });
    bench.context.sourceCode = 0;
    expect(row10([], bench)).not.toHaveProperty('source');
  });
});

describe('two directions in one record', () => {
  const both: Given = [
    ...ADDRESSES,
    [[7, 2], u(40_000, 2)],
    [[11, 2], u(443, 2)],
    [[10, 4], u(1, 4)],
    [[14, 4], u(2, 4)],
    [[9, 1], [24]],
    [[16, 4], u(100, 4)],
    [[56, 6], u(5, 6)],
    [[225, 4], ip4('203.0.113.1')],
    [[4, 1], [6]],
    [[6, 1], [0x1b]],
    [[371, V], variable(ascii('ann'))],
    [[152, 8], u(NOW - 9_000, 8)],
    [[153, 8], u(NOW - 4_000, 8)],
  ];
  const swapped = {
    src_addr: '198.51.100.2',
    dst_addr: '192.0.2.1',
    src_port: 443,
    dst_port: 40_000,
    in_if: 2,
    out_if: 1,
    dst_mask: 24,
    dst_as: 100,
    dst_mac: '00:00:00:00:00:05',
    dst_nat_addr: '203.0.113.1',
    protocol: 6,
    user: 'ann',
  };

  test('RFC 5103: the reverse has its own counters, flags and times', () => {
    const rows = rows10([
      ...both,
      [[1, 8], u(1000, 8)],
      [[2, 8], u(10, 8)],
      [[1, 8, 29305], u(5000, 8)],
      [[2, 8, 29305], u(50, 8)],
      [[6, 1, 29305], [0x12]],
      [[152, 8, 29305], u(NOW - 8_000, 8)],
      [[153, 8, 29305], u(NOW - 3_000, 8)],
    ]);
    expect(rows).toHaveLength(2);
    expect(rows[0]).toMatchObject({
      src_addr: '192.0.2.1',
      raw_bytes: 1000,
      raw_packets: 10,
      tcp_flags: 0x1b,
      end: NOW - 4_000,
    });
    expect(rows[1]).toMatchObject({
      ...swapped,
      raw_bytes: 5000,
      raw_packets: 50,
      tcp_flags: 0x12,
      start: NOW - 8_000,
      end: NOW - 3_000,
    });
    expect(rows[1]).not.toHaveProperty('src_mask');
  });

  test.each([
    [0, undefined, undefined],
    [1, 'source', 'destination'],
    [2, 'destination', 'source'],
    [3, undefined, undefined],
    [200, undefined, undefined],
  ])('RFC 5103: biflowDirection %d says who began', (code, there, back) => {
    const rows = rows10([...both, [[1, 8], u(1000, 8)], [[1, 8, 29305], u(5000, 8)], [[239, 1], [code]]]);
    expect(rows.map((row) => row.client_side)).toEqual([there, back]);
  });

  test("a probe's own word for who began comes first, and is turned for the row of the answers", () => {
    const fields: Given = [
      [[1, 8], u(1000, 8)],
      [[1, 8, 29305], u(5000, 8)],
      [[239, 1], [1]],
    ];
    const rows = (code: number) => rows10([...both, ...fields, [[37, 1, 32473], [code]]]).map((row) => row.client_side);
    expect(rows(2)).toEqual(['destination', 'source']);
    expect(rows(3)).toEqual(['peer', 'peer']);
  });

  test('YAF tells how long after the start the answer began', () => {
    const rows = rows10([...both, [[85, 8], u(1, 8)], [[85, 8, 29305], u(2, 8)], [[21, 4, 6871], u(150, 4)]]);
    expect(rows[0]).toMatchObject({ start: NOW - 9_000, raw_bytes: 1 });
    expect(rows[1]).toMatchObject({ start: NOW - 8_850, end: NOW - 4_000, raw_bytes: 2 });
  });

  test('initiator and responder', () => {
    const bench = new Bench();
    const rows = rows10(
      [...both, [[231, 8], u(7, 8)], [[232, 8], u(8, 8)], [[298, 8], u(1, 8)], [[299, 8], u(2, 8)]],
      bench,
    );
    expect(rows[0]).toMatchObject({ raw_bytes: 7, raw_packets: 1, tcp_flags: 0x1b });
    expect(rows[1]).toMatchObject({ ...swapped, raw_bytes: 8, raw_packets: 2, tcp_flags: 0, end: NOW - 4_000 });
    expect(bench.decoder.result).toMatchObject({ records: 1, flowRecords: 1, rows: 2 });
  });

  test('a record without an answer is one row', () => {
    const rows = rows10([...both, [[231, 8], u(0, 8)], [[232, 8], u(0, 8)], [[233, 1], [1]]]);
    expect(rows).toHaveLength(1);
    expect(rows[0]).toMatchObject({ raw_bytes: 0, fw_event: 'created' });
  });
});

describe('packets in records', () => {
  const udp = [...ip4('192.0.2.1'), ...ip4('198.51.100.2'), ...u(5353, 2), ...u(53, 2), ...u(1008, 2), 0, 0];
  const ip = [0x45, 0x10, ...u(1028, 2), 0, 0, 0, 0, 61, 17, 0, 0, ...udp];
  const frame = [...u(2, 6), ...u(1, 6), 0x81, 0, ...u(100, 2), 0x08, 0, ...ip];
  const expected = {
    src_addr: '192.0.2.1',
    dst_addr: '198.51.100.2',
    src_port: 5353,
    dst_port: 53,
    protocol: 17,
    tos: 16,
    ttl: 61,
    raw_bytes: 1028,
    raw_packets: 1,
    byte_layer: 'ip',
  };

  test('a frame', () => {
    const row = rows10([
      [[10, 4], u(3, 4)],
      [[322, 4], u(NOW / 1000 - 5, 4)],
      [[315, V], variable(frame)],
    ])[0];
    expect(row).toMatchObject({
      ...expected,
      src_mac: '00:00:00:00:00:01',
      dst_mac: '00:00:00:00:00:02',
      vlan: 100,
      in_if: 3,
      end: NOW - 5_000,
    });
  });

  test('an IP packet of fixed length', () => {
    expect(rows10([[[313, ip.length], ip]])[0]).toMatchObject(expected);
  });

  test('a packet in a tunnel, as it went over the wire or as it is inside', () => {
    const inner = [0x45, 0, ...u(20, 2), 0, 0, 0, 0, 9, 50, 0, 0, ...ip4('10.0.0.1'), ...ip4('10.0.0.2')];
    const outer = [0x45, 0, ...u(40, 2), 0, 0, 0, 0, 61, 4, 0, 0, ...ip4('192.0.2.1'), ...ip4('192.0.2.2'), ...inner];
    const given: Given = [[[313, V], variable(outer)]];
    expect(rows10(given)[0]).toMatchObject({ src_addr: '192.0.2.1', protocol: 4 });
    expect(rows10(given, new Bench([], { tunnels: 'inner' }))[0]).toMatchObject({
      src_addr: '10.0.0.1',
      protocol: 50,
      tunnel: 'ipip 192.0.2.1 > 192.0.2.2',
    });
  });

  test('a frame that is no IP counts as a frame', () => {
    const arp = [...u(2, 6), ...u(1, 6), 0x08, 0x06, ...new Array<number>(28).fill(0)];
    const row = rows10([
      [[312, 2], u(60, 2)],
      [[315, V], variable(arp)],
    ])[0];
    expect(row).toMatchObject({
      src_mac: '00:00:00:00:00:01',
      protocol: 0,
      raw_bytes: 60,
      raw_packets: 1,
      byte_layer: 'frame',
    });
    expect(row).not.toHaveProperty('src_addr');
  });
});
