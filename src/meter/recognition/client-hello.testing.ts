import { createServer } from 'node:net';
import { connect } from 'node:tls';

/** The first bytes that a client of OpenSSL sends. */
export async function clientHello(servername: string): Promise<Buffer> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  const sent = new Promise<Buffer>((resolve) =>
    server.on('connection', (socket) =>
      socket.once('data', (bytes) => {
        socket.destroy();
        resolve(bytes);
      }),
    ),
  );
  connect({ port, host: '127.0.0.1', servername }).on('error', () => {});
  const hello = await sent;
  server.close();
  return hello;
}
