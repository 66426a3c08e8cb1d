import { connect as connectTcp, createServer as createTcpServer } from 'node:net';
import { connect, createServer } from 'node:tls';
import { describe, expect, test } from 'vitest';
import { SECURITY } from './finding.ts';
import { recognised } from './payloads.testing.ts';

/** The first bytes that a client of OpenSSL sends. */
async function clientHello(options: object): Promise<Buffer> {
  const server = createTcpServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const port = (server.address() as { port: number }).port;
  const sent = new Promise<Buffer>((resolve) =>
    server.on('connection', (socket) =>
      socket.once('data', (bytes) => {
        socket.destroy();
        resolve(bytes);
      }),
    ),
  );
  const client = connect({ port, host: '127.0.0.1', ...options });
  client.on('error', () => {});
  const hello = await sent;
  server.close();
  return hello;
}

/** What its server answers to it. */
async function serverHello(hello: Buffer, options: object): Promise<Buffer> {
  const server = createServer(options);
  server.on('tlsClientError', () => {});
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const socket = connectTcp((server.address() as { port: number }).port, '127.0.0.1');
  const answer = new Promise<Buffer>((resolve) => socket.once('data', resolve));
  socket.write(hello);
  const bytes = await answer;
  socket.destroy();
  server.close();
  return bytes;
}

describe('TLS', () => {
  test('a ClientHello of OpenSSL has the name of the server', async () => {
    const hello = await clientHello({ servername: 'WWW.Example.com' });
    expect(recognised(hello)).toMatchObject({ application: 'tls', name: 'www.example.com', watch: true });
  });

  test('ALPN, then the port, says what is inside', async () => {
    const hello = await clientHello({ servername: 'mail.example', ALPNProtocols: ['imap'] });
    expect(recognised(hello, { to: 443 }).application).toBe('imaps');
    const plain = await clientHello({ servername: 'mail.example' });
    expect(recognised(plain, { to: 993 }).application).toBe('imaps');
    expect(recognised(plain, { to: 853 }).application).toBe('dot');
    expect(recognised(plain, { to: 8444 }).application).toBe('tls');
  });

  test('of a ClientHello that is cut the rest is waited for, and has the name', async () => {
    const hello = await clientHello({ servername: 'www.example.com' });
    const cut = recognised(hello.subarray(0, 60));
    expect(cut).toMatchObject({ application: 'tls', name: '', more: true });
    expect(recognised(hello, { application: 'tls', turn: 1 })).toMatchObject({ name: 'www.example.com', more: false });
  });

  test('a ClientHello in records of a few bytes is put together', async () => {
    const hello = await clientHello({ servername: 'www.example.com' });
    const body = hello.subarray(5);
    const records: Buffer[] = [];
    for (let at = 0; at < body.length; at += 40) {
      const part = body.subarray(at, at + 40);
      records.push(Buffer.from([22, 3, 1, 0, part.length]), part);
    }
    expect(recognised(Buffer.concat(records)).name).toBe('www.example.com');
  });

  test('the version that the server chose tells whether it is old', () => {
    const answer = (version: number, extensions: number[] = []) => {
      const body = [version >> 8, version & 255, ...new Array(32).fill(7), 0, 0x13, 0x01, 0, 0, extensions.length];
      const message = [2, 0, 0, body.length + extensions.length, ...body, ...extensions];
      return Uint8Array.from([22, 3, 3, 0, message.length, ...message]);
    };
    const security = (bytes: Uint8Array) => recognised(bytes, { from: 443, side: 1, application: 'tls' }).security;
    expect(security(answer(0x0301))).toBe(SECURITY.oldTls);
    expect(security(answer(0x0303))).toBe(SECURITY.ok);
    expect(security(answer(0x0303, [0, 43, 0, 2, 3, 4]))).toBe(SECURITY.ok);
  });

  test('a server of OpenSSL is answered for', async () => {
    const hello = await clientHello({ servername: 'www.example.com', maxVersion: 'TLSv1.2' });
    // Without a certificate it can choose no suite, and says so.
    const answer = await serverHello(hello, {});
    expect(recognised(answer, { from: 443, side: 1 }).application).toBe('tls');
  });

  test.each([
    ['data records of a stream that was met in its middle', Buffer.from([23, 3, 3, 0, 2, 1, 2]), 'tls'],
    ['a record that does not end with the payload', Buffer.from([23, 3, 3, 0, 9, 1, 2]), ''],
    ['bytes that only begin alike', Buffer.from([22, 3, 1, 0, 200, 9, 9, 9, 9, 9, 9, 9]), ''],
  ])('%s', (_, bytes, application) => {
    expect(recognised(bytes).application).toBe(application);
  });
});
