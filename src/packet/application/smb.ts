import { applicationNumber } from '../../flow/index.ts';
import { foundAndWatch } from './conclude.ts';
import { type Finding, found, SECURITY } from './finding.ts';
import { range } from './forms.ts';
import { atPort, type Payload } from './payload.ts';
import { byteAt, longAt, threeBytesAt, wordAt } from './payload-bytes.ts';
import type { Family } from './recogniser.ts';

const SMB = applicationNumber('smb');
const SESSION = applicationNumber('netbios-ssn');
const DATAGRAM = applicationNumber('netbios-dgm');

/** [MS-CIFS] section 2.2.3.1, [MS-SMB2] sections 2.2.1 and 2.2.41. */
const SMB_1 = 0xff534d42;
const SMB_2 = 0xfe534d42;
const SMB_3_ENCRYPTED = 0xfd534d42;
const SMB_3_COMPRESSED = 0xfc534d42;
/** Command of SMB 1 with which a client says what it speaks. */
const NEGOTIATE = 0x72;
/** RFC 1002 section 4.3.1. */
const SESSION_REQUEST = 0x81;
const SESSION_ACCEPTED = 0x82;
const SESSION_REFUSED = 0x83;
const NAME_BYTES = 32;
/** RFC 1002 section 4.4.1. */
const DATAGRAM_ERROR = 0x13;

/** RFC 1002 section 4.3, and [MS-SMB2] section 2.1: a length, then the message. */
function recogniseSession(payload: Payload, out: Finding): boolean {
  const type = byteAt(payload, 0);
  if (type === SESSION_REQUEST || type === SESSION_ACCEPTED || type === SESSION_REFUSED) {
    if (!atPort(payload, 139) || !isSessionMessage(payload, type)) return false;
    // What goes over it says more.
    return foundAndWatch(out, SESSION);
  }
  return type === 0 && threeBytesAt(payload, 1) >= 32 && readSmb(payload, out);
}

/** RFC 1002 sections 4.3.2 to 4.3.4: two names; nothing; a reason. */
function isSessionMessage(payload: Payload, type: number): boolean {
  const length = threeBytesAt(payload, 1);
  if (type === SESSION_ACCEPTED) return length === 0 && payload.length === 4;
  if (type === SESSION_REFUSED) return length === 1 && payload.length === 5;
  return byteAt(payload, 4) === NAME_BYTES && length > NAME_BYTES && length < 1024;
}

function readSmb(payload: Payload, out: Finding): boolean {
  const magic = longAt(payload, 4);
  if (magic === SMB_2 || magic === SMB_3_ENCRYPTED || magic === SMB_3_COMPRESSED) {
    out.security = SECURITY.ok;
    return found(out, SMB);
  }
  if (magic !== SMB_1) return false;
  // Clients of SMB 2 ask in the old form first: it is old where the server goes on with it.
  const isQuestion = byteAt(payload, 8) === NEGOTIATE && (byteAt(payload, 13) & 0x80) === 0;
  if (!isQuestion) out.security = SECURITY.smb1;
  out.watch = isQuestion;
  return found(out, SMB);
}

function watchSession(payload: Payload, out: Finding): boolean {
  out.watch = payload.turn < 4;
  return byteAt(payload, 0) === 0 && readSmb(payload, out);
}

/** RFC 1002 sections 4.4.1 to 4.4.4: type, flags, identification, address and port of the sender; then length and names, an error, or a name. */
function recogniseDatagram(payload: Payload, out: Finding): boolean {
  const type = byteAt(payload, 0);
  if (!atPort(payload, 138) || byteAt(payload, 1) >> 4 !== 0 || wordAt(payload, 8) <= 0) return false;
  if (type === DATAGRAM_ERROR) return payload.length === 11 && found(out, DATAGRAM);
  if (type > DATAGRAM_ERROR && type <= 0x16) return byteAt(payload, 10) === NAME_BYTES && found(out, DATAGRAM);
  return type >= 0x10 && type < 0x13 && wordAt(payload, 10) === payload.length - 14 && found(out, DATAGRAM);
}

/** Files of Windows, and NetBIOS under them. */
export const SMB_FAMILY: Family = {
  tcp: [
    {
      recogniser: recogniseSession,
      ports: [445, 139],
      first: [0, SESSION_REQUEST, SESSION_ACCEPTED, SESSION_REFUSED],
      forms: [{ shortest: 8, at: { 4: range(0xfc, 0xff), 5: [0x53], 6: [0x4d], 7: [0x42] } }],
      watches: ['smb', 'netbios-ssn'],
      watcher: watchSession,
    },
  ],
  udp: [{ recogniser: recogniseDatagram, ports: [138], first: [] }],
};
