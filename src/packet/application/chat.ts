import { applicationNumber } from '../../flow/index.ts';
import { foundAndWatch, foundClearLogin } from './conclude.ts';
import { type Finding, found } from './finding.ts';
import { beginsExactly, bytesFrom, range } from './forms.ts';
import { atPort, type Payload } from './payload.ts';
import {
  ascii,
  byteAt,
  findWord,
  lineEnd,
  longAt,
  standsAt,
  threeBytesAt,
  wordAt,
  wordStandsAt,
} from './payload-bytes.ts';
import { findBytes, isText, whichStandsAt } from './payload-text.ts';
import { type Family, firstOf } from './recogniser.ts';
import { isTlsRecord, MOST_LOG_IN_TURNS } from './upgrade.ts';

const XMPP = applicationNumber('xmpp');
const IRC = applicationNumber('irc');
const MSN = applicationNumber('msn-messenger');
const OSCAR = applicationNumber('oscar');
const OICQ = applicationNumber('oicq');
const DISCORD = applicationNumber('discord');
const WHATSAPP = applicationNumber('whatsapp');
const SMPP = applicationNumber('smpp');

const STREAM = ascii('<stream:stream');
const JABBER = ascii('jabber:');
const XML = ascii('<?xml');
const AUTH = ascii('<auth ');
const PLAIN = ascii('plain');

/** RFC 6120 section 4.2. */
function recogniseXmpp(payload: Payload, out: Finding): boolean {
  const at = standsAt(payload, 0, STREAM) || standsAt(payload, 0, XML) ? findBytes(payload, 0, 128, STREAM) : -1;
  return at >= 0 && findBytes(payload, at, at + 256, JABBER) > 0 && foundAndWatch(out, XMPP);
}

/** Section 6.4.2: SASL PLAIN outside of TLS. What is encrypted, or long begun, has no log-in that can be read. */
function watchXmpp(payload: Payload, out: Finding): boolean {
  if (isTlsRecord(payload) || payload.turn >= MOST_LOG_IN_TURNS) return false;
  const at = findBytes(payload, 0, 512, AUTH);
  const isPlain = at >= 0 && findWord(payload, at, at + 256, PLAIN) > 0;
  return isPlain ? foundClearLogin(out, XMPP) : foundAndWatch(out, XMPP);
}

const PASS = ascii('pass ');
const NICK = ascii('nick ');
const USER = ascii('user ');
const CAPABILITIES = ascii('cap ls');
/** What servers say first: notices, and 001, the welcome (RFC 2812 section 5.1). */
const SERVER_WORDS = [' NOTICE ', ' 001 ', ' 020 ', ' CAP '].map(ascii);
const NOTICE = ascii('NOTICE AUTH :');

/** RFC 1459 section 4.1. NICK and USER come together; either alone could be another's, as FTP's USER. */
function recogniseIrc(payload: Payload, out: Finding): boolean {
  const end = lineEnd(payload, 0);
  if (end < 0 || !isText(payload, 0, end)) return false;
  if (byteAt(payload, 0) === 0x3a) return isServerLine(payload, end) && found(out, IRC);
  if (standsAt(payload, 0, NOTICE)) return found(out, IRC);
  const isIrcPort = (payload.dstPort >= 6660 && payload.dstPort <= 6669) || payload.dstPort === 7000;
  if (wordStandsAt(payload, 0, PASS)) {
    const isIrc = isIrcPort || wordStandsAt(payload, end + 1, NICK) || wordStandsAt(payload, end + 1, CAPABILITIES);
    return isIrc && foundClearLogin(out, IRC);
  }
  if (wordStandsAt(payload, 0, CAPABILITIES)) return found(out, IRC);
  return wordStandsAt(payload, 0, NICK) && (isIrcPort || wordStandsAt(payload, end + 1, USER)) && found(out, IRC);
}

function isServerLine(payload: Payload, end: number): boolean {
  let at = 1;
  while (at < end && byteAt(payload, at) !== 0x20) at++;
  return at > 2 && whichStandsAt(payload, at, SERVER_WORDS) >= 0;
}

const MSN_START = ascii('VER ');
const MSN_PROTOCOL = ascii(' MSNP');

function recogniseMsn(payload: Payload, out: Finding): boolean {
  return standsAt(payload, 0, MSN_START) && findBytes(payload, 4, 20, MSN_PROTOCOL) > 0 && found(out, MSN);
}

/** FLAP: a mark, channel, number, length; a connection begins with channel 1 and version 1. */
function recogniseOscar(payload: Payload, out: Finding): boolean {
  if (byteAt(payload, 0) !== 0x2a || byteAt(payload, 1) !== 1) return false;
  return longAt(payload, 6) === 1 && wordAt(payload, 4) + 6 <= payload.length && found(out, OSCAR);
}

/** QQ: begins with 2 and ends with 3; version, command, number, and who it is. */
function recogniseOicq(payload: Payload, out: Finding): boolean {
  if (byteAt(payload, 0) !== 2 || byteAt(payload, payload.length - 1) !== 3 || !atPort(payload, 8000)) return false;
  return payload.length >= 12 && wordAt(payload, 3) < 0x0400 && longAt(payload, 7) >= 10_000 && found(out, OICQ);
}

/** What Discord's media servers answer to a client's sign of life, and the question for one's own address. */
function recogniseDiscord(payload: Payload, out: Finding): boolean {
  if (payload.length === 8) return longAt(payload, 0) === 0x1337cafe && found(out, DISCORD);
  const isQuestion = longAt(payload, 0) === 0x0001_0046 || longAt(payload, 0) === 0x0002_0046;
  return payload.length === 74 && isQuestion && found(out, DISCORD);
}

/** 'WA', the version of the protocol and of its tokens, then a frame with a length of three bytes; maybe behind 'ED' and where it is routed. */
function recogniseWhatsapp(payload: Payload, out: Finding): boolean {
  let at = 0;
  if (wordAt(payload, 0) === 0x4544) at = 7 + threeBytesAt(payload, 4);
  if (wordAt(payload, at) !== 0x5741 || byteAt(payload, at + 2) > 6 || byteAt(payload, at + 2) < 1) return false;
  const frame = threeBytesAt(payload, at + 4);
  return byteAt(payload, at + 3) < 16 && frame > 0 && at + 7 + frame <= payload.length && found(out, WHATSAPP);
}

const ANSWER = 0x8000_0000;

/** SMPP 3.4 section 3.2: length, command, status, number. A bind (receiver, transmitter, both) has system and password as strings. */
function recogniseSmpp(payload: Payload, out: Finding): boolean {
  const command = longAt(payload, 4);
  const isAnswer = command >= ANSWER;
  const kind = isAnswer ? command - ANSWER : command;
  const length = longAt(payload, 0);
  if ((kind !== 1 && kind !== 2 && kind !== 9) || length < 17 || length > payload.length) return false;
  if (longAt(payload, 8) > (isAnswer ? 0x500 : 0) || longAt(payload, 12) < 1 || longAt(payload, 12) > 0x7fff_ffff)
    return false;
  let end = 16;
  while (end < 32 && byteAt(payload, end) > 0x1f) end++;
  if (byteAt(payload, end) !== 0) return false;
  if (isAnswer) return end === length - 1 && found(out, SMPP);
  return byteAt(payload, end + 1) > 0 ? foundClearLogin(out, SMPP) : found(out, SMPP);
}

export const CHAT: Family = {
  tcp: [
    {
      recogniser: recogniseXmpp,
      ports: [5222, 5269],
      first: firstOf('<'),
      forms: [beginsExactly(STREAM, XML)],
      watches: ['xmpp'],
      watcher: watchXmpp,
    },
    {
      recogniser: recogniseIrc,
      ports: [6667],
      first: firstOf(':', 'P', 'N', 'C'),
      forms: [{ shortest: 5, at: { 1: [9, 10, 13, ...range(0x20, 0x7e)] } }],
    },
    { recogniser: recogniseMsn, ports: [1863], first: firstOf('V'), forms: [beginsExactly(MSN_START)] },
    {
      recogniser: recogniseOscar,
      ports: [5190],
      first: [0x2a],
      forms: [{ shortest: 10, at: { 1: [1], ...bytesFrom(6, 0, 0, 0) } }],
    },
    {
      recogniser: recogniseWhatsapp,
      ports: [],
      first: [0x57, 0x45],
      forms: [{ shortest: 8, at: { 1: [0x41, 0x44] } }],
    },
    {
      recogniser: recogniseSmpp,
      ports: [2775],
      first: [0],
      forms: [{ shortest: 16, at: { 4: [0, 0x80], ...bytesFrom(5, 0, 0), 7: [1, 2, 9] } }],
    },
  ],
  udp: [
    { recogniser: recogniseOicq, ports: [8000], first: [] },
    {
      recogniser: recogniseDiscord,
      ports: [],
      first: [0x13, 0],
      forms: [{ shortest: 8, at: { 1: [0x37, 1, 2], 2: [0xca, 0], 3: [0xfe, 0x46] } }],
    },
  ],
};
