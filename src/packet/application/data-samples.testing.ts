import {
  all,
  back,
  counted,
  hex,
  login,
  type Sample,
  tcp,
  text,
  u16,
  u32,
  u32Little,
  udp,
  zeros,
} from './samples.testing.ts';

/** The password's place is 44 bytes behind the beginning, and it is five letters long. */
function login7(): Buffer {
  const fixed = Buffer.alloc(94);
  fixed.writeUInt32LE(94 + 10, 0);
  fixed.writeUInt32LE(0x7400_0004, 4);
  for (let at = 36; at < 72; at += 4) fixed.writeUInt16LE(94, at);
  fixed.writeUInt16LE(5, 46);
  return all(hex('1001'), u16(94 + 18), hex('00000100'), fixed, Buffer.from('sapwd', 'utf16le'));
}

function mysqlGreeting(): Buffer {
  const body = all(
    ...[hex('0a'), text('8.0.36\0'), hex('0a000000'), text('abcdefgh\0'), hex('ffff ff 0200 ffc1 15'), zeros(10)],
    text('abcdefghijkl\0mysql_native_password\0'),
  );
  return all(Buffer.from([body.length, 0, 0, 0]), body);
}

const mysqlAnswer = all(hex('26 00 00 01 05a60f00 00000001 2d'), zeros(23), text('root\0\0'));
const bson = all(u32Little(15), hex('10'), text('ping\0'), hex('01000000 00'));

export const DATABASES: readonly Sample[] = [
  back(tcp('mysql', 3306, mysqlGreeting(), 'mysql')),
  tcp('mysql', 0, mysqlAnswer),
  tcp('postgresql', 5432, all(u32(31), hex('00030000'), text('user\0me\0database\0book\0\0')), 'pgsql'),
  tcp('postgresql', 0, hex('00000008 04d2162f')),
  tcp('tds', 1433, hex('1201001a00000000 00000b0006 0100110001 ff 0f0000000000 02'), 'tds'),
  login(tcp('tds', 0, login7())),
  udp('ssrp', 1434, hex('02')),
  back(udp('ssrp', 1434, all(hex('05 1300'), text('ServerName;A;;;;;;;')))),
  tcp('oracle', 1521, oracleConnect(), 'tns'),
  tcp('db2', 50_000, hex('0010 d0 01 0001 000a 1041 0006115ec1c2'), 'drda'),
  tcp('clickhouse', 9000, all(hex('00 11'), text('ClickHouse client'), hex('18 08 b2a903 00 00 00'))),
  tcp('redis', 6379, text('*2\r\n$3\r\nGET\r\n$1\r\na\r\n'), 'resp'),
  login(tcp('redis', 0, text('*2\r\n$4\r\nAUTH\r\n$6\r\nsecret\r\n'))),
  tcp('mongodb', 27_017, all(u32Little(36), hex('01000000 00000000 dd070000 00000000 00'), bson)),
  tcp('memcached', 11_211, text('get key\r\n'), 'memcache'),
  tcp('memcached', 0, hex('80 00 0003 00 00 0000 00000003 00000000 0000000000000000 6b6579')),
  tcp(
    'cassandra',
    9042,
    all(hex('04 00 0001 01'), counted(hex('0001 000b'), text('CQL_VERSION'), hex('0005'), text('3.0.0'))),
    'cql',
  ),
  tcp(
    'elasticsearch',
    9300,
    all(text('ES'), counted(hex('0000000000000001 00 007a1263 00000000 0000'))),
    'elasticsearch',
  ),
  tcp('zookeeper', 2181, counted(zeros(12), hex('00007530'), zeros(8), hex('00000010'), zeros(16))),
];

/** Type 1, version 318 to 300, and behind a header of 58 bytes what is wanted. */
function oracleConnect(): Buffer {
  const wanted = text('(DESCRIPTION=(CONNECT_DATA=(SID=a)))');
  const head = all(
    u16(58 + wanted.length),
    hex('0000 01 00 0000 013e 012c 0000 2000 7fff 860e 0000 0100'),
    u16(wanted.length),
  );
  return all(head, u16(58), zeros(58 - 28), wanted);
}

export const QUEUES: readonly Sample[] = [
  tcp('mqtt', 1883, all(hex('10 10 0004'), text('MQTT'), hex('04 02 003c 0004'), text('abcd')), 'mqtt'),
  login(
    tcp('mqtt', 0, all(hex('10 16 0004'), text('MQTT'), hex('04 c2 003c 0004'), text('abcd'), hex('0001 61 0001 62'))),
  ),
  tcp('amqp', 5672, all(text('AMQP'), hex('00000901'))),
  login(
    tcp(
      'amqp',
      0,
      all(hex('01 0000 0000001a 000a000b 00000000 05'), text('PLAIN'), hex('00000004 00610062 05'), text('en_US')),
    ),
  ),
  tcp('kafka', 9092, counted(hex('0012 0000 00000001 0004'), text('test')), 'kafka'),
  login(tcp('nats', 4222, text('CONNECT {"verbose":false,"user":"a","pass":"b"}\r\n'))),
  back(tcp('nats', 0, text('INFO {"server_id":"a","version":"2.10"}\r\n'))),
  tcp('stomp', 61_613, text('CONNECT\naccept-version:1.2\nhost:a\n\n\0')),
  udp('coap', 5683, hex('40 01 1234 bb2e77656c6c2d6b6e6f776e 04636f7265'), 'coap'),
  tcp('zeromq', 0, all(hex('ff 0000000000000001 7f 03 00'), text('NULL'), zeros(48))),
];

const getport = (version: number, arguments_: Buffer) =>
  all(hex('00000001 00000000 00000002 000186a0'), u32(version), u32(3), zeros(16), arguments_);
const iscsiKeys = text('InitiatorName=iqn.1993-08.org.debian:01:a\0\0\0');

export const FILES: readonly Sample[] = [
  udp('portmap', 111, getport(2, hex('000186a3 00000003 00000011 00000000')), 'portmap'),
  tcp('portmap', 111, all(hex('80000038'), getport(2, hex('000186a3 00000003 00000006 00000000'))), 'portmap'),
  udp('nfs', 2049, all(hex('00000001 00000000 00000002 000186a3 00000003 00000000'), zeros(16)), 'rpc'),
  udp('mount', 0, all(hex('00000001 00000000 00000002 000186a5 00000003 00000000'), zeros(16)), 'rpc'),
  udp('tftp', 69, all(hex('0001'), text('boot.img\0octet\0')), 'tftp'),
  tcp('afp', 548, hex('00 03 0001 00000000 00000000 00000000'), 'dsi'),
  tcp('iscsi', 3260, all(hex('43 87 0000 00'), hex('00002c'), hex('00023d000000 0000'), zeros(32), iscsiKeys), 'iscsi'),
  tcp('lpd', 515, text('\x02queue\n'), 'lpd'),
  tcp('jetdirect', 9100, text('\x1b%-12345X@PJL\r\n')),
  back(
    tcp(
      'backup',
      10_000,
      hex('80000024 00000001 5f000000 00000000 00000502 00000000 00000000 00000000 00000004 00000000'),
      'ndmp',
    ),
  ),
  back(tcp('rsync', 873, text('@RSYNCD: 31.0\n'), 'rsync')),
  tcp('git', 9418, text('002egit-upload-pack /a.git\0host=a.example.org\0').subarray(0, 46), 'git'),
  back(tcp('svn', 3690, text('( success ( 2 2 ( ) ( edit-pipeline ) ) ) '))),
  login(tcp('cvs', 2401, text('BEGIN AUTH REQUEST\n/cvs\nme\nA secret\nEND AUTH REQUEST\n'))),
  tcp('perforce', 1666, all(hex('0d 0d000000'), text('func\0'), hex('03000000'), text('a\0bc').subarray(0, 4))),
];
