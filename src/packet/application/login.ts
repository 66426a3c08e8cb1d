import { applicationNumber } from '../../flow/index.ts';
import { maybe } from './conclude.ts';
import { type Finding, found, SECURITY } from './finding.ts';
import { beginsExactly } from './forms.ts';
import { atPort, type Payload } from './payload.ts';
import { ascii, byteAt, findWord, isPrintable, littleWordAt, longAt, standsAt, wordAt } from './payload-bytes.ts';
import type { Family } from './recogniser.ts';

const SSH = applicationNumber('ssh');
const RDP = applicationNumber('rdp');
const VNC = applicationNumber('vnc');
const X11 = applicationNumber('x11');
const RLOGIN = applicationNumber('rlogin');
const RSH = applicationNumber('rsh');

const SSH_BANNER = ascii('SSH-');
const VERSION_2 = ascii('2.0-');
const BOTH_VERSIONS = ascii('1.99-');

/** RFC 4253 section 4.2; section 5.1: 1.99 is a server of version 2 that has version 1 as well. */
function recogniseSsh(payload: Payload, out: Finding): boolean {
  if (!standsAt(payload, 0, SSH_BANNER)) return false;
  const isNew = standsAt(payload, 4, VERSION_2) || standsAt(payload, 4, BOTH_VERSIONS);
  if (!isNew && byteAt(payload, 4) !== 0x31) return false;
  out.security = isNew ? SECURITY.ok : SECURITY.ssh1;
  return found(out, SSH);
}

const RDP_COOKIE = ascii('cookie: mstshash=');

/** RFC 1006 and X.224 section 13: a request or a confirmation of a connection, with what [MS-RDPBCGR] sections 2.2.1.1 and 2.2.1.2 put behind it. */
function recogniseRdp(payload: Payload, out: Finding): boolean {
  if (wordAt(payload, 0) !== 0x0300) return false;
  const length = wordAt(payload, 2);
  const kind = byteAt(payload, 5);
  if (length !== payload.length || byteAt(payload, 4) !== length - 5 || (kind !== 0xe0 && kind !== 0xd0)) return false;
  if (findWord(payload, 11, Math.min(payload.length, 64), RDP_COOKIE) >= 0) return found(out, RDP);
  const negotiationAt = length - 8;
  const type = byteAt(payload, negotiationAt);
  const isNegotiation = negotiationAt >= 11 && type >= 1 && type <= 3 && littleWordAt(payload, negotiationAt + 2) === 8;
  return (isNegotiation || atPort(payload, 3389)) && found(out, RDP);
}

/** [MS-RDPEUDP] section 2.2: the first datagram has no acknowledgement, the flag SYN and is filled up. */
function recogniseRdpDatagram(payload: Payload, out: Finding): boolean {
  if (!atPort(payload, 3389)) return false;
  const isFirst = payload.length >= 16 && longAt(payload, 0) === 0xffffffff && (wordAt(payload, 6) & 1) === 1;
  // What follows is like nothing else.
  return isFirst ? found(out, RDP) : maybe(out, RDP);
}

const RFB = ascii('RFB 00');

/** RFC 6143 section 7.1.1. */
function recogniseVnc(payload: Payload, out: Finding): boolean {
  return standsAt(payload, 0, RFB) && byteAt(payload, 7) === 0x2e && byteAt(payload, 11) === 0x0a && found(out, VNC);
}

/** X Window System Protocol, section 8: byte order, version 11, lengths of what authorises. */
function recogniseX11(payload: Payload, out: Finding): boolean {
  const order = byteAt(payload, 0);
  const isLittle = order === 0x6c;
  if ((!isLittle && order !== 0x42) || byteAt(payload, 1) !== 0 || payload.length < 12) return false;
  const word = isLittle ? littleWordAt : wordAt;
  if (word(payload, 2) !== 11 || word(payload, 4) !== 0) return false;
  const padded = (count: number) => (count + 3) & ~3;
  return 12 + padded(word(payload, 6)) + padded(word(payload, 8)) === payload.length && found(out, X11);
}

/** RFC 1282: a zero, then three texts, the last a terminal with its speed. */
function recogniseRlogin(payload: Payload, out: Finding): boolean {
  if (!atPort(payload, 513) || byteAt(payload, 0) !== 0 || payload.length < 5) return false;
  return zeros(payload, 1, payload.length) === 3 && byteAt(payload, payload.length - 1) === 0 && found(out, RLOGIN);
}

/** rshd(8): a port in digits, then two users and a command, each ended by a zero. */
function recogniseRsh(payload: Payload, out: Finding): boolean {
  if (!atPort(payload, 514) || payload.srcPort >= 1024) return false;
  let at = 0;
  while (at < 6 && byteAt(payload, at) >= 0x30 && byteAt(payload, at) <= 0x39) at += 1;
  if (byteAt(payload, at) !== 0 || payload.length > 2048) return false;
  if (payload.length === at + 1) return at > 0 && found(out, RSH);
  return zeros(payload, at + 1, payload.length) >= 2 && found(out, RSH);
}

/** How many zeros there are between texts; -1 where there is something else. */
function zeros(payload: Payload, from: number, to: number): number {
  let count = 0;
  for (let at = from; at < to; at++) {
    if (byteAt(payload, at) === 0) count += 1;
    else if (!isPrintable(payload, at, at + 1)) return -1;
  }
  return count;
}

/** Log-in and desktops. */
export const LOGIN: Family = {
  tcp: [
    { recogniser: recogniseSsh, ports: [22], first: [0x53], forms: [beginsExactly(SSH_BANNER)] },
    { recogniser: recogniseRdp, ports: [3389], first: [3], forms: [{ shortest: 11, at: { 1: [0], 5: [0xe0, 0xd0] } }] },
    { recogniser: recogniseVnc, ports: [5900], first: [0x52], forms: [beginsExactly(RFB)] },
    {
      recogniser: recogniseX11,
      ports: [6000],
      first: [0x6c, 0x42],
      forms: [{ shortest: 12, at: { 1: [0], 2: [0, 11], 3: [0, 11], 4: [0], 5: [0] } }],
    },
    { recogniser: recogniseRlogin, ports: [513], first: [] },
    { recogniser: recogniseRsh, ports: [514], first: [] },
  ],
  udp: [{ recogniser: recogniseRdpDatagram, ports: [3389], first: [] }],
};
