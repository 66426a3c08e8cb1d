import { expect, test } from 'vitest';
import { SECURITY } from './finding.ts';
import { type Around, recognised } from './payloads.testing.ts';

const server: Around = { from: 2323, to: 50_001, side: 1 };
const NEGOTIATION = '\xff\xfd\x18\xff\xfd\x20';

test('a log-in of telnet is in clear text where the server asks for a password and the client types one', () => {
  expect(recognised(NEGOTIATION, server)).toMatchObject({ application: 'telnet', watch: true });
  const known: Around = { application: 'telnet', turn: 2 };
  expect(recognised('login: ', { ...server, ...known })).toMatchObject({ candidate: '', watch: true });
  expect(recognised('bob\r\n', known)).toMatchObject({ security: SECURITY.unknown, watch: true });
  expect(recognised('Password: ', { ...server, ...known }).candidate).toBe('telnet');
  const asked: Around = { ...known, candidate: 'telnet' };
  expect(recognised('secret\r\n', asked)).toMatchObject({ security: SECURITY.clearLogin, watch: false });
  expect(recognised(NEGOTIATION, asked)).toMatchObject({ security: SECURITY.unknown, watch: true });
});

test('SOCKS is known by what client and server say, on any port; its log-in is in clear text', () => {
  expect(recognised('\x05\x01\x02')).toMatchObject({ application: '', candidate: 'socks' });
  expect(recognised('\x05\x02', { side: 1, candidate: 'socks' })).toMatchObject({ application: 'socks', watch: true });
  expect(recognised('\x05\x02', { side: 1 }).application).toBe('');
  expect(recognised('\x05\x02\x00\x02', { to: 1080 })).toMatchObject({ application: 'socks', watch: true });
  expect(recognised('\x04\x01\x00\x50\xc0\x00\x02\x01me\x00', { to: 1080 }).application).toBe('socks');
  const known: Around = { application: 'socks', to: 1080, turn: 1 };
  expect(recognised('\x01\x03bob\x06secret', known).security).toBe(SECURITY.clearLogin);
  expect(recognised('\x05\x01\x00\x01\xc0\x00\x02\x01\x00\x50', known).security).toBe(SECURITY.unknown);
});

test('the password of a guest of FTP is no secret, that of who comes after is', () => {
  expect(recognised('USER anonymous\r\n', { to: 21 })).toMatchObject({ application: 'ftp', candidate: 'ftp-data' });
  const known: Around = { application: 'ftp', turn: 1 };
  expect(recognised('USER ftp\r\n', known).candidate).toBe('ftp-data');
  expect(recognised('PASS me@example\r\n', { ...known, candidate: 'ftp-data' }).security).toBe(SECURITY.unknown);
  expect(recognised('USER ftpadmin\r\n', known).candidate).toBe('ftp');
  expect(recognised('PASS secret\r\n', { ...known, candidate: 'ftp' }).security).toBe(SECURITY.clearLogin);
});

test('syslog over TCP at its port may write the time as it likes', () => {
  const text = '<167>2016-02-12T10:00:00 host app: text\n';
  expect(recognised(text, { to: 514 }).application).toBe('syslog');
  expect(recognised(text, { to: 9999 }).application).toBe('');
});
