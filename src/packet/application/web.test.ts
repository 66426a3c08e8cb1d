import { describe, expect, test } from 'vitest';
import { SECURITY } from './finding.ts';
import { recognised } from './payloads.testing.ts';

describe('HTTP', () => {
  test.each([
    ['GET / HTTP/1.1\r\nHost: WWW.Example.com:8080\r\n\r\n', 'http', 'www.example.com'],
    ['HTTP/1.1 200 OK\r\n', 'http', ''],
    ['GET http://example.net/x HTTP/1.1\r\nHost: example.net\r\n\r\n', 'http-proxy', 'example.net'],
    ['CONNECT mail.example.org:993 HTTP/1.1\r\n\r\n', 'http-proxy', 'mail.example.org'],
    ['PROPFIND /dav HTTP/1.1\r\nHost: files.example\r\n\r\n', 'webdav', 'files.example'],
    ['GET /chat HTTP/1.1\r\nHost: a.example\r\nUpgrade: websocket\r\n\r\n', 'websocket', 'a.example'],
    ['GET / HTTP/1.1\r\nHost: 192.0.2.1\r\n\r\n', 'http', ''],
    ['GET / HTTP/1.1\r\nHost: bad name\u0001\r\n\r\n', 'http', ''],
    ['PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 'http', ''],
    ['OPTIONS other://a/b OTHER/1.0\r\n', '', ''],
    ['GETTING nowhere', '', ''],
  ])('%j is %s of %j', (content, application, name) => {
    expect(recognised(content)).toMatchObject({ application, name });
  });

  test('a log-in with a password that anyone can read is seen', () => {
    const request = 'GET / HTTP/1.1\r\nHost: a.example\r\nAuthorization: Basic YTpi\r\n\r\n';
    expect(recognised(request).security).toBe(SECURITY.clearLogin);
    expect(recognised(request.replace('Basic', 'Bearer')).security).toBe(SECURITY.unknown);
  });

  test('a request whose first line is not all there waits for more', () => {
    expect(recognised('GET /a-long-path')).toMatchObject({ application: '', more: true });
  });
});
