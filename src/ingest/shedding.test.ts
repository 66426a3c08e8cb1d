import { describe, expect, test } from 'vitest';
import { allColumnNames, FlowBatch, getWide, parseAddress, TextColumns } from '../flow/index.ts';
import { addCounts, assessLoss, halfWidth95, type LedgerCounts, shedVariance } from '../truth/index.ts';
import { type ExportProtocol, encodeNetflow5, FlowSieve, flowEncoder, SAMPLING_ORIGIN } from '../wire/index.ts';
import { datagram, ethernet, flowSample, ipv4, rawHeader, udp } from '../wire/sflow/sflow.testing.ts';
import { newPipeline } from './exporters.testing.ts';
import { ingestCounters } from './ingest-counters.ts';

const T0 = Date.UTC(2026, 10, 22, 12);
const FROM = parseAddress('192.0.2.1')!;

const RATE = 4;
const RECORDS = 12_000;

/** Flow i has 100 + i bytes in one packet, and port i mod 65,536. */
const FORMATS: Readonly<Record<string, () => Uint8Array[]>> = {
  'NetFlow v5': () => {
    const records = Array.from({ length: RECORDS }, (_, i) => ({
      src: 0x0a000001,
      dst: 0x0a000002,
      packets: 1,
      bytes: 100 + i,
      startMs: T0 - 1_000,
      endMs: T0,
      protocol: 6,
      srcPort: i & 0xffff,
    }));
    return encodeNetflow5(records, { exportMs: T0, bootMs: T0 - 1e6, sequence: 0 }).datagrams;
  },
  'NetFlow v9': () => encoded('netflow9'),
  IPFIX: () => encoded('ipfix'),
  sFlow: () =>
    Array.from({ length: RECORDS / 4 }, (_, d) => {
      const samples = [0, 1, 2, 3].map((k) => {
        const i = 4 * d + k;
        const packet = ethernet(0x0800, ipv4(17, udp(i & 0xffff, 53), '10.0.0.1', '10.0.0.2', 100 + i));
        return flowSample([rawHeader(packet, { length: 114 + i })], { sequence: i + 1, rate: 1 });
      });
      return datagram(samples, { sequence: d + 1 });
    }),
};

function encoded(protocol: ExportProtocol): Uint8Array[] {
  const sent: Uint8Array[] = [];
  const encoder = flowEncoder(protocol, { send: (d) => sent.push(d) });
  for (let i = 0; i < RECORDS; i++)
    encoder.add(
      {
        start: T0 - 1_000,
        end: T0,
        src_addr: '10.0.0.1',
        dst_addr: '10.0.0.2',
        src_port: i & 0xffff,
        protocol: 6,
        raw_bytes: 100 + i,
        raw_packets: 1,
        sampling: 1,
        sampling_origin: 'default',
      },
      T0,
    );
  encoder.end(T0);
  return sent;
}

function receive(datagrams: readonly Uint8Array[], rate: number) {
  const counters = ingestCounters();
  const texts = new TextColumns();
  const pipeline = newPipeline(100, counters, texts);
  const batch = new FlowBatch(32_768, allColumnNames, undefined, true);
  batch.clear();
  texts.begin(batch);
  pipeline.bind(batch);
  pipeline.shed(rate);
  const source = Uint32Array.from(FROM);
  for (const d of datagrams)
    pipeline.accept(
      new DataView(d.buffer, d.byteOffset, d.byteLength),
      0,
      d.length,
      source,
      0,
      2055,
      T0,
      'keep',
      false,
    );
  const counts: LedgerCounts = {};
  for (const e of pipeline.exporters.takeLedger()) addCounts(counts, e.counts);
  return { batch, counters, counts, list: pipeline.exporters.list() };
}

describe.each(Object.entries(FORMATS))('while 1 flow in 4 of %s is kept', (_, make) => {
  test('rows say that they stand for 4, and the others are counted as shed, not as lost', () => {
    const { batch, counters, counts, list } = receive(make(), RATE);
    expect(counters.get('shed')).toBe(RECORDS - batch.rows);
    expect(counters.get('records')).toBe(RECORDS);
    expect(counts).toMatchObject({ records: RECORDS, shed: RECORDS - batch.rows });
    expect(assessLoss([{ minute: T0, exporter: '192.0.2.1', domain: 0, counts }])).toMatchObject({
      records: 0,
      received: RECORDS,
    });
    let standFor = 0;
    for (let r = 0; r < batch.rows; r++) {
      const sampling = batch.u32('sampling')[r]!;
      // The largest are kept as they are.
      expect([1, RATE]).toContain(sampling);
      if (sampling === RATE) expect(batch.u8('sampling_origin')[r]).toBe(SAMPLING_ORIGIN.shed);
      standFor += sampling;
    }
    expect(batch.rows).toBeLessThan(RECORDS / 2);
    expect(Math.abs(standFor - RECORDS)).toBeLessThan(5 * Math.sqrt((RATE - 1) * RECORDS));
    // What the exporter does is not what this node does.
    expect(list[0]!.sampling).toBe(1);
  });

  test('the rows that are kept are whole, and in order', () => {
    const { batch } = receive(make(), RATE);
    let last = -1;
    for (let r = 0; r < batch.rows; r++) {
      const i = getWide(batch.u32('raw_bytes'), r) - 100;
      expect(i).toBeGreaterThan(last);
      last = i;
      expect(batch.u16('src_port')[r]).toBe(i & 0xffff);
      expect(batch.u32('src_lo')[2 * r]).toBe(0x0a000001);
      expect(getWide(batch.u32('time'), r)).toBe(T0);
    }
  });

  test('and all are when nothing is shed', () => {
    expect(receive(make(), 1).batch.rows).toBe(RECORDS);
  });
});

describe('the 95 % error of a total of which flows were shed', () => {
  /** mulberry32: the same numbers in every run. */
  function seeded(seed: number): () => number {
    let state = seed;
    return () => {
      state = (state + 0x6d2b79f5) | 0;
      let t = Math.imul(state ^ (state >>> 15), 1 | state);
      t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
      return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
    };
  }

  const pareto = (random: () => number, index: number) => 60 / (1 - random()) ** (1 / index);

  /** Bytes of flows: most are small, and a few carry most of the bytes. */
  const sizes: [string, (random: () => number) => number][] = [
    ['log-uniform packets', (random) => Math.floor(10 ** (3 * random())) * (60 + 1_400 * random())],
    ['Pareto 1.3, whose variance is infinite', (random) => pareto(random, 1.3)],
    ['Pareto 1.1, of which a handful of flows is most of the total', (random) => pareto(random, 1.1)],
  ];

  test.each(sizes)('holds the truth: %s', (_, size) => {
    const random = seeded(3);
    const flows = Float64Array.from({ length: 60_000 }, () => size(random));
    const truth = flows.reduce((sum, y) => sum + y, 0);
    const sieve = new FlowSieve();
    sieve.rate = 8;
    const batch = new FlowBatch(30, ['sampling', 'sampling_origin']);
    const sampling = batch.u32('sampling');
    let held = 0;
    const repetitions = 500;
    for (let repetition = 0; repetition < repetitions; repetition++) {
      let total = 0;
      let variance = 0;
      for (let at = 0; at < flows.length; at += 30) {
        sieve.sizes.set(flows.subarray(at, at + 30));
        sieve.begin();
        const n = sieve.sift(30);
        sampling.fill(1);
        sieve.mark(batch, 0, n);
        for (let i = 0; i < n; i++) {
          const y = flows[at + sieve.kept[i]!]!;
          total += sampling[i]! * y;
          variance += shedVariance(y, sampling[i]!);
        }
      }
      if (Math.abs(total - truth) <= halfWidth95(variance)) held += 1;
    }
    expect(held / repetitions).toBeGreaterThan(0.92);
  });
});
