import { applicationNumber } from '../../flow/index.ts';
import { behindLength, lengthAt } from './asn1.ts';
import { type Finding, found } from './finding.ts';
import { bytesFrom, codesOf, type Form } from './forms.ts';
import { atPort, type Payload } from './payload.ts';
import { byteAt, isDigit, isPrintable, longAt, wordAt } from './payload-bytes.ts';
import type { Family } from './recogniser.ts';

const SNMP = applicationNumber('snmp');
const SYSLOG = applicationNumber('syslog');
const NETFLOW = applicationNumber('netflow');
const SFLOW = applicationNumber('sflow');
const BGP = applicationNumber('bgp');

const SEQUENCE = 0x30;
const INTEGER = 0x02;
const TEXT = 0x04;

/** RFC 1157 section 4, RFC 3416 and RFC 3412 section 6: a version, then the community with one of the operations, or the header of version 3. */
function recogniseSnmp(payload: Payload, out: Finding): boolean {
  if (byteAt(payload, 0) !== SEQUENCE || lengthAt(payload, 1) < 10) return false;
  const at = behindLength(payload, 1);
  if (byteAt(payload, at) !== INTEGER || byteAt(payload, at + 1) !== 1) return false;
  const version = byteAt(payload, at + 2);
  if (version === 3) return byteAt(payload, at + 3) === SEQUENCE && found(out, SNMP);
  if (version > 1 || byteAt(payload, at + 3) !== TEXT) return false;
  const community = lengthAt(payload, at + 4);
  const operation = byteAt(payload, behindLength(payload, at + 4) + community);
  return community >= 0 && operation >= 0xa0 && operation <= 0xa8 && found(out, SNMP);
}

/** RFC 3164 and RFC 5424: a priority in brackets of at most three digits, then text. */
function recogniseSyslog(payload: Payload, out: Finding): boolean {
  const end = behindPriority(payload, 0);
  if (end < 0) return false;
  const isUsual = payload.dstPort === 514 || payload.dstPort === 601 || payload.srcPort === 514;
  // On other ports: with the version of RFC 5424, or the month of RFC 3164.
  if (!isUsual && !isVersion(payload, end) && !isMonth(payload, end)) return false;
  return isPrintable(payload, end, Math.min(end + 4, payload.length)) && found(out, SYSLOG);
}

/** RFC 6587 section 3.4.1: over TCP a count of bytes may stand before it. */
function recogniseSyslogStream(payload: Payload, out: Finding): boolean {
  let at = 0;
  while (at < 6 && isDigit(byteAt(payload, at))) at += 1;
  const end = behindPriority(payload, at > 0 && byteAt(payload, at) === 0x20 ? at + 1 : 0);
  if (end < 0) return false;
  if (isVersion(payload, end) || isMonth(payload, end)) return found(out, SYSLOG);
  // Many write the time in their own way.
  const isUsual = payload.dstPort === 514 || payload.dstPort === 601;
  return isUsual && payload.length >= end + 4 && isPrintable(payload, end, end + 4) && found(out, SYSLOG);
}

function behindPriority(payload: Payload, from: number): number {
  if (byteAt(payload, from) !== 0x3c) return -1;
  let at = from + 1;
  let priority = 0;
  for (; at <= from + 3 && isDigit(byteAt(payload, at)); at++) priority = priority * 10 + byteAt(payload, at) - 0x30;
  return at > from + 1 && priority <= 191 && byteAt(payload, at) === 0x3e ? at + 1 : -1;
}

const isVersion = (payload: Payload, at: number) => byteAt(payload, at) === 0x31 && byteAt(payload, at + 1) === 0x20;

/** A large letter, two small ones, a space: Jan, Feb. */
function isMonth(payload: Payload, at: number): boolean {
  const first = byteAt(payload, at);
  const second = byteAt(payload, at + 1);
  const third = byteAt(payload, at + 2);
  const isWord = first >= 0x41 && first <= 0x5a && second >= 0x61 && second <= 0x7a && third >= 0x61 && third <= 0x7a;
  return isWord && byteAt(payload, at + 3) === 0x20;
}

/** Of records of NetFlow 5 and 7, and of the headers of 9 (RFC 3954) and IPFIX (RFC 7011 section 3.1). */
const RECORD_BYTES_5 = 48;
const RECORD_BYTES_7 = 52;

function recogniseNetflow(payload: Payload, out: Finding): boolean {
  const version = wordAt(payload, 0);
  const count = wordAt(payload, 2);
  if (version === 5) return count > 0 && payload.length === 24 + count * RECORD_BYTES_5 && found(out, NETFLOW);
  if (version === 7) return count > 0 && payload.length === 24 + count * RECORD_BYTES_7 && found(out, NETFLOW);
  if (version === 9) return count > 0 && areSets(payload, 20, payload.length, 0) && found(out, NETFLOW);
  return version === 10 && count <= payload.length && areSets(payload, 16, count, 2) && found(out, NETFLOW);
}

/** Sets, each with its length, that fill the message. `template`: number of a template set. */
function areSets(payload: Payload, from: number, to: number, template: number): boolean {
  let at = from;
  while (at + 4 <= to) {
    const id = wordAt(payload, at);
    const length = wordAt(payload, at + 2);
    if (length < 4 || (id < 256 && id !== template && id !== template + 1)) return false;
    at += length;
  }
  return at > from && at === to;
}

/** sFlow version 5, section "sFlow Datagram": version, kind of the agent's address, then a number of samples. */
function recogniseSflow(payload: Payload, out: Finding): boolean {
  const kind = longAt(payload, 4);
  if (longAt(payload, 0) !== 5 || (kind !== 1 && kind !== 2)) return false;
  const samples = longAt(payload, kind === 1 ? 24 : 36);
  return samples >= 0 && samples <= 200 && (samples > 0 || atPort(payload, 6343)) && found(out, SFLOW);
}

const MARKER = 0xffffffff;

/** RFC 4271 section 4.1: sixteen bytes of ones, the length, the type. */
function recogniseBgp(payload: Payload, out: Finding): boolean {
  for (let at = 0; at < 16; at += 4) if (longAt(payload, at) !== MARKER) return false;
  const length = wordAt(payload, 16);
  const type = byteAt(payload, 18);
  return length >= 19 && length <= 4096 && type >= 1 && type <= 5 && found(out, BGP);
}

const DIGITS = codesOf('0123456789');
const FLOWS: readonly Form[] = [{ shortest: 20, at: { 1: [5, 7, 9, 10] } }];

/** Management, telemetry and routing. */
export const MANAGEMENT: Family = {
  tcp: [
    { recogniser: recogniseSnmp, ports: [161, 162], first: [SEQUENCE] },
    {
      recogniser: recogniseSyslogStream,
      ports: [514, 601],
      forms: [{ shortest: 5, at: { 1: [...DIGITS, ...codesOf(' <')], 2: [...DIGITS, ...codesOf(' <>')] } }],
      first: [0x3c, ...'123456789'].map(byteOf),
    },
    { recogniser: recogniseNetflow, ports: [4739], first: [0], forms: FLOWS },
    {
      recogniser: recogniseBgp,
      ports: [179],
      first: [0xff],
      forms: [{ shortest: 19, at: bytesFrom(1, 0xff, 0xff, 0xff) }],
    },
  ],
  udp: [
    { recogniser: recogniseSnmp, ports: [161, 162], first: [SEQUENCE] },
    { recogniser: recogniseSyslog, ports: [514], first: [0x3c], forms: [{ shortest: 5, at: { 1: DIGITS } }] },
    { recogniser: recogniseNetflow, ports: [2055, 4739, 9995], first: [0], forms: FLOWS },
    {
      recogniser: recogniseSflow,
      ports: [6343],
      first: [0],
      forms: [{ shortest: 28, at: { ...bytesFrom(1, 0, 0, 5, 0), 7: [1, 2] } }],
    },
  ],
};

function byteOf(first: string | number): number {
  return typeof first === 'number' ? first : first.charCodeAt(0);
}
