import { applicationNumber } from '../../flow/index.ts';
import { announce, announceAt, foundAndWatch, wantsMore } from './conclude.ts';
import { type Finding, found } from './finding.ts';
import { beginsExactly, bytesFrom, bytesWhere, type Form, range } from './forms.ts';
import { atPort, type Payload } from './payload.ts';
import { ascii, byteAt, findWord, isDigit, lineEnd, longAt, standsAt, wordAt } from './payload-bytes.ts';
import { decimal, digitsEnd } from './payload-text.ts';
import { type Family, firstOf } from './recogniser.ts';

const RTP = applicationNumber('rtp');
const RTCP = applicationNumber('rtcp');
const STUN = applicationNumber('stun');
const DTLS = applicationNumber('dtls');
const RTSP = applicationNumber('rtsp');
const RTMP = applicationNumber('rtmp');
const SRT = applicationNumber('srt');
const MPEG_TS = applicationNumber('mpeg-ts');

const RTP_HEADER = 12;
/** Joined datagrams are looked through so far. */
const MOST_SEARCHED = 3000;
const MOST_TURNS = 3;

/**
 * RFC 3550 section 5.1. One packet proves nothing: the next of the same side, joined behind it, must have the same source, and a sequence
 * number that is at most a few higher.
 */
function recogniseRtp(payload: Payload, out: Finding): boolean {
  const first = byteAt(payload, 0);
  if (payload.length < RTP_HEADER || (first & 0xef) !== 0x80 || !isRtpType(byteAt(payload, 1) & 0x7f)) return false;
  const source = longAt(payload, 8);
  if (source === 0 || payload.srcPort < 1024 || payload.dstPort < 1024) return false;
  const end = Math.min(payload.length - RTP_HEADER, MOST_SEARCHED);
  for (let at = RTP_HEADER; at <= end; at++)
    if (longAt(payload, at + 8) === source && followsRtp(payload, at)) return found(out, RTP);
  return payload.turn < MOST_TURNS ? wantsMore(out) : false;
}

function followsRtp(payload: Payload, at: number): boolean {
  const steps = (wordAt(payload, at + 2) - wordAt(payload, 2)) & 0xffff;
  // The type may change: tones and comfort noise have their own.
  return (byteAt(payload, at) & 0xef) === 0x80 && isRtpType(byteAt(payload, at + 1) & 0x7f) && steps > 0 && steps < 16;
}

/** RFC 3551 section 6: types that are assigned, and those for dynamic use; 72 to 76 would be RTCP. */
function isRtpType(type: number): boolean {
  return type <= 18 || (type >= 25 && type <= 34) || type >= 96;
}

/** RFC 3550 section 6.4: a report first, then whole packets up to the end of the datagram. */
function recogniseRtcp(payload: Payload, out: Finding): boolean {
  const type = byteAt(payload, 1);
  const reports = byteAt(payload, 0) & 0x1f;
  if ((type !== 200 && type !== 201) || byteAt(payload, 0) >> 5 !== 4 || longAt(payload, 4) === 0) return false;
  if ((wordAt(payload, 2) + 1) * 4 < (type === 200 ? 28 : 8) + reports * 24) return false;
  let at = 0;
  for (let n = 0; n < 16 && at < payload.length; n++) {
    const next = byteAt(payload, at + 1);
    if (byteAt(payload, at) >> 6 !== 2 || next < 192 || next > 213) return false;
    at += (wordAt(payload, at + 2) + 1) * 4;
  }
  return at === payload.length && found(out, RTCP);
}

const MAGIC_COOKIE = 0x2112a442;

/** RFC 8489 section 5. */
function recogniseStun(payload: Payload, out: Finding): boolean {
  return isStun(payload, 0) && foundAndWatch(out, STUN);
}

/** RFC 7983: on the same ports DTLS follows, in which keys of media are agreed: its handshakes begin with 22, 254. */
function watchStun(payload: Payload, out: Finding): boolean {
  const isHandshake = wordAt(payload, 0) === 0x16fe && byteAt(payload, 2) >= 0xfd;
  return isHandshake ? found(out, DTLS) : foundAndWatch(out, STUN);
}

/** RFC 4571 puts a length before each message on TCP where media come as well. */
function recogniseStunStream(payload: Payload, out: Finding): boolean {
  return (isStun(payload, 0) || (wordAt(payload, 0) >= 20 && isStun(payload, 2))) && found(out, STUN);
}

function isStun(payload: Payload, at: number): boolean {
  const type = wordAt(payload, at);
  const length = wordAt(payload, at + 2);
  if (type < 1 || type > 0x3fff || (length & 3) !== 0 || at + 20 + length > payload.length) return false;
  if (longAt(payload, at + 4) === MAGIC_COOKIE) return true;
  return isClassicStun(payload, at, type, length);
}

/** RFC 3489 section 11.1 has no cookie: its types, and attributes that fill the message. */
function isClassicStun(payload: Payload, from: number, type: number, length: number): boolean {
  const isType = type === 0x0001 || type === 0x0101 || type === 0x0111 || type === 0x0002 || type === 0x0102;
  if (!isType || from + 20 + length !== payload.length) return false;
  let at = from + 20;
  for (let n = 0; n < 16 && at < payload.length; n++) {
    const attribute = wordAt(payload, at);
    if ((attribute > 0x0030 && attribute < 0x8000) || attribute === 0) return false;
    at += 4 + ((wordAt(payload, at + 2) + 3) & ~3);
  }
  return at === payload.length && (length > 0 || atPort(payload, 3478));
}

const RTSP_METHODS = [
  ...['OPTIONS', 'DESCRIBE', 'ANNOUNCE', 'SETUP', 'PLAY', 'PAUSE', 'TEARDOWN', 'GET_PARAMETER', 'SET_PARAMETER'],
  ...['RECORD', 'REDIRECT'],
].map((method) => ascii(`${method} `));
const RTSP_VERSION = ascii('RTSP/1.0');
const RTSP_VERSION_2 = ascii('RTSP/2.0');
const CLIENT_PORT = ascii('client_port=');
const SERVER_PORT = ascii('server_port=');
const UDP = 17;

/** RFC 2326 sections 6 and 7, RFC 7826 section 5. */
function recogniseRtsp(payload: Payload, out: Finding): boolean {
  const isAnswer = isRtspVersion(payload, 0) && isDigit(byteAt(payload, 9));
  if (!isAnswer && !isRtspRequest(payload)) return false;
  const field = findWord(payload, 8, payload.length, isAnswer ? SERVER_PORT : CLIENT_PORT);
  if (field > 0) announcePorts(payload, field + CLIENT_PORT.length, out);
  return foundAndWatch(out, RTSP);
}

function isRtspRequest(payload: Payload): boolean {
  let isMethod = false;
  for (let i = 0; i < RTSP_METHODS.length && !isMethod; i++) isMethod = standsAt(payload, 0, RTSP_METHODS[i]!);
  if (!isMethod) return false;
  let end = lineEnd(payload, 0);
  if (byteAt(payload, end - 1) === 13) end--;
  return isRtspVersion(payload, end - RTSP_VERSION.length);
}

function isRtspVersion(payload: Payload, at: number): boolean {
  return standsAt(payload, at, RTSP_VERSION) || standsAt(payload, at, RTSP_VERSION_2);
}

/** RFC 2326 section 12.39: the ports of RTP and RTCP of who says it. */
function announcePorts(payload: Payload, at: number, out: Finding): void {
  const end = digitsEnd(payload, at);
  const port = decimal(payload, at, end);
  announceAt(announce(out, UDP, port, RTP), payload.srcAddr);
  if (byteAt(payload, end) !== 0x2d) return;
  announceAt(announce(out, UDP, decimal(payload, end + 1, digitsEnd(payload, end + 1)), RTCP), payload.srcAddr);
}

/** RTMP 1.0 section 5.2: version 3, then 1536 bytes, of which four are zero; the server sends both its parts at once. */
function recogniseRtmp(payload: Payload, out: Finding): boolean {
  if (byteAt(payload, 0) !== 3) return false;
  if (atPort(payload, 1935)) return payload.length >= 9 && isRtmpVersion(payload) && found(out, RTMP);
  return longAt(payload, 5) === 0 && payload.length === 1537 && found(out, RTMP);
}

/** Behind the time stand zeros; Flash puts its version there, from 9 on, and servers with a digest theirs, of at most 5. */
function isRtmpVersion(payload: Payload): boolean {
  const major = byteAt(payload, 5);
  return longAt(payload, 5) === 0 || ((major & 0x7f) <= 32 && byteAt(payload, 6) <= 5);
}

/** draft-sharabayko-srt section 3.2.1: a handshake, of version 4 or 5, no larger than frames are. */
function recogniseSrt(payload: Payload, out: Finding): boolean {
  if (longAt(payload, 0) !== 0x8000_0000 || longAt(payload, 4) !== 0 || payload.length < 64) return false;
  const version = longAt(payload, 16);
  const type = longAt(payload, 36);
  const isType = type === 1 || type >= 0xffff_fffd;
  return (version === 4 || version === 5) && longAt(payload, 28) <= 1500 && isType && found(out, SRT);
}

const TS_PACKET = 188;

/** ISO 13818-1: packets of 188 bytes, each with its sync byte. Seven fit into a frame. */
function recogniseMpegTs(payload: Payload, out: Finding): boolean {
  if (payload.length < 2 * TS_PACKET || payload.length % TS_PACKET !== 0) return false;
  for (let at = 0; at < payload.length; at += TS_PACKET)
    if (byteAt(payload, at) !== 0x47 || byteAt(payload, at + 1) > 0x7f) return false;
  return found(out, MPEG_TS);
}

/** Lengths are multiples of four; a cookie behind them, or one of the old types before. */
const FOURFOLD = bytesWhere((byte) => (byte & 3) === 0);
const STUN_FORMS: readonly Form[] = [
  { shortest: 20, at: { 3: FOURFOLD, ...bytesFrom(4, 0x21, 0x12) } },
  { shortest: 20, at: { 0: [0, 1], 1: [0x01, 0x02, 0x11], 3: FOURFOLD } },
];
const RTSP_FIRST = firstOf('O', 'D', 'A', 'S', 'P', 'T', 'G', 'R');

export const MEDIA: Family = {
  tcp: [
    {
      recogniser: recogniseRtsp,
      ports: [554, 8554],
      first: RTSP_FIRST,
      forms: [beginsExactly(RTSP_VERSION, RTSP_VERSION_2, ...RTSP_METHODS)],
      watches: ['rtsp'],
      watcher: recogniseRtsp,
    },
    { recogniser: recogniseStunStream, ports: [3478, 443], first: [0, 1], forms: [{ shortest: 20 }] },
    { recogniser: recogniseRtmp, ports: [1935], first: [3], forms: [{ shortest: 1537, at: bytesFrom(5, 0, 0, 0, 0) }] },
  ],
  udp: [
    {
      recogniser: recogniseStun,
      ports: [3478],
      first: range(0, 63),
      forms: STUN_FORMS,
      watches: ['stun'],
      watcher: watchStun,
    },
    { recogniser: recogniseRtcp, ports: [], first: range(0x80, 0x9f), forms: [{ shortest: 8, at: { 1: [200, 201] } }] },
    {
      recogniser: recogniseSrt,
      ports: [],
      first: [0x80],
      forms: [{ shortest: 64, at: bytesFrom(1, 0, 0, 0, 0, 0, 0, 0) }],
    },
    {
      recogniser: recogniseMpegTs,
      ports: [],
      first: [0x47],
      forms: [{ shortest: 2 * TS_PACKET, at: { 1: range(0, 0x7f) } }],
    },
    {
      recogniser: recogniseRtp,
      ports: [],
      first: [0x80, 0x90],
      forms: [{ shortest: RTP_HEADER, at: { 1: bytesWhere((byte) => isRtpType(byte & 0x7f)) } }],
    },
  ],
};
