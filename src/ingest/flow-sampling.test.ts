import { describe, expect, test } from 'vitest';
import { DEFAULT_METER, type FlowSink, Meter } from '../meter/index.ts';
import { newPacketFields } from '../packet/index.ts';
import { flowsVariance, halfWidth95, packetsVariance } from '../truth/index.ts';

const N = 8;
const SEEDS = 300;
const FLOWS = 400;

const HERE = [0, 0, 0xffff, 0x0a00_0001];
const THERE = [0, 0, 0xffff, 0x0a00_0002];

function packet(src: readonly number[], srcPort: number, dst: readonly number[], dstPort: number) {
  const fields = newPacketFields();
  Object.assign(fields, { hasIp: true, ipVersion: 4, protocol: 17, hasPorts: true, srcPort, dstPort, ipBytes: 40 });
  fields.srcAddr.set(src);
  fields.dstAddr.set(dst);
  return fields;
}

/** Some flows of each size, as few large ones carry most packets. `both`: as many packets come back. */
function estimates(both: boolean, seed: number) {
  let packets = 0;
  let variance = 0;
  let ofPackets = 0;
  const sink: FlowSink = {
    flow: (flows, slot) => {
      const n = flows.packets[slot]!;
      packets += N * n;
      variance += flowsVariance(n, N);
      ofPackets += packetsVariance(n, N);
    },
  };
  const sampling = { kind: 'flow', rate: N, seed } as const;
  const meter = new Meter({ ...DEFAULT_METER, maxFlows: 2 * FLOWS, duplicates: 'counted', sampling }, sink);
  let truth = 0;
  for (let flow = 0; flow < FLOWS; flow++) {
    const there = packet(HERE, 1_024 + flow, THERE, 443);
    const back = packet(THERE, 443, HERE, 1_024 + flow);
    const size = 1 + (flow % 20);
    truth += both ? 2 * size : size;
    for (let i = 0; i < size; i++) {
      meter.packet(there, 54, i, 1);
      if (both) meter.packet(back, 54, i, 1);
    }
  }
  meter.finish();
  const off = Math.abs(packets - truth);
  return { isHeld: off <= halfWidth95(variance), asPackets: off <= halfWidth95(ofPackets) };
}

function shares(both: boolean) {
  const all = Array.from({ length: SEEDS }, (_, seed) => estimates(both, seed * 7_919 + 1));
  const share = (of: (e: (typeof all)[number]) => boolean) => all.filter(of).length / SEEDS;
  return { held: share((e) => e.isHeld), asPackets: share((e) => e.asPackets) };
}

describe('the error of one flow in N', () => {
  test('holds the truth in 95 of 100 cases where packets go both ways; that of packet sampling does not', () => {
    const { held, asPackets } = shares(true);
    expect(held).toBeGreaterThanOrEqual(0.92);
    expect(held).toBeLessThanOrEqual(0.975);
    expect(asPackets).toBeLessThan(0.5);
  }, 180_000);

  test('holds the truth more often than that where they go one way', () => {
    expect(shares(false).held).toBeGreaterThanOrEqual(0.95);
  }, 180_000);
});
