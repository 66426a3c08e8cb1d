import { applicationNumber } from '../../flow/index.ts';
import { type Finding, found, SECURITY } from './finding.ts';
import { beginsExactly } from './forms.ts';
import type { Payload } from './payload.ts';
import { ascii, byteAt, findWord, isDigit, lineEnd, standsAt, wordStandsAt } from './payload-bytes.ts';
import { decimal, digitsEnd } from './payload-text.ts';
import { type Family, firstOf } from './recogniser.ts';
import { writeServerName } from './server-name.ts';
import { MOST_LOG_IN_TURNS } from './upgrade.ts';

const HTTP = applicationNumber('http');
const PROXY = applicationNumber('http-proxy');
const WEBSOCKET = applicationNumber('websocket');
const WEBDAV = applicationNumber('webdav');
const GRPC = applicationNumber('grpc');

/** RFC 9110 section 9.3 and RFC 5789, then RFC 4918, RFC 3253 and RFC 3744, whose methods only WebDAV has. */
const METHODS = ['GET', 'POST', 'HEAD', 'PUT', 'DELETE', 'OPTIONS', 'TRACE', 'PATCH'].map((m) => ascii(`${m} `));
const DAV_METHODS = [
  'PROPFIND',
  'PROPPATCH',
  'MKCOL',
  'COPY',
  'MOVE',
  'LOCK',
  'UNLOCK',
  'REPORT',
  'VERSION-CONTROL',
  'MKCALENDAR',
  'ACL',
].map((m) => ascii(`${m} `));
const CONNECT = ascii('CONNECT ');
const RESPONSE = ascii('HTTP/1.');
const VERSION = ascii(' http/1.');
const ABSOLUTE = ascii('http://');
/** RFC 9113 section 3.4. */
const PREFACE = ascii('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
const GRPC_TYPE = ascii('application/grpc');
const HOST = ascii('host:');
const UPGRADE = ascii('upgrade:');
const WEBSOCKET_WORD = ascii('websocket');
const AUTHORIZATION = ascii('authorization:');
const PROXY_AUTHORIZATION = ascii('proxy-authorization:');
const BASIC = ascii('basic ');

const MOST_HEADERS = 48;
/** A request line and its fields are read so far: what is longer has cookies or a target that take all of it. */
const MOST_HEAD_BYTES = 4096;
/** Of the status in an answer, behind `HTTP/1.1 `. */
const STATUS_AT = 9;
const SPACE = 0x20;
const COLON = 0x3a;

function recogniseHttp(payload: Payload, out: Finding): boolean {
  if (standsAt(payload, 0, RESPONSE)) return recogniseAnswer(payload, out);
  if (standsAt(payload, 0, PREFACE)) return recogniseHttp2(payload, out);
  for (let i = 0; i < METHODS.length; i++)
    if (standsAt(payload, 0, METHODS[i]!)) return readRequest(payload, out, METHODS[i]!.length, HTTP);
  if (standsAt(payload, 0, CONNECT)) return readConnect(payload, out);
  for (let i = 0; i < DAV_METHODS.length; i++)
    if (standsAt(payload, 0, DAV_METHODS[i]!)) return readRequest(payload, out, DAV_METHODS[i]!.length, WEBDAV);
  return false;
}

/** RFC 9112 section 4. */
function recogniseAnswer(payload: Payload, out: Finding): boolean {
  if (!isDigit(byteAt(payload, STATUS_AT))) return false;
  out.watch = isAnswerBefore(payload);
  return found(out, HTTP);
}

/** RFC 9112 section 3: the request line, then its fields. */
function readRequest(payload: Payload, out: Finding, target: number, application: number): boolean {
  const end = headLineEnd(payload, target);
  if (end < 0) return readLongRequest(payload, out, target, application);
  const versionAt = end - (byteAt(payload, end - 1) === 0x0d ? 10 : 9);
  // SIP, RTSP and others have requests of the same form.
  if (!wordStandsAt(payload, versionAt, VERSION)) return false;
  if (wordStandsAt(payload, target, ABSOLUTE)) {
    const from = target + ABSOLUTE.length;
    writeHost(payload, from, hostEnd(payload, from, versionAt), out);
    return conclude(out, PROXY, readFields(payload, end + 1, out, true));
  }
  const fields = readFields(payload, end + 1, out, false);
  return conclude(out, fields === FIELDS.upgrade ? WEBSOCKET : application, fields);
}

/** A target longer than what is kept, or not wholly here. */
function readLongRequest(payload: Payload, out: Finding, target: number, application: number): boolean {
  const first = byteAt(payload, target);
  if (first !== 0x2f && !wordStandsAt(payload, target, ABSOLUTE)) return false;
  if (payload.length >= MOST_HEAD_BYTES) return conclude(out, application, FIELDS.whole);
  if (payload.length > 1000) return conclude(out, application, FIELDS.cut);
  out.more = true;
  return false;
}

/** RFC 9110 section 9.3.6. */
function readConnect(payload: Payload, out: Finding): boolean {
  const end = lineEnd(payload, CONNECT.length);
  if (end < 0 || findWord(payload, CONNECT.length, end, VERSION) < 0) return false;
  writeHost(payload, CONNECT.length, hostEnd(payload, CONNECT.length, end), out);
  return conclude(out, PROXY, readFields(payload, end + 1, out, true));
}

/** What came of the fields of a request. */
const FIELDS = { whole: 0, upgrade: 1, cut: 2 } as const;

/** Where they were cut, the name, the log-in or the upgrade may be in the segments that follow. The answer says whether a log-in is asked for. */
function conclude(out: Finding, application: number, fields: number): boolean {
  found(out, application);
  out.more = fields === FIELDS.cut;
  out.watch = out.more || out.security !== SECURITY.clearLogin;
  return true;
}

/**
 * Behind a request: what is missing of a head that was cut, given together with its beginning, and the answer. Clients wait until they are asked for a password (RFC 9110
 * section 11.6): where it is asked for, and until the answer is there, requests are looked at; behind any other answer nothing is.
 */
function watchHttp(payload: Payload, out: Finding): boolean {
  const mayGoOn = payload.turn < MOST_LOG_IN_TURNS;
  if (standsAt(payload, 0, RESPONSE)) {
    out.watch = mayGoOn && isAnswerBefore(payload);
    return false;
  }
  const isRequest = recogniseHttp(payload, out);
  // One request of a conversation may have a method that only WebDAV has: the others do not take that name away.
  if (isRequest && payload.application !== HTTP) out.application = payload.application;
  out.watch = out.more || (mayGoOn && out.security !== SECURITY.clearLogin);
  return isRequest;
}

/** Status behind which the request comes again, with a password (401, 407), or the answer is still to come (1xx, save the one that ends HTTP). */
function isAnswerBefore(payload: Payload): boolean {
  const status = decimal(payload, STATUS_AT, digitsEnd(payload, STATUS_AT));
  return status === 401 || status === 407 || (status >= 100 && status < 200 && status !== 101);
}

/** Where a line of the head ends; -1 where that has not come, or stands too far behind. */
function headLineEnd(payload: Payload, at: number): number {
  const end = Math.min(payload.length, MOST_HEAD_BYTES);
  for (let i = at; i < end; i++) if (byteAt(payload, i) === 0x0a) return i;
  return -1;
}

/** Fields of a request: the name of the host, log-ins in clear text, and whether it asks to go on as a WebSocket (RFC 6455 section 4.1). A code of FIELDS. */
function readFields(payload: Payload, from: number, out: Finding, hasName: boolean): number {
  let upgraded = false;
  for (let at = from, i = 0; i < MOST_HEADERS; i++) {
    const end = headLineEnd(payload, at);
    if (end < 0 && payload.length < MOST_HEAD_BYTES) return upgraded ? FIELDS.upgrade : FIELDS.cut;
    if (end < 0 || end - at < 2) break;
    if (!hasName && wordStandsAt(payload, at, HOST)) {
      const begin = at + HOST.length + (byteAt(payload, at + HOST.length) === SPACE ? 1 : 0);
      writeHost(payload, begin, hostEnd(payload, begin, end), out);
    } else if (wordStandsAt(payload, at, UPGRADE)) {
      upgraded = findWord(payload, at, end, WEBSOCKET_WORD) >= 0;
    } else if (hasPassword(payload, at)) {
      out.security = SECURITY.clearLogin;
    }
    at = end + 1;
  }
  return upgraded ? FIELDS.upgrade : FIELDS.whole;
}

/** RFC 7617: name and password in Base64. */
function hasPassword(payload: Payload, at: number): boolean {
  const value = wordStandsAt(payload, at, AUTHORIZATION)
    ? at + AUTHORIZATION.length
    : wordStandsAt(payload, at, PROXY_AUTHORIZATION)
      ? at + PROXY_AUTHORIZATION.length
      : -1;
  return value > 0 && wordStandsAt(payload, value + (byteAt(payload, value) === SPACE ? 1 : 0), BASIC);
}

function writeHost(payload: Payload, from: number, to: number, out: Finding): void {
  if (to > from) writeServerName(payload.data, payload.at + from, to - from, out);
}

/** Where a host ends: before its port, the path or the end of the line. */
function hostEnd(payload: Payload, from: number, to: number): number {
  for (let at = from; at < to; at++) {
    const byte = byteAt(payload, at);
    if (byte < SPACE || byte === COLON || byte === 0x2f) return at;
  }
  return to;
}

/** Fields are compressed (RFC 7541), but the type of gRPC is often sent as it is. */
function recogniseHttp2(payload: Payload, out: Finding): boolean {
  return found(out, findWord(payload, PREFACE.length, 1024, GRPC_TYPE) < 0 ? HTTP : GRPC);
}

/** HTTP/1 (RFC 9112) and HTTP/2 without TLS (RFC 9113), and what goes over them. */
export const WEB: Family = {
  tcp: [
    {
      recogniser: recogniseHttp,
      ports: [80, 8080, 8000, 8008, 8888, 3128],
      first: firstOf(
        'get',
        'post',
        'head',
        'delete',
        'options',
        'trace',
        'connect',
        'lock',
        'unlock',
        'mkcol',
        'report',
        'version',
        'acl',
      ),
      forms: [beginsExactly(RESPONSE, PREFACE, CONNECT, ...METHODS, ...DAV_METHODS)],
      watches: ['http', 'http-proxy', 'webdav', 'websocket'],
      watcher: watchHttp,
    },
  ],
};
