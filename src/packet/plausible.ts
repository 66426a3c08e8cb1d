import { ETHER_TYPE } from './ether-types.ts';

/** Looks at bytes that no header names, to tell what they are. */

export function looksLikeIp(view: DataView, at: number, end: number, version: number): boolean {
  if (version === 6) return at + 40 <= end && view.getUint16(at + 4) <= end - at - 40;
  return at + 20 <= end && (view.getUint8(at) & 15) >= 5 && view.getUint16(at + 2) >= 20;
}

/** IPv4 or IPv6 by its first nibble, as an EtherType; 0 neither. */
export function ipTypeAt(view: DataView, at: number, end: number): number {
  if (at >= end) return 0;
  const nibble = view.getUint8(at) >>> 4;
  return nibble === 4 ? ETHER_TYPE.ipv4 : nibble === 6 ? ETHER_TYPE.ipv6 : 0;
}

/** A frame of Ethernet has an EtherType at its place, and IP what it says. */
export function looksLikeFrame(view: DataView, at: number, end: number): boolean {
  if (at + 14 > end) return false;
  const type = view.getUint16(at + 12);
  switch (type) {
    case ETHER_TYPE.ipv4:
    case ETHER_TYPE.ipv6:
      return at + 14 === end || ipTypeAt(view, at + 14, end) === type;
    case ETHER_TYPE.arp:
    case ETHER_TYPE.vlan:
    case ETHER_TYPE.serviceVlan:
    case ETHER_TYPE.oldServiceVlan:
    case ETHER_TYPE.mpls:
    case ETHER_TYPE.pppoeSession:
      return true;
    default:
      return false;
  }
}

/**
 * True when an IP packet fills the bytes by its own length, or, where there is only a part of it, reaches beyond them: 16 bits that agree by chance
 * in one packet of 65,536.
 */
export function fillsWithIp(view: DataView, at: number, end: number, isPart: boolean): boolean {
  if (at + 20 > end) return false;
  const version = view.getUint8(at) >>> 4;
  if (version === 6) return at + 40 <= end && isLength(40 + view.getUint16(at + 4), end - at, isPart);
  return version === 4 && (view.getUint8(at) & 15) >= 5 && isLength(view.getUint16(at + 2), end - at, isPart);
}

function isLength(said: number, there: number, isPart: boolean): boolean {
  return isPart ? said >= there : said === there;
}
