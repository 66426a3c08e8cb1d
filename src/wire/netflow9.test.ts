import { describe, expect, test } from 'vitest';
import { Bench, type FieldSpec, ip4, message9, NOW, options9, set, template9, UPTIME, u } from './template.testing.ts';

const BASIC: readonly FieldSpec[] = [
  [8, 4],
  [12, 4],
  [15, 4],
  [10, 2],
  [14, 2],
  [2, 4],
  [1, 4],
  [22, 4],
  [21, 4],
  [7, 2],
  [11, 2],
  [6, 1],
  [4, 1],
  [5, 1],
  [16, 2],
  [17, 2],
  [9, 1],
  [13, 1],
];

function basic(src: string, bytes = 1500, protocol = 6, dstPort = 443): number[] {
  return [
    ...ip4(src),
    ...ip4('198.51.100.2'),
    ...ip4('192.0.2.254'),
    ...u(3, 2),
    ...u(4, 2),
    ...u(10, 4),
    ...u(bytes, 4),
    ...u(UPTIME - 9_000, 4),
    ...u(UPTIME - 4_000, 4),
    ...u(40_000, 2),
    ...u(dstPort, 2),
    0x1b,
    protocol,
    8,
    ...u(64_496, 2),
    ...u(64_511, 2),
    24,
    16,
  ];
}

describe('NetFlow v9', () => {
  test('a flow as most routers send it', () => {
    const bench = new Bench();
    const rows = bench.take(
      message9([template9(256, BASIC), set(256, [...basic('192.0.2.1'), ...basic('192.0.2.2', 40)], 2)]),
    );
    expect(bench.errors).toEqual({});
    expect(bench.decoder.result).toMatchObject({ records: 2, flowRecords: 2, rows: 2, templates: 1, exact: true });
    expect(rows[0]).toEqual({
      start: NOW - 9_000,
      end: NOW - 4_000,
      received: NOW,
      time: NOW - 4_000,
      src_addr: '192.0.2.1',
      dst_addr: '198.51.100.2',
      src_port: 40_000,
      dst_port: 443,
      protocol: 6,
      raw_bytes: 1500,
      raw_packets: 10,
      sampling: 1,
      sampling_origin: 'default',
      tcp_flags: 0x1b,
      tos: 8,
      exporter: '192.0.2.1',
      domain: 42,
      in_if: 3,
      out_if: 4,
      next_hop: '192.0.2.254',
      src_as: 64_496,
      dst_as: 64_511,
      src_mask: 24,
      dst_mask: 16,
      format: 'netflow9',
      byte_layer: 'ip',
    });
    expect(rows[1]).toMatchObject({ src_addr: '192.0.2.2', raw_bytes: 40 });
  });

  test('ICMP type and code come out of the destination port', () => {
    const bench = new Bench();
    const [row] = bench.take(message9([template9(256, BASIC), set(256, basic('192.0.2.1', 84, 1, 0x0800))]));
    expect(row).toMatchObject({ protocol: 1, icmp_type: 8, icmp_code: 0, src_port: 0, dst_port: 0 });
  });

  test('options give the rate of a sampler, in any order', () => {
    const bench = new Bench();
    const sampled: FieldSpec[] = [...BASIC, [48, 1]];
    const rows = bench.take(
      message9([
        template9(256, sampled),
        options9(
          257,
          [[1, 4]],
          [
            [48, 1],
            [49, 1],
            [50, 4],
          ],
        ),
        set(257, [...u(0, 4), 5, 2, ...u(512, 4)], 2),
        set(256, [...basic('192.0.2.1'), 5, ...basic('192.0.2.2'), 0]),
      ]),
    );
    expect(rows[0]).toMatchObject({ sampling: 512, sampling_origin: 'options' });
    expect(rows[1]).toMatchObject({ sampling: 1, sampling_origin: 'default' });
    expect(bench.decoder.result).toMatchObject({ options: 1, records: 3, flowRecords: 2, sampledRows: 1 });
  });

  test('data that comes before its template waits for it', () => {
    const bench = new Bench();
    expect(bench.take(message9([set(256, basic('192.0.2.1'))]))).toEqual([]);
    expect(bench.decoder.result).toMatchObject({ held: 1, exact: false, records: 0 });
    bench.context.receivedMs = NOW + 60_000;
    const rows = bench.take(message9([template9(256, BASIC)], NOW + 60_000, UPTIME + 60_000));
    expect(rows).toEqual([expect.objectContaining({ src_addr: '192.0.2.1', received: NOW, end: NOW - 4_000 })]);
    expect(bench.decoder.result).toMatchObject({ lateRecords: 1, exact: true, records: 0 });
  });

  test('events of a firewall (ASA NSEL): created without counters, deleted with those of both directions', () => {
    const bench = new Bench();
    const fields: FieldSpec[] = [
      [148, 4],
      [8, 4],
      [7, 2],
      [10, 2],
      [12, 4],
      [11, 2],
      [14, 2],
      [4, 1],
      [176, 1],
      [177, 1],
      [225, 4],
      [226, 4],
      [227, 2],
      [228, 2],
      [233, 1],
      [33_002, 2],
      [323, 8],
      [152, 8],
      [231, 4],
      [232, 4],
      [40_000, 20],
    ];
    const event = (kind: number, sent: number, received: number) => [
      ...u(1, 4),
      ...ip4('10.0.0.1'),
      ...u(51_000, 2),
      ...u(3, 2),
      ...ip4('198.51.100.2'),
      ...u(443, 2),
      ...u(4, 2),
      6,
      0,
      0,
      ...ip4('203.0.113.1'),
      ...ip4('198.51.100.2'),
      ...u(30_000, 2),
      ...u(443, 2),
      kind,
      ...u(2030, 2),
      ...u(NOW - 1_000, 8),
      ...u(NOW - 61_000, 8),
      ...u(sent, 4),
      ...u(received, 4),
      ...Buffer.from('alice'.padEnd(20, '\0')),
    ];
    const rows = bench.take(
      message9([template9(263, fields), set(263, [...event(1, 0, 0), ...event(2, 700, 9_000)])], NOW, UPTIME, 300),
    );
    expect(bench.errors).toEqual({});
    expect(rows.map((r) => [r.src_addr, r.raw_bytes, r.fw_event])).toEqual([
      ['10.0.0.1', 0, 'created'],
      ['10.0.0.1', 700, 'deleted'],
      ['198.51.100.2', 9_000, 'deleted'],
    ]);
    expect(rows[2]).toMatchObject({
      start: NOW - 61_000,
      end: NOW - 1_000,
      src_port: 443,
      dst_port: 51_000,
      in_if: 4,
      dst_nat_addr: '203.0.113.1',
      dst_nat_port: 30_000,
      user: 'alice',
    });
  });

  test('many new templates in one message: what is not compiled at once comes with the next', () => {
    const bench = new Bench();
    const ids = Array.from({ length: 50 }, (_, i) => 300 + i);
    const sets = ids.flatMap((id) => [template9(id, BASIC), set(id, basic('192.0.2.1', id))]);
    let rows = bench.take(message9(sets));
    for (let i = 0; i < 3; i++) rows = [...rows, ...bench.take(message9([]))];
    expect(rows.map((r) => r.raw_bytes)).toEqual(ids);
    expect(bench.errors).toEqual({});
  });
});
