import { applicationNumber } from '../../flow/index.ts';
import { type Finding, found } from './finding.ts';
import { codesOf } from './forms.ts';
import type { Payload } from './payload.ts';
import { ascii, byteAt, findWord, isDigit, isPrintable, lineEnd, wordAt } from './payload-bytes.ts';
import { digitsEnd } from './payload-text.ts';
import type { Family } from './recogniser.ts';

const FINGER = applicationNumber('finger');
const WHOIS = applicationNumber('whois');
const IDENT = applicationNumber('ident');
const GOPHER = applicationNumber('gopher');
const NAT_PMP = applicationNumber('nat-pmp');
const IPERF = applicationNumber('iperf');

const LONGEST_QUESTION = 256;

/** Whether a client sends one line of text and nothing else. */
function isQuestion(payload: Payload, port: number): boolean {
  if (payload.dstPort !== port || payload.length > LONGEST_QUESTION) return false;
  const end = payload.length - 2;
  return end >= 0 && wordAt(payload, end) === 0x0d0a && isPrintable(payload, 0, end);
}

/** RFC 1288 section 2.3. */
function recogniseFinger(payload: Payload, out: Finding): boolean {
  return isQuestion(payload, 79) && found(out, FINGER);
}

/** RFC 3912. */
function recogniseWhois(payload: Payload, out: Finding): boolean {
  return isQuestion(payload, 43) && payload.length > 3 && found(out, WHOIS);
}

/** RFC 1436 section 2. */
function recogniseGopher(payload: Payload, out: Finding): boolean {
  return isQuestion(payload, 70) && found(out, GOPHER);
}

const USER_ID = ascii('userid');
const ERROR = ascii('error');

/** RFC 1413 sections 4 and 6: two ports, with a comma between; the answer repeats them. */
function recogniseIdent(payload: Payload, out: Finding): boolean {
  if (payload.dstPort !== 113 && payload.srcPort !== 113) return false;
  const comma = skipSpaces(payload, digitsEnd(payload, skipSpaces(payload, 0)));
  const second = skipSpaces(payload, comma + 1);
  if (byteAt(payload, comma) !== 0x2c || !isDigit(byteAt(payload, second))) return false;
  const end = lineEnd(payload, second);
  if (payload.dstPort === 113) return end > 0 && found(out, IDENT);
  return (
    (findWord(payload, second, end, USER_ID) > 0 || findWord(payload, second, end, ERROR) > 0) && found(out, IDENT)
  );
}

function skipSpaces(payload: Payload, from: number): number {
  let at = from;
  while (at < LONGEST_QUESTION && byteAt(payload, at) === 0x20) at++;
  return at;
}

/** RFC 6886 section 3 (version 0), RFC 6887 section 7 (version 2). */
function recogniseNatPmp(payload: Payload, out: Finding): boolean {
  const version = byteAt(payload, 0);
  const operation = byteAt(payload, 1) & 0x7f;
  const { length } = payload;
  if (payload.dstPort !== 5351 && payload.srcPort !== 5351) return false;
  if (version === 2) return operation <= 3 && length >= 24 && length % 4 === 0 && found(out, NAT_PMP);
  const isSize = length === 2 || length === 8 || length === 12 || length === 16;
  return version === 0 && operation <= 2 && isSize && found(out, NAT_PMP);
}

const COOKIE = 37;

/** iperf3: who connects sends a cookie, 36 digits of base 32 and a zero. */
function recogniseIperf(payload: Payload, out: Finding): boolean {
  if (payload.length !== COOKIE || byteAt(payload, COOKIE - 1) !== 0) return false;
  for (let at = 0; at < COOKIE - 1; at++) {
    const byte = byteAt(payload, at);
    if (!(byte >= 0x61 && byte <= 0x7a) && !(byte >= 0x32 && byte <= 0x37)) return false;
  }
  return found(out, IPERF);
}

const BASE_32 = codesOf('abcdefghijklmnopqrstuvwxyz234567');

export const SMALL_SERVICES: Family = {
  tcp: [
    { recogniser: recogniseFinger, ports: [79], first: [] },
    { recogniser: recogniseWhois, ports: [43], first: [] },
    { recogniser: recogniseIdent, ports: [113], first: [] },
    { recogniser: recogniseGopher, ports: [70], first: [] },
    {
      recogniser: recogniseIperf,
      ports: [5201],
      forms: [{ shortest: COOKIE, at: { 0: BASE_32, 1: BASE_32, 2: BASE_32, 3: BASE_32 } }],
    },
  ],
  udp: [{ recogniser: recogniseNatPmp, ports: [5351], first: [] }],
};
