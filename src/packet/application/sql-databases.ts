import { applicationNumber } from '../../flow/index.ts';
import { foundAndWatch, foundClearLogin } from './conclude.ts';
import { type Finding, found } from './finding.ts';
import { bytesWhere, codesOf, type Form, range } from './forms.ts';
import type { Payload } from './payload.ts';
import { ascii, byteAt, isDigit, littleLongAt, longAt, standsAt, threeBytesAt, wordAt } from './payload-bytes.ts';
import type { Family } from './recogniser.ts';

const MYSQL = applicationNumber('mysql');
const POSTGRESQL = applicationNumber('postgresql');
const ORACLE = applicationNumber('oracle');
const DB2 = applicationNumber('db2');
const CLICKHOUSE = applicationNumber('clickhouse');

const USER = ascii('user\0');
const DATABASE = ascii('database\0');
const CLICKHOUSE_NAME = ascii('ClickHouse');
const DESCRIPTION = ascii('(DESCRIPTION=');
const CONNECT_DATA = ascii('(CONNECT_DATA=');

const LONGEST_VERSION = 64;

/** https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_connection_phase_packets.html: the server's greeting, the client's answer. */
function recogniseMysql(payload: Payload, out: Finding): boolean {
  const packet = byteAt(payload, 0) + byteAt(payload, 1) * 256 + byteAt(payload, 2) * 65_536;
  if (payload.length < 36 || packet + 4 > payload.length) return false;
  return (isMysqlGreeting(payload, packet) || isMysqlAnswer(payload, packet)) && found(out, MYSQL);
}

function isMysqlGreeting(payload: Payload, packet: number): boolean {
  if (byteAt(payload, 3) !== 0 || byteAt(payload, 4) !== 10 || !isDigit(byteAt(payload, 5))) return false;
  if (packet + 4 !== payload.length) return false;
  let end = 5;
  while (end < 5 + LONGEST_VERSION && byteAt(payload, end) > 0x20) end++;
  // Behind the version: the thread's number, eight bytes of salt, a zero.
  return byteAt(payload, end) === 0 && byteAt(payload, end + 13) === 0 && byteAt(payload, end + 12) !== 0;
}

function isMysqlAnswer(payload: Payload, packet: number): boolean {
  if (byteAt(payload, 3) !== 1 || packet < 32) return false;
  // Protocol 4.1 is a capability that every client of today has; 23 zeros are reserved behind the character set.
  if ((byteAt(payload, 5) & 0x02) === 0) return false;
  for (let at = 13; at < 32; at++) if (byteAt(payload, at) !== 0) return false;
  return byteAt(payload, 12) !== 0;
}

/** https://www.postgresql.org/docs/current/protocol-message-formats.html */
function recognisePostgresql(payload: Payload, out: Finding): boolean {
  const length = longAt(payload, 0);
  const code = longAt(payload, 4);
  if (length === 8 && payload.length === 8 && (code === 80_877_103 || code === 80_877_104))
    return foundAndWatch(out, POSTGRESQL);
  if (length === 16 && payload.length === 16 && code === 80_877_102) return found(out, POSTGRESQL);
  if (length < 14 || length > payload.length || code >>> 16 !== 3 || (code & 0xffff) > 9) return false;
  return (standsAt(payload, 8, USER) || standsAt(payload, 8, DATABASE)) && foundAndWatch(out, POSTGRESQL);
}

/** The server asks for the password in clear text (AuthenticationCleartextPassword), maybe behind its no to TLS. */
function watchPostgresql(payload: Payload, out: Finding): boolean {
  const at = byteAt(payload, 0) === 0x4e ? 1 : 0;
  if (byteAt(payload, at) !== 0x52) {
    // A client's start, or the N alone: the question is to come.
    return foundAndWatch(out, POSTGRESQL);
  }
  const asksInClear = longAt(payload, at + 1) === 8 && longAt(payload, at + 5) === 3;
  return asksInClear ? foundClearLogin(out, POSTGRESQL) : found(out, POSTGRESQL);
}

/** TNS: length, checksums of zero, and what the types 1 connect, 2 accept, 4 refuse and 5 redirect carry. */
function recogniseOracle(payload: Payload, out: Finding): boolean {
  const type = byteAt(payload, 4);
  if (wordAt(payload, 0) > payload.length || wordAt(payload, 2) !== 0 || wordAt(payload, 6) !== 0) return false;
  if (wordAt(payload, 0) < 10) return false;
  if (type === 1) {
    const at = wordAt(payload, 26);
    return (standsAt(payload, at, DESCRIPTION) || standsAt(payload, at, CONNECT_DATA)) && found(out, ORACLE);
  }
  if (type === 4 || type === 5) return standsAt(payload, type === 4 ? 12 : 10, DESCRIPTION) && found(out, ORACLE);
  const version = wordAt(payload, 8);
  const isVersion = version >= 300 && version <= 330;
  return type === 2 && isVersion && wordAt(payload, 0) === payload.length && found(out, ORACLE);
}

/** DRDA: a DSS with the command of its first DDM, which exchange the attributes of client and server. */
function recogniseDb2(payload: Payload, out: Finding): boolean {
  if (byteAt(payload, 2) !== 0xd0 || wordAt(payload, 0) > payload.length) return false;
  const codePoint = wordAt(payload, 8);
  if (codePoint !== 0x1041 && codePoint !== 0x1443) return false;
  return wordAt(payload, 0) === wordAt(payload, 6) + 6 && found(out, DB2);
}

/** https://clickhouse.com/docs/native-protocol/client and server: packet 0 is hello, then the name, its length before it. */
function recogniseClickhouse(payload: Payload, out: Finding): boolean {
  const length = byteAt(payload, 1);
  if (byteAt(payload, 0) !== 0 || length < CLICKHOUSE_NAME.length || length > 64) return false;
  return standsAt(payload, 2, CLICKHOUSE_NAME) && payload.length > length + 2 && found(out, CLICKHOUSE);
}

const TDS = applicationNumber('tds');
const SSRP = applicationNumber('ssrp');
const SERVER_NAME = ascii('ServerName;');
const MOST_PACKETS = 4;

/** [MS-TDS] sections 2.2.3.1 and 2.2.6.5: PRELOGIN and its answer begin with the place of the version, six bytes long. */
function recogniseTds(payload: Payload, out: Finding): boolean {
  const type = byteAt(payload, 0);
  if (!isTdsHeader(payload, 0)) return false;
  if (type === 0x12 || type === 0x04)
    return threeBytesAt(payload, 8) < 0x100 && wordAt(payload, 11) === 6 && foundAndWatch(out, TDS);
  return type === 0x10 && isLogin7(payload, 0) && watchTds(payload, out);
}

function isTdsHeader(payload: Payload, at: number): boolean {
  const length = wordAt(payload, at + 2);
  return (
    byteAt(payload, at + 1) === 1 && byteAt(payload, at + 7) === 0 && length >= 16 && at + length <= payload.length
  );
}

/** [MS-TDS] section 2.2.6.4: its own length, and TDS version 7. */
function isLogin7(payload: Payload, at: number): boolean {
  return littleLongAt(payload, at + 8) === wordAt(payload, at + 2) - 8 && byteAt(payload, at + 15) >> 4 === 7;
}

/** A LOGIN7 that is not inside of TLS shows its password to everybody: it is turned by a fixed pattern only. */
function watchTds(payload: Payload, out: Finding): boolean {
  for (let at = 0, n = 0; n < MOST_PACKETS && isTdsHeader(payload, at); n++) {
    if (byteAt(payload, at) === 0x10 && isLogin7(payload, at)) {
      const passwordBytes = wordAt(payload, at + 54);
      return passwordBytes > 0 ? foundClearLogin(out, TDS) : found(out, TDS);
    }
    at += wordAt(payload, at + 2);
  }
  return foundAndWatch(out, TDS);
}

/** [MC-SQLR] section 2.2. */
function recogniseSsrp(payload: Payload, out: Finding): boolean {
  const type = byteAt(payload, 0);
  if (type === 5) return standsAt(payload, 3, SERVER_NAME) && found(out, SSRP);
  if (payload.dstPort !== 1434) return false;
  if (type === 2 || type === 3) return payload.length === 1 && found(out, SSRP);
  return type === 4 && payload.length <= 34 && byteAt(payload, payload.length - 1) === 0 && found(out, SSRP);
}

/** Greeting and answer: lengths, which have three bytes, are those of one payload. */
const MYSQL_FORMS: readonly Form[] = [
  { shortest: 36, at: { 2: range(0, 15), 3: [0], 4: [10], 5: codesOf('0123456789') } },
  { shortest: 36, at: { 2: range(0, 15), 3: [1], 5: bytesWhere((byte) => (byte & 2) !== 0) } },
];

export const SQL_DATABASES: Family = {
  tcp: [
    { recogniser: recogniseMysql, ports: [3306], forms: MYSQL_FORMS },
    {
      recogniser: recognisePostgresql,
      ports: [5432],
      first: [0],
      forms: [{ shortest: 8, at: { 4: [0, 4], 5: [3, 0xd2] } }],
      watches: ['postgresql'],
      watcher: watchPostgresql,
    },
    {
      recogniser: recogniseTds,
      ports: [1433],
      first: [0x12, 0x04, 0x10],
      forms: [{ shortest: 16, at: { 1: [1], 7: [0] } }],
      watches: ['tds'],
      watcher: watchTds,
    },
    {
      recogniser: recogniseOracle,
      ports: [1521],
      forms: [{ shortest: 10, at: { 2: [0], 3: [0], 4: [1, 2, 4, 5], 6: [0], 7: [0] } }],
    },
    { recogniser: recogniseDb2, ports: [50_000], forms: [{ shortest: 10, at: { 2: [0xd0], 8: [0x10, 0x14] } }] },
    {
      recogniser: recogniseClickhouse,
      ports: [9000],
      first: [0],
      forms: [{ shortest: 13, at: { 2: codesOf('C'), 3: codesOf('l') } }],
    },
  ],
  udp: [
    {
      recogniser: recogniseSsrp,
      ports: [1434],
      first: [5],
      forms: [{ shortest: 14, at: { 3: codesOf('S'), 4: codesOf('e') } }],
    },
  ],
};
