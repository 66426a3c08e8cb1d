import type { FastifyRequest } from 'fastify';

/** Where a request came from: IPv4 as such also through a socket of both families (RFC 4291 section 2.5.5.2); empty for the Unix socket. */
export function requestAddress({ ip }: FastifyRequest): string {
  return (ip ?? '').replace(/^::ffff:(?=\d+\.)/i, '');
}
