import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { columns } from '../../flow/index.ts';
import { type ExportProtocol, flowEncoder } from './create-encoder.ts';
import { IPFIX } from './dialect.ts';
import type { ExportedFlow } from './exported-flow.ts';
import { EXPORTED_COLUMNS } from './fields.ts';
import type { EncoderOptions } from './flow-encoder.ts';
import { samplingOptions } from './options.ts';
import { readDatagram } from './read.testing.ts';

const NOW = 1_795_000_000_000;
const flow = (more: ExportedFlow = {}): ExportedFlow => ({
  start: NOW - 5_000,
  end: NOW - 1_234,
  src_addr: '10.0.0.1',
  dst_addr: '192.0.2.7',
  src_port: 1234,
  dst_port: 443,
  protocol: 6,
  raw_bytes: 1500,
  raw_packets: 3,
  sampling: 1,
  sampling_origin: 'default',
  tcp_flags: 27,
  tos: 0,
  ...more,
});
const six = { src_addr: '2001:db8::1', dst_addr: '2001:db8::2' };

function encoded(protocol: ExportProtocol, flows: readonly ExportedFlow[], options: Partial<EncoderOptions> = {}) {
  const sent: Uint8Array[] = [];
  const encoder = flowEncoder(protocol, { send: (d) => sent.push(d), ...options });
  for (const f of flows) encoder.add(f, NOW);
  encoder.end(NOW);
  const templates = new Map();
  return { counts: encoder.counts, sent, read: sent.map((d) => readDatagram(d, templates)) };
}

const all = (protocol: ExportProtocol, flows: readonly ExportedFlow[], options = {}) =>
  encoded(protocol, flows, options).read.flatMap((d) => d.flows);

describe.each(['netflow5', 'netflow9', 'ipfix'] as const)('%s', (protocol) => {
  it('carries a flow', () => {
    const [read, ...more] = all(protocol, [
      flow({ in_if: 3, out_if: 4, src_as: 64500, dst_as: 64501, next_hop: '10.9.9.9' }),
    ]);
    expect(more).toEqual([]);
    expect(read).toMatchObject({
      src: '10.0.0.1',
      dst: '192.0.2.7',
      bytes: 1500n,
      packets: 3n,
      srcPort: 1234,
      dstPort: 443,
    });
    expect(read).toMatchObject({
      protocol: 6,
      flags: 27,
      inIf: 3,
      outIf: 4,
      srcAs: 64500,
      dstAs: 64501,
      nextHop: '10.9.9.9',
    });
    expect(read).toMatchObject({ start: NOW - 5_000, end: NOW - 1_234 });
  });

  it('keeps every time exact, of today and of years ago', () => {
    const times = [0, 1, 999, 86_400_000, 23 * 86_400_000, 25 * 86_400_000, 400 * 86_400_000, 9_000 * 86_400_000];
    const flows = times.flatMap((age) => [0, 1, 3_600_000].map((d) => flow({ end: NOW - age, start: NOW - age - d })));
    for (const order of [flows, [...flows].reverse()]) {
      const read = all(protocol, order).map((f) => `${f.start} ${f.end}`);
      expect(read.sort()).toEqual(flows.map((f) => `${f.start} ${f.end}`).sort());
    }
  });

  it('never sends more than the MTU, and its sequence numbers have no gap', () => {
    const flows = Array.from({ length: 2_000 }, (_, i) =>
      flow({
        src_port: i % 65_536,
        ...(i % 3 === 0 && protocol !== 'netflow5' ? six : {}),
        ...(i % 7 ? {} : { vlan: i }),
      }),
    );
    const { sent, read, counts } = encoded(protocol, flows, { refreshDatagrams: 10 });
    expect(Math.max(...sent.map((d) => d.length))).toBeLessThanOrEqual(1_400);
    expect(counts).toMatchObject({ given: 2_000, records: 2_000, datagrams: sent.length });
    const expected = new Map<number, number>();
    for (const d of read) {
      const { domain } = d;
      expect(d.sequence).toBe(expected.get(domain) ?? 0);
      const moved = protocol === 'netflow9' ? 1 : protocol === 'ipfix' ? d.dataRecords : d.flows.length;
      expected.set(domain, d.sequence + moved);
    }
    expect(read.flatMap((d) => d.flows)).toHaveLength(2_000);
  });

  it('gives each sampling rate a stream of its own that states it', () => {
    const rates = [1, 10, 100, 10, 1];
    const { read } = encoded(
      protocol,
      rates.map((sampling, i) => flow({ sampling, sampling_origin: 'options', src_port: i })),
    );
    const stated = new Map(read.flatMap((d) => (d.rate === undefined ? [] : [[d.domain, d.rate]])));
    const seen = read.flatMap((d) => d.flows.map((f) => [f.srcPort, stated.get(d.domain) ?? 1]));
    expect(Object.fromEntries(seen)).toEqual({ 0: 1, 1: 10, 2: 100, 3: 10, 4: 1 });
    expect(new Set(read.filter((d) => d.flows.length > 0).map((d) => d.domain)).size).toBe(3);
  });

  it('tells of a rate that is not known', () => {
    const { counts } = encoded(protocol, [flow({ sampling_origin: 'unknown' })]);
    expect(counts.changed).toMatchObject({ rate: 1 });
  });

  it('takes whatever a record holds', () => {
    const value = fc.oneof(
      fc.nat(),
      fc.constantFrom(0, 2 ** 53, '18446744073709551615', '', 'x', '::', '10.0.0.1', '::1'),
    );
    const names = columns.map((c) => c.name);
    const record = fc.dictionary(fc.constantFrom(...names), value);
    fc.assert(
      fc.property(fc.array(record, { maxLength: 30 }), (flows) => {
        const numeric = ['raw_bytes', 'raw_packets', 'start', 'end', 'sampling'];
        const clean = flows.map((f) => ({ ...f, ...Object.fromEntries(numeric.map((n) => [n, Number(f[n]) || 0])) }));
        const { counts, sent } = encoded(protocol, clean as ExportedFlow[]);
        const left = Object.values(counts.leftOut).reduce((a, b) => a + b, 0);
        expect(counts.given).toBe(flows.length);
        expect(counts.records + left).toBeGreaterThanOrEqual(flows.length);
        expect(sent.every((d) => d.length <= 1_400)).toBe(true);
      }),
      { numRuns: 50 },
    );
  });
});

describe('NetFlow v5', () => {
  it('leaves out what it cannot hold, by cause', () => {
    const { counts, read } = encoded('netflow5', [
      flow(six),
      flow({ src_addr: '10.0.0.1', dst_addr: '2001:db8::1' }),
      { ...flow(), src_addr: undefined } as unknown as ExportedFlow,
      flow({ sampling: 16_384 }),
      flow({ raw_bytes: '18446744073709551615' }),
    ]);
    expect(counts).toMatchObject({
      given: 5,
      records: 0,
      leftOut: { ipv6: 2, no_address: 1, sampling_rate: 1, counter: 1 },
    });
    expect(read).toEqual([]);
  });

  it('splits counters above 2^32 into records whose sum is the whole', () => {
    const bytes = 3 * 2 ** 32 + 17;
    const { counts, read } = encoded('netflow5', [flow({ raw_bytes: bytes, raw_packets: 1_000_001 })]);
    const parts = read.flatMap((d) => d.flows);
    expect(parts).toHaveLength(4);
    expect(parts.reduce((sum, f) => sum + f.bytes, 0n)).toBe(BigInt(bytes));
    expect(parts.reduce((sum, f) => sum + f.packets, 0n)).toBe(1_000_001n);
    expect(counts.changed).toEqual({ split: 1 });
  });

  it('replaces what is too wide, and counts it', () => {
    const { counts, read } = encoded('netflow5', [
      flow({ src_as: 4_200_000_000, in_if: 70_000, next_hop: '2001:db8::1' }),
    ]);
    expect(read[0]!.flows[0]).toMatchObject({ srcAs: 23_456, inIf: 0, nextHop: '0.0.0.0' });
    expect(counts.changed).toEqual({ as: 1, interface: 1, next_hop: 1 });
  });

  it('has type and code of ICMP in the destination port', () => {
    const [read] = all('netflow5', [flow({ protocol: 1, icmp_type: 3, icmp_code: 1, dst_port: 0 })]);
    expect(read!.dstPort).toBe(0x301);
  });
});

describe('IPFIX and NetFlow v9', () => {
  it('carry IPv6, 64-bit counters, wide numbers and names', () => {
    const wide = {
      raw_bytes: '18446744073709551615',
      raw_packets: 2 ** 40 + 1,
      src_as: 4_200_000_000,
      in_if: 4_000_000,
    };
    for (const protocol of ['ipfix', 'netflow9'] as const) {
      const [read] = all(protocol, [flow({ ...six, ...wide, next_hop: '2001:db8::9', src_mac: '02:00:00:00:00:01' })]);
      expect(read).toMatchObject({
        src: '2001:db8::1',
        dst: '2001:db8::2',
        nextHop: '2001:db8::9',
        srcAs: 4_200_000_000,
      });
      expect(read).toMatchObject({
        bytes: 2n ** 64n - 1n,
        packets: 2n ** 40n + 1n,
        inIf: 4_000_000,
        srcMac: 0x020000000001n,
      });
    }
    const { read, counts } = encoded('ipfix', [flow({ application: 'dns', user: 'ä'.repeat(200) })]);
    expect(read[0]!.flows[0]).toMatchObject({ application: 'dns', user: 'ä'.repeat(127) });
    expect(counts.changed).toEqual({ text: 1 });
  });

  it('make a template for the columns that a record has, and send it again when it is due', () => {
    const { read } = encoded(
      'ipfix',
      Array.from({ length: 600 }, (_, i) => flow(i % 2 ? six : {})),
      { refreshDatagrams: 5 },
    );
    const sent = read.map((d) => d.templates);
    expect(new Set(sent.flat()).size).toBe(2);
    expect(sent.filter((t) => t.length > 0).length).toBeGreaterThan(read.length / 8);
    const never = encoded(
      'ipfix',
      Array.from({ length: 600 }, () => flow()),
      { refreshDatagrams: 0, refreshMs: 0 },
    );
    expect(never.read.flatMap((d) => d.templates)).toHaveLength(1);
  });

  it('make a bounded number of templates of any mixture', () => {
    const optional = [
      'src_as',
      'src_peer_as',
      'vlan',
      'inner_vlan',
      'ttl',
      'flow_label',
      'forwarding',
      'nat_event',
      'src_nat_port',
    ];
    const flows = Array.from({ length: 1_000 }, (_, i) =>
      flow(Object.fromEntries(optional.flatMap((name, bit) => (i & (1 << bit) ? [[name, 5]] : [])))),
    );
    const { read } = encoded('ipfix', flows);
    expect(new Set(read.flatMap((d) => d.templates)).size).toBeLessThanOrEqual(65);
    expect(read.flatMap((d) => d.flows)).toHaveLength(1_000);
  });

  it('end with how much was sent', () => {
    for (const protocol of ['ipfix', 'netflow9'] as const) {
      const { read, sent } = encoded(
        protocol,
        Array.from({ length: 100 }, () => flow()),
      );
      const before = sent.slice(0, -1);
      expect(read.at(-1)!.statistics).toEqual({
        bytes: before.reduce((sum, d) => sum + d.length, 0),
        messages: before.length,
        flows: 100,
        notSent: 0,
      });
    }
  });

  it('name the exporter that metered a flow (IPFIX), and its absolute times (v9, when asked)', () => {
    const [read] = all('ipfix', [flow({ exporter: '192.0.2.200', domain: 7, received: NOW })]);
    expect(read).toMatchObject({ exporter: '192.0.2.200', originalDomain: 7 });
    const [nine] = all('netflow9', [flow({ exporter: '192.0.2.200' })], { absoluteTimes: true });
    expect(nine).toMatchObject({ start: NOW - 5_000, startMs: BigInt(NOW - 5_000), endMs: BigInt(NOW - 1_234) });
  });
});

it('the columns that are read are columns', () => {
  expect(EXPORTED_COLUMNS.filter((name) => !columns.some((c) => c.name === name))).toEqual([]);
});

it('a rate that is not known is said as sampling without an interval: a collector cannot take it for none', () => {
  const { fields, record } = samplingOptions(IPFIX, 1, 0);
  expect(fields.map((f) => f.element)).toEqual([149, 34, 35]);
  expect(record).toMatchObject({ ie34: 0, ie35: 1 });
});
