import { applicationNumber } from '../../flow/index.ts';
import { foundAndWatch, foundClearLogin } from './conclude.ts';
import { type Finding, found } from './finding.ts';
import { beginsExactly, bytesFrom } from './forms.ts';
import { atPort, type Payload } from './payload.ts';
import { ascii, byteAt, lineEnd, longAt, standsAt, threeBytesAt, wordAt } from './payload-bytes.ts';
import { findBytes, isText, whichStandsAt } from './payload-text.ts';
import { type Family, firstOf } from './recogniser.ts';

const MQTT = applicationNumber('mqtt');
const AMQP = applicationNumber('amqp');
const KAFKA = applicationNumber('kafka');
const NATS = applicationNumber('nats');
const STOMP = applicationNumber('stomp');
const COAP = applicationNumber('coap');
const ZEROMQ = applicationNumber('zeromq');

const MQTT_NAMES = ['\0\x04MQTT', '\0\x06MQIsdp'].map(ascii);
const HAS_PASSWORD = 0x40;

/** MQTT 3.1.1 section 3.1: CONNECT with the protocol's name; CONNACK at the port. */
function recogniseMqtt(payload: Payload, out: Finding): boolean {
  const lengthBytes = remainingLengthBytes(payload);
  if (lengthBytes === 0) return false;
  if (byteAt(payload, 0) === 0x20) {
    const isShort = byteAt(payload, 1) === payload.length - 2 && payload.length < 128;
    return isShort && byteAt(payload, 2) < 2 && atPort(payload, 1883) && found(out, MQTT);
  }
  const at = 1 + lengthBytes;
  const which = byteAt(payload, 0) === 0x10 ? whichStandsAt(payload, at, MQTT_NAMES) : -1;
  if (which < 0) return false;
  const level = at + MQTT_NAMES[which]!.length;
  const flags = byteAt(payload, level + 1);
  if (byteAt(payload, level) < 3 || byteAt(payload, level) > 5 || (flags & 1) !== 0) return false;
  return (flags & HAS_PASSWORD) !== 0 ? foundClearLogin(out, MQTT) : found(out, MQTT);
}

/** Of the length behind the first byte, one to four bytes long; 0 where it does not end. */
function remainingLengthBytes(payload: Payload): number {
  for (let n = 1; n <= 4; n++) {
    const byte = byteAt(payload, n);
    if (byte >= 0 && byte < 0x80) return n;
  }
  return 0;
}

const AMQP_HEADER = ascii('AMQP');
const PLAIN = ascii('\x05PLAIN');

/** Methods of class connection: the server's Start, the client's StartOk, which says how it logs in. */
const START = 0x000a_000a;
const START_OK = 0x000a_000b;

/** AMQP 0-9-1 section 4.2.2 and 1.0 section 2.2: the protocol header of both; of 0-9-1 the frames of method connection. */
function recogniseAmqp(payload: Payload, out: Finding): boolean {
  if (standsAt(payload, 0, AMQP_HEADER)) {
    if (byteAt(payload, 4) > 3 || payload.length < 8) return false;
    return foundAndWatch(out, AMQP);
  }
  const method = longAt(payload, 7);
  if (byteAt(payload, 0) !== 1 || wordAt(payload, 1) !== 0) return false;
  if (method === START) return foundAndWatch(out, AMQP);
  if (method !== START_OK) return false;
  return findBytes(payload, 11, 1024, PLAIN) > 0 ? foundClearLogin(out, AMQP) : found(out, AMQP);
}

/** Versions of requests are below. */
const NEWEST_KAFKA = 13;

/** https://kafka.apache.org/protocol: length, key, version, number of the request, name of the client. Clients begin with 3 metadata, 17 SASL handshake or 18 versions. */
function recogniseKafka(payload: Payload, out: Finding): boolean {
  const key = wordAt(payload, 4);
  if (longAt(payload, 0) !== payload.length - 4 || (key !== 18 && key !== 3 && key !== 17)) return false;
  if (wordAt(payload, 6) > NEWEST_KAFKA || longAt(payload, 8) > 0xffff) return false;
  const name = wordAt(payload, 12);
  return name > 0 && name < 256 && 14 + name <= payload.length && isText(payload, 14, 14 + name) && found(out, KAFKA);
}

const NATS_INFO = ascii('INFO {"');
const NATS_CONNECT = ascii('CONNECT {');
const SERVER_ID = ascii('"server_id"');
const VERBOSE = ascii('"verbose"');
const NATS_SECRETS = ['"pass":', '"auth_token":'].map(ascii);

/** https://docs.nats.io/reference/reference-protocols/nats-protocol */
function recogniseNats(payload: Payload, out: Finding): boolean {
  if (standsAt(payload, 0, NATS_INFO)) return findBytes(payload, 5, 512, SERVER_ID) > 0 && found(out, NATS);
  if (!standsAt(payload, 0, NATS_CONNECT)) return false;
  const end = lineEnd(payload, 0);
  const to = end < 0 ? payload.length : end;
  if (findBytes(payload, 8, to, VERBOSE) < 0 && !atPort(payload, 4222)) return false;
  for (let i = 0; i < NATS_SECRETS.length; i++)
    if (findBytes(payload, 8, to, NATS_SECRETS[i]!) > 0) return foundClearLogin(out, NATS);
  return found(out, NATS);
}

const STOMP_COMMANDS = ['CONNECT\n', 'STOMP\n', 'CONNECTED\n', 'CONNECT\r\n', 'STOMP\r\n', 'CONNECTED\r\n'].map(ascii);
const ACCEPT_VERSION = ascii('accept-version:');
const VERSION = ascii('version:');
const LOGIN = ascii('login:');
const PASSCODE = ascii('passcode:');

/** https://stomp.github.io/stomp-specification-1.2.html */
function recogniseStomp(payload: Payload, out: Finding): boolean {
  if (whichStandsAt(payload, 0, STOMP_COMMANDS) < 0) return false;
  if (findBytes(payload, 6, 512, PASSCODE) > 0) return foundClearLogin(out, STOMP);
  const isKnown =
    findBytes(payload, 6, 512, ACCEPT_VERSION) > 0 ||
    findBytes(payload, 6, 512, VERSION) > 0 ||
    findBytes(payload, 6, 512, LOGIN) > 0;
  return isKnown && found(out, STOMP);
}

/** RFC 7252 section 3 and 12.1: methods 0.01 to 0.07, answers 2.xx, 4.xx, 5.xx; the port must say so as well. */
function recogniseCoap(payload: Payload, out: Finding): boolean {
  const first = byteAt(payload, 0);
  const code = byteAt(payload, 1);
  const token = first & 0x0f;
  if (first >> 6 !== 1 || token > 8 || payload.length < 4 + token) return false;
  const classOfCode = code >> 5;
  const isEmpty = code === 0 && payload.length === 4 && token === 0;
  const isRequest = code >= 1 && code <= 7;
  const isAnswer = (classOfCode === 2 || classOfCode === 4 || classOfCode === 5) && (code & 0x1f) <= 15;
  if (!isEmpty && !isRequest && !isAnswer) return false;
  return (payload.length === 4 + token || hasCoapOptions(payload, 4 + token)) && found(out, COAP);
}

/** RFC 7252 section 3.1: the options end at the end of the datagram or before 0xff. */
function hasCoapOptions(payload: Payload, from: number): boolean {
  let at = from;
  for (let n = 0; n < 32; n++) {
    if (at === payload.length) return true;
    const byte = byteAt(payload, at++);
    if (byte === 0xff) return at < payload.length;
    if (byte >> 4 === 15 || (byte & 0x0f) === 15 || byte < 0) return false;
    at += byte >> 4 === 13 ? 1 : byte >> 4 === 14 ? 2 : 0;
    const short = byte & 0x0f;
    if (short < 13) at += short;
    else if (short === 13) at += 14 + byteAt(payload, at);
    else at += 271 + wordAt(payload, at);
  }
  return false;
}

const MECHANISMS = ['NULL\0', 'PLAIN\0', 'CURVE\0'].map(ascii);

/** ZMTP 3.0 (RFC 23 of ZeroMQ) section 'Version Negotiation': the signature, the version; the mechanism comes behind it. */
function recogniseZeromq(payload: Payload, out: Finding): boolean {
  if (byteAt(payload, 0) !== 0xff || longAt(payload, 1) !== 0 || byteAt(payload, 9) !== 0x7f) return false;
  if (threeBytesAt(payload, 5) !== 0) return false;
  if (payload.length === 10) return found(out, ZEROMQ);
  if (byteAt(payload, 10) < 1 || byteAt(payload, 10) > 3) return false;
  const which = whichStandsAt(payload, 12, MECHANISMS);
  return which === 1 ? foundClearLogin(out, ZEROMQ) : found(out, ZEROMQ);
}

export const QUEUES: Family = {
  tcp: [
    { recogniser: recogniseMqtt, ports: [1883], first: [0x10, 0x20] },
    {
      recogniser: recogniseAmqp,
      ports: [5672],
      first: [0x41, 1],
      forms: [beginsExactly(AMQP_HEADER), { shortest: 11, at: { 0: [1], ...bytesFrom(1, 0, 0) } }],
      watches: ['amqp'],
      watcher: recogniseAmqp,
    },
    {
      recogniser: recogniseKafka,
      ports: [9092],
      first: [0],
      forms: [{ shortest: 15, at: { 4: [0], 5: [3, 17, 18] } }],
    },
    {
      recogniser: recogniseNats,
      ports: [4222],
      first: firstOf('I', 'C'),
      forms: [beginsExactly(NATS_INFO, NATS_CONNECT)],
    },
    {
      recogniser: recogniseStomp,
      ports: [61_613],
      first: firstOf('C', 'S'),
      forms: [beginsExactly(...STOMP_COMMANDS)],
    },
    {
      recogniser: recogniseZeromq,
      ports: [],
      first: [0xff],
      forms: [{ shortest: 10, at: bytesFrom(1, 0, 0, 0, 0, 0, 0, 0) }],
    },
  ],
  udp: [{ recogniser: recogniseCoap, ports: [5683], first: [] }],
};
