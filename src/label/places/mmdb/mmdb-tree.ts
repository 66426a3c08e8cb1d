import { corrupt } from './mmdb-decoder.ts';
import type { MmdbLayout } from './mmdb-layout.ts';

/** A network with its record: the words of an address of which the first `bits` count, and the record's offset in the data. */
export type OnNetwork = (ipv4: boolean, address: Uint32Array, bits: number, offset: number) => void;

/** In a tree of IPv6 addresses IPv4 has the first 96 bits 0; that is where other ranges that stand for IPv4 lead too. */
const IPV4_BITS = 96;
/** Subtrees may be shared, but no database visits its nodes so often; one that leads in circles does. */
const VISITS_PER_NODE = 4;
/** Records count from 16 bytes before the data. */
const GAP = 16;

/**
 * Every network of the search tree once, in order of address. IPv4 within a tree of IPv6 is told as IPv4, and once: the ranges that lead to it again
 * (::ffff:0:0/96, 2002::/16, 2001::/32) are no networks of IPv6. Throws WeirError `corrupt`, which does not leave the room.
 */
export function walkMmdbTree(layout: MmdbLayout, onNetwork: OnNetwork): void {
  const { nodes, ipVersion } = layout;
  if (nodes === 0) return;
  const view = new DataView(layout.tree.buffer, layout.tree.byteOffset, layout.tree.byteLength);
  const addressBits = ipVersion === 4 ? 32 : 128;
  const ipv4Root = ipVersion === 4 ? -1 : ipv4Start(layout, view);
  const address = new Uint32Array(4);
  let visits = VISITS_PER_NODE * nodes + addressBits;

  const record = (value: number, depth: number, ipv4: boolean) => {
    if (value === nodes) return;
    // One record for a whole family stands there too where the tree has no branch for IPv4.
    const isIpv4 = ipv4 || (ipVersion === 6 && depth >= IPV4_BITS && isZero(address));
    if (value > nodes) {
      const offset = value - nodes - GAP;
      if (offset < 0) throw corrupt('a record of its search tree points between tree and data');
      onNetwork(isIpv4, address, ipVersion === 6 && isIpv4 ? depth - IPV4_BITS : depth, offset);
      // A network of IPv6 within which IPv4 lies is the answer for all of IPv4.
      if (ipVersion === 6 && !isIpv4 && isZero(address)) onNetwork(true, address, 0, offset);
    } else if (value !== ipv4Root || isIpv4) visit(value, depth, isIpv4);
  };
  const visit = (node: number, depth: number, ipv4: boolean) => {
    visits -= 1;
    if (visits < 0) throw corrupt('its search tree leads in circles');
    if (depth >= addressBits) throw corrupt('its search tree is deeper than an address is long');
    // IPv4 of a tree of IPv6 stands in the last word of four; alone, in the first.
    const word = depth >>> 5;
    const bit = 1 << (31 - (depth & 31));
    record(recordOf(view, layout, node, 0), depth + 1, ipv4);
    address[word] = address[word]! | bit;
    record(recordOf(view, layout, node, 1), depth + 1, ipv4);
    address[word] = address[word]! & ~bit;
  };
  visit(0, 0, ipVersion === 4);
}

/** The node at which IPv4 begins; below 0 where a record stands there, or nothing. */
function ipv4Start(layout: MmdbLayout, view: DataView): number {
  let node = 0;
  for (let depth = 0; depth < IPV4_BITS; depth++) {
    node = recordOf(view, layout, node, 0);
    if (node >= layout.nodes) return -1;
  }
  return node;
}

function isZero(address: Uint32Array): boolean {
  return (address[0]! | address[1]! | address[2]!) === 0;
}

function recordOf(view: DataView, { recordBits }: MmdbLayout, node: number, side: 0 | 1): number {
  if (recordBits === 32) return view.getUint32(8 * node + 4 * side);
  if (recordBits === 24) {
    const at = 6 * node + 3 * side;
    return (view.getUint16(at) << 8) | view.getUint8(at + 2);
  }
  // 28 bits: the byte in the middle has the upper four bits of both.
  const at = 7 * node;
  const middle = view.getUint8(at + 3);
  return side === 0
    ? ((middle & 0xf0) << 20) | (view.getUint16(at) << 8) | view.getUint8(at + 2)
    : ((middle & 0x0f) << 24) | (view.getUint16(at + 4) << 8) | view.getUint8(at + 6);
}
