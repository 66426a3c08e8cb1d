import { applicationNumber } from '../../flow/index.ts';
import { maybe } from './conclude.ts';
import { type Finding, found } from './finding.ts';
import { beginsExactly, bytesFrom, range } from './forms.ts';
import { atPort, type Payload } from './payload.ts';
import { byteAt, littleLongAt, longAt, standsAt, threeBytesAt, wordAt } from './payload-bytes.ts';
import type { Family } from './recogniser.ts';

const WIREGUARD = applicationNumber('wireguard');
const OPENVPN = applicationNumber('openvpn');
const IKE = applicationNumber('ike');
const IPSEC = applicationNumber('ipsec');
const L2TP = applicationNumber('l2tp');
const PPTP = applicationNumber('pptp');
const GTP = applicationNumber('gtp');
const TEREDO = applicationNumber('teredo');
const VXLAN = applicationNumber('vxlan');
const GENEVE = applicationNumber('geneve');
const TAILSCALE = applicationNumber('tailscale');

/** https://www.wireguard.com/protocol/: sizes of handshake, its answer and the cookie; data are padded to 16 bytes. */
function recogniseWireguard(payload: Payload, out: Finding): boolean {
  const { length } = payload;
  if (threeBytesAt(payload, 1) !== 0) return false;
  const type = byteAt(payload, 0);
  const isHandshake = (type === 1 && length === 148) || (type === 2 && length === 92) || (type === 3 && length === 64);
  // The counter of data has 64 bits; its upper half stays zero for years.
  const isData = type === 4 && length >= 32 && length % 16 === 0 && littleLongAt(payload, 12) === 0;
  return (isHandshake || isData) && found(out, WIREGUARD);
}

/** Sizes of the digests that tls-auth may be told to use. */
const DIGESTS = [16, 20, 28, 32, 48, 64];
const OPENVPN_RESETS = [0x38, 0x40, 0x50];
const EARLIEST_SECONDS = 0x4000_0000;
const LATEST_SECONDS = 0x8000_0000;

function recogniseOpenvpn(payload: Payload, out: Finding): boolean {
  if (isOpenvpnReset(payload, 0)) return found(out, OPENVPN);
  // What follows on a reset has nothing but its code: control, acknowledgement and data.
  const code = byteAt(payload, 0) >> 3;
  return ((code >= 3 && code <= 6) || code === 9) && atPort(payload, 1194) && maybe(out, OPENVPN);
}

/** Over TCP a length stands before each packet. */
function recogniseOpenvpnStream(payload: Payload, out: Finding): boolean {
  return wordAt(payload, 0) === payload.length - 2 && isOpenvpnReset(payload, 2) && found(out, OPENVPN);
}

/**
 * https://openvpn.net/community-resources/openvpn-protocol/: hard reset of client (7, with tls-crypt-v2 10) or server (8): number of the session; then
 * plainly acknowledgements and number of the packet; with tls-auth a digest, a number and the time before these; with tls-crypt the number and the time.
 */
function isOpenvpnReset(payload: Payload, at: number): boolean {
  const code = byteAt(payload, at);
  if (code !== 0x38 && code !== 0x40 && code !== 0x50) return false;
  const length = payload.length - at;
  if (code === 0x38 && length === 14) return byteAt(payload, at + 9) === 0 && longAt(payload, at + 10) === 0;
  const isNumbered = (longAt(payload, at + 9) & 0xffff) === 1;
  if (code !== 0x38 || length === 54) return length >= 54 && isNumbered && isTime(longAt(payload, at + 13));
  const digest = length - 22;
  return (
    DIGESTS.includes(digest) && longAt(payload, at + 9 + digest) === 1 && isTime(longAt(payload, at + 13 + digest))
  );
}

function isTime(seconds: number): boolean {
  return seconds >= EARLIEST_SECONDS && seconds < LATEST_SECONDS;
}

/** RFC 7296 section 3.1, RFC 2408 section 3.1; on port 4500 behind four zeros (RFC 3948 section 2.2). */
function recogniseIke(payload: Payload, out: Finding): boolean {
  const at = atPort(payload, 4500) && longAt(payload, 0) === 0 ? 4 : 0;
  const version = byteAt(payload, at + 17);
  const exchange = byteAt(payload, at + 18);
  if ((version !== 0x10 && version !== 0x20) || longAt(payload, at) === 0) return false;
  const isExchange =
    version === 0x20 ? exchange >= 34 && exchange <= 43 : exchange <= 6 || exchange === 32 || exchange === 33;
  return isExchange && exchange > 0 && longAt(payload, at + 24) === payload.length - at && found(out, IKE);
}

/**
 * RFC 3948 sections 2.1 and 2.3: SPI and number; a single 0xff keeps the mapping. All else is encrypted: the next datagram of the same side, joined
 * behind it, has to have the same SPI, and a number that is at most a few higher.
 */
function recogniseEspInUdp(payload: Payload, out: Finding): boolean {
  if (!atPort(payload, 4500)) return false;
  if (payload.length === 1) return byteAt(payload, 0) === 0xff && found(out, IPSEC);
  const index = longAt(payload, 0);
  // SPIs up to 255 are reserved (RFC 4303 section 2.1); what is encrypted fills words of four bytes.
  if (index <= 255 || payload.length < FEWEST_ESP_BYTES || payload.length % 4 !== 0) return false;
  const end = Math.min(payload.length - FEWEST_ESP_BYTES, MOST_SEARCHED);
  for (let at = FEWEST_ESP_BYTES; at <= end; at += 4)
    if (longAt(payload, at) === index && isNext(longAt(payload, 4), longAt(payload, at + 4))) return found(out, IPSEC);
  out.more = payload.turn < MOST_ESP_TURNS;
  return maybe(out, IPSEC);
}

const FEWEST_ESP_BYTES = 28;
const MOST_SEARCHED = 3000;
const MOST_ESP_TURNS = 3;

const isNext = (before: number, number: number) => number > before && number - before < 64;

/** RFC 2661 section 3.1: control messages have type, length and sequence; version 2, or 3 of RFC 3931. */
function recogniseL2tp(payload: Payload, out: Finding): boolean {
  const flags = wordAt(payload, 0);
  const version = flags & 0x0f;
  if (version !== 2 && version !== 3) return false;
  const isControl = (flags & 0xfff0) === 0xc800 && wordAt(payload, 2) === payload.length && payload.length >= 12;
  const isData = flags >= 0 && (flags & 0xb4f0) === 0 && payload.length > 8;
  return (isControl || isData) && atPort(payload, 1701) && found(out, L2TP);
}

/** RFC 2637 section 2.1: length, type, magic cookie. */
function recognisePptp(payload: Payload, out: Finding): boolean {
  const type = wordAt(payload, 2);
  return longAt(payload, 4) === 0x1a2b3c4d && (type === 1 || type === 2) && found(out, PPTP);
}

/** 3GPP TS 29.281 section 5.1, TS 29.274 section 5.1, TS 32.295 section 6.1.1 (GTP'). */
function recogniseGtp(payload: Payload, out: Finding): boolean {
  const first = byteAt(payload, 0);
  const length = wordAt(payload, 2);
  const version = first >> 5;
  const isPrime = (first & 0x10) === 0;
  let isWhole: boolean;
  // Another message may ride on the first, where it says so.
  if (version === 2)
    isWhole = (isPrime ? length + 4 === payload.length : length + 4 < payload.length) && (first & 0x07) === 0;
  else if (isPrime)
    isWhole =
      (atPort(payload, 3386) || atPort(payload, 2123)) &&
      (first & 0x0e) === 0x0e &&
      (length + 6 === payload.length || length + 20 === payload.length);
  else isWhole = version === 1 && length + 8 === payload.length;
  return (
    isWhole &&
    first >= 0 &&
    version <= 2 &&
    (atPort(payload, 2152) || atPort(payload, 2123) || isPrime) &&
    found(out, GTP)
  );
}

/** RFC 4380 section 5.1.1: IPv6, maybe behind an authentication and an origin; one of the addresses is of 2001::/32 or of the link. */
function recogniseTeredo(payload: Payload, out: Finding): boolean {
  let at = 0;
  if (wordAt(payload, 0) === 1) at = 13 + byteAt(payload, 2) + byteAt(payload, 3);
  if (wordAt(payload, at) === 0) at += 8;
  if (byteAt(payload, at) >> 4 !== 6 || at + 40 + wordAt(payload, at + 4) !== payload.length) return false;
  return (isTeredoAddress(payload, at + 8) || isTeredoAddress(payload, at + 24)) && found(out, TEREDO);
}

function isTeredoAddress(payload: Payload, at: number): boolean {
  return longAt(payload, at) === 0x2001_0000 || wordAt(payload, at) === 0xfe80;
}

/** RFC 7348 section 5; Linux used port 8472 before one was assigned. */
function recogniseVxlan(payload: Payload, out: Finding): boolean {
  // The number is there; with a group's policy (draft-smith-vxlan-group-policy) the first and the second half have more.
  const flags = byteAt(payload, 0);
  const isPlain = longAt(payload, 0) === 0x0800_0000;
  const isHeader = (isPlain || flags === 0x88) && byteAt(payload, 7) === 0 && payload.length >= 22;
  return isHeader && found(out, VXLAN);
}

/** RFC 8926 section 3.4: version 0, and Ethernet or IP inside. */
function recogniseGeneve(payload: Payload, out: Finding): boolean {
  const type = wordAt(payload, 2);
  const isType = type === 0x6558 || type === 0x0800 || type === 0x86dd;
  return byteAt(payload, 0) < 0x40 && isType && byteAt(payload, 7) === 0 && found(out, GENEVE);
}

/** https://pkg.go.dev/tailscale.com/disco: 'TS' and a speech balloon, in UTF-8. */
const DISCO = Uint8Array.of(0x54, 0x53, 0xf0, 0x9f, 0x92, 0xac);

function recogniseTailscale(payload: Payload, out: Finding): boolean {
  return standsAt(payload, 0, DISCO) && payload.length >= 62 && found(out, TAILSCALE);
}

export const TUNNELS: Family = {
  tcp: [
    {
      recogniser: recogniseOpenvpnStream,
      ports: [1194],
      first: [0, 1, 2, 3, 4],
      forms: [{ shortest: 16, at: { 2: OPENVPN_RESETS } }],
    },
    {
      recogniser: recognisePptp,
      ports: [1723],
      first: [0],
      forms: [{ shortest: 8, at: { 2: [0], 3: [1, 2], ...bytesFrom(4, 0x1a, 0x2b, 0x3c, 0x4d) } }],
    },
  ],
  udp: [
    {
      recogniser: recogniseIke,
      ports: [500, 4500],
      forms: [{ shortest: 28, at: { 17: [0x10, 0x20], 18: range(1, 43) } }],
    },
    { recogniser: recogniseEspInUdp, ports: [4500], first: [] },
    { recogniser: recogniseTailscale, ports: [41_641], first: [0x54], forms: [beginsExactly(DISCO)] },
    {
      recogniser: recogniseWireguard,
      ports: [51_820],
      first: [1, 2, 3, 4],
      forms: [{ shortest: 32, at: bytesFrom(1, 0, 0, 0) }],
    },
    { recogniser: recogniseOpenvpn, ports: [1194], first: OPENVPN_RESETS, forms: [{ shortest: 14 }] },
    { recogniser: recogniseL2tp, ports: [1701], first: [] },
    { recogniser: recogniseGtp, ports: [2152, 2123, 3386], first: [] },
    { recogniser: recogniseTeredo, ports: [3544], first: [] },
    { recogniser: recogniseVxlan, ports: [4789, 8472], first: [] },
    { recogniser: recogniseGeneve, ports: [6081], first: [] },
  ],
};
