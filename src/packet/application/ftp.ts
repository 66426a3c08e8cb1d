import { applicationNumber } from '../../flow/index.ts';
import { maybe } from './conclude.ts';
import { type Finding, found, SECURITY } from './finding.ts';
import { bytesWhere, codesOf, type Form } from './forms.ts';
import { announceData, portOfExtendedPassive, portOfExtendedPort, portOfNumbers, portOfPassive } from './ftp-ends.ts';
import { greetsWith } from './greeting.ts';
import { greetsAsMail, isMailPort, isReply } from './mail.ts';
import type { Payload } from './payload.ts';
import { byteAt, isDigit, lineEnd, wordStandsAt } from './payload-bytes.ts';
import { type Family, firstOf } from './recogniser.ts';
import { isTlsRecord } from './upgrade.ts';
import { beginsWith, words } from './words.ts';

const FTP = applicationNumber('ftp');
/** Noted as candidate: who logs in is nobody, and gives no secret as password (RFC 1635). */
const GUEST = applicationNumber('ftp-data');
const FTP_PORT = 21;

/** RFC 4217 section 4: no other protocol asks for TLS like this. */
const SECURED = words('auth tls\r', 'auth ssl\r');
/** Whole lines. */
const ALONE = words('pasv\r', 'epsv\r', 'syst\r', 'feat\r', 'mlsd\r');
/** With a path behind them. */
const WITH_PATH = words('retr ', 'stor ', 'cwd ', 'mlsd ');
const LOG_IN = words('user ', 'pass ');
const GUESTS = words('user anonymous\r', 'user ftp\r', 'user anonymous\n', 'user ftp\n');
const AT_PORT = words('auth ', 'pasv', 'epsv', 'eprt ', 'port ', 'retr ', 'stor ', 'cwd ', 'mlsd', 'syst', 'feat');
/** Servers of FTP greet with what they are. */
const BANNER = words(
  ...['ftp', 'ftpd', 'ftps', 'ftpserver', 'proftpd', 'vsftpd', 'pure-ftpd', 'wu-ftpd', 'glftpd', 'bftpd', 'twoftpd'],
  ...['pyftpdlib', 'filezilla'],
);
const [READY, PASSWORD_WANTED, PASSIVE, EXTENDED, PASS, PORT, EPRT] = words(
  ...['220', '331 ', '227 ', '229 ', 'pass ', 'port ', 'eprt |'],
) as [Uint8Array, Uint8Array, Uint8Array, Uint8Array, Uint8Array, Uint8Array, Uint8Array];

/**
 * RFC 959, RFC 2228, RFC 2428. On another port than its own no single line proves it, but a greeting that says so and the wish for TLS: a line of the
 * one side and one of the other have to agree.
 */
function recogniseFtp(payload: Payload, out: Finding): boolean {
  return isReply(payload) ? recogniseReply(payload, out) : recogniseCommand(payload, out);
}

function recogniseReply(payload: Payload, out: Finding): boolean {
  const isGreeting = wordStandsAt(payload, 0, READY);
  if (isGreeting && (isMailPort(payload.srcPort) || greetsAsMail(payload))) return false;
  if (payload.srcPort === FTP_PORT || (isGreeting && greetsWith(payload, BANNER))) return watching(payload, out);
  const isKnown =
    wordStandsAt(payload, 0, PASSWORD_WANTED) ||
    (wordStandsAt(payload, 0, PASSIVE) && portOfPassive(payload) > 0) ||
    (wordStandsAt(payload, 0, EXTENDED) && portOfExtendedPassive(payload) > 0);
  if (isKnown && payload.candidate === FTP) return watching(payload, out);
  return isKnown || isGreeting ? maybe(out, FTP) : false;
}

function recogniseCommand(payload: Payload, out: Finding): boolean {
  const end = lineEnd(payload, 0);
  if (end < 4 || end >= 512) return false;
  if (beginsWith(payload, SECURED)) return watching(payload, out);
  const isLogIn = beginsWith(payload, LOG_IN);
  if (payload.dstPort === FTP_PORT) return (isLogIn || beginsWith(payload, AT_PORT)) && watching(payload, out);
  if (!isLogIn && !isCommand(payload, end)) return false;
  // With the first line of this side, the other side's made it a candidate.
  if (payload.candidate === FTP && payload.turn === 0) return watching(payload, out);
  return isLogIn ? false : maybe(out, FTP);
}

/** Whether a line is a command with an argument that belongs to it. */
function isCommand(payload: Payload, end: number): boolean {
  if (beginsWith(payload, ALONE)) return true;
  if (wordStandsAt(payload, 0, PORT)) return portOfNumbers(payload, PORT.length) > 0;
  if (wordStandsAt(payload, 0, EPRT)) return portOfExtendedPort(payload, EPRT.length) > 0;
  return beginsWith(payload, WITH_PATH) && isPath(payload, end);
}

/** One word, up to the end of the line; POP3 retrieves messages by number. */
function isPath(payload: Payload, end: number): boolean {
  let at = 0;
  while (byteAt(payload, at) !== SPACE) at += 1;
  const from = at + 1;
  let isNumber = true;
  for (at = from; at < end - 1; at++) {
    const byte = byteAt(payload, at);
    if (byte <= SPACE) return false;
    isNumber &&= isDigit(byte);
  }
  return end - 1 > from && !isNumber && byteAt(payload, end - 1) === RETURN;
}
const SPACE = 0x20;
const RETURN = 0x0d;

function watching(payload: Payload, out: Finding): boolean {
  found(out, FTP);
  watchFtp(payload, out);
  return true;
}

/** End points of data connections are announced as long as it lasts, or until it is encrypted: servers may refuse that. */
function watchFtp(payload: Payload, out: Finding): boolean {
  out.watch = !isTlsRecord(payload);
  if (isOfServer(payload)) watchServer(payload, out);
  else watchClient(payload, out);
  return false;
}

/** A server answers from its port; where neither is that, who began is the client. */
function isOfServer({ srcPort, dstPort, side }: Payload): boolean {
  const isFrom = srcPort === FTP_PORT;
  return isFrom === (dstPort === FTP_PORT) ? side === 1 : isFrom;
}

function watchServer(payload: Payload, out: Finding): void {
  if (wordStandsAt(payload, 0, PASSIVE)) announceData(payload, out, portOfPassive(payload));
  else if (wordStandsAt(payload, 0, EXTENDED)) announceData(payload, out, portOfExtendedPassive(payload));
}

function watchClient(payload: Payload, out: Finding): void {
  if (wordStandsAt(payload, 0, PASS)) {
    if (payload.candidate !== GUEST) out.security = SECURITY.clearLogin;
  } else if (beginsWith(payload, LOG_IN)) out.candidate = beginsWith(payload, GUESTS) ? GUEST : FTP;
  else if (wordStandsAt(payload, 0, PORT)) announceData(payload, out, portOfNumbers(payload, PORT.length));
  else if (wordStandsAt(payload, 0, EPRT)) announceData(payload, out, portOfExtendedPort(payload, EPRT.length));
}

const LETTERS_AND_DIGITS = bytesWhere((byte) => /[0-9A-Za-z]/.test(String.fromCharCode(byte)));
/** Codes, and commands of three letters at least. */
const FORMS: readonly Form[] = [
  {
    shortest: 4,
    at: { 1: LETTERS_AND_DIGITS, 2: LETTERS_AND_DIGITS, 3: [SPACE, ...codesOf('-'), ...LETTERS_AND_DIGITS] },
  },
];

/** FTP, and where its data will go. */
export const FTP_FAMILY: Family = {
  tcp: [
    {
      recogniser: recogniseFtp,
      ports: [FTP_PORT],
      first: firstOf('2', '3', 'auth', 'pasv', 'epsv', 'retr', 'stor', 'cwd', 'mlsd', 'feat', 'user'),
      forms: FORMS,
      watches: ['ftp'],
      watcher: watchFtp,
    },
  ],
};
