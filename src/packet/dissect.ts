import type { EspOpener } from './esp-opener.ts';
import { readIp } from './ip-header.ts';
import { walkToIp } from './link-layers.ts';
import { LINK_TYPE, readLinkHeader } from './link-types.ts';
import { IPSEC } from './packet-codes.ts';
import { clearPacketFields, type PacketFields } from './packet-fields.ts';
import { newTunnelHeader } from './tunnel-header.ts';
import { enterTunnels, openTransportMode } from './tunnels.ts';
import { readUsualFrame } from './usual-frame.ts';

export interface DissectOptions {
  /** Whether the fields are those of the packet as it went over the wire, or of the innermost IP packet that it carries. */
  readonly tunnels: 'outer' | 'inner';
  /** Sees into ESP; without it, ESP is opaque. In transport mode it is no tunnel: what it holds is read with 'outer' as well. */
  readonly esp?: EspOpener;
}

/** Filled and read within one call. */
const tunnelHeader = newTunnelHeader();

/**
 * Reads the `length` captured bytes at `at` into `out`. Never throws, whatever the bytes hold, never reads a byte outside of
 * them, and allocates nothing. What is there is kept when bytes end early, as they do in samples and in captures with a snap
 * length; `out.problem` then says how far it went.
 */
export function dissectLink(
  view: DataView,
  at: number,
  length: number,
  linkType: number,
  out: PacketFields,
  options: DissectOptions,
): void {
  const end = Math.min(at + length, view.byteLength);
  if (linkType === LINK_TYPE.ethernet && readUsualFrame(view, at, end, out)) return;
  dissectUnusual(view, at, end, linkType, out, options);
}

/** The long way, which every packet may take. */
export function dissectUnusual(
  view: DataView,
  at: number,
  end: number,
  linkType: number,
  out: PacketFields,
  options: DissectOptions,
): void {
  clearPacketFields(out);
  out.data = view;
  const first = readLinkHeader(view, at, end, linkType, out);
  const ipAt = first < 0 ? -1 : walkToIp(view, first, end, out);
  if (ipAt < 0 || !readIp(view, ipAt, end, out)) return;
  if (options.tunnels === 'inner') enterTunnels(out, tunnelHeader, options.esp);
  else if (options.esp && out.ipsec === IPSEC.opaque) openTransportMode(out, options.esp);
}

/** The same for a frame of Ethernet, without preamble. */
export function dissectEthernet(
  view: DataView,
  at: number,
  length: number,
  out: PacketFields,
  options: DissectOptions,
): void {
  dissectLink(view, at, length, LINK_TYPE.ethernet, out, options);
}

/** The same for an IPv4 or IPv6 packet without a link layer. */
export function dissectIp(
  view: DataView,
  at: number,
  length: number,
  out: PacketFields,
  options: DissectOptions,
): void {
  dissectLink(view, at, length, LINK_TYPE.raw, out, options);
}
