import { ETHER_TYPE } from './ether-types.ts';
import { TUNNEL } from './packet-codes.ts';
import { looksLikeFrame } from './plausible.ts';
import { found, type TunnelHeader } from './tunnel-header.ts';

/** Flags of the first 16 bits (RFC 2661 section 3.1); the version is in their low four. */
const CONTROL = 0x8000;
const LENGTH = 0x4000;
const SEQUENCE = 0x0800;
const OFFSET = 0x0200;
/** Zero in every packet; the one flag that is left is a priority. */
const RESERVED = 0x34f0;

/** L2TP in UDP: of version 2 with PPP inside (RFC 2661), of version 3 with Ethernet (RFC 3931 section 4.1.2). Its number is the session's. */
export function readL2tpOverUdp(view: DataView, at: number, end: number, header: TunnelHeader): boolean {
  if (at + 8 > end) return false;
  const flags = view.getUint16(at);
  const version = flags & 15;
  if ((flags & (CONTROL | RESERVED)) !== 0) return false;
  if (version === 3)
    return view.getUint16(at + 2) === 0 && readPseudowire(view, at + 8, end, view.getUint32(at + 4), header);
  if (version !== 2) return false;
  const ids = at + 2 + (flags & LENGTH ? 2 : 0);
  let next = ids + 4 + (flags & SEQUENCE ? 4 : 0);
  if (next + 2 > end) return false;
  if ((flags & OFFSET) !== 0) next += 2 + view.getUint16(next);
  return next < end && found(header, TUNNEL.l2tp, view.getUint16(ids + 2), next, ETHER_TYPE.ppp);
}

/** L2TP in IP (RFC 3931 section 4.1.1): session 0 is the control channel. */
export function readL2tpOverIp(view: DataView, at: number, end: number, header: TunnelHeader): boolean {
  if (at + 4 > end) return false;
  const session = view.getUint32(at);
  return session !== 0 && readPseudowire(view, at + 4, end, session, header);
}

/**
 * Behind the session there may be a cookie of 4 or 8 bytes and the sublayer of 4, as the two ends agreed, which the packet does not tell:
 * an Ethernet frame shows where it begins.
 */
function readPseudowire(view: DataView, at: number, end: number, session: number, header: TunnelHeader): boolean {
  for (let skipped = 0; skipped <= 12; skipped += 4) {
    if (looksLikeFrame(view, at + skipped, end)) {
      return found(header, TUNNEL.l2tp, session, at + skipped, ETHER_TYPE.ethernet);
    }
  }
  return false;
}
