import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ColumnName, columnOf, type JsonValue } from '../../flow/index.ts';
import { Bench } from '../template.testing.ts';
import { type ExportProtocol, flowEncoder } from './create-encoder.ts';
import type { ExportCounts } from './export-counts.ts';
import type { ExportedFlow } from './exported-flow.ts';
import { EXPORT_MTU } from './flow-encoder.ts';

const NOW = Date.UTC(2026, 10, 21, 12);
const FLOW: ExportedFlow = {
  start: NOW - 5_000,
  end: NOW - 1_000,
  src_addr: '10.0.0.1',
  dst_addr: '10.0.0.2',
  src_port: 40_000,
  dst_port: 443,
  protocol: 6,
  raw_bytes: 1_500,
  raw_packets: 3,
};
const KNOWN: ExportedFlow = {
  host: 'db1.example',
  user: 'postgres',
  process: 'postgres',
  executable: '/usr/lib/postgresql/15/bin/postgres',
  parent: 'systemd',
  pid: 4_194_304,
  app: 'postgresql@15-main.service',
  container: '3f1c',
  vm: 'guest-7',
  rtt: 183,
  setup: 4_000_000_000,
  response: 800_123,
  outcome: 'established',
  retransmits: 2,
  owner_source: 'accept',
  duplicate: 'no',
  server_name: 'db.example',
};
const TEXTS = Object.keys(KNOWN).filter((name) => columnOf(name as ColumnName).type === 'text');

function sent(protocol: ExportProtocol, flows: readonly ExportedFlow[], mtu = EXPORT_MTU) {
  const bench = new Bench();
  const rows: Record<string, JsonValue>[] = [];
  const sizes: number[] = [];
  const take = (datagram: Uint8Array) => {
    sizes.push(datagram.length);
    rows.push(...bench.take([...datagram]));
  };
  const encoder = flowEncoder(protocol, { send: take, mtu });
  for (const flow of flows) encoder.add(flow, NOW);
  encoder.end(NOW);
  expect(bench.errors).toEqual({});
  const counts: ExportCounts = encoder.counts;
  return { rows, sizes, counts };
}

describe('what an end system knows of its flows', () => {
  it.each(Object.entries(KNOWN))('reaches a collector over IPFIX alone: %s', (column, value) => {
    expect(sent('ipfix', [{ ...FLOW, [column]: value }]).rows).toMatchObject([{ [column]: value }]);
  });

  it('reaches a collector over IPFIX together', () => {
    const { rows, counts } = sent('ipfix', [{ ...FLOW, ...KNOWN }, FLOW]);
    expect(rows[0]).toMatchObject({ ...FLOW, ...KNOWN, byte_layer: 'ip' });
    expect(rows[1]).toMatchObject(FLOW);
    expect(Object.keys(rows[1]!).filter((name) => name in KNOWN)).toEqual([]);
    expect(counts.changed).toEqual({});
  });

  it('is not sent in NetFlow v9, which has no place for it', () => {
    const [row] = sent('netflow9', [{ ...FLOW, ...KNOWN, byte_layer: 'payload' }]).rows;
    expect(Object.keys(row!).filter((name) => name in KNOWN)).toEqual([]);
    expect(row).toMatchObject({ raw_bytes: 1_500, byte_layer: 'ip' });
  });

  it('keeps octets of payload apart from those of packets', () => {
    const layers = ['payload', 'ip', undefined, 'payload'] as const;
    const { rows, counts } = sent(
      'ipfix',
      layers.map((byte_layer) => ({ ...FLOW, byte_layer })),
    );
    expect(rows.map((row) => [row.raw_bytes, row.byte_layer])).toEqual(layers.map((layer) => [1_500, layer ?? 'ip']));
    expect(counts.changed).toEqual({});
  });

  it('says that whole flows were sampled also where nothing else is said of them', () => {
    const [row] = sent('ipfix', [{ ...FLOW, sampling: 8, sampling_origin: 'flows' }]).rows;
    expect(row).toMatchObject({ sampling: 8, sampling_origin: 'flows' });
  });

  it('has a rate of its own in each record where records were chosen by their size', () => {
    const rates = Array.from({ length: 300 }, (_, i) => 1 + ((i * 7) % 300));
    const { rows, counts } = sent(
      'ipfix',
      rates.map((sampling) => ({ ...FLOW, sampling, sampling_origin: 'records' })),
    );
    const expected = rates.map((n) => [n, n === 1 ? 'default' : 'records']);
    expect(rows.map((row) => [row.sampling, row.sampling_origin])).toEqual(expected);
    expect(counts).toMatchObject({ records: 300, changed: {} });
  });

  it('is cut where texts are too long for one datagram, and never lost', () => {
    const long = { ...FLOW, ...KNOWN, ...Object.fromEntries(TEXTS.map((name) => [name, 'ä'.repeat(127)])) };
    const { rows, sizes, counts } = sent('ipfix', [FLOW, long, FLOW]);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(EXPORT_MTU);
    expect(rows).toHaveLength(3);
    expect(rows[1]).toMatchObject({ pid: 4_194_304, executable: 'ä'.repeat(24) });
    expect(counts).toMatchObject({ records: 3, changed: { text: 1 }, leftOut: {} });
    // A pipe has room for all of it.
    expect(sent('ipfix', [long], 65_535).rows[0]).toMatchObject(long);
  });

  it('is read back as it was given, whatever it is', () => {
    const text = fc.string({ unit: 'grapheme', maxLength: 60 }).filter((value) => !value.includes('\0'));
    const arbitraryOf = (name: string) => {
      const { type, values } = columnOf(name as ColumnName);
      if (type === 'text') return text;
      return type === 'enum' ? fc.constantFrom(...values!) : fc.nat(0xffff_ffff);
    };
    const record = fc.record(
      Object.fromEntries([
        ...Object.keys(KNOWN).map((name) => [name, arbitraryOf(name)]),
        ['byte_layer', fc.constantFrom('ip', 'payload')],
      ]),
      { requiredKeys: ['byte_layer'] },
    ) as fc.Arbitrary<ExportedFlow>;
    const unsaid = new Set<unknown>([undefined, '', 0, 'unknown', 'none']);
    fc.assert(
      fc.property(fc.array(record, { minLength: 1, maxLength: 20 }), (records) => {
        const { rows } = sent(
          'ipfix',
          records.map((known) => ({ ...FLOW, ...known })),
          65_535,
        );
        const given = records.map((known) => Object.entries(known).filter(([, value]) => !unsaid.has(value)));
        const names = [...Object.keys(KNOWN), 'byte_layer'];
        const read = rows.map((row) => names.filter((name) => !unsaid.has(row[name])).map((name) => [name, row[name]]));
        const sorted = (flows: unknown[][]) => flows.map((flow) => JSON.stringify([...flow].sort())).sort();
        expect(sorted(read)).toEqual(sorted(given));
      }),
      { numRuns: 200 },
    );
  });
});
