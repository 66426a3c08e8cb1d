import { expect, test } from 'vitest';
import { LINK_TYPE } from '../packet/index.ts';
import { DEFAULT_METER, type FlowSink, type Flows, Meter, Metering, type MeterOptions } from './index.ts';
import { Kept, type Packet, packet, TCP } from './packets.testing.ts';

const THERE: Packet = { srcPort: 1, dstPort: 2, protocol: 17 };
const BACK: Packet = { src: '198.51.100.2', dst: '192.0.2.1', srcPort: 2, dstPort: 1, protocol: 17 };

/** For each record: both types of service, interface, flow label, MPLS label. */
function firsts(packets: [ms: number, inIf: number, p: Packet][], options: Partial<MeterOptions>): number[][] {
  const rows: number[][] = [];
  const sink: FlowSink = {
    flow: (f: Flows, s: number) =>
      void rows.push([f.tos[s]!, f.revTos[s]!, f.inIf[s]!, f.flowLabel[s]!, f.mplsLabel[s]!]),
  };
  const meter = new Meter({ ...DEFAULT_METER, duplicates: 'counted', ...options }, sink);
  for (const [ms, inIf, p] of packets) {
    const fields = packet(p);
    fields.flowLabel = 100 + inIf;
    fields.mplsCount = 1;
    fields.mpls[0] = 200 + inIf;
    meter.packet(fields, 40, ms, inIf);
  }
  meter.finish();
  return rows;
}

test('each record of a flow that is cut tells of its own first packets', () => {
  const options = { biflow: true, activeMs: 1000 };
  expect(
    firsts(
      [
        [1000, 1, { ...THERE, tos: 0x10 }],
        [1100, 2, { ...BACK, tos: 0xb8 }],
        [3000, 3, { ...THERE, tos: 0x20 }],
        [3100, 2, { ...BACK, tos: 0x44 }],
        [5100, 2, { ...BACK, tos: 0x04 }],
      ],
      options,
    ),
  ).toEqual([
    [0x10, 0xb8, 1, 101, 201],
    [0x20, 0x44, 3, 103, 203],
    [0x04, 0, 0, 0, 0xffff_ffff],
  ]);
});

test('a flow whose answer was captured first has interface and labels of who began it', () => {
  const answer = { ...BACK, protocol: 6, tcpFlags: TCP.syn | TCP.ack, sequence: 9, acknowledged: 8, tos: 4 };
  const opening = { ...THERE, protocol: 6, tcpFlags: TCP.syn, sequence: 7, tos: 8 };
  expect(
    firsts(
      [
        [1000, 2, answer],
        [1000.1, 1, opening],
      ],
      { biflow: true },
    ),
  ).toEqual([[8, 4, 1, 101, 201]]);
});

test('where the IP header says 0, as in front of segmentation offload, the octets are those of the frame from there on', () => {
  const kept = new Kept();
  const metering = new Metering({ meter: DEFAULT_METER, dissect: { tunnels: 'inner' } }, kept);
  const view = new DataView(new ArrayBuffer(200));
  const at = 30;
  view.setUint16(at + 12, 0x0800);
  view.setUint8(at + 14, 0x45);
  view.setUint8(at + 23, 17);
  metering.packet(view, at, 96, 65_014, LINK_TYPE.ethernet, 1000, 1);
  metering.meter.finish();
  expect(kept.flows[0]!.bytes).toBe(65_000);
});

test('times that cannot be are none', () => {
  const metering = new Metering({ meter: DEFAULT_METER, dissect: { tunnels: 'inner' } }, new Kept());
  const view = new DataView(new ArrayBuffer(64));
  view.setUint8(0, 0x45);
  for (const time of [2 ** 63 / 1e6, 2 ** 64 / 1e3, -1]) metering.packet(view, 0, 40, 40, LINK_TYPE.raw, time, 1);
  expect(metering.meter.counts.timeless).toBe(3);
});

test('a meter that is given such times all the same neither believes them nor stands still', () => {
  const kept = new Kept();
  const meter = new Meter(DEFAULT_METER, kept);
  for (const ms of [1_000, 2 ** 63, 2 ** 63, 2 ** 64, 2_000]) meter.packet(packet(THERE), 40, ms, 1);
  meter.finish();
  expect(meter.counts.timeless).toBe(3);
  expect(kept.flows).toMatchObject([{ packets: 5, start: 1_000, end: 2_000 }]);
});
