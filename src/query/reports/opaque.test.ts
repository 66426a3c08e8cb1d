import { expect, it } from 'vitest';
import { storesOfEachTest, type TestFlow } from '../store.testing.ts';
import { opaque } from './opaque.ts';

const T = 1_700_000_040_000;
const options = { now: T + 120_000 };
const made = storesOfEachTest();

async function run(flows: readonly TestFlow[], input = {}) {
  const s = await made(flows);
  return opaque.run(s, input, options);
}

const A = '10.0.0.1';
const B = '10.0.0.2';
const C = '10.0.0.3';
const flow = (raw_bytes: number, more: TestFlow): TestFlow => {
  const times = { time: T, start: T - 1_000, end: T, received: T };
  return { ...times, src_addr: A, dst_addr: B, protocol: 6, raw_bytes, raw_packets: 1, ...more };
};

it('tells kinds by what the meter found, and by protocol and port where an exporter says nothing', async () => {
  const { data } = await run([
    flow(1, {}),
    flow(2, { ipsec: 'ah', format: 'meter' }),
    flow(4, { ipsec: 'null', format: 'meter' }),
    flow(8, { ipsec: 'decrypted', format: 'meter', src_port: 4500, protocol: 17 }),
    flow(16, { ipsec: 'opaque', format: 'meter', protocol: 50 }),
    flow(32, { protocol: 50, format: 'netflow9' }),
    flow(64, { protocol: 51, format: 'netflow9' }),
    flow(128, { protocol: 17, src_port: 4500, dst_port: 4500, format: 'ipfix' }),
    flow(256, { protocol: 17, src_port: 30_000, dst_port: 4500, format: 'ipfix' }),
    // Nothing of these is hidden: another port or protocol, or a meter that looked and found the key exchange.
    flow(512, { protocol: 17, src_port: 4501, dst_port: 30_000, format: 'ipfix' }),
    flow(1_024, { protocol: 6, src_port: 4500, format: 'ipfix' }),
    flow(2_048, { protocol: 17, src_port: 4500, format: 'meter' }),
  ]);
  expect(Object.fromEntries(data.kinds.map((k) => [k.kind, k.figures.bytes]))).toEqual({
    none: 1 + 512 + 1_024 + 2_048,
    ah: 2,
    null: 4,
    decrypted: 8,
    opaque: 16 + 32,
    ah_unread: 64,
    nat_t: 128 + 256,
  });
  expect(data.total).toEqual({ bytes: 4_095, packets: 12, flows: 12 });
  expect(data.opaque.figures).toEqual({ bytes: 496, packets: 5, flows: 5 });
  expect(data.opaque.percent).toEqual({ bytes: 12.112, packets: 41.667, flows: 41.667 });
  expect(data.ipsec.percent).toMatchObject({ packets: 66.667 });
});

it('scales by sampling, counts a flow that was cut once, and keeps to the filter', async () => {
  const flows = [
    flow(10, { protocol: 50, sampling: 100, sampling_origin: 'options', continued: 'no' }),
    flow(10, { protocol: 50, sampling: 100, sampling_origin: 'options', continued: 'yes' }),
    flow(500, { src_addr: C, continued: 'no' }),
    flow(1_000_000, { protocol: 17, src_port: 53, continued: 'no' }),
  ];
  const { data, quality } = await run(flows, { filter: 'not port 53' });
  expect(data.opaque).toEqual({
    figures: { bytes: 2_000, packets: 200, flows: 1 },
    percent: { bytes: 80, packets: 99.502, flows: 50 },
  });
  expect(quality.sampling).toMatchObject({ sampled_share: 0.8, max_rate: 100 });
  expect(quality.flows).toMatchObject({ status: 'assessed', continued_records: 1 });
});

it('ranks the pairs by opaque bytes alone', async () => {
  const { data } = await run(
    [
      flow(1_000, { src_addr: A, dst_addr: C }),
      flow(5, { src_addr: A, dst_addr: C, protocol: 50 }),
      flow(7, { src_addr: B, dst_addr: A, protocol: 50 }),
      flow(1, { src_addr: A, dst_addr: B, ipsec: 'opaque', protocol: 50 }),
      flow(3, { src_addr: B, dst_addr: C, protocol: 50 }),
    ],
    { limit: 2 },
  );
  expect(data.pairs.map((p) => [p.a, p.b, p.aToB.bytes, p.bToA.bytes])).toEqual([
    [A, B, 1, 7],
    [A, C, 5, 0],
  ]);
});

it('stands beside what was published, in packets, where there is something to compare', async () => {
  const { tables } = await run([flow(1, {}), flow(1, { protocol: 50 }), flow(1, { ipsec: 'decrypted' })]);
  const beside = tables.find((t) => t.title === 'Beside published networks')!;
  expect(beside.rows[0]).toEqual(['here', 66.667, 33.333]);
  expect(beside.rows.slice(1).map((row) => row[1])).toEqual([93, 84]);
  const nothing = await run([]);
  expect(nothing.tables.map((t) => t.title)).toEqual([
    'Traffic that IPsec hides',
    'By kind',
    'Pairs with the most opaque bytes',
  ]);
  expect(nothing.data.opaque.percent).toEqual({ bytes: null, packets: null, flows: null });
});
