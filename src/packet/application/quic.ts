import { applicationNumber } from '../../flow/index.ts';
import { maybe } from './conclude.ts';
import { type Finding, found } from './finding.ts';
import { codesOf, type Form, range } from './forms.ts';
import { HandshakeParts } from './handshake-parts.ts';
import { HELLO, newHello, readClientHello } from './hello.ts';
import { atPort, type Payload } from './payload.ts';
import { ascii, byteAt, findWord, littleLongAt, littleWordAt, longAt, standsAt } from './payload-bytes.ts';
import { cryptoParts, hasInitialKeys } from './quic-initial.ts';
import type { Family } from './recogniser.ts';
import { writeServerName } from './server-name.ts';

const QUIC = applicationNumber('quic');
const DOT = applicationNumber('dot');
const QUIC_PORT = 443;
const DOT_PORT = 853;

/** RFC 9000 section 17.2: how long names of connections may be in these versions. */
const MOST_CONNECTION_BYTES = 20;
const LONG_HEADER = 0x80;
const VERSION_1 = 1;
const VERSION_2 = 0x6b3343cf;
/** A ClientHello that is not whole by then has no more to say. */
const MOST_TURNS = 8;
/** Of all datagrams of the client that are looked at together. */
const MOST_PACKETS = 8;

const hello = newHello();

function recogniseQuic(payload: Payload, out: Finding): boolean {
  const first = byteAt(payload, 0);
  if ((first & LONG_HEADER) === 0) return recogniseGoogle(payload, out) || isLater(payload, out);
  const version = longAt(payload, 1);
  const server = byteAt(payload, 5);
  const client = byteAt(payload, 6 + server);
  if (server < 0 || server > MOST_CONNECTION_BYTES || client < 0 || client > MOST_CONNECTION_BYTES) return false;
  if (version === 0) return offersVersion(payload, 7 + server + client) && found(out, QUIC);
  if (!isVersion(version)) return false;
  found(out, payload.dstPort === DOT_PORT || payload.srcPort === DOT_PORT ? DOT : QUIC);
  // Without, it has no name of a server.
  if (payload.side === 0 && hasInitialKeys(version) && payload.openings.take(payload)) readName(payload, out);
  return true;
}

/** The name is in the ClientHello, in one datagram of the client or in several. */
function readName(payload: Payload, out: Finding): void {
  const { data, at, length } = payload;
  const parts = new HandshakeParts();
  for (const part of cryptoParts(Buffer.from(data.buffer, data.byteOffset + at, length), MOST_PACKETS))
    parts.add(part.offset, part.bytes);
  const bytes = parts.bytes();
  const state = readClientHello(
    new DataView(bytes.buffer, bytes.byteOffset, bytes.length),
    0,
    bytes.length,
    out,
    hello,
  );
  if (hello.inside !== 0) out.application = hello.inside;
  out.more = state === HELLO.cut && out.nameLength === 0 && parts.isBegun && payload.turn < MOST_TURNS;
}

/** RFC 9000 section 17.2.1: a server lists the versions that it speaks. */
function offersVersion(payload: Payload, at: number): boolean {
  if ((payload.length - at) % 4 !== 0) return false;
  for (let i = at; i + 4 <= payload.length; i += 4) if (isVersion(longAt(payload, i))) return true;
  return false;
}

/** RFC 9000, RFC 9369, drafts, and what Facebook and Google made of them. */
function isVersion(version: number): boolean {
  return (
    version === VERSION_1 ||
    version === VERSION_2 ||
    (version >= 0xff000011 && version <= 0xff000022) ||
    version >>> 4 === 0xfaceb00 ||
    version >>> 4 === 0x51303434 >>> 4 ||
    version >>> 4 === 0x51303530 >>> 4 ||
    version >>> 4 === 0x54303530 >>> 4
  );
}

/** RFC 9000 sections 10.3 and 17.3: what follows on the handshake has one bit that is fixed, and 21 bytes at least. */
const FIXED_BIT = 0x40;
const FEWEST_BYTES = 21;

function isLater(payload: Payload, out: Finding): false {
  const isShort = (byteAt(payload, 0) & FIXED_BIT) !== 0 && payload.length >= FEWEST_BYTES;
  return isShort && atPort(payload, QUIC_PORT) && maybe(out, QUIC);
}

const CHLO = ascii('chlo');
const SERVER_NAME_TAG = ascii('SNI\0');
/** Flags of Google's QUIC to Q043: a version is there, and a connection of eight bytes. */
const GOOGLE_FLAGS = 0x09;

/** Google's QUIC before it was like that of the IETF: flags, connection, version as text. */
function recogniseGoogle(payload: Payload, out: Finding): boolean {
  if ((byteAt(payload, 0) & 0xc9) !== GOOGLE_FLAGS || longAt(payload, 9) >>> 16 !== 0x5130) return false;
  found(out, QUIC);
  readGoogleName(payload, out);
  return true;
}

/** Its hello lists tags, each with where its value ends behind all of them. */
function readGoogleName(payload: Payload, out: Finding): void {
  const start = findWord(payload, 13, 80, CHLO);
  if (start < 0) return;
  const tags = littleWordAt(payload, start + 4);
  const values = start + 8 + 8 * tags;
  let from = 0;
  for (let i = 0; i < tags && values < payload.length; i++) {
    const to = littleLongAt(payload, start + 12 + 8 * i);
    if (standsAt(payload, start + 8 + 8 * i, SERVER_NAME_TAG)) {
      if (to > from && values + to <= payload.length)
        writeServerName(payload.data, payload.at + values + from, to - from, out);
      return;
    }
    from = to;
  }
}

/** Of versions, and 0 where a server lists those that it speaks; of Google's text, where it is like it was before. */
const FORMS: readonly Form[] = [
  {
    shortest: 7,
    at: {
      0: range(LONG_HEADER, 255),
      1: [0, 0x6b, 0xff, 0xfa, 0x51, 0x54],
      2: [0, 0x33, 0xce, 0x30],
      3: [0, 0x43, 0xb0, 0x34, 0x35],
    },
  },
  { shortest: 13, at: { 9: codesOf('Q'), 10: codesOf('0') } },
];
const LONG_FIRST = Array.from({ length: 128 }, (_, i) => LONG_HEADER + i);
const GOOGLE_FIRST = [0x09, 0x0d, 0x19, 0x1d, 0x29, 0x2d, 0x39, 0x3d];

/** QUIC, and names of servers in it. */
export const QUIC_FAMILY: Family = {
  udp: [
    {
      recogniser: recogniseQuic,
      ports: [443, 853],
      first: [...LONG_FIRST, ...GOOGLE_FIRST],
      forms: FORMS,
      watches: ['quic'],
      watcher: recogniseQuic,
    },
  ],
};
