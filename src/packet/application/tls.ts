import { applicationNumber } from '../../flow/index.ts';
import { type Finding, found, SECURITY } from './finding.ts';
import { range } from './forms.ts';
import { HELLO, isOldVersion, newHello, readClientHello, readServerHello } from './hello.ts';
import type { Payload } from './payload.ts';
import { byteAt, longAt, threeBytesAt, wordAt } from './payload-bytes.ts';
import type { Family } from './recogniser.ts';

const TLS = applicationNumber('tls');
const DTLS = applicationNumber('dtls');
const ANYCONNECT = applicationNumber('anyconnect');

/** What TLS carries by its port where ALPN does not say: only ports on which nothing else is spoken through TLS. */
const BY_PORT = [
  [993, 'imaps'],
  [995, 'pop3s'],
  [465, 'smtps'],
  [636, 'ldaps'],
  [3269, 'ldaps'],
  [853, 'dot'],
  [990, 'ftps'],
  [5671, 'amqps'],
  [8883, 'mqtts'],
  [6697, 'ircs'],
  [3389, 'rdp'],
] as const;
const INSIDE_OF_PORT = new Map<number, number>(BY_PORT.map(([port, name]) => [port, applicationNumber(name)]));
const WATCHED = ['tls', 'imaps', 'pop3s', 'smtps', 'ldaps', 'dot', 'ftps', 'amqps', 'mqtts', 'ircs', 'apns'] as const;

/** RFC 8446 section 5.1. */
const CHANGE_CIPHER = 20;
const ALERT = 21;
const HANDSHAKE = 22;
const DATA = 23;
const RECORD_HEADER_BYTES = 5;
/** Of a record: with what encryption adds in TLS 1.2 (RFC 5246 section 6.2.3). */
const MOST_RECORD_BYTES = 16_384 + 2048;
const CLIENT_HELLO = 1;
const SERVER_HELLO = 2;
/** Later handshakes begin a stream only for a meter that came too late. */
const MOST_HANDSHAKE_TYPE = 24;
/** A hello longer than this is read as far as it goes. */
const MOST_HELLO_BYTES = 8192;

/** Handshakes in several records are put together here: filled and read within one call. */
const joined = new DataView(new ArrayBuffer(MOST_HELLO_BYTES));
const hello = newHello();

function recogniseTls(payload: Payload, out: Finding): boolean {
  if ((byteAt(payload, 0) & 0x80) !== 0) return recogniseSsl2(payload, out);
  if (!isRecord(payload, 0)) return false;
  const type = byteAt(payload, 0);
  if (type !== HANDSHAKE) return chainOfRecords(payload) && found(out, insideOf(payload, 0));
  const message = byteAt(payload, RECORD_HEADER_BYTES);
  if (payload.length < 10 && (message === CLIENT_HELLO || message === SERVER_HELLO || message < 0)) out.more = true;
  else if (message === CLIENT_HELLO) return readClient(payload, out);
  else if (message === SERVER_HELLO) return readServer(payload, out);
  return message >= 0 && message <= MOST_HANDSHAKE_TYPE && chainOfRecords(payload) && found(out, insideOf(payload, 0));
}

function readClient(payload: Payload, out: Finding): boolean {
  // Version of the hello: what no other protocol has at this place.
  if (byteAt(payload, 9) !== 3 || byteAt(payload, 6) !== 0) return false;
  const length = handshakeBytes(payload);
  const isWhole = length >= 0;
  const state = isWhole
    ? readClientHello(payload.data, payload.at + RECORD_HEADER_BYTES, length, out, hello)
    : readClientHello(joined, 0, -length, out, hello);
  if (state === HELLO.none) return false;
  found(out, insideOf(payload, hello.inside));
  if (state === HELLO.cut && payload.length < MOST_HELLO_BYTES) out.more = true;
  else if (isOldVersion(hello.version)) out.security = SECURITY.oldTls;
  out.watch = true;
  return true;
}

function readServer(payload: Payload, out: Finding): boolean {
  if (byteAt(payload, 9) !== 3 || byteAt(payload, 6) !== 0) return false;
  readServerHello(payload.data, payload.at + RECORD_HEADER_BYTES, payload.length - RECORD_HEADER_BYTES, hello);
  out.security = isOldVersion(hello.version) ? SECURITY.oldTls : SECURITY.ok;
  return found(out, payload.application || insideOf(payload, 0));
}

/** How many bytes of the first handshake are in its first record; where there are more records: in `joined`, below zero. */
function handshakeBytes(payload: Payload): number {
  const first = wordAt(payload, 3);
  const present = Math.min(first, payload.length - RECORD_HEADER_BYTES);
  if (present < first || present >= 4 + threeBytesAt(payload, RECORD_HEADER_BYTES + 1)) return present;
  let count = 0;
  for (let at = 0; isRecord(payload, at) && byteAt(payload, at) === HANDSHAKE; ) {
    const begin = at + RECORD_HEADER_BYTES;
    at = begin + wordAt(payload, at + 3);
    for (let i = begin; i < at && i < payload.length && count < MOST_HELLO_BYTES; i++)
      joined.setUint8(count++, byteAt(payload, i));
  }
  return -count;
}

function isRecord(payload: Payload, at: number): boolean {
  const type = byteAt(payload, at);
  if (type < CHANGE_CIPHER || type > DATA || byteAt(payload, at + 1) !== 3 || byteAt(payload, at + 2) > 4) return false;
  const length = wordAt(payload, at + 3);
  return length > 0 && length <= MOST_RECORD_BYTES && (type !== ALERT || length < 64);
}

/** Of a stream that was met in its middle: records follow each other, or end where the payload does. */
function chainOfRecords(payload: Payload): boolean {
  const next = RECORD_HEADER_BYTES + wordAt(payload, 3);
  if (next <= payload.length - RECORD_HEADER_BYTES) return isRecord(payload, next);
  return next === payload.length || (next > payload.length && isTlsPort(payload));
}

function isTlsPort({ srcPort, dstPort }: Payload): boolean {
  return srcPort === 443 || dstPort === 443 || INSIDE_OF_PORT.has(srcPort) || INSIDE_OF_PORT.has(dstPort);
}

/** RFC 6101 appendix E: the hello of SSL 2, which clients of SSL 3 sent as well. */
function recogniseSsl2(payload: Payload, out: Finding): boolean {
  const length = wordAt(payload, 0) & 0x7fff;
  const version = wordAt(payload, 3);
  if (byteAt(payload, 2) !== CLIENT_HELLO || length + 2 !== payload.length) return false;
  if (version !== 0x0002 && (version < 0x0300 || version > 0x0303)) return false;
  const suites = wordAt(payload, 5);
  const challenge = wordAt(payload, 9);
  if (suites === 0 || suites % 3 !== 0 || challenge < 16 || challenge > 32) return false;
  if (9 + suites + wordAt(payload, 7) + challenge !== length) return false;
  if (isOldVersion(version)) out.security = SECURITY.oldTls;
  out.watch = true;
  return found(out, insideOf(payload, 0));
}

/** What is carried: as ALPN says, else by the port. */
function insideOf(payload: Payload, byAlpn: number): number {
  return byAlpn || INSIDE_OF_PORT.get(payload.dstPort) || INSIDE_OF_PORT.get(payload.srcPort) || TLS;
}

/** The answer of the server says which version is spoken; the rest of a ClientHello may have the name. */
function watchTls(payload: Payload, out: Finding): boolean {
  const message = byteAt(payload, RECORD_HEADER_BYTES);
  if (byteAt(payload, 0) === HANDSHAKE && message === SERVER_HELLO) return readServer(payload, out);
  if (byteAt(payload, 0) === HANDSHAKE && message === CLIENT_HELLO) return readClient(payload, out);
  // Of the client, before the server has answered.
  out.watch = payload.turn < 4 && byteAt(payload, 0) !== ALERT && byteAt(payload, 0) !== DATA;
  return false;
}

/** RFC 9147 sections 4 and 5; version 0x0100 is what Cisco's AnyConnect speaks. */
function recogniseDtls(payload: Payload, out: Finding): boolean {
  const type = byteAt(payload, 0);
  const version = wordAt(payload, 1);
  if (type < CHANGE_CIPHER || (type > DATA && type !== 25)) return false;
  if (version !== 0xfeff && version !== 0xfefd && version !== 0x0100) return false;
  const length = wordAt(payload, 11);
  if (length <= 0 || 13 + length > payload.length) return false;
  const application = version === 0x0100 ? ANYCONNECT : DTLS;
  if (type !== HANDSHAKE || wordAt(payload, 3) !== 0) return found(out, application);
  // Fragments but the first are not read (RFC 9147 section 5.5).
  if (threeBytesAt(payload, 19) !== 0) return found(out, application);
  return readDatagramHello(payload, out, application, length - 12);
}

function readDatagramHello(payload: Payload, out: Finding, application: number, length: number): boolean {
  const message = byteAt(payload, 13);
  const isClient = message === CLIENT_HELLO;
  if ((isClient || message === SERVER_HELLO) && length > 4) {
    // Its header is eight bytes longer than that of TLS: without them the two are read alike.
    joined.setUint32(0, longAt(payload, 13));
    const count = Math.min(length, MOST_HELLO_BYTES - 4);
    for (let i = 0; i < count; i++) joined.setUint8(4 + i, byteAt(payload, 25 + i));
    if (isClient) readClientHello(joined, 0, 4 + count, out, hello, true);
    else readServerHello(joined, 0, 4 + count, hello);
    if (!isClient) out.security = isOldVersion(hello.version) ? SECURITY.oldTls : SECURITY.ok;
  }
  found(out, application === DTLS && isClient && hello.inside !== 0 ? hello.inside : application);
  out.watch = isClient;
  return true;
}

function watchDtls(payload: Payload, out: Finding): boolean {
  const application = payload.application;
  const seen = recogniseDtls(payload, out);
  out.application = application;
  if (!seen) out.watch = payload.turn < 4;
  return seen;
}

const SSL2_LENGTHS = Array.from({ length: 4 }, (_, i) => 0x80 + i);

/** TLS, DTLS and what they carry. */
export const TLS_FAMILY: Family = {
  tcp: [
    {
      recogniser: recogniseTls,
      ports: [443, 8443, ...BY_PORT.map(([port]) => port)],
      first: [CHANGE_CIPHER, ALERT, HANDSHAKE, DATA, ...SSL2_LENGTHS],
      forms: [{ shortest: 5, at: { 2: range(0, 4) } }],
      watches: WATCHED,
      watcher: watchTls,
    },
  ],
  udp: [
    {
      recogniser: recogniseDtls,
      ports: [443, 4433],
      first: [CHANGE_CIPHER, ALERT, HANDSHAKE, DATA, 25],
      forms: [{ shortest: 14, at: { 1: [0xfe, 1], 2: [0xff, 0xfd, 0] } }],
      watches: ['dtls'],
      watcher: watchDtls,
    },
  ],
};
