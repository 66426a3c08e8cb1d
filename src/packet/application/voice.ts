import { applicationNumber } from '../../flow/index.ts';
import { foundAndWatch } from './conclude.ts';
import { type Finding, found } from './finding.ts';
import { beginsExactly, range } from './forms.ts';
import { atPort, type Payload } from './payload.ts';
import {
  ascii,
  byteAt,
  findWord,
  isDigit,
  lineEnd,
  littleLongAt,
  longAt,
  standsAt,
  threeBytesAt,
  wordAt,
} from './payload-bytes.ts';
import { digitsEnd, findBytes, whichStandsAt } from './payload-text.ts';
import { type Family, firstOf, type Recognition } from './recogniser.ts';
import { announceMedia } from './sdp.ts';

const SIP = applicationNumber('sip');
const MGCP = applicationNumber('mgcp');
const MEGACO = applicationNumber('megaco');
const H323 = applicationNumber('h323');
const SCCP = applicationNumber('sccp');
const IAX2 = applicationNumber('iax2');
const MUMBLE = applicationNumber('mumble');

const SIP_METHODS = [
  ...['INVITE', 'ACK', 'BYE', 'CANCEL', 'REGISTER', 'OPTIONS', 'SUBSCRIBE', 'NOTIFY', 'REFER'],
  ...['MESSAGE', 'INFO', 'PRACK', 'UPDATE', 'PUBLISH'],
].map((method) => ascii(`${method} `));
const SIP_ANSWER = ascii('SIP/2.0 ');
const SIP_VERSION = ascii(' SIP/2.0');

/** RFC 3261 section 7. */
function recogniseSip(payload: Payload, out: Finding): boolean {
  const isAnswer = standsAt(payload, 0, SIP_ANSWER) && isDigit(byteAt(payload, 8));
  if (!isAnswer) {
    if (whichStandsAt(payload, 0, SIP_METHODS) < 0) return false;
    const end = lineEnd(payload, 0);
    if (findBytes(payload, 4, end < 0 ? payload.length : end, SIP_VERSION) < 0) return false;
  }
  announceMedia(payload, 8, out);
  return foundAndWatch(out, SIP);
}

const MGCP_VERBS = ['AUEP', 'AUCX', 'CRCX', 'DLCX', 'EPCF', 'MDCX', 'NTFY', 'RQNT', 'RSIP'].map((v) => ascii(`${v} `));
const LONGEST_MGCP_LINE = 300;
const MGCP_VERSION = ascii(' mgcp ');

/** RFC 3435 section 3. */
function recogniseMgcp(payload: Payload, out: Finding): boolean {
  if (whichStandsAt(payload, 0, MGCP_VERBS) < 0) {
    if (!atPort(payload, 2427) && !atPort(payload, 2727)) return false;
    const code = digitsEnd(payload, 0);
    if (code !== 3 || byteAt(payload, 3) !== 0x20 || digitsEnd(payload, 4) === 4) return false;
  } else {
    // Lines may end in CR alone.
    if (findWord(payload, 5, LONGEST_MGCP_LINE, MGCP_VERSION) < 0) return false;
  }
  announceMedia(payload, 4, out);
  return foundAndWatch(out, MGCP);
}

const MEGACO_STARTS = ['MEGACO/', '!/'].map(ascii);

/** RFC 3525 annex B.2, text form: the version, then who sends it, an address in brackets or a name in angles. */
function recogniseMegaco(payload: Payload, out: Finding): boolean {
  const which = whichStandsAt(payload, 0, MEGACO_STARTS);
  if (which < 0) return false;
  const at = MEGACO_STARTS[which]!.length;
  const end = digitsEnd(payload, at);
  const next = byteAt(payload, end + 1);
  const isSender = next === 0x5b || next === 0x3c || (next >= 0x61 && next <= 0x7a);
  return end > at && byteAt(payload, end) === 0x20 && isSender && found(out, MEGACO);
}

const Q931_MESSAGES = [0x01, 0x02, 0x03, 0x05, 0x07, 0x5a, 0x62];

/** H.225.0 call signalling: TPKT (RFC 1006), Q.931, and in it the information of users (0x7e, then 0x05). */
function recogniseH323(payload: Payload, out: Finding): boolean {
  if (wordAt(payload, 0) !== 0x0300 || wordAt(payload, 2) > payload.length || byteAt(payload, 4) !== 8) return false;
  if (byteAt(payload, 5) !== 2 || !Q931_MESSAGES.includes(byteAt(payload, 8))) return false;
  for (let at = 9; at < payload.length && at < 200; at++) {
    // Information elements: those with the high bit are one byte long.
    const element = byteAt(payload, at);
    if (element === 0x7e) return byteAt(payload, at + 3) === 5 && found(out, H323);
    if (element < 0x80) at += 1 + byteAt(payload, at + 1);
  }
  return false;
}

/** H.225.0 RAS carries the number of its version as an object identifier, 0.0.8.2250.0. */
const RAS_VERSION = Uint8Array.of(0x06, 0x00, 0x08, 0x91, 0x4a, 0x00);

function recogniseRas(payload: Payload, out: Finding): boolean {
  return findBytes(payload, 1, 24, RAS_VERSION) > 0 && found(out, H323);
}

/** Skinny: length, version of the header, number of the message, least significant byte first. */
function recogniseSccp(payload: Payload, out: Finding): boolean {
  const length = littleLongAt(payload, 0);
  const version = littleLongAt(payload, 4);
  const message = littleLongAt(payload, 8);
  if (length < 4 || length > 2000 || length + 8 > payload.length || message < 0 || message > 0x165) return false;
  if (version !== 0 && (version < 0x0a || version > 0x16)) return false;
  return atPort(payload, 2000) && found(out, SCCP);
}

/** RFC 5456 section 8.1.1: a full frame of IAX control; elsewhere than at the port only NEW with its version counts. */
function recogniseIax2(payload: Payload, out: Finding): boolean {
  const subclass = byteAt(payload, 11);
  if (wordAt(payload, 0) < 0x8001 || byteAt(payload, 10) !== 6 || subclass < 1 || subclass > 0x28) return false;
  if (!atPort(payload, 4569)) {
    const isNew = subclass === 1 && wordAt(payload, 2) === 0 && wordAt(payload, 8) === 0;
    if (!isNew || longAt(payload, 12) !== 0x0b02_0002) return false;
  }
  let at = 12;
  for (let n = 0; n < 32 && at < payload.length; n++) at += 2 + byteAt(payload, at + 1);
  return at === payload.length && found(out, IAX2);
}

/** Mumble's ping over UDP: four zeros and a number; the answer has the server's version instead of the zeros. */
function recogniseMumble(payload: Payload, out: Finding): boolean {
  if (!atPort(payload, 64_738)) return false;
  const isPing = payload.length === 12 && longAt(payload, 0) === 0;
  const isAnswer = payload.length === 24 && byteAt(payload, 0) === 0 && threeBytesAt(payload, 1) < 0x02_0000;
  return (isPing || isAnswer) && found(out, MUMBLE);
}

const SIP_ENTRY: Recognition = {
  recogniser: recogniseSip,
  ports: [5060],
  first: [...new Set([0x53, ...SIP_METHODS.map((method) => method[0]!)])],
  forms: [beginsExactly(SIP_ANSWER, ...SIP_METHODS)],
  watches: ['sip'],
  watcher: recogniseSip,
};

export const VOICE: Family = {
  tcp: [
    SIP_ENTRY,
    { recogniser: recogniseH323, ports: [1720], first: [3], forms: [{ shortest: 9, at: { 1: [0], 4: [8], 5: [2] } }] },
    { recogniser: recogniseMegaco, ports: [2944], first: firstOf('M', '!'), forms: [beginsExactly(...MEGACO_STARTS)] },
    { recogniser: recogniseSccp, ports: [2000], first: [] },
  ],
  udp: [
    SIP_ENTRY,
    {
      recogniser: recogniseMgcp,
      ports: [2427, 2727],
      first: firstOf('A', 'C', 'D', 'E', 'M', 'N', 'R'),
      forms: [beginsExactly(...MGCP_VERBS)],
      watches: ['mgcp'],
      watcher: recogniseMgcp,
    },
    { recogniser: recogniseMegaco, ports: [2944], first: firstOf('M', '!'), forms: [beginsExactly(...MEGACO_STARTS)] },
    { recogniser: recogniseRas, ports: [1719], first: [] },
    {
      recogniser: recogniseIax2,
      ports: [4569],
      forms: [{ shortest: 16, at: { 0: range(0x80, 0xff), 2: [0], 3: [0], 10: [6], 11: [1] } }],
    },
    { recogniser: recogniseMumble, ports: [64_738], first: [] },
  ],
};
