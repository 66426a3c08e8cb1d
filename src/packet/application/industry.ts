import { applicationNumber } from '../../flow/index.ts';
import { type Finding, found } from './finding.ts';
import { beginsExactly, bytesFrom, type Form, range } from './forms.ts';
import { atPort, type Payload } from './payload.ts';
import { ascii, byteAt, littleLongAt, littleWordAt, longAt, standsAt, threeBytesAt, wordAt } from './payload-bytes.ts';
import { findBytes, whichStandsAt } from './payload-text.ts';
import type { Family } from './recogniser.ts';

const MODBUS = applicationNumber('modbus');
const DNP3 = applicationNumber('dnp3');
const IEC104 = applicationNumber('iec104');
const BACNET = applicationNumber('bacnet');
const OPC_UA = applicationNumber('opc-ua');
const S7COMM = applicationNumber('s7comm');
const ETHERNET_IP = applicationNumber('ethernet-ip');
const SOMEIP = applicationNumber('someip');
const HL7 = applicationNumber('hl7');
const DICOM = applicationNumber('dicom');
const C1222 = applicationNumber('c1222');
const EGD = applicationNumber('egd');

/** MODBUS Messaging on TCP/IP 3.1.3: number, protocol 0, length, unit, function. Many messages begin so: the port must agree. */
function recogniseModbus(payload: Payload, out: Finding): boolean {
  const length = wordAt(payload, 4);
  const operation = byteAt(payload, 7) & 0x7f;
  if (!atPort(payload, 502) || wordAt(payload, 2) !== 0 || length < 2 || length > 254) return false;
  return length + 6 <= payload.length && operation >= 1 && operation <= 0x2b && found(out, MODBUS);
}

/** IEEE 1815 section 9.2: start, length without checksums, which follow the header and each sixteen bytes. */
function recogniseDnp3(payload: Payload, out: Finding): boolean {
  const data = byteAt(payload, 2) - 5;
  if (wordAt(payload, 0) !== 0x0564 || data < 0) return false;
  const whole = 10 + data + 2 * Math.ceil(data / 16);
  return (whole === payload.length || (atPort(payload, 20_000) && whole < payload.length)) && found(out, DNP3);
}

/** IEC 60870-5-104 section 5: start and length of each unit; the six bytes of control units are all there is of them. */
function recogniseIec104(payload: Payload, out: Finding): boolean {
  if (byteAt(payload, 0) !== 0x68) return false;
  let at = 0;
  for (let n = 0; n < 32 && at < payload.length; n++) {
    const length = byteAt(payload, at + 1);
    if (byteAt(payload, at) !== 0x68 || length < 4 || length > 253) return false;
    at += 2 + length;
  }
  if (at !== payload.length) return false;
  const isControl = payload.length === 6 && (byteAt(payload, 2) & 3) === 3 && threeBytesAt(payload, 3) === 0;
  return (isControl || atPort(payload, 2404)) && found(out, IEC104);
}

/** ASHRAE 135 annex J.2: BACnet/IP, function, length of all. */
function recogniseBacnet(payload: Payload, out: Finding): boolean {
  const isHeader = byteAt(payload, 0) === 0x81 && byteAt(payload, 1) <= 0x0c && wordAt(payload, 2) === payload.length;
  return isHeader && payload.length >= 6 && found(out, BACNET);
}

const OPC_MESSAGES = ['HELF', 'ACKF', 'OPNF', 'MSGF', 'ERRF', 'CLOF', 'RHEF'].map(ascii);

/** OPC 10000-6 section 7.1.2.2: kind of message, final chunk, length. */
function recogniseOpcUa(payload: Payload, out: Finding): boolean {
  const isMessage = whichStandsAt(payload, 0, OPC_MESSAGES) >= 0;
  return isMessage && littleLongAt(payload, 4) === payload.length && found(out, OPC_UA);
}

/** TPKT and COTP (RFC 1006, ISO 8073), then the protocol of S7, whose kinds are 1, 2, 3 and 7, or its successor. */
function recogniseS7(payload: Payload, out: Finding): boolean {
  if (wordAt(payload, 0) !== 0x0300 || wordAt(payload, 2) > payload.length) return false;
  if (threeBytesAt(payload, 4) === 0x02f080) {
    const kind = byteAt(payload, 8);
    const isS7 = byteAt(payload, 7) === 0x32 && (kind === 1 || kind === 2 || kind === 3 || kind === 7);
    const isPlus = byteAt(payload, 7) === 0x72 && kind >= 1 && kind <= 3;
    return (isS7 || isPlus) && found(out, S7COMM);
  }
  // The connection: between end points whose names are two bytes long, as all of S7 are.
  const code = byteAt(payload, 5);
  const isConnection = (code === 0xe0 || code === 0xd0) && wordAt(payload, 2) === 22 && atPort(payload, 102);
  return isConnection && findBytes(payload, 11, 22, CALLED) > 0 && found(out, S7COMM);
}

const CALLED = Uint8Array.of(0xc2, 0x02);
const CIP_COMMANDS = [0x01, 0x04, 0x63, 0x64, 0x65, 0x66, 0x6f, 0x70];

/** ODVA's EtherNet/IP, volume 2 section 2-3: command, length of data, session, status, context, options of zero. */
function recogniseEthernetIp(payload: Payload, out: Finding): boolean {
  if (!CIP_COMMANDS.includes(littleWordAt(payload, 0)) || littleWordAt(payload, 2) !== payload.length - 24)
    return false;
  if (littleLongAt(payload, 8) > 0x69 || longAt(payload, 20) !== 0) return false;
  const registers = littleWordAt(payload, 0) === 0x65 && payload.length === 28 && littleLongAt(payload, 24) === 1;
  return (registers || atPort(payload, 44_818)) && found(out, ETHERNET_IP);
}

/** AUTOSAR's SOME/IP section 4.1.2: message, length, request, version 1, version of the interface, kind, return code. */
function recogniseSomeip(payload: Payload, out: Finding): boolean {
  const length = longAt(payload, 4);
  const kind = byteAt(payload, 14) & 0xdf;
  if (length < 8 || length + 8 > payload.length || byteAt(payload, 12) !== 1 || longAt(payload, 0) === 0) return false;
  const isKind = (kind >= 0 && kind <= 2) || kind === 0x80 || kind === 0x81;
  const isWhole = length + 8 === payload.length || atPort(payload, 30_490);
  return isKind && isWhole && byteAt(payload, 13) > 0 && byteAt(payload, 15) <= 0x0f && found(out, SOMEIP);
}

const HL7_START = ascii('\x0bMSH|');

/** HL7's minimal lower layer protocol: a vertical tab, then the header of a message. */
function recogniseHl7(payload: Payload, out: Finding): boolean {
  return standsAt(payload, 0, HL7_START) && found(out, HL7);
}

const DICOM_CONTEXT = ascii('1.2.840.10008.3.1.1.1');

/** DICOM PS3.8 section 9.3.2: request or acceptance of an association, version 1, application context. */
function recogniseDicom(payload: Payload, out: Finding): boolean {
  const kind = byteAt(payload, 0);
  if ((kind !== 1 && kind !== 2) || byteAt(payload, 1) !== 0 || wordAt(payload, 6) !== 1) return false;
  return byteAt(payload, 74) === 0x10 && standsAt(payload, 78, DICOM_CONTEXT) && found(out, DICOM);
}

/** ANSI C12.22 over IP (RFC 6142): an ACSE unit in BER whose elements are those of the application's names. */
function recogniseC1222(payload: Payload, out: Finding): boolean {
  if (byteAt(payload, 0) !== 0x60 || !atPort(payload, 1153)) return false;
  const isLong = byteAt(payload, 1) > 0x80;
  const at = isLong ? 2 + (byteAt(payload, 1) & 0x7f) : 2;
  const length = isLong ? (at === 3 ? byteAt(payload, 2) : wordAt(payload, 2)) : byteAt(payload, 1);
  const element = byteAt(payload, at);
  return at + length === payload.length && element >= 0xa1 && element <= 0xbe && found(out, C1222);
}

/** GE's Ethernet Global Data: kind 13, version 1, number, address of the producer. */
function recogniseEgd(payload: Payload, out: Finding): boolean {
  return wordAt(payload, 0) === 0x0d01 && payload.length >= 32 && atPort(payload, 18_246) && found(out, EGD);
}

/** Kinds of messages, and of them in parts. */
const SOMEIP_KINDS = [0, 1, 2, 0x20, 0x21, 0x22, 0x80, 0x81, 0xa0, 0xa1];
const SOMEIP_FORM: Form = {
  shortest: 16,
  at: { 4: [0], 12: [1], 13: range(1, 255), 14: SOMEIP_KINDS, 15: range(0, 15) },
};
const DNP3_FORM: Form = { shortest: 10, at: { 1: [0x64] } };
const REGISTRATION: Form = { shortest: 28, at: { 0: [0x65], ...bytesFrom(1, 0, 4, 0) } };

export const INDUSTRY: Family = {
  tcp: [
    { recogniser: recogniseModbus, ports: [502], first: [] },
    { recogniser: recogniseDnp3, ports: [20_000], first: [5], forms: [DNP3_FORM] },
    { recogniser: recogniseIec104, ports: [2404], first: [0x68], forms: [{ shortest: 6, at: bytesFrom(1, 4) }] },
    {
      recogniser: recogniseOpcUa,
      ports: [4840],
      first: [...new Set(OPC_MESSAGES.map((message) => message[0]!))],
      forms: [beginsExactly(...OPC_MESSAGES)],
    },
    {
      recogniser: recogniseS7,
      ports: [102],
      first: [3],
      forms: [{ shortest: 9, at: { 1: [0], ...bytesFrom(4, 2, 0xf0, 0x80), 7: [0x32, 0x72] } }],
    },
    { recogniser: recogniseEthernetIp, ports: [44_818], first: CIP_COMMANDS, forms: [REGISTRATION] },
    { recogniser: recogniseSomeip, ports: [30_490], forms: [SOMEIP_FORM] },
    { recogniser: recogniseHl7, ports: [2575], first: [0x0b], forms: [beginsExactly(HL7_START)] },
    {
      recogniser: recogniseDicom,
      ports: [104, 11_112],
      first: [1, 2],
      forms: [{ shortest: 79, at: { 1: [0], ...bytesFrom(6, 0, 1) } }],
    },
    { recogniser: recogniseC1222, ports: [1153], first: [] },
  ],
  udp: [
    {
      recogniser: recogniseBacnet,
      ports: [47_808],
      first: [0x81],
      forms: [{ shortest: 6, at: { 1: range(0, 0x0c) } }],
    },
    { recogniser: recogniseDnp3, ports: [20_000], first: [5], forms: [DNP3_FORM] },
    { recogniser: recogniseEthernetIp, ports: [44_818], first: CIP_COMMANDS, forms: [REGISTRATION] },
    { recogniser: recogniseSomeip, ports: [30_490], forms: [SOMEIP_FORM] },
    { recogniser: recogniseC1222, ports: [1153], first: [] },
    { recogniser: recogniseEgd, ports: [18_246], first: [] },
  ],
};
