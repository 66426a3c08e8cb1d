import { ETHER_TYPE, LEAST_ETHER_TYPE } from './ether-types.ts';
import { TUNNEL } from './packet-codes.ts';
import { found, type TunnelHeader } from './tunnel-header.ts';

/** What GRE carries that is no EtherType of ether-types.ts. */
const ERSPAN_2 = 0x88be;
const ERSPAN_3 = 0x22eb;

/** RFC 2784 and 2890; source routes of RFC 1701 are not followed. Version 1 is PPTP's (RFC 2637 section 4.1). */
export function readGre(view: DataView, at: number, end: number, header: TunnelHeader): boolean {
  if (at + 4 > end) return false;
  const flags = view.getUint16(at);
  const type = view.getUint16(at + 2);
  const version = flags & 7;
  if ((flags & 0x4000) !== 0 || version > 1) return false;
  let next = at + 4 + (flags & 0x8000 ? 4 : 0);
  const key = flags & 0x2000 ? next : -1;
  if (key >= 0) next += 4;
  const sequence = (flags & 0x1000) !== 0;
  if (sequence) next += 4;
  if (version === 1 && (flags & 0x80) !== 0) next += 4;
  if (next > end) return false;
  // Without a sequence number there is no payload.
  if (version === 1) return key >= 0 && sequence && found(header, TUNNEL.pptp, view.getUint16(key + 2), next, type);
  // Type 0 is the keepalive of Cisco, with nothing inside.
  if (type < LEAST_ETHER_TYPE) return false;
  if (type === ERSPAN_2 || type === ERSPAN_3) return readErspan(view, next, end, type, sequence, header);
  return found(header, TUNNEL.gre, key < 0 ? 0 : view.getUint32(key), next, type);
}

/** draft-foschiano-erspan: type I has no header, nor a sequence number in GRE; type II has 8 bytes, type III 12 and 8 more if its last bit says so. */
function readErspan(
  view: DataView,
  at: number,
  end: number,
  type: number,
  sequence: boolean,
  header: TunnelHeader,
): boolean {
  if (type === ERSPAN_2 && !sequence) return found(header, TUNNEL.erspan, 0, at, ETHER_TYPE.ethernet);
  const fixed = type === ERSPAN_2 ? 8 : 12;
  if (at + fixed > end) return false;
  const session = view.getUint16(at + 2) & 0x3ff;
  const more = type === ERSPAN_3 && (view.getUint8(at + 11) & 1) !== 0 ? 8 : 0;
  return found(header, TUNNEL.erspan, session, at + fixed + more, ETHER_TYPE.ethernet);
}
