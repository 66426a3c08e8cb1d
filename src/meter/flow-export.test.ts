import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { applicationName, type ColumnName, columnOf, formatAddress } from '../flow/index.ts';
import { type ExportProtocol, flowEncoder } from '../wire/index.ts';
import { Bench } from '../wire/template.testing.ts';
import { FlowExport } from './flow-export.ts';
import type { FlowColumns, Flows } from './flows.ts';

const NOW = Date.UTC(2026, 10, 21, 12);
const TUNNELS = ['', 'gre 192.0.2.1 > 192.0.2.2 id 7', 'vxlan 2001:db8::1 > 2001:db8::2 id 4096'];
const END_REASONS = ['unknown', 'idle', 'active', 'end', 'forced', 'resources'];
const NAMES = ['', 'www.example.com', 'mail.example.org'];
const IPFIX_ALONE = new Set([
  ...['tunnel', 'ipsec', 'continued', 'application', 'application_evidence', 'security', 'client_side'],
  ...['server_name', 'server_name_source'],
]);
const IPSEC = ['none', 'ah', 'null', 'decrypted', 'opaque'];

type Words = readonly [number, number, number, number];

/** A flow of a test, by the names of the columns of Flows. */
interface Flow {
  readonly srcAddr: Words;
  readonly dstAddr: Words;
  readonly endReason: number;
  readonly numbers: Readonly<Record<string, number>>;
}

const word = fc.nat(0xffff_ffff);
const address = fc.oneof(
  word.map((w): Words => [0, 0, 0xffff, w]),
  fc.tuple(fc.constantFrom(0x20010db8, 0xfe800000), word, word, word) as fc.Arbitrary<Words>,
);
const rarely = (value: fc.Arbitrary<number>, none = 0) => fc.oneof(fc.constant(none), value);
const u16 = fc.nat(0xffff);
const time = fc.integer({ min: 0, max: 3_600_000 });

const flow: fc.Arbitrary<Flow> = fc
  .record({
    srcAddr: address,
    dstAddr: address,
    endReason: fc.integer({ min: 1, max: 5 }),
    ago: time,
    lasted: time,
    revLasted: time,
    numbers: fc.record({
      srcPort: u16,
      dstPort: u16,
      protocol: fc.constantFrom(6, 17, 50),
      bytes: fc.oneof(fc.integer({ min: 20, max: 1e6 }), fc.integer({ min: 2 ** 32, max: 2 ** 53 })),
      packets: fc.integer({ min: 1, max: 2 ** 40 }),
      tcpFlags: fc.nat(255),
      revBytes: fc.integer({ min: 20, max: 1e9 }),
      revPackets: rarely(fc.integer({ min: 1, max: 1e6 })),
      revTcpFlags: fc.nat(255),
      tos: fc.nat(255),
      revTos: fc.nat(255),
      ttl: fc.integer({ min: 1, max: 255 }),
      flowLabel: rarely(fc.nat(0xfffff)),
      vlan: rarely(fc.integer({ min: 1, max: 4094 })),
      innerVlan: rarely(fc.integer({ min: 1, max: 4094 })),
      srcMacHi: rarely(u16),
      srcMacLo: word,
      dstMacHi: u16,
      dstMacLo: word,
      mplsLabel: rarely(fc.nat(0xfffff), 0xffff_ffff),
      inIf: fc.nat(70_000),
      tunnel: fc.nat(2),
      spi: rarely(word),
      ipsec: fc.nat(4),
      continued: fc.nat(1),
      application: fc.constantFrom(0, 2, 10, 81),
      evidence: fc.integer({ min: 3, max: 4 }),
      security: fc.nat(5),
      serverName: fc.nat(2),
      nameSource: fc.integer({ min: 1, max: 2 }),
      clientSide: fc.integer({ min: 0, max: 2 }),
    }),
  })
  .map(({ ago, lasted, revLasted, numbers, ...rest }) => ({
    ...rest,
    numbers: {
      ...numbers,
      icmpType: 255,
      icmpCode: 255,
      sampling: 1,
      start: NOW - ago - lasted,
      end: NOW - ago + 0.25,
      revStart: NOW - ago - Math.min(revLasted, lasted),
      revEnd: NOW - ago,
    },
  }));

/** The flow as those see it who answer: what is known of the way there alone is not known. */
function backOf({ srcAddr, dstAddr, numbers: n, ...rest }: Flow): Flow {
  const swapped = {
    ...{ srcPort: n.dstPort!, dstPort: n.srcPort!, bytes: n.revBytes!, packets: n.revPackets! },
    ...{ start: n.revStart!, end: n.revEnd!, tcpFlags: n.revTcpFlags!, tos: n.revTos! },
    ...{ srcMacHi: n.dstMacHi!, srcMacLo: n.dstMacLo!, dstMacHi: n.srcMacHi!, dstMacLo: n.srcMacLo! },
    ...{ ttl: 0, flowLabel: 0, mplsLabel: 0xffff_ffff, inIf: 0, outIf: n.inIf! },
  };
  return { ...rest, srcAddr: dstAddr, dstAddr: srcAddr, numbers: { ...n, ...swapped } };
}

function columnsOf(flows: readonly Flow[]): Flows {
  return { ...oneWay(flows), back: oneWay(flows.map(backOf)) };
}

function oneWay(flows: readonly Flow[]): FlowColumns {
  const of = (name: string) => flows.map((f) => f.numbers[name] ?? 0);
  const wide = (name: string) => Float64Array.from(of(name));
  const words = (name: string) => Uint32Array.from(of(name));
  const halves = (name: string) => Uint16Array.from(of(name));
  const octets = (name: string) => Uint8Array.from(of(name));
  return {
    ...{
      srcAddr: Uint32Array.from(flows.flatMap((f) => f.srcAddr)),
      dstAddr: Uint32Array.from(flows.flatMap((f) => f.dstAddr)),
    },
    ...{ srcPort: halves('srcPort'), dstPort: halves('dstPort'), protocol: octets('protocol') },
    ...{ icmpType: octets('icmpType'), icmpCode: octets('icmpCode'), bytes: wide('bytes'), packets: wide('packets') },
    ...{ start: wide('start'), end: wide('end'), tcpFlags: octets('tcpFlags'), tos: octets('tos') },
    ...{
      revBytes: wide('revBytes'),
      revPackets: wide('revPackets'),
      revStart: wide('revStart'),
      revEnd: wide('revEnd'),
    },
    ...{
      revTcpFlags: octets('revTcpFlags'),
      revTos: octets('revTos'),
      ttl: octets('ttl'),
      flowLabel: words('flowLabel'),
    },
    ...{
      vlan: halves('vlan'),
      innerVlan: halves('innerVlan'),
      srcMacHi: halves('srcMacHi'),
      srcMacLo: words('srcMacLo'),
    },
    ...{
      dstMacHi: halves('dstMacHi'),
      dstMacLo: words('dstMacLo'),
      mplsLabel: words('mplsLabel'),
      inIf: words('inIf'),
      outIf: words('outIf'),
    },
    ...{ tunnel: words('tunnel'), spi: words('spi'), ipsec: octets('ipsec'), continued: octets('continued') },
    ...{ application: halves('application'), evidence: octets('evidence'), security: octets('security') },
    ...{
      serverName: words('serverName'),
      nameSource: octets('nameSource'),
      clientSide: octets('clientSide'),
      names: NAMES,
    },
    ...{ sampling: words('sampling'), wholeFlows: false, tunnels: TUNNELS },
  };
}

/** The rows that Weir's own decoder makes of the flows, as they left and came back. */
function rowsOf(protocol: ExportProtocol, given: readonly Flow[], reverse: boolean) {
  const bench = new Bench();
  const rows: Record<string, unknown>[] = [];
  const encoder = flowEncoder(protocol, { send: (datagram) => rows.push(...bench.take([...datagram])) });
  const sink = new FlowExport(encoder, { reverse });
  sink.nowMs = NOW;
  const flows = columnsOf(given);
  for (const [slot, { endReason }] of given.entries()) sink.flow(flows, slot, endReason);
  encoder.end(NOW);
  return rows;
}

const mac = (hi: number, lo: number) =>
  hi.toString(16).padStart(4, '0').concat(lo.toString(16).padStart(8, '0')).match(/../g)!.join(':');

/** What a row must hold; what is 0 or not known is absent. */
function expected({ srcAddr, dstAddr, endReason, numbers: n }: Flow): Record<string, unknown>[] {
  const text = (words: Words) => formatAddress(words);
  const both = {
    protocol: n.protocol,
    tunnel: TUNNELS[n.tunnel!],
    spi: n.spi,
    ipsec: IPSEC[n.ipsec!],
    continued: n.continued ? 'yes' : 'no',
    end_reason: END_REASONS[endReason],
    sampling: 1,
    byte_layer: 'ip',
    application: n.application === 0 ? undefined : applicationName(n.application!),
    application_evidence: n.application === 0 ? 'none' : nameOfCode('application_evidence', n.evidence!),
    security: n.security === 0 ? undefined : nameOfCode('security', n.security!),
    server_name: NAMES[n.serverName!],
    server_name_source: n.serverName === 0 ? 'none' : nameOfCode('server_name_source', n.nameSource!),
    client_side: n.clientSide === 0 ? undefined : nameOfCode('client_side', n.clientSide!),
  };
  const forward = {
    ...both,
    ...{ src_addr: text(srcAddr), dst_addr: text(dstAddr), src_port: n.srcPort, dst_port: n.dstPort },
    ...{ raw_bytes: n.bytes, raw_packets: n.packets, start: Math.floor(n.start!), end: Math.floor(n.end!) },
    ...{ tcp_flags: n.tcpFlags, tos: n.tos, ttl: n.ttl, flow_label: n.flowLabel, in_if: n.inIf },
    ...{ vlan: n.vlan, inner_vlan: n.innerVlan, mpls_label: n.mplsLabel === 0xffff_ffff ? undefined : n.mplsLabel },
    ...{ src_mac: mac(n.srcMacHi!, n.srcMacLo!), dst_mac: mac(n.dstMacHi!, n.dstMacLo!) },
  };
  const backward = {
    ...both,
    ...{ src_addr: text(dstAddr), dst_addr: text(srcAddr), src_port: n.dstPort, dst_port: n.srcPort },
    ...{ raw_bytes: n.revBytes, raw_packets: n.revPackets, start: n.revStart, end: n.revEnd },
    ...{ tcp_flags: n.revTcpFlags, tos: n.revTos, out_if: n.inIf },
  };
  return n.revPackets === 0 ? [forward] : [forward, backward];
}

const OTHER_SIDE = new Map<unknown, string>([
  ['source', 'destination'],
  ['destination', 'source'],
]);
const nameOfCode = (column: ColumnName, code: number) => columnOf(column).values![code];

const NOTHING = new Set<unknown>([undefined, null, 0, '0', '', 'none', '00:00:00:00:00:00']);

function check(rows: readonly Record<string, unknown>[], wanted: readonly Record<string, unknown>[]) {
  const key = (row: Record<string, unknown>) =>
    JSON.stringify(
      ['src_addr', 'dst_addr', 'src_port', 'dst_port', 'raw_bytes', 'start', 'end'].map((name) => row[name] ?? 0),
    );
  const sorted = (list: readonly Record<string, unknown>[]) => [...list].sort((a, b) => (key(a) < key(b) ? -1 : 1));
  expect(rows).toHaveLength(wanted.length);
  const got = sorted(rows);
  for (const [i, want] of sorted(wanted).entries()) {
    const row = got[i]!;
    for (const [name, value] of Object.entries(want)) {
      const seen = row[name];
      if (NOTHING.has(value)) expect(NOTHING.has(seen), `${name}: ${String(seen)}`).toBe(true);
      else expect(String(seen), name).toBe(String(value));
    }
  }
}

describe('flows of the meter come back as the same rows', () => {
  it('from IPFIX with both directions in a record', () => {
    fc.assert(
      fc.property(fc.array(flow, { minLength: 1, maxLength: 20 }), (given) => {
        // Of one record two rows are made, and what is the source of the one is the destination of the other.
        const wanted = given.flatMap((one) => {
          const [forward, backward] = expected(one);
          return backward ? [forward!, { ...backward, client_side: OTHER_SIDE.get(backward.client_side) }] : [forward!];
        });
        check(rowsOf('ipfix', given, true), wanted);
      }),
      { numRuns: 60 },
    );
  });

  it('from IPFIX with a record for each direction', () => {
    fc.assert(
      fc.property(fc.array(flow, { minLength: 1, maxLength: 20 }), (given) => {
        check(rowsOf('ipfix', given, false), given.flatMap(expected));
      }),
      { numRuns: 60 },
    );
  });

  it('from NetFlow v9, which has no words for tunnels, IPsec, names and cut flows', () => {
    fc.assert(
      fc.property(fc.array(flow, { minLength: 1, maxLength: 20 }), (given) => {
        const wanted = given
          .flatMap(expected)
          .map((row) => Object.fromEntries(Object.entries(row).filter(([name]) => !IPFIX_ALONE.has(name))));
        check(rowsOf('netflow9', given, false), wanted);
      }),
      { numRuns: 60 },
    );
  });
});
