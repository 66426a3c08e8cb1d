import { describe, expect, test } from 'vitest';
import { allColumnNames, cellOf, columnOf, FlowBatch, TextColumns } from '../flow/index.ts';
import { TUNNEL } from '../packet/index.ts';
import { DEFAULT_METER, FlowRows, Meter, type MeterOptions } from './index.ts';
import { type Packet, packet, TCP } from './packets.testing.ts';

const T = 1_800_000_000_000;

function newRows(capacity = 64) {
  const texts = new TextColumns();
  const batch = new FlowBatch(capacity, allColumnNames, undefined, true);
  const rows = new FlowRows(texts);
  const bind = () => {
    batch.clear();
    texts.begin(batch);
    rows.bind(batch);
  };
  bind();
  return { batch, rows, bind };
}

function metered(packets: readonly (Packet & { at: number })[], options: Partial<MeterOptions> = {}) {
  const made = newRows();
  const meter = new Meter({ ...DEFAULT_METER, ...options }, made.rows);
  for (const p of packets) meter.packet(packet(p), (p.bytes ?? 40) + 14, T + p.at, 3);
  meter.finish();
  return made;
}

const cells = (batch: FlowBatch, row: number, names: readonly string[]) =>
  Object.fromEntries(names.map((name) => [name, cellOf(batch, columnOf(name), row)]));

describe('a flow as a row', () => {
  test('has its key, counters, times in whole ms and what the meter knows of it', () => {
    const { batch } = metered([
      { at: 0.75, srcPort: 1000, dstPort: 80, tcpFlags: TCP.syn, bytes: 60, ttl: 60, tos: 8 },
      { at: 10.25, srcPort: 1000, dstPort: 80, tcpFlags: TCP.ack, bytes: 1500, ttl: 58 },
    ]);
    expect(batch.rows).toBe(1);
    const names = ['start', 'end', 'time', 'src_addr', 'dst_addr', 'src_port', 'dst_port', 'protocol', 'icmp_type'];
    expect(cells(batch, 0, names)).toEqual({
      start: T,
      end: T + 10,
      time: T + 10,
      src_addr: '192.0.2.1',
      dst_addr: '198.51.100.2',
      src_port: 1000,
      dst_port: 80,
      protocol: 6,
      icmp_type: null,
    });
    const more = ['raw_bytes', 'raw_packets', 'sampling', 'sampling_origin', 'tcp_flags', 'tos', 'ttl', 'in_if'];
    expect(cells(batch, 0, [...more, 'format', 'byte_layer', 'end_reason', 'continued', 'vlan', 'tunnel'])).toEqual({
      raw_bytes: 1560,
      raw_packets: 2,
      sampling: 1,
      sampling_origin: 'default',
      tcp_flags: TCP.syn | TCP.ack,
      tos: 8,
      ttl: 58,
      in_if: 3,
      format: 'meter',
      byte_layer: 'ip',
      end_reason: 'forced',
      continued: 'no',
      vlan: null,
      tunnel: null,
    });
  });

  test('columns that few flows have are there from the first one that has them, and unknown in the rows before and behind', () => {
    const { batch } = metered([
      { at: 0, srcPort: 1 },
      { at: 1, srcPort: 2, ipsec: 4, spi: 77, protocol: 50 },
      { at: 2, srcPort: 3 },
    ]);
    const seen = [0, 1, 2].map((row) => cells(batch, row, ['spi', 'ipsec']));
    const open = { spi: null, ipsec: null };
    expect(seen).toEqual([open, { spi: 77, ipsec: 'opaque' }, open]);
    expect(batch.shape).not.toContain('mpls_label');
    expect(batch.shape).not.toContain('tunnel');
  });

  test('tunnels are texts, also when another batch begins', () => {
    const { batch, rows, bind } = newRows();
    const meter = new Meter({ ...DEFAULT_METER }, rows);
    const tunnel = { kind: TUNNEL.vxlan, src: '10.0.0.1', dst: '10.0.0.2', id: 42 };
    for (const srcPort of [1, 2]) meter.packet(packet({ srcPort, tunnel }), 100, T, 1);
    expect(meter.finish(1)).toBe(false);
    const text = cellOf(batch, columnOf('tunnel'), 0);
    expect(text).toContain('vxlan 10.0.0.1 > 10.0.0.2');
    bind();
    meter.finish();
    expect(cellOf(batch, columnOf('tunnel'), 0)).toBe(text);
  });

  test('what an active timeout cut is marked', () => {
    const { batch } = metered(
      [0, 60_000, 120_000].map((at) => ({ at, srcPort: 9, protocol: 17 })),
      {
        activeMs: 90_000,
      },
    );
    const marks = [0, 1].map((row) => cells(batch, row, ['continued', 'end_reason', 'raw_packets']));
    expect(marks).toEqual([
      { continued: 'no', end_reason: 'active', raw_packets: 2 },
      { continued: 'yes', end_reason: 'forced', raw_packets: 1 },
    ]);
  });

  test('of one flow in N the rate, and that it is one of flows', () => {
    const { batch } = metered(
      [...Array(100).keys()].map((at) => ({ at, srcPort: at })),
      {
        sampling: { kind: 'flow', rate: 4, seed: 1 },
      },
    );
    expect(batch.rows).toBeGreaterThan(5);
    expect(cells(batch, 0, ['sampling', 'sampling_origin'])).toEqual({ sampling: 4, sampling_origin: 'flows' });
  });
});

test('a flow of both directions is two rows, the one who began it first; an echo is answered by its reply', () => {
  const { batch, rows } = metered(
    [
      { at: 0, protocol: 1, icmpType: 8, bytes: 84 },
      { at: 5, protocol: 1, icmpType: 0, bytes: 84, src: '198.51.100.2', dst: '192.0.2.1' },
      { at: 6, srcPort: 5, dstPort: 6, protocol: 17 },
    ],
    { biflow: true },
  );
  expect(batch.rows).toBe(3);
  expect([0, 1, 2].map((row) => rows.isBack(row))).toEqual([false, true, false]);
  const names = ['src_addr', 'dst_addr', 'icmp_type', 'start', 'raw_bytes'];
  expect([cells(batch, 0, names), cells(batch, 1, names)]).toEqual([
    { src_addr: '192.0.2.1', dst_addr: '198.51.100.2', icmp_type: 8, start: T, raw_bytes: 84 },
    { src_addr: '198.51.100.2', dst_addr: '192.0.2.1', icmp_type: 0, start: T + 5, raw_bytes: 84 },
  ]);
});

test('it says that it is full while there is room for what one packet may end', () => {
  const { rows } = newRows(64);
  const meter = new Meter({ ...DEFAULT_METER, maxFlows: 16 }, rows);
  let given = 0;
  while (!rows.isFull) meter.packet(packet({ srcPort: given++, protocol: 17 }), 60, T + given * 200_000, 1);
  expect(given).toBeGreaterThan(20);
  expect(() => meter.packet(packet({ srcPort: given, protocol: 17 }), 60, T + 1e9, 1)).not.toThrow();
  expect(rows.flowsLeft).toBeGreaterThanOrEqual(0);
});
