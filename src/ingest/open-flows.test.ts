import fc from 'fast-check';
import { expect, test } from 'vitest';
import { DEFAULT_METER, Meter } from '../meter/index.ts';
import { newPacketFields, type PacketFields } from '../packet/index.ts';
import { ACTIVE_ORDERS, type ActiveFlow, type ActiveQuery } from './capture-messages.ts';
import { OpenFlowSearch } from './open-flows.ts';

const NOW = 1_800_000_000_000;
const NOBODY = { home: [], sites: {} };
const ALL: ActiveQuery = { filter: '', sets: {}, order: 'bytes', reverse: false, limit: 10_000, duplicates: 'counted' };

interface Packet {
  readonly host: number;
  readonly port: number;
  readonly bytes: number;
  /** How long ago it came. */
  readonly agoMs: number;
}

const anyPacket: fc.Arbitrary<Packet> = fc.record({
  host: fc.integer({ min: 1, max: 40 }),
  port: fc.constantFrom(53, 123, 443),
  bytes: fc.integer({ min: 28, max: 1_500 }),
  agoMs: fc.integer({ min: 0, max: 80_000 }),
});

function udp({ host, port, bytes }: Packet): PacketFields {
  const fields = newPacketFields();
  fields.hasIp = true;
  fields.ipVersion = 4;
  fields.srcAddr.set([0, 0, 0xffff, 0x0a00_0000 + host]);
  fields.dstAddr.set([0, 0, 0xffff, 0xc0a8_0001]);
  Object.assign(fields, { protocol: 17, hasPorts: true, srcPort: 1_000, dstPort: port, ipBytes: bytes, ttl: 64 });
  return fields;
}

function metered(packets: readonly Packet[]): Meter {
  const meter = new Meter({ ...DEFAULT_METER, duplicates: 'counted' }, { flow() {} });
  for (const p of packets) meter.packet(udp(p), p.bytes + 14, NOW - p.agoMs, 7);
  return meter;
}

function found(meter: Meter, query: Partial<ActiveQuery> = {}) {
  const search = new OpenFlowSearch(meter, { networks: NOBODY }, { ...ALL, ...query }, NOW);
  for (;;) {
    const answer = search.step();
    if (answer) return answer;
  }
}

/** The same, by a list of objects. */
function naive(packets: readonly Packet[]) {
  const flows = new Map<string, { port: number; bytes: number; packets: number; start: number; end: number }>();
  for (const { host, port, bytes, agoMs } of packets) {
    const key = `${host} ${port}`;
    const flow = flows.get(key) ?? { port, bytes: 0, packets: 0, start: NOW, end: 0 };
    flow.bytes += bytes;
    flow.packets += 1;
    flow.start = Math.min(flow.start, NOW - agoMs);
    flow.end = Math.max(flow.end, NOW - agoMs);
    flows.set(key, flow);
  }
  return [...flows.values()].map((f) => ({
    ...f,
    age: NOW - f.start,
    idle: NOW - f.end,
    rate: Math.round((f.bytes * 8_000) / Math.max(1_000, NOW - f.start)),
  }));
}

const numberOf = (flow: ActiveFlow, name: string) => Number(flow[name]);
const sum = (values: readonly number[]) => values.reduce((n, v) => n + v, 0);

test('in any order, with any filter and limit, they are the first of all flows that are open', () => {
  fc.assert(
    fc.property(
      // In the order of time, and no further apart than an idle timeout: the flows of the meter are then those of their keys.
      fc.array(anyPacket, { maxLength: 200 }).map((all) => all.sort((a, b) => b.agoMs - a.agoMs)),
      fc.constantFrom(...ACTIVE_ORDERS),
      fc.boolean(),
      fc.constantFrom(null, 53, 443),
      fc.integer({ min: 1, max: 50 }),
      (packets, order, reverse, port, limit) => {
        const filter = port === null ? '' : `dst port ${port}`;
        const answer = found(metered(packets), { filter, order, reverse, limit });
        const all = naive(packets);
        const right = all.filter((f) => port === null || f.port === port);
        expect(answer).toMatchObject({
          as_of: NOW,
          open: all.length,
          matched: right.length,
          bytes: sum(right.map((f) => f.bytes)),
          packets: sum(right.map((f) => f.packets)),
        });
        const values = right.map((f) => f[order]).sort((a, b) => (reverse ? a - b : b - a));
        expect(answer.flows.map((f) => numberOf(f, order))).toEqual(values.slice(0, limit));
      },
    ),
    { numRuns: 40 },
  );
});

test('a flow has the columns of a record, what only an open flow has, and nothing that is not known', () => {
  const [flow] = found(metered([{ host: 1, port: 53, bytes: 100, agoMs: 2_000 }])).flows;
  expect(flow).toEqual({
    start: NOW - 2_000,
    end: NOW - 2_000,
    src_addr: '10.0.0.1',
    dst_addr: '192.168.0.1',
    src_port: 1_000,
    dst_port: 53,
    application: 'dns',
    application_evidence: 'port',
    category: 'Infrastructure',
    client_side: 'source',
    protocol: 17,
    raw_bytes: 100,
    raw_packets: 1,
    sampling: 1,
    sampling_origin: 'default',
    tcp_flags: 0,
    tos: 0,
    ttl: 64,
    in_if: 7,
    continued: 'no',
    age: 2_000,
    idle: 2_000,
    bytes: 100,
    packets: 1,
    rate: 400,
  });
});

test('flows that end between two steps are not shown, and others in their place only where the filter selects them', () => {
  const packets = Array.from({ length: 600 }, (_, i) => ({ host: 1 + i, port: 53, bytes: 100, agoMs: 80_000 }));
  const meter = metered(packets);
  const search = new OpenFlowSearch(meter, { networks: NOBODY }, { ...ALL, filter: 'dst port 53' }, NOW);
  while (meter.open > 0) {
    expect(search.step()).toBeNull();
    meter.tick(NOW + 120_000);
  }
  for (let host = 0; host < 300; host++)
    meter.packet(udp({ host, port: 443, bytes: 100, agoMs: 0 }), 114, NOW + 120_000, 7);
  let answer = search.step();
  while (!answer) answer = search.step();
  expect(answer).toMatchObject({ matched: 600, flows: [], open: 300 });
});
