import { type FlowSink, type Flows, Meter, type MeterCounts, type MeterOptions } from '../src/meter/index.ts';
import { FragmentPorts, IPSEC, type PacketFields, tunnelText } from '../src/packet/index.ts';
import { add, addressText, type Directions, eachPacket, type Sums } from './traffic-sums.testing.ts';

/** Packets and octets by the whole key of a flow, as text. */
class SumsByKey implements FlowSink {
  readonly sums: Directions = new Map();
  /** Of both directions. */
  readonly total: Sums = { packets: 0, bytes: 0 };

  flow(flows: Flows, slot: number): void {
    const src = addressText(flows.srcAddr, 4 * slot);
    const dst = addressText(flows.dstAddr, 4 * slot);
    const key = [
      `${flows.protocol[slot]} ${src} ${flows.srcPort[slot]} > ${dst} ${flows.dstPort[slot]}`,
      `icmp ${flows.icmpType[slot]} ${flows.icmpCode[slot]}`,
      flows.tunnels[flows.tunnel[slot]!],
      flows.ipsec[slot] === IPSEC.opaque ? flows.spi[slot] : 0,
    ].join(', ');
    add(this.sums, key, flows.packets[slot]!, flows.bytes[slot]!);
    this.total.packets += flows.packets[slot]! + flows.revPackets[slot]!;
    this.total.bytes += flows.bytes[slot]! + flows.revBytes[slot]!;
  }
}

function keyOf(p: PacketFields): string {
  const src = addressText(p.srcAddr);
  const dst = addressText(p.dstAddr);
  return [
    `${p.protocol} ${src} ${p.srcPort} > ${dst} ${p.dstPort}`,
    `icmp ${p.icmpType} ${p.icmpCode}`,
    p.tunnel === 0 ? '' : tunnelText(p.tunnel, p.outerSrc, p.outerDst, p.tunnelId),
    p.ipsec === IPSEC.opaque ? p.spi : 0,
  ].join(', ');
}

export interface MeteredByKey {
  readonly metered: Directions;
  /** Of both directions. */
  readonly total: Sums;
  readonly counts: Readonly<MeterCounts>;
}

/**
 * A capture as its packets, put one by one under the text of their key, and as flows of meters with these settings, which see the same packets: each must have
 * what the packets have.
 */
export async function byKey<Setting extends string>(
  path: string,
  tunnels: 'outer' | 'inner',
  settings: Readonly<Record<Setting, MeterOptions>>,
): Promise<{ readonly packets: Directions; readonly meters: Readonly<Record<Setting, MeteredByKey>> }> {
  const meters = Object.entries<MeterOptions>(settings).map(([name, options]) => {
    const sink = new SumsByKey();
    return { name, sink, meter: new Meter(options, sink) };
  });
  const ports = new FragmentPorts();
  const packets: Directions = new Map();
  await eachPacket(path, tunnels, (p, _, timeMs, inIf) => {
    if (!p.hasIp || !ports.apply(p, timeMs)) return;
    const bytes = p.ipBytes > 0 ? p.ipBytes : p.transportAt + p.transportLength - p.ipAt;
    add(packets, keyOf(p), 1, bytes);
    for (const { meter } of meters) meter.packet(p, bytes, timeMs, inIf);
  });
  const ended = meters.map(({ name, sink, meter }) => {
    meter.finish();
    return [name, { metered: sink.sums, total: sink.total, counts: meter.counts }] as const;
  });
  return { packets, meters: Object.fromEntries(ended) as Record<Setting, MeteredByKey> };
}
