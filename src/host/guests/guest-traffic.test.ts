import { describe, expect, it } from 'vitest';
import { parseAddress } from '../../flow/index.ts';
import { DEFAULT_METER, type Flows, Meter } from '../../meter/index.ts';
import { newPacketFields, type PacketFields } from '../../packet/index.ts';
import { GuestTraffic, WAY } from './guest-traffic.ts';
import { OwnAddresses } from './own-addresses.ts';

const HOST_MAC = 1;
const ROUTER_MAC = 2;
const GUEST_MAC = 3;
const FORGER = 1;
const VICTIM = 2;

const own = new OwnAddresses(() => ({
  br0: [{ address: '10.0.0.1', mac: '00:00:00:00:00:01', netmask: '', family: 'IPv4', internal: false, cidr: null }],
}));
own.refresh();

function traffic(maxFlows = 100): GuestTraffic {
  const made = new GuestTraffic('ebpf', own);
  made.enter(FORGER, maxFlows);
  made.enter(VICTIM, maxFlows);
  return made;
}

function datagram(src: string, mac: number, dst: string, srcPort = 443, dstPort = 40_000): PacketFields {
  const fields = newPacketFields();
  fields.hasIp = true;
  fields.ipVersion = 4;
  fields.srcAddr.set(parseAddress(src)!);
  fields.dstAddr.set(parseAddress(dst)!);
  fields.protocol = 17;
  fields.srcPort = srcPort;
  fields.dstPort = dstPort;
  fields.srcMacLo = mac;
  return fields;
}

/** Source ports of those that count somewhere else when the guest behind `link` receives them. */
function duplicates(seen: GuestTraffic, packets: readonly PacketFields[], link: number): number[] {
  const found: number[] = [];
  let flows = 0;
  const sink = {
    flow: (columns: Flows, slot: number) => {
      flows += 1;
      if (seen.isDuplicate(columns, slot, link)) found.push(columns.srcPort[slot]!);
    },
  };
  const meter = new Meter({ ...DEFAULT_METER, biflow: false }, sink);
  for (const fields of packets) meter.packet(fields, 100, 1_000, WAY.toGuest);
  meter.finish();
  expect(flows).toBe(packets.length);
  return found.sort((one, other) => one - other);
}

const isDuplicate = (seen: GuestTraffic, fields: PacketFields, link: number) =>
  duplicates(seen, [fields], link).length === 1;

describe('what a guest receives', () => {
  const fromOutside = datagram('198.51.100.7', ROUTER_MAC, '10.0.0.22');

  it('counts, whatever addresses another guest forged: those of the router, of the server, or of both', () => {
    const seen = traffic();
    seen.learn(datagram('10.0.0.21', ROUTER_MAC, '10.0.0.99'), FORGER);
    seen.learn(datagram('198.51.100.7', ROUTER_MAC, '10.0.0.99'), FORGER);
    seen.learn(datagram('198.51.100.7', ROUTER_MAC, '10.0.0.22', 443, 40_001), FORGER);
    seen.learn(datagram('198.51.100.7', GUEST_MAC, '10.0.0.22'), FORGER);
    expect(isDuplicate(seen, fromOutside, VICTIM)).toBe(false);
  });

  it('counts where this host routed it from outside, though another guest sends from the address of the server', () => {
    const seen = traffic();
    seen.learn(datagram('198.51.100.7', GUEST_MAC, '10.0.0.99'), FORGER);
    expect(isDuplicate(seen, datagram('198.51.100.7', HOST_MAC, '10.0.0.22'), VICTIM)).toBe(false);
  });

  it('is a duplicate where another guest sent this very flow, over the bridge or routed by this host', () => {
    const seen = traffic();
    seen.learn(datagram('10.0.0.21', GUEST_MAC, '10.0.0.22'), FORGER);
    expect(isDuplicate(seen, datagram('10.0.0.21', GUEST_MAC, '10.0.0.22'), VICTIM)).toBe(true);
    expect(isDuplicate(seen, datagram('10.0.0.21', HOST_MAC, '10.0.0.22'), VICTIM)).toBe(true);
    seen.leave(FORGER);
    expect(isDuplicate(seen, datagram('10.0.0.21', GUEST_MAC, '10.0.0.22'), VICTIM)).toBe(false);
  });

  it('is no duplicate of what came back to the guest itself', () => {
    const seen = traffic();
    seen.learn(datagram('10.0.0.22', GUEST_MAC, '10.0.0.255'), VICTIM);
    expect(isDuplicate(seen, datagram('10.0.0.22', GUEST_MAC, '10.0.0.255'), VICTIM)).toBe(false);
  });

  it('is still known of as many flows as there is room for, half of them at least; what one guest sends pushes out none of another one', () => {
    const seen = traffic(100);
    const flow = (port: number) => datagram('10.0.0.21', GUEST_MAC, '10.0.0.22', port);
    for (let port = 1; port <= 1_000; port++) seen.learn(flow(port), FORGER);
    for (let port = 1; port <= 1_000; port++) seen.learn(datagram('10.0.0.9', 9, '10.0.0.9', port), VICTIM);
    const ports = Array.from({ length: 1_000 }, (_, i) => i + 1);
    const known = duplicates(seen, ports.map(flow), VICTIM);
    expect(known).toEqual(Array.from({ length: known.length }, (_, i) => 1_001 - known.length + i));
    expect(known.length).toBeGreaterThanOrEqual(50);
    expect(known.length).toBeLessThanOrEqual(100);
  });
});
