import { applicationNumber } from '../../flow/index.ts';
import { announce, announceAt, foundClearLogin } from './conclude.ts';
import { type Finding, found } from './finding.ts';
import { beginsExactly, codesOf } from './forms.ts';
import { atPort, type Payload } from './payload.ts';
import {
  ascii,
  byteAt,
  isPrintable,
  lineEnd,
  longAt,
  standsAt,
  threeBytesAt,
  wordAt,
  wordStandsAt,
} from './payload-bytes.ts';
import { findBytes, isText, whichStandsAt } from './payload-text.ts';
import { type Family, firstOf } from './recogniser.ts';

const TFTP = applicationNumber('tftp');
const AFP = applicationNumber('afp');
const ISCSI = applicationNumber('iscsi');
const LPD = applicationNumber('lpd');
const JETDIRECT = applicationNumber('jetdirect');
const BACKUP = applicationNumber('backup');
const RSYNC = applicationNumber('rsync');
const GIT = applicationNumber('git');
const SVN = applicationNumber('svn');
const CVS = applicationNumber('cvs');
const PERFORCE = applicationNumber('perforce');

const UDP = 17;
const TFTP_MODES = ['octet\0', 'netascii\0', 'mail\0'].map(ascii);
const LONGEST_FILE_NAME = 255;

/** RFC 1350 sections 4 and 5: the server answers from another port to the one that asked. */
function recogniseTftp(payload: Payload, out: Finding): boolean {
  const operation = wordAt(payload, 0);
  if (operation !== 1 && operation !== 2) return false;
  let end = 2;
  while (end < LONGEST_FILE_NAME && byteAt(payload, end) > 0) end++;
  if (end === 2 || byteAt(payload, end) !== 0) return false;
  for (let i = 0; i < TFTP_MODES.length; i++) {
    if (!wordStandsAt(payload, end + 1, TFTP_MODES[i]!)) continue;
    announceAt(announce(out, UDP, payload.srcPort, TFTP), payload.srcAddr);
    return found(out, TFTP);
  }
  return false;
}

/** Data Stream Interface: request or answer, command, number, error or offset, length, zeros. */
function recogniseAfp(payload: Payload, out: Finding): boolean {
  const command = byteAt(payload, 1);
  if (byteAt(payload, 0) > 1 || command < 1 || command > 8 || longAt(payload, 12) !== 0) return false;
  return atPort(payload, 548) && longAt(payload, 8) + 16 <= payload.length && found(out, AFP);
}

const ISCSI_KEYS = ['InitiatorName=', 'TargetName=', 'SendTargets='].map(ascii);

/** RFC 7143 sections 11.12 and 11.13: log-in and its answer, with their keys in text. */
function recogniseIscsi(payload: Payload, out: Finding): boolean {
  const operation = byteAt(payload, 0);
  const keys = threeBytesAt(payload, 5);
  if (keys < 0 || 48 + keys > payload.length || byteAt(payload, 4) !== 0) return false;
  if (operation === 0x43) return findBytes(payload, 48, 48 + keys, ISCSI_KEYS[0]!) >= 48 && found(out, ISCSI);
  return operation === 0x23 && atPort(payload, 3260) && found(out, ISCSI);
}

/** RFC 1179 section 5: a command, the queue, the end of the line. */
function recogniseLpd(payload: Payload, out: Finding): boolean {
  const command = byteAt(payload, 0);
  const end = lineEnd(payload, 1);
  if (payload.dstPort !== 515 || command < 1 || command > 5) return false;
  return end > 1 && end <= 256 && isPrintable(payload, 1, end) && found(out, LPD);
}

const PRINTER_LANGUAGES = ['\x1b%-12345X', '%!PS-Adobe'].map(ascii);

/** HP's printer job language; PostScript only where printers listen. */
function recogniseJetdirect(payload: Payload, out: Finding): boolean {
  const which = whichStandsAt(payload, 0, PRINTER_LANGUAGES);
  return (which === 0 || (which === 1 && payload.dstPort === 9100)) && found(out, JETDIRECT);
}

/** NDMP: XDR records as of ONC RPC, whose messages have numbers of their own: 0x502 connected, 0x900 connect. */
function recogniseNdmp(payload: Payload, out: Finding): boolean {
  const mark = longAt(payload, 0);
  const message = longAt(payload, 16);
  if (mark - 0x8000_0000 !== payload.length - 4 || longAt(payload, 12) > 1) return false;
  return (message === 0x502 || (message >= 0x900 && message <= 0x904)) && found(out, BACKUP);
}

const RSYNC_START = ascii('@RSYNCD: ');
const GIT_COMMANDS = ['git-upload-pack ', 'git-receive-pack ', 'git-upload-archive '].map(ascii);
const SVN_STARTS = ['( success ( 2 2 ( ', '( 2 ( edit-pipeline ', '( success ( 1 2 ( '].map(ascii);
const CVS_STARTS = ['BEGIN AUTH REQUEST\n', 'BEGIN VERIFICATION REQUEST\n', 'BEGIN GSSAPI REQUEST\n'].map(ascii);

/** https://git-scm.com/docs/protocol-common#_pkt_line_format: four digits of its length. */
function recogniseGit(payload: Payload, out: Finding): boolean {
  return isText(payload, 0, 4) && whichStandsAt(payload, 4, GIT_COMMANDS) >= 0 && found(out, GIT);
}

function recogniseRsync(payload: Payload, out: Finding): boolean {
  return standsAt(payload, 0, RSYNC_START) && found(out, RSYNC);
}

/** https://svn.apache.org/repos/asf/subversion/trunk/subversion/libsvn_ra_svn/protocol */
function recogniseSvn(payload: Payload, out: Finding): boolean {
  return whichStandsAt(payload, 0, SVN_STARTS) >= 0 && found(out, SVN);
}

/** The password server of CVS: a password that is turned by a fixed table follows. */
function recogniseCvs(payload: Payload, out: Finding): boolean {
  const which = whichStandsAt(payload, 0, CVS_STARTS);
  if (which < 0) return false;
  return which === 2 ? found(out, CVS) : foundClearLogin(out, CVS);
}

const FUNCTION = ascii('func\0');

/** Perforce: the four bytes of the length and their exclusive or; then variables, of which `func` says what is wanted. */
function recognisePerforce(payload: Payload, out: Finding): boolean {
  const sum = byteAt(payload, 1) ^ byteAt(payload, 2) ^ byteAt(payload, 3) ^ byteAt(payload, 4);
  if (payload.length < 16 || byteAt(payload, 0) !== sum || byteAt(payload, 4) !== 0) return false;
  const end = Math.min(payload.length, 1024);
  return findBytes(payload, 5, end, FUNCTION) > 0 && found(out, PERFORCE);
}

export const FILES: Family = {
  tcp: [
    { recogniser: recogniseRsync, ports: [873], first: firstOf('@'), forms: [beginsExactly(RSYNC_START)] },
    {
      recogniser: recogniseGit,
      ports: [9418],
      first: firstOf('0'),
      forms: [{ shortest: 20, at: { 4: codesOf('g'), 5: codesOf('i') } }],
    },
    { recogniser: recogniseSvn, ports: [3690], first: firstOf('('), forms: [beginsExactly(...SVN_STARTS)] },
    { recogniser: recogniseCvs, ports: [2401], first: firstOf('B'), forms: [beginsExactly(...CVS_STARTS)] },
    { recogniser: recogniseIscsi, ports: [3260], first: [0x43, 0x23], forms: [{ shortest: 48, at: { 4: [0] } }] },
    { recogniser: recogniseJetdirect, ports: [9100], first: [0x1b], forms: [beginsExactly(PRINTER_LANGUAGES[0]!)] },
    { recogniser: recogniseNdmp, ports: [10_000], first: [0x80], forms: [{ shortest: 20, at: { 12: [0] } }] },
    { recogniser: recogniseLpd, ports: [515], first: [] },
    { recogniser: recogniseAfp, ports: [548], first: [] },
    { recogniser: recognisePerforce, ports: [1666], forms: [{ shortest: 16, at: { 4: [0] } }] },
  ],
  udp: [{ recogniser: recogniseTftp, ports: [69], first: [0], forms: [{ shortest: 9, at: { 1: [1, 2] } }] }],
};
