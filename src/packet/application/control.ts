import { applicationNumber } from '../../flow/index.ts';
import { type Finding, found } from './finding.ts';
import { beginsExactly, bytesFrom, range } from './forms.ts';
import { atPort, type Payload } from './payload.ts';
import { ascii, byteAt, longAt, standsAt, wordAt } from './payload-bytes.ts';
import { isText } from './payload-text.ts';
import { type Family, firstOf } from './recogniser.ts';

const PTP = applicationNumber('ptp');
const BFD = applicationNumber('bfd');
const RIP = applicationNumber('rip');
const HSRP = applicationNumber('hsrp');
const LDP = applicationNumber('ldp');
const CAPWAP = applicationNumber('capwap');
const COLLECTD = applicationNumber('collectd');
const IPMI = applicationNumber('ipmi');
const ZABBIX = applicationNumber('zabbix');
const OPENFLOW = applicationNumber('openflow');
const RPKI_RTR = applicationNumber('rpki-rtr');

/** IEEE 1588 section 13.3: kind, version 2, length; over IPv6 two bytes are put behind it. */
function recognisePtp(payload: Payload, out: Finding): boolean {
  const padding = payload.length - wordAt(payload, 2);
  if ((!atPort(payload, 319) && !atPort(payload, 320)) || (byteAt(payload, 1) & 0x0f) !== 2) return false;
  return payload.length >= 44 && (padding === 0 || padding === 2) && found(out, PTP);
}

const BFD_PORTS = [3784, 4784, 6784, 7784];

/** RFC 5880 section 4.1: version 1, one of nine diagnostics, then multiplier, length of all, and one's own discriminator, none of them zero. */
function recogniseBfd(payload: Payload, out: Finding): boolean {
  // RFC 7881 section 3: what reflects answers from its port.
  const isPort = BFD_PORTS.includes(payload.dstPort) || payload.srcPort === 7784;
  const length = byteAt(payload, 3);
  if (!isPort || byteAt(payload, 0) >> 5 !== 1 || (byteAt(payload, 0) & 0x1f) > 9 || length !== payload.length)
    return false;
  const isAuthenticated = (byteAt(payload, 1) & 0x04) !== 0;
  const isLength = isAuthenticated ? length >= 26 : length === 24;
  return isLength && byteAt(payload, 2) > 0 && longAt(payload, 4) > 0 && found(out, BFD);
}

/** RFC 2453 section 4, RFC 2080 section 2.1: request or answer, version, zeros, entries of twenty bytes. */
function recogniseRip(payload: Payload, out: Finding): boolean {
  const command = byteAt(payload, 0);
  if ((command !== 1 && command !== 2) || wordAt(payload, 2) !== 0 || payload.length % 20 !== 4) return false;
  const isVersion = byteAt(payload, 1) === 1 || (byteAt(payload, 1) === 2 && atPort(payload, 520));
  return isVersion && (atPort(payload, 520) || atPort(payload, 521)) && found(out, RIP);
}

/** RFC 2281 section 5; version 2 begins with an element of kind 1 and 40 bytes. */
function recogniseHsrp(payload: Payload, out: Finding): boolean {
  if (!atPort(payload, 1985)) return false;
  const isFirst = byteAt(payload, 0) === 0 && byteAt(payload, 1) <= 3 && payload.length >= 16;
  return (isFirst || wordAt(payload, 0) === 0x0128) && found(out, HSRP);
}

/** RFC 5036 section 3.1: version 1, length of what follows. */
function recogniseLdp(payload: Payload, out: Finding): boolean {
  const length = wordAt(payload, 2);
  return (
    atPort(payload, 646) && wordAt(payload, 0) === 1 && length >= 14 && length + 4 <= payload.length && found(out, LDP)
  );
}

/** RFC 5415 sections 4.1 and 4.5.1: DTLS behind four bytes, or a control message of the IETF behind the header. */
function recogniseCapwap(payload: Payload, out: Finding): boolean {
  if (longAt(payload, 0) === 0x0100_0000) return wordAt(payload, 4) === 0x16fe && found(out, CAPWAP);
  if (byteAt(payload, 0) !== 0 || !atPort(payload, 5246)) return false;
  const header = (byteAt(payload, 1) >> 3) * 4;
  const message = longAt(payload, header);
  return header >= 8 && message >= 1 && message <= 26 && found(out, CAPWAP);
}

/** https://collectd.org/wiki/index.php/Binary_protocol: parts with kind and length that fill the datagram; the host's name comes first. */
function recogniseCollectd(payload: Payload, out: Finding): boolean {
  const name = wordAt(payload, 2);
  if (wordAt(payload, 0) !== 0 || name < 6 || name > 260 || byteAt(payload, name - 1) !== 0) return false;
  if (!isText(payload, 4, name - 1)) return false;
  let at = 0;
  for (let n = 0; n < 200 && at < payload.length; n++) {
    const kind = wordAt(payload, at);
    const length = wordAt(payload, at + 2);
    if (length < 5 || (kind > 9 && (kind < 0x100 || kind > 0x210))) return false;
    at += length;
  }
  return at === payload.length && found(out, COLLECTD);
}

/** DMTF's ASF 2.0 section 3.2.2.2: RMCP version 6, no sequence, class 6 (ASF) or 7 (IPMI); acknowledgements have the high bit. */
function recogniseIpmi(payload: Payload, out: Finding): boolean {
  const kind = byteAt(payload, 3) & 0x7f;
  if (wordAt(payload, 0) !== 0x0600 || !atPort(payload, 623)) return false;
  return (kind === 6 || kind === 7) && found(out, IPMI);
}

const ZABBIX_START = ascii('ZBXD');

function recogniseZabbix(payload: Payload, out: Finding): boolean {
  const flags = byteAt(payload, 4);
  return standsAt(payload, 0, ZABBIX_START) && flags > 0 && flags < 8 && found(out, ZABBIX);
}

/** OpenFlow 1.0 to 1.5 section 7.1: version, kind, length. A hello with the versions it knows is like nothing else. */
function recogniseOpenflow(payload: Payload, out: Finding): boolean {
  const version = byteAt(payload, 0);
  const length = wordAt(payload, 2);
  if (version < 1 || version > 6 || length < 8 || length > payload.length || byteAt(payload, 1) > 35) return false;
  if (atPort(payload, 6653) || atPort(payload, 6633)) return found(out, OPENFLOW);
  return byteAt(payload, 1) === 0 && length === 16 && longAt(payload, 8) === 0x0001_0008 && found(out, OPENFLOW);
}

/** RFC 8210 section 5: version, serial or reset query, length. */
function recogniseRpki(payload: Payload, out: Finding): boolean {
  const kind = byteAt(payload, 1);
  const length = longAt(payload, 4);
  if (!atPort(payload, 323) || byteAt(payload, 0) > 2 || kind > 10) return false;
  return length >= 8 && length <= payload.length && length < 65_536 && found(out, RPKI_RTR);
}

export const CONTROL: Family = {
  tcp: [
    { recogniser: recogniseZabbix, ports: [10_050, 10_051], first: firstOf('Z'), forms: [beginsExactly(ZABBIX_START)] },
    {
      recogniser: recogniseOpenflow,
      ports: [6653, 6633],
      first: [1, 2, 3, 4, 5, 6],
      forms: [{ shortest: 16, at: bytesFrom(1, 0, 0, 16) }],
    },
    { recogniser: recogniseLdp, ports: [646], first: [] },
    { recogniser: recogniseRpki, ports: [323], first: [] },
  ],
  udp: [
    { recogniser: recognisePtp, ports: [319, 320], first: [] },
    { recogniser: recogniseBfd, ports: [3784, 4784, 6784, 7784], first: [] },
    { recogniser: recogniseRip, ports: [520, 521], first: [] },
    { recogniser: recogniseHsrp, ports: [1985], first: [] },
    { recogniser: recogniseLdp, ports: [646], first: [] },
    { recogniser: recogniseCapwap, ports: [5246, 5247], first: [] },
    {
      recogniser: recogniseCollectd,
      ports: [25_826],
      first: [0],
      forms: [{ shortest: 6, at: { 1: [0], 2: [0, 1], 4: [9, 10, 13, ...range(0x20, 0x7e)] } }],
    },
    { recogniser: recogniseIpmi, ports: [623], first: [] },
  ],
};
