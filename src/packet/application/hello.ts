import { applicationNumber } from '../../flow/index.ts';
import type { Finding } from './finding.ts';
import { ascii } from './payload-bytes.ts';
import { writeServerName } from './server-name.ts';

/** How far a hello was read: something of it is not there, all that was wanted was, or the bytes are no hello. */
export const HELLO = { cut: 0, read: 1, none: 2 } as const;

/** What a hello of TLS or DTLS says beside the name of the server. */
export interface Hello {
  /** The highest version that a client offers, or the one that a server chose: as in TLS, with that of DTLS in its own numbers. */
  version: number;
  /** What is to be spoken inside, by ALPN (RFC 7301); 0 not said, or nothing that is told apart. */
  inside: number;
}

export const newHello = (): Hello => ({ version: 0, inside: 0 });

/** RFC 8446 sections 4 and 4.2. */
const CLIENT_HELLO = 1;
const SERVER_HELLO = 2;
const EXTENSION_SERVER_NAME = 0;
const EXTENSION_ALPN = 16;
const EXTENSION_VERSIONS = 43;
const HEADER_BYTES = 4;
const RANDOM_BYTES = 32;

/** https://www.iana.org/assignments/tls-extensiontype-values: protocols of ALPN that are not the web. */
const INSIDE: readonly (readonly [Uint8Array, number])[] = (
  [
    ['imap', 'imaps'],
    ['pop3', 'pop3s'],
    ['smtp', 'smtps'],
    ['managesieve', 'imaps'],
    ['ftp', 'ftps'],
    ['irc', 'ircs'],
    ['dot', 'dot'],
    ['doq', 'dot'],
    ['mqtt', 'mqtts'],
    ['xmpp-client', 'xmpp'],
    ['xmpp-server', 'xmpp'],
    ['stun.turn', 'stun'],
    ['stun.nat-discovery', 'stun'],
    ['postgresql', 'postgresql'],
    ['tds/8.0', 'tds'],
    ['sip/2', 'sip'],
    ['radius/1.0', 'radius'],
    ['radius/1.1', 'radius'],
    ['coap', 'coap'],
    ['apns-security-v2', 'apns'],
    ['apns-security-v3', 'apns'],
    ['apns-pack-v1', 'apns'],
  ] as const
).map(([protocol, application]) => [ascii(protocol), applicationNumber(application)]);

/** RFC 8446 section 4.1.2: a ClientHello from its four bytes of header on. The name goes to `out`. Extensions that came are read, whether the rest came or not. */
export function readClientHello(
  data: DataView,
  start: number,
  length: number,
  out: Finding,
  hello: Hello,
  isDatagram = false,
): number {
  hello.inside = 0;
  hello.version = 0;
  if (length < HEADER_BYTES) return HELLO.cut;
  if (data.getUint8(start) !== CLIENT_HELLO) return HELLO.none;
  const limit = start + length;
  const end = start + HEADER_BYTES + data.getUint16(start + 1) * 256 + data.getUint8(start + 3);
  let at = start + HEADER_BYTES;
  if (at + 2 <= limit) hello.version = data.getUint16(at);
  at = behindByteLength(data, at + 2 + RANDOM_BYTES, limit);
  // RFC 9147 section 5.3: DTLS has a cookie behind the session.
  if (isDatagram) at = behindByteLength(data, at, limit);
  if (at + 2 > limit) return HELLO.cut;
  at = behindByteLength(data, at + 2 + data.getUint16(at), limit);
  if (at > limit) return HELLO.cut;
  if (at >= end) return HELLO.read;
  at += 2;
  while (at < end) {
    if (at + 4 > limit) return HELLO.cut;
    const bytes = data.getUint16(at + 2);
    const type = data.getUint16(at);
    at += 4;
    if (type === EXTENSION_SERVER_NAME || type === EXTENSION_ALPN || type === EXTENSION_VERSIONS) {
      if (at + bytes > limit) return HELLO.cut;
      readExtension(data, type, at, bytes, out, hello);
    }
    at += bytes;
  }
  return HELLO.read;
}

/** Behind a field whose length is its first byte; beyond `limit` where it is not there. */
function behindByteLength(data: DataView, at: number, limit: number): number {
  return at < limit ? at + 1 + data.getUint8(at) : limit + 1;
}

function readExtension(data: DataView, type: number, at: number, bytes: number, out: Finding, hello: Hello): void {
  if (type === EXTENSION_SERVER_NAME) {
    // RFC 6066 section 3: a list of one, of the kind that is a host's.
    if (bytes < 5 || data.getUint8(at + 2) !== 0) return;
    const length = data.getUint16(at + 3);
    if (5 + length <= bytes) writeServerName(data, at + 5, length, out);
  } else if (type === EXTENSION_ALPN) {
    hello.inside = insideOf(data, at + 2, at + bytes);
  } else {
    for (let i = at + 1; i + 2 <= at + bytes; i += 2) offer(hello, data.getUint16(i));
  }
}

/** Numbers of TLS go up, those of DTLS down; clients offer numbers that mean nothing as well (RFC 8701). */
function offer(hello: Hello, version: number): void {
  if (version >= 0x0301 && version <= 0x0304) hello.version = Math.max(hello.version, version);
  else if (version >= 0xfefc && version <= 0xfeff) hello.version = Math.min(hello.version, version);
}

function insideOf(data: DataView, from: number, to: number): number {
  for (let at = from; at < to; at += 1 + data.getUint8(at)) {
    const length = data.getUint8(at);
    if (at + 1 + length > to) return 0;
    for (let i = 0; i < INSIDE.length; i++) if (isText(data, at + 1, length, INSIDE[i]![0])) return INSIDE[i]![1];
  }
  return 0;
}

function isText(data: DataView, at: number, length: number, bytes: Uint8Array): boolean {
  if (length !== bytes.length) return false;
  for (let i = 0; i < length; i++) if (data.getUint8(at + i) !== bytes[i]) return false;
  return true;
}

/** RFC 8446 section 4.1.3: the version that a server chose. */
export function readServerHello(data: DataView, start: number, length: number, hello: Hello): number {
  hello.inside = 0;
  hello.version = 0;
  if (length < HEADER_BYTES + 2) return HELLO.cut;
  if (data.getUint8(start) !== SERVER_HELLO) return HELLO.none;
  const limit = start + length;
  const end = start + HEADER_BYTES + data.getUint16(start + 1) * 256 + data.getUint8(start + 3);
  hello.version = data.getUint16(start + HEADER_BYTES);
  // The suite, the compression, and the length of the extensions.
  let at = behindByteLength(data, start + HEADER_BYTES + 2 + RANDOM_BYTES, limit) + 3 + 2;
  while (at + 4 <= end && at + 4 <= limit) {
    const type = data.getUint16(at);
    const bytes = data.getUint16(at + 2);
    if (type === EXTENSION_VERSIONS && bytes === 2 && at + 6 <= limit) hello.version = data.getUint16(at + 4);
    at += 4 + bytes;
  }
  return HELLO.read;
}

/** RFC 8996: TLS before 1.2, and DTLS 1.0, are not to be used. */
export function isOldVersion(version: number): boolean {
  return (version >= 0x0200 && version < 0x0303) || version === 0x0002 || version === 0xfeff || version === 0x0100;
}
