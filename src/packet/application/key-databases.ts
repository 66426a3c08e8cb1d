import { applicationNumber } from '../../flow/index.ts';
import { foundAndWatch, foundClearLogin, maybe } from './conclude.ts';
import { type Finding, found } from './finding.ts';
import { beginsExactly, bytesFrom, codesOf, type Form, range } from './forms.ts';
import { atPort, type Payload } from './payload.ts';
import { ascii, byteAt, lineEnd, littleLongAt, longAt, standsAt, wordAt, wordStandsAt } from './payload-bytes.ts';
import { decimal, digitsEnd, findBytes, isText, whichStandsAt } from './payload-text.ts';
import { type Family, firstOf } from './recogniser.ts';
import { isTlsRecord, MOST_LOG_IN_TURNS } from './upgrade.ts';

const REDIS = applicationNumber('redis');
const MONGODB = applicationNumber('mongodb');
const MEMCACHED = applicationNumber('memcached');
const CASSANDRA = applicationNumber('cassandra');
const ELASTICSEARCH = applicationNumber('elasticsearch');
const ZOOKEEPER = applicationNumber('zookeeper');

const END_OF_LINE = ascii('\r\n');
const AUTH = ascii('auth\r\n');
const HELLO = ascii('hello\r\n');
const INLINE_AUTH = ascii('auth ');
const REDIS_PORT = 6379;
/** Of one payload so many texts are looked at: commands that are sent together with a log-in are short. */
const MOST_STRINGS = 32;
const REDIS_ANSWERS = ['+OK\r\n', '+PONG\r\n', '-ERR ', '-NOAUTH ', '-WRONGTYPE ', '-MOVED ', '-DENIED '].map(ascii);

/** https://redis.io/docs/latest/develop/reference/protocol-spec/: an array of bulk strings is what clients send. */
function recogniseRedis(payload: Payload, out: Finding): boolean {
  if (byteAt(payload, 0) !== 0x2a) {
    const isAnswer = whichStandsAt(payload, 0, REDIS_ANSWERS) >= 0;
    return isAnswer && atPort(payload, REDIS_PORT) && foundAndWatch(out, REDIS);
  }
  const count = digitsEnd(payload, 1);
  if (count === 1 || !standsAt(payload, count, END_OF_LINE) || byteAt(payload, count + 2) !== 0x24) return false;
  const size = digitsEnd(payload, count + 3);
  const command = size + 2;
  if (size === count + 3 || !standsAt(payload, size, END_OF_LINE)) return false;
  const end = command + decimal(payload, count + 3, size);
  if (!standsAt(payload, end, END_OF_LINE)) return false;
  return hasRedisLogIn(payload) ? foundClearLogin(out, REDIS) : foundAndWatch(out, REDIS);
}

/** https://redis.io/docs/latest/commands/hello/: AUTH is a command, or an argument of HELLO. Commands may be sent together: each text of a payload is read. */
function hasRedisLogIn(payload: Payload): boolean {
  let left = 0;
  let isHello = false;
  for (let at = 0, i = 0; i < MOST_STRINGS; i++) {
    const isFirst = left === 0;
    if (isFirst) {
      const count = digitsEnd(payload, 1 + at);
      if (byteAt(payload, at) !== 0x2a || !standsAt(payload, count, END_OF_LINE)) return false;
      left = decimal(payload, at + 1, count);
      at = count + 2;
    }
    const size = digitsEnd(payload, at + 1);
    if (byteAt(payload, at) !== 0x24 || !standsAt(payload, size, END_OF_LINE)) return false;
    if ((isFirst || isHello) && wordStandsAt(payload, size + 2, AUTH)) return true;
    if (isFirst) isHello = wordStandsAt(payload, size + 2, HELLO);
    at = size + 2 + decimal(payload, at + 1, size) + 2;
    left -= 1;
  }
  return false;
}

/** Clients log in when they begin, or after the server asked for it; answers may hold any text. */
function watchRedis(payload: Payload, out: Finding): boolean {
  if (payload.turn >= MOST_LOG_IN_TURNS || isTlsRecord(payload)) return false;
  const isOfClient = payload.dstPort === REDIS_PORT || (payload.srcPort !== REDIS_PORT && payload.side === 0);
  const isLogIn = isOfClient && (wordStandsAt(payload, 0, INLINE_AUTH) || hasRedisLogIn(payload));
  return isLogIn ? foundClearLogin(out, REDIS) : foundAndWatch(out, REDIS);
}

const OP_REPLY = 1;
const OP_QUERY = 2004;
const OP_COMPRESSED = 2012;
const OP_MSG = 2013;

/** https://www.mongodb.com/docs/manual/reference/mongodb-wire-protocol/ */
function recogniseMongodb(payload: Payload, out: Finding): boolean {
  const length = littleLongAt(payload, 0);
  const code = littleLongAt(payload, 12);
  if (length < 26 || length > 48_000_000) return false;
  return isMongodb(payload, length, code) && found(out, MONGODB);
}

function isMongodb(payload: Payload, length: number, code: number): boolean {
  if (code === OP_MSG) {
    const kind = byteAt(payload, 20);
    const document = littleLongAt(payload, 21);
    return (
      (littleLongAt(payload, 16) & 0xfffc) === 0 && kind >= 0 && kind <= 1 && document > 4 && document <= length - 21
    );
  }
  if (code === OP_QUERY) {
    const name = findBytes(payload, 20, 84, MONGODB_COMMAND);
    return name > 20 && isText(payload, 20, name);
  }
  if (code === OP_REPLY) {
    const document = littleLongAt(payload, 36);
    return littleLongAt(payload, 16) < 16 && littleLongAt(payload, 32) > 0 && document > 4 && document <= length - 36;
  }
  const original = littleLongAt(payload, 16);
  return code === OP_COMPRESSED && (original === OP_MSG || original === OP_QUERY) && byteAt(payload, 24) <= 3;
}

const MONGODB_COMMAND = ascii('.$cmd\0');
const MEMCACHED_COMMANDS = ['get ', 'gets ', 'set ', 'add ', 'delete ', 'incr ', 'stats', 'version'].map(ascii);
const MEMCACHED_ANSWERS = ['VALUE ', 'STAT ', 'END\r\n', 'STORED\r\n', 'NOT_FOUND\r\n', 'VERSION '].map(ascii);

/** https://github.com/memcached/memcached/blob/master/doc/protocol.txt; the text says too little where no port speaks for it. */
function recogniseMemcached(payload: Payload, out: Finding): boolean {
  if (isBinaryMemcached(payload)) return found(out, MEMCACHED);
  if (!isMemcachedText(payload, 0)) return false;
  return atPort(payload, 11_211) || payload.candidate === MEMCACHED ? found(out, MEMCACHED) : maybe(out, MEMCACHED);
}

/** UDP: number of the request, of this datagram, of all datagrams, and a zero stand before the text. */
function recogniseMemcachedDatagram(payload: Payload, out: Finding): boolean {
  if (!atPort(payload, 11_211) || wordAt(payload, 6) !== 0) return false;
  return wordAt(payload, 2) < wordAt(payload, 4) && isMemcachedText(payload, 8) && found(out, MEMCACHED);
}

function isMemcachedText(payload: Payload, at: number): boolean {
  const isKnown =
    whichStandsAt(payload, at, MEMCACHED_COMMANDS) >= 0 || whichStandsAt(payload, at, MEMCACHED_ANSWERS) >= 0;
  const end = isKnown ? lineEnd(payload, at) : -1;
  return end > at && byteAt(payload, end - 1) === 13 && isText(payload, at, end);
}

function isBinaryMemcached(payload: Payload): boolean {
  const magic = byteAt(payload, 0);
  if ((magic !== 0x80 && magic !== 0x81) || byteAt(payload, 1) > 0x25 || byteAt(payload, 5) !== 0) return false;
  const body = longAt(payload, 8);
  return body === payload.length - 24 && body >= wordAt(payload, 2) + byteAt(payload, 4);
}

/** Operations that clients send, and that servers do. */
const CQL_REQUESTS = bits(1, 5, 7, 9, 10, 11, 13, 15);
const CQL_ANSWERS = bits(0, 2, 3, 6, 8, 12, 14, 16);
const CQL_VERSION = ascii('CQL_VERSION');

/** https://github.com/apache/cassandra/blob/trunk/doc/native_protocol_v4.spec section 2: version, flags, stream, operation, length. */
function recogniseCassandra(payload: Payload, out: Finding): boolean {
  const version = byteAt(payload, 0) & 0x7f;
  const isAnswer = byteAt(payload, 0) > 0x7f;
  if (version < 1 || version > 5 || byteAt(payload, 1) > 0x1f) return false;
  const header = version < 3 ? 8 : 9;
  const operation = byteAt(payload, header - 5);
  const length = longAt(payload, header - 4);
  if (((isAnswer ? CQL_ANSWERS : CQL_REQUESTS) & (1 << operation)) === 0 || operation > 16) return false;
  if (operation === 1) return findBytes(payload, header + 2, header + 40, CQL_VERSION) > 0 && found(out, CASSANDRA);
  if (!atPort(payload, 9042)) return false;
  return header + length <= payload.length && found(out, CASSANDRA);
}

function bits(...numbers: readonly number[]): number {
  return numbers.reduce((all, n) => all | (1 << n), 0);
}

/** Between the nodes of a cluster: the magic number of MessagingService. */
function recogniseCassandraNodes(payload: Payload, out: Finding): boolean {
  return longAt(payload, 0) === 0xca55_2dfa && found(out, CASSANDRA);
}

/** Transport of nodes and Java clients: 'ES', length of what follows, number of the request, status, version. */
function recogniseElasticsearch(payload: Payload, out: Finding): boolean {
  if (wordAt(payload, 0) !== 0x4553 || payload.length < 19) return false;
  const length = longAt(payload, 2);
  const version = longAt(payload, 15);
  if (length < 13 || longAt(payload, 6) !== 0 || byteAt(payload, 14) > 0x0f) return false;
  return version > 1_000_000 && version < 0x0a000000 && found(out, ELASTICSEARCH);
}

const ZOOKEEPER_WORDS = ['ruok', 'stat', 'mntr', 'srvr', 'imok', 'conf'].map(ascii);

/** ConnectRequest and ConnectResponse of ZooKeeper's jute: protocol 0, and a password of 16 bytes. */
function recogniseZookeeper(payload: Payload, out: Finding): boolean {
  const length = longAt(payload, 0);
  if (length + 4 === payload.length && longAt(payload, 4) === 0) {
    const isRequest = (length === 44 || length === 45) && longAt(payload, 28) === 16;
    const isAnswer = (length === 36 || length === 37) && longAt(payload, 20) === 16;
    return (isRequest || isAnswer) && found(out, ZOOKEEPER);
  }
  return (
    payload.dstPort === 2181 &&
    payload.length <= 6 &&
    whichStandsAt(payload, 0, ZOOKEEPER_WORDS) >= 0 &&
    found(out, ZOOKEEPER)
  );
}

const MEMCACHED_FIRST = [0x80, 0x81, ...firstOf('g', 's', 'a', 'd', 'i', 'v', 'e', 'n')];

const MEMCACHED_FORMS: readonly Form[] = [
  { shortest: 24, at: { 0: [0x80, 0x81], 1: range(0, 0x25), 5: [0] } },
  beginsExactly(...MEMCACHED_COMMANDS, ...MEMCACHED_ANSWERS),
];
/** The least significant byte of a length comes first; then those of the numbers of operations. */
const MONGODB_FORM: Form = {
  shortest: 20,
  at: {
    3: [0, 1, 2],
    12: [OP_REPLY, OP_QUERY & 255, OP_COMPRESSED & 255, OP_MSG & 255],
    13: [0, OP_MSG >> 8],
    14: [0],
  },
};

export const KEY_DATABASES: Family = {
  tcp: [
    {
      recogniser: recogniseRedis,
      ports: [REDIS_PORT],
      first: firstOf('*'),
      forms: [{ shortest: 6, at: { 1: codesOf('0123456789') } }],
      watches: ['redis'],
      watcher: watchRedis,
    },
    { recogniser: recogniseMongodb, ports: [27_017], forms: [MONGODB_FORM] },
    { recogniser: recogniseMemcached, ports: [11_211], first: MEMCACHED_FIRST, forms: MEMCACHED_FORMS },
    {
      recogniser: recogniseCassandra,
      ports: [9042],
      first: [1, 2, 3, 4, 5],
      forms: [{ shortest: 21, at: { 1: range(0, 0x1f) } }],
    },
    {
      recogniser: recogniseCassandraNodes,
      ports: [7000],
      first: [0xca],
      forms: [{ at: bytesFrom(1, 0x55, 0x2d, 0xfa) }],
    },
    {
      recogniser: recogniseElasticsearch,
      ports: [9300],
      first: firstOf('E'),
      forms: [{ shortest: 19, at: { 1: [0x53], 6: [0] } }],
    },
    {
      recogniser: recogniseZookeeper,
      ports: [2181],
      first: [0],
      forms: [{ shortest: 40, at: { ...bytesFrom(1, 0, 0), 3: [36, 37, 44, 45], ...bytesFrom(4, 0, 0) } }],
    },
  ],
  udp: [{ recogniser: recogniseMemcachedDatagram, ports: [11_211], first: [] }],
};
