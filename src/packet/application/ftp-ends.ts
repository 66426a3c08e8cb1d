import { applicationNumber } from '../../flow/index.ts';
import { announce, announceAt } from './conclude.ts';
import type { Finding } from './finding.ts';
import type { Payload } from './payload.ts';
import { byteAt, isDigit, lineEnd } from './payload-bytes.ts';

const FTP_DATA = applicationNumber('ftp-data');
const TCP_NUMBER = 6;
/** RFC 959 section 3.2: from there servers connect to clients that wait. */
const DATA_PORT = 20;
const OPEN = 0x28;
const BAR = 0x7c;
const COMMA = 0x2c;
const DOT = 0x2e;
/** Of a network in RFC 2428 section 2. */
const IPV4 = 0x31;
const IPV6 = 0x32;

/** RFC 959 section 4.1.2: h1,h2,h3,h4,p1,p2; the port, 0 where they do not stand at `from`. */
export function portOfNumbers(payload: Payload, from: number): number {
  let at = from;
  let port = 0;
  for (let i = 0; i < 6; i++) {
    const end = readNumber(payload, at, 255);
    if (end < 0 || (i < 5 && byteAt(payload, end) !== COMMA)) return 0;
    port = (port * 256 + value) & 0xffff;
    at = end + 1;
  }
  return port;
}

/** RFC 959 section 4.2 does not say where in the reply 227 the numbers stand; most servers put them into brackets. */
export function portOfPassive(payload: Payload): number {
  const end = lineEnd(payload, 0);
  let at = 4;
  while (at < end && !isDigit(byteAt(payload, at))) at += 1;
  return portOfNumbers(payload, at);
}

/** RFC 2428 section 3: (|||port|) in the reply 229. */
export function portOfExtendedPassive(payload: Payload): number {
  const end = lineEnd(payload, 0);
  let at = 4;
  while (at < end && byteAt(payload, at) !== OPEN) at += 1;
  if (byteAt(payload, at + 1) !== BAR || byteAt(payload, at + 3) !== BAR) return 0;
  const behind = readNumber(payload, at + 4, 65_535);
  return behind > 0 && byteAt(payload, behind) === BAR ? value : 0;
}

/** RFC 2428 section 2: 1|address|port| or 2|address|port|, from behind the first bar. */
export function portOfExtendedPort(payload: Payload, from: number): number {
  const network = byteAt(payload, from);
  if ((network !== IPV4 && network !== IPV6) || byteAt(payload, from + 1) !== BAR) return 0;
  const end = lineEnd(payload, 0);
  let at = from + 2;
  while (at < end && isOfAddress(byteAt(payload, at))) at += 1;
  if (at === from + 2 || byteAt(payload, at) !== BAR) return 0;
  const behind = readNumber(payload, at + 1, 65_535);
  return behind > 0 && byteAt(payload, behind) === BAR ? value : 0;
}

/**
 * Data will go to this port of who says so: behind a translator of addresses a host does not know its own, and the flows of another host are not named. Services
 * with ports of their own are no ends of data.
 */
export function announceData(payload: Payload, out: Finding, port: number): void {
  if (port < 1024 && port !== DATA_PORT) return;
  announceAt(announce(out, TCP_NUMBER, port, FTP_DATA), payload.srcAddr);
}

/** Digits of both bases, dots and colons. */
function isOfAddress(byte: number): boolean {
  const small = byte | 0x20;
  return isDigit(byte) || byte === DOT || byte === 0x3a || (small >= 0x61 && small <= 0x66);
}

let value = 0;

/** Reads a number into `value`; where it ends, -1 where none is there. */
function readNumber(payload: Payload, from: number, most: number): number {
  let at = from;
  value = 0;
  for (; at < from + 5 && isDigit(byteAt(payload, at)); at++) value = value * 10 + byteAt(payload, at) - 0x30;
  return at > from && value <= most ? at : -1;
}
