import { applicationNumber } from '../../flow/index.ts';
import { type Finding, found, SECURITY } from './finding.ts';
import { beginsInAnyCase, codesOf, range } from './forms.ts';
import { greetsWith } from './greeting.ts';
import { atPort, type Payload } from './payload.ts';
import { byteAt, isDigit, lineEnd, wordStandsAt } from './payload-bytes.ts';
import { type Family, firstOf } from './recogniser.ts';
import { isTlsRecord, MOST_LOG_IN_TURNS } from './upgrade.ts';
import { beginsWith, words } from './words.ts';

const SMTP = applicationNumber('smtp');
const IMAP = applicationNumber('imap');
const POP3 = applicationNumber('pop3');
const NNTP = applicationNumber('nntp');

const SPACE = 0x20;
const HYPHEN = 0x2d;

function watching(payload: Payload, out: Finding, application: number): true {
  out.watch = payload.turn < MOST_LOG_IN_TURNS;
  return found(out, application);
}

/** Until the log-in has been seen, or what follows is encrypted: not when that is asked for, since servers may refuse it. */
function watched(payload: Payload, out: Finding, logIn: boolean, ends = false): boolean {
  if (logIn) out.security = SECURITY.clearLogin;
  out.watch = !ends && !logIn && !isTlsRecord(payload) && payload.turn < MOST_LOG_IN_TURNS;
  return false;
}

const SMTP_CLIENT = words('ehlo ', 'helo ', 'lhlo ', 'mail from:', 'rcpt to:', 'ehlo\r', 'helo\r');
const SMTP_BANNER = words('smtp', 'esmtp', 'lmtp', 'smtpd', 'mail', 'postfix', 'exim', 'sendmail');
const SMTP_PORTS = [25, 587, 2525];
const SMTP_LOG_IN = words('auth plain', 'auth login', 'auth xoauth');
/** The message begins. */
const SMTP_END = words('data\r', 'bdat ');

/** RFC 5321 sections 4.1.1 and 4.2. */
function recogniseSmtp(payload: Payload, out: Finding): boolean {
  if (beginsWith(payload, SMTP_CLIENT)) return watching(payload, out, SMTP);
  if (!isReply(payload)) return false;
  const isUsual = isMailPort(payload.srcPort);
  // 220 is of FTP as well.
  if (!wordStandsAt(payload, 0, SERVICE_READY)) return isUsual && isMailReply(payload) && watching(payload, out, SMTP);
  return (isUsual || greetsAsMail(payload)) && watching(payload, out, SMTP);
}

export function isMailPort(port: number): boolean {
  return SMTP_PORTS.includes(port);
}

/** Whether a greeting says that it is of a server of mail. */
export function greetsAsMail(payload: Payload): boolean {
  return greetsWith(payload, SMTP_BANNER);
}

const [SERVICE_READY] = words('220') as [Uint8Array];
const MAIL_REPLIES = words('250', '354', '421', '450', '451', '452', '5');
const isMailReply = (payload: Payload) => beginsWith(payload, MAIL_REPLIES);

/** Three digits, then a space or a hyphen: replies of SMTP, FTP and NNTP. */
export function isReply(payload: Payload): boolean {
  const behind = byteAt(payload, 3);
  return (
    isDigit(byteAt(payload, 0)) &&
    isDigit(byteAt(payload, 1)) &&
    isDigit(byteAt(payload, 2)) &&
    (behind === SPACE || behind === HYPHEN)
  );
}

function watchSmtp(payload: Payload, out: Finding): boolean {
  return watched(payload, out, beginsWith(payload, SMTP_LOG_IN), beginsWith(payload, SMTP_END));
}

const POP3_CLIENT = words('capa\r', 'apop ', 'stls\r', 'uidl\r', 'stat\r', 'auth\r\n');
const POP3_SERVER = words('+ok ', '-err ');
const [OK_ONLY] = words('+ok\r\n') as [Uint8Array];
const USER_OR_PASS = words('user ', 'pass ');
const [PASS] = words('pass ') as [Uint8Array];
const POP3_LOG_IN = words('pass ', 'auth plain', 'auth login');
const POP3_PORT = 110;

/** RFC 1939 and RFC 2449. */
function recognisePop3(payload: Payload, out: Finding): boolean {
  const isUsual = atPort(payload, POP3_PORT);
  if (beginsWith(payload, POP3_CLIENT) || beginsWith(payload, POP3_SERVER)) return watching(payload, out, POP3);
  // Redis answers like this as well.
  if (isUsual && wordStandsAt(payload, 0, OK_ONLY)) return watching(payload, out, POP3);
  if (!isUsual || !beginsWith(payload, USER_OR_PASS)) return false;
  if (wordStandsAt(payload, 0, PASS)) out.security = SECURITY.clearLogin;
  return watching(payload, out, POP3);
}

function watchPop3(payload: Payload, out: Finding): boolean {
  return watched(payload, out, beginsWith(payload, POP3_LOG_IN));
}

const IMAP_SERVER = words('* ok ', '* preauth ', '* bye ', '* capability imap');
const IMAP_COMMANDS = words(
  'capability\r',
  'login ',
  'authenticate ',
  'starttls\r',
  'id (',
  'id nil',
  'select ',
  'examine ',
  'noop\r',
);
const [IMAP_LOG_IN, IMAP_PLAIN] = words('login ', 'authenticate plain') as [Uint8Array, Uint8Array];
const MOST_TAG_BYTES = 12;

/** RFC 9051: each command of a client stands behind a tag. */
function recogniseImap(payload: Payload, out: Finding): boolean {
  if (beginsWith(payload, IMAP_SERVER)) return watching(payload, out, IMAP);
  const at = behindTag(payload);
  if (at < 0) return false;
  for (let i = 0; i < IMAP_COMMANDS.length; i++) {
    if (!wordStandsAt(payload, at, IMAP_COMMANDS[i]!)) continue;
    if (lineEnd(payload, at) < 0) return false;
    if (wordStandsAt(payload, at, IMAP_LOG_IN)) out.security = SECURITY.clearLogin;
    return watching(payload, out, IMAP);
  }
  return false;
}

/** A tag has letters and digits, and at least one of these. */
function behindTag(payload: Payload): number {
  let digits = 0;
  for (let at = 0; at < MOST_TAG_BYTES; at++) {
    const byte = byteAt(payload, at);
    if (byte === SPACE) return digits > 0 ? at + 1 : -1;
    if (isDigit(byte)) digits += 1;
    else if (byte < 0x41 || byte > 0x7a) return -1;
  }
  return -1;
}

function watchImap(payload: Payload, out: Finding): boolean {
  const at = behindTag(payload);
  const logIn = wordStandsAt(payload, at, IMAP_LOG_IN) || wordStandsAt(payload, at, IMAP_PLAIN);
  return watched(payload, out, logIn);
}

const NNTP_CLIENT = words(
  'mode reader',
  'authinfo user',
  'authinfo pass',
  'xover ',
  'group ',
  'article <',
  'newgroups ',
);
const NNTP_BANNER = words('nntp', 'nnrp', 'nnrpd', 'internetnews', 'news', 'inn');
const NNTP_LOG_IN = words('authinfo pass');
const NNTP_PORT = 119;

/** RFC 3977 and RFC 4643. */
function recogniseNntp(payload: Payload, out: Finding): boolean {
  if (beginsWith(payload, NNTP_CLIENT)) {
    if (beginsWith(payload, NNTP_LOG_IN)) out.security = SECURITY.clearLogin;
    return watching(payload, out, NNTP);
  }
  if (!isReply(payload) || byteAt(payload, 0) !== 0x32 || byteAt(payload, 1) !== 0x30) return false;
  return (payload.srcPort === NNTP_PORT || greetsWith(payload, NNTP_BANNER)) && watching(payload, out, NNTP);
}

function watchNntp(payload: Payload, out: Finding): boolean {
  return watched(payload, out, beginsWith(payload, NNTP_LOG_IN));
}

const LETTERS_AND_DIGITS = [...Array(256).keys()].filter(
  (byte) => isDigit(byte) || /[A-Za-z]/.test(String.fromCharCode(byte)),
);

const DIGITS = codesOf('0123456789');
/** A tag, what stands behind a short one, or an asterisk. */
const OF_TAG = [SPACE, ...DIGITS, ...range(0x41, 0x7a)];

/** Mail and news. */
export const MAIL: Family = {
  tcp: [
    {
      recogniser: recogniseSmtp,
      ports: SMTP_PORTS,
      first: firstOf('ehlo', 'helo', 'lhlo', 'mail', 'rcpt', '2', '3', '4', '5'),
      forms: [beginsInAnyCase(...SMTP_CLIENT, '220 ', '220-')],
      watches: ['smtp'],
      watcher: watchSmtp,
    },
    {
      recogniser: recognisePop3,
      ports: [POP3_PORT],
      first: firstOf('+', '-', 'capa', 'apop', 'stls', 'uidl', 'user'),
      forms: [beginsInAnyCase(...POP3_CLIENT, ...POP3_SERVER)],
      watches: ['pop3'],
      watcher: watchPop3,
    },
    {
      recogniser: recogniseImap,
      ports: [143],
      first: [0x2a, ...LETTERS_AND_DIGITS],
      forms: [{ shortest: 6, at: { 1: OF_TAG, 2: OF_TAG, 3: OF_TAG } }],
      watches: ['imap'],
      watcher: watchImap,
    },
    {
      recogniser: recogniseNntp,
      ports: [NNTP_PORT],
      first: firstOf('mode', 'authinfo', 'xover', 'group', 'newgroups', '2'),
      forms: [beginsInAnyCase(...NNTP_CLIENT), { at: { 1: codesOf('0'), 2: DIGITS, 3: [SPACE, HYPHEN] } }],
      watches: ['nntp'],
      watcher: watchNntp,
    },
  ],
};
