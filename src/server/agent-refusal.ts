import type { Socket } from 'node:net';
import { asWeirError } from '../base/index.ts';

/** Tells whoever asks why nobody answers, without a web server: 503 with the body of every error of the API. */
export function refuseConnection(socket: Socket, error: unknown): void {
  const { code, message, details } = asWeirError(error);
  const body = JSON.stringify({ error: { code, message, details } });
  const head = [
    'HTTP/1.1 503 Service Unavailable',
    'content-type: application/json; charset=utf-8',
    `content-length: ${Buffer.byteLength(body)}`,
    'connection: close',
  ];
  socket.on('error', () => {});
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
}
