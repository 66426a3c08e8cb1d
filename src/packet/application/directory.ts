import { applicationNumber } from '../../flow/index.ts';
import { behindLength, lengthAt } from './asn1.ts';
import { type Finding, found, SECURITY } from './finding.ts';
import { bytesWhere, range } from './forms.ts';
import { atPort, type Payload } from './payload.ts';
import { byteAt, longAt, threeBytesAt, wordAt } from './payload-bytes.ts';
import type { Family } from './recogniser.ts';

const KERBEROS = applicationNumber('kerberos');
const LDAP = applicationNumber('ldap');
const RADIUS = applicationNumber('radius');
const TACACS = applicationNumber('tacacs');
const DIAMETER = applicationNumber('diameter');

const INTEGER = 0x02;
const SEQUENCE = 0x30;

/** RFC 4120 section 5.10: an application tag, a sequence in it, and in that the version 5 and the type that the tag says. */
function recogniseKerberos(payload: Payload, out: Finding): boolean {
  return isKerberos(payload, 0) && found(out, KERBEROS);
}

/** RFC 4120 section 7.2.2: over TCP its length stands before it. */
function recogniseKerberosStream(payload: Payload, out: Finding): boolean {
  const length = longAt(payload, 0);
  if (length < 16 || length > 0xffff) return false;
  return isKerberos(payload, 4) && found(out, KERBEROS);
}

function isKerberos(payload: Payload, at: number): boolean {
  const tag = byteAt(payload, at);
  const type = tag & 0x1f;
  // AS, TGS and AP, with requests and replies; SAFE, PRIV, CRED; errors.
  if ((tag & 0xe0) !== 0x60 || !((type >= 10 && type <= 15) || (type >= 20 && type <= 22) || type === 30)) return false;
  if (lengthAt(payload, at + 1) < 16) return false;
  const sequence = behindLength(payload, at + 1);
  if (byteAt(payload, sequence) !== SEQUENCE) return false;
  const version = behindLength(payload, sequence + 1);
  // [0] or [1]: the version, then the type.
  const isVersion = (byteAt(payload, version) | 1) === 0xa1 && byteAt(payload, version + 1) === 3;
  return isVersion && byteAt(payload, version + 2) === INTEGER && byteAt(payload, version + 4) === 5;
}

/** Operations of RFC 4511 section 4.2 to 4.14. */
const BIND_REQUEST = 0x60;
const SIMPLE = 0x80;
const LDAP_OPERATIONS = new Set([
  0x60, 0x61, 0x42, 0x63, 0x64, 0x65, 0x66, 0x67, 0x68, 0x69, 0x4a, 0x6b, 0x6c, 0x6d, 0x6e, 0x6f, 0x50, 0x73, 0x77,
  0x78, 0x79,
]);

/** RFC 4511 section 4.1.1: a sequence of a number and an operation. */
function recogniseLdap(payload: Payload, out: Finding): boolean {
  if (byteAt(payload, 0) !== SEQUENCE) return false;
  const length = lengthAt(payload, 1);
  const number = behindLength(payload, 1);
  const numberBytes = byteAt(payload, number + 1);
  if (length < 5 || byteAt(payload, number) !== INTEGER || numberBytes < 1 || numberBytes > 4) return false;
  const at = number + 2 + numberBytes;
  const operation = byteAt(payload, at);
  if (!LDAP_OPERATIONS.has(operation) || lengthAt(payload, at + 1) < 0) return false;
  // What is not a bind is like SNMP, and much else that is in ASN.1.
  const isUsual = atPort(payload, 389) || atPort(payload, 3268);
  if (!isUsual && !isBind(payload, at)) return false;
  if (hasPassword(payload, at)) out.security = SECURITY.clearLogin;
  // StartTLS may be refused; records of TLS are no LDAP, and end the watch.
  out.watch = out.security === SECURITY.unknown && payload.turn < 6;
  return found(out, LDAP);
}

/** RFC 4511 section 4.2: version 2 or 3. */
function isBind(payload: Payload, at: number): boolean {
  const inside = behindLength(payload, at + 1);
  const version = byteAt(payload, inside + 2);
  if (byteAt(payload, at) !== BIND_REQUEST || wordAt(payload, inside) !== 0x0201) return false;
  return version === 2 || version === 3;
}

/** A simple bind with a name and a password that is not empty. */
function hasPassword(payload: Payload, at: number): boolean {
  if (!isBind(payload, at)) return false;
  const name = behindLength(payload, at + 1) + 3;
  const bytes = lengthAt(payload, name + 1);
  if (byteAt(payload, name) !== 0x04 || bytes < 0) return false;
  const authentication = behindLength(payload, name + 1) + bytes;
  return byteAt(payload, authentication) === SIMPLE && lengthAt(payload, authentication + 1) > 0;
}

const RADIUS_HEADER_BYTES = 20;

/** RFC 2865 section 3: the length is that of the datagram, and attributes fill it. */
function recogniseRadius(payload: Payload, out: Finding): boolean {
  const code = byteAt(payload, 0);
  const length = wordAt(payload, 2);
  const isUsual = atPort(payload, 1812) || atPort(payload, 1813) || atPort(payload, 1645) || atPort(payload, 1646);
  if (code < 1 || (code > 13 && (code < 40 || code > 45))) return false;
  if (length < RADIUS_HEADER_BYTES || length > payload.length || (!isUsual && length !== payload.length)) return false;
  let at = RADIUS_HEADER_BYTES;
  let attributes = 0;
  for (; at + 2 <= length; attributes++) {
    const bytes = byteAt(payload, at + 1);
    if (bytes < 2) return false;
    at += bytes;
  }
  return at === length && (isUsual || attributes >= 3) && found(out, RADIUS);
}

/** RFC 8907 section 4.1. */
function recogniseTacacs(payload: Payload, out: Finding): boolean {
  const version = byteAt(payload, 0);
  const type = byteAt(payload, 1);
  if ((version !== 0xc0 && version !== 0xc1) || type < 1 || type > 3 || byteAt(payload, 3) > 5) return false;
  return (longAt(payload, 8) === payload.length - 12 || atPort(payload, 49)) && found(out, TACACS);
}

/** RFC 6733 section 3: version 1, length, flags, one of the known commands, application. */
function recogniseDiameter(payload: Payload, out: Finding): boolean {
  const length = threeBytesAt(payload, 1);
  if (byteAt(payload, 0) !== 1 || length < 20 || length % 4 !== 0 || (byteAt(payload, 4) & 0x0f) !== 0) return false;
  const command = threeBytesAt(payload, 5);
  if (command < 257 || (command > 330 && (command < 8_388_600 || command > 8_388_800))) return false;
  return payload.length >= 20 && (length <= payload.length || atPort(payload, 3868)) && found(out, DIAMETER);
}

const KERBEROS_FIRST = [10, 11, 12, 13, 14, 15, 20, 21, 22, 30].map((type) => 0x60 | type);

/** Directories and services of log-in. */
export const DIRECTORY: Family = {
  tcp: [
    {
      recogniser: recogniseKerberosStream,
      ports: [88],
      first: [0],
      forms: [{ shortest: 10, at: { 1: [0], 4: KERBEROS_FIRST } }],
    },
    { recogniser: recogniseLdap, ports: [389, 3268], first: [SEQUENCE], watches: ['ldap'], watcher: recogniseLdap },
    {
      recogniser: recogniseTacacs,
      ports: [49],
      first: [0xc0, 0xc1],
      forms: [{ shortest: 12, at: { 1: [1, 2, 3], 3: range(0, 5) } }],
    },
    {
      recogniser: recogniseDiameter,
      ports: [3868],
      first: [1],
      forms: [{ shortest: 20, at: { 4: bytesWhere((byte) => (byte & 0x0f) === 0) } }],
    },
  ],
  udp: [
    { recogniser: recogniseKerberos, ports: [88], first: KERBEROS_FIRST },
    { recogniser: recogniseLdap, ports: [389], first: [SEQUENCE] },
    {
      recogniser: recogniseRadius,
      ports: [1812, 1813, 1645, 1646],
      first: [...Array(46).keys()],
      forms: [{ shortest: RADIUS_HEADER_BYTES + 6, at: { 0: [...range(1, 13), ...range(40, 45)] } }],
    },
  ],
};
