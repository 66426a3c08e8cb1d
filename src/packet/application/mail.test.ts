import { describe, expect, test } from 'vitest';
import { SECURITY } from './finding.ts';
import { recognised } from './payloads.testing.ts';

describe('mail, news and FTP', () => {
  test.each([
    ['220 mx.example ESMTP ready\r\n', 'smtp'],
    ['220 files FTP server ready\r\n', 'ftp'],
    ['220 ready\r\n', ''],
    ['220 (vsFTPd 3.0.3)\r\n', 'ftp'],
    ['220-FileZilla Server 1.7.0\r\n', 'ftp'],
    ['220---------- Welcome to Pure-FTPd [privsep] [TLS] ----------\r\n', 'ftp'],
    ['220 smtp.example.com FTP server (Version 6.4) ready.\r\n', 'ftp'],
    ['220 mail.softpro.example ESMTP Postfix\r\n', 'smtp'],
    ['220 mx.microsoftpartners.example ESMTP\r\n', 'smtp'],
    ['220 ftp.example.com ESMTP Postfix\r\n', 'smtp'],
    ['220 sftp-gw ESMTP\r\n', 'smtp'],
    ['220 ftp.example.com ready\r\n', ''],
    ['200 newsletter ready\r\n', ''],
    ['331 foo\r\n', ''],
    ['port forwarding is broken\r\n', ''],
    ['cwd /tmp is full\r\n', ''],
    ['stor is closed today\n', ''],
    ['RETR 1\r\n', ''],
    ['CWD /pub\r\n', ''],
    ['EHLO client.example\r\n', 'smtp'],
    ['+OK POP3 ready\r\n', 'pop3'],
    ['+OK\r\n', ''],
    ['* OK IMAP4rev1 ready\r\n', 'imap'],
    ['a001 CAPABILITY\r\n', 'imap'],
    ['hello LOGIN page\r\n', ''],
    ['200 news.example InterNetNews NNRP server\r\n', 'nntp'],
    ['200 fine\r\n', ''],
    ['MODE READER\r\n', 'nntp'],
    ['USER guest 0 * :someone\r\n', ''],
    ['AUTH TLS\r\n', 'ftp'],
  ])('%j is %j on any port', (content, application) => {
    expect(recognised(content).application).toBe(application);
  });

  test.each([
    ['220 ready\r\n', { from: 25, side: 1 as const }, 'smtp'],
    ['220 ftp.softpro.example ready\r\n', { from: 25, side: 1 as const }, 'smtp'],
    ['220 our FTP server\r\n', { from: 587, side: 1 as const }, 'smtp'],
    ['220 a ESMTP server\r\n', { from: 21, side: 1 as const }, 'smtp'],
    ['CWD /pub\r\n', { to: 21 }, 'ftp'],
    ['RETR 1\r\n', { to: 110 }, ''],
    ['220 ready\r\n', { from: 21, side: 1 as const }, 'ftp'],
    ['USER me\r\n', { to: 21 }, 'ftp'],
    ['USER me\r\n', { to: 110 }, 'pop3'],
  ])('%j with %j is %j', (content, around, application) => {
    expect(recognised(content, around).application).toBe(application);
  });

  test.each([
    ['AUTH PLAIN AGEAYg==\r\n', 'smtp'],
    ['PASS secret\r\n', 'pop3'],
    ['PASS secret\r\n', 'ftp'],
    ['a1 LOGIN me secret\r\n', 'imap'],
    ['AUTHINFO PASS secret\r\n', 'nntp'],
  ])('%j in %s is a log-in in clear text', (content, application) => {
    expect(recognised(content, { application, turn: 2 }).security).toBe(SECURITY.clearLogin);
  });

  test.each([
    ['STARTTLS\r\n', 'smtp'],
    ['STLS\r\n', 'pop3'],
    ['AUTH TLS\r\n', 'ftp'],
    ['a1 STARTTLS\r\n', 'imap'],
    ['STARTTLS\r\n', 'nntp'],
  ])('a server may refuse %j of %s: only behind a record of TLS nothing is looked for', (content, application) => {
    expect(recognised(content, { application, turn: 2 })).toMatchObject({ watch: true, security: SECURITY.unknown });
    expect(recognised('\x16\x03\x01\x01\x00\x01', { application, turn: 3 }).watch).toBe(false);
  });

  test.each([
    ['USER me\r\n', 0, 'ftp'],
    ['CWD /pub\r\n', 0, 'ftp'],
    ['331 Password\r\n', 1, 'ftp'],
    ['227 Entering Passive Mode (10,0,0,5,195,80).\r\n', 1, 'ftp'],
    // What one side says twice proves no more than what it says once.
    ['CWD /pub\r\nRETR a\r\n', 1, ''],
    ['cwd /tmp is full\r\n', 0, ''],
  ])('where the other side has spoken like FTP, %j as payload %j is %j', (content, turn, application) => {
    expect(recognised(content, { candidate: 'ftp', turn }).application).toBe(application);
  });

  const own = [0, 0, 0xffff, 0xc0000201];
  const client = { from: 50_001, to: 21, side: 0 as const };
  const server = { from: 21, to: 50_001, side: 1 as const };
  test.each([
    ['PORT 192,0,2,1,4,1\r\n', client, [1025]],
    // Behind a translator of addresses a server does not know its own.
    ['227 Entering Passive Mode (10,0,0,5,195,80).\r\n', server, [50_000]],
    ['229 Entering Extended Passive Mode (|||6446|)\r\n', server, [6446]],
    ['EPRT |1|192.0.2.1|6275|\r\n', client, [6275]],
    ['EPRT |2|2001:db8::1|6275|\r\n', client, [6275]],
    ['EPRT |3|192.0.2.1|6275|\r\n', client, []],
    ['PORT 1,2,3\r\n', client, []],
    ['227 nothing\r\n', server, []],
    ['227 (1,2,3,4,999,1)\r\n', server, []],
    // Ports of services.
    ['227 (192,0,2,1,1,187)\r\n', server, []],
    ['PORT 192,0,2,1,0,22\r\n', client, []],
    ['PORT 192,0,2,1,0,20\r\n', client, [20]],
    // What only the other side may say.
    ['PORT 192,0,2,1,4,1\r\n', server, []],
    ['227 (192,0,2,1,195,80)\r\n', client, []],
    ['229 (|||6446|)\r\n', client, []],
    ['EPRT |1|192.0.2.1|6275|\r\n', server, []],
    ['229 (|||6446|)\r\n', { from: 50_001, to: 40_021, side: 0 as const }, []],
    ['229 (|||6446|)\r\n', { from: 40_021, to: 50_001, side: 1 as const }, [6446]],
  ])('FTP announces with %j of %j', (content, around, announced) => {
    const said = recognised(content, { ...around, application: 'ftp', turn: 3 });
    expect(said.announced).toEqual(
      announced.map((port) => ({ address: own, port, protocol: 6, application: 'ftp-data' })),
    );
  });
});
