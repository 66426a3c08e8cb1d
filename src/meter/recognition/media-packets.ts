import type { PacketFields } from '../../packet/index.ts';

const RTP_HEADER = 12;
const RTCP_HEADER = 8;
const PRIVILEGED = 1024;
const HANDSHAKE = 22;
const SSH = 0x5353482d;

/** Version 2 of RTP with a type that media have, or a packet of RTCP (RFC 3550 sections 5.1 and 12.1, RFC 3551 section 6), between ports of no well-known server. */
export function looksLikeMedia({ data, payloadAt, payloadLength, srcPort, dstPort }: PacketFields): boolean {
  if (payloadLength < RTCP_HEADER || srcPort < PRIVILEGED || dstPort < PRIVILEGED) return false;
  if (data.getUint8(payloadAt) >>> 6 !== 2) return false;
  const second = data.getUint8(payloadAt + 1);
  if (second >= 200 && second <= 207) return true;
  const type = second & 0x7f;
  return payloadLength >= RTP_HEADER && (type <= 34 || type >= 96);
}

/** A handshake of TLS (RFC 8446 section 5.1) or the words of SSH (RFC 4253 section 4.2). */
export function beginsSecured({ data, payloadAt, payloadLength }: PacketFields): boolean {
  if (payloadLength < 6) return false;
  if (data.getUint32(payloadAt) === SSH) return true;
  const hello = data.getUint8(payloadAt + 5);
  return data.getUint8(payloadAt) === HANDSHAKE && data.getUint8(payloadAt + 1) === 3 && (hello === 1 || hello === 2);
}
